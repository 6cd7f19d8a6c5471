"""What the tests of recall talk about: items of a company, and an embedding whose vectors can be reckoned by hand."""

import hashlib
from datetime import UTC, datetime

import numpy as np

from opc_kernel.event import ANY_VERSION, EventData, Registry, Write
from opc_kernel.log.durable import DurableLog
from opc_kernel.log.read_model import ReadModel
from opc_kernel.memory.recall.embedding import EmbeddingFailed
from opc_kernel.memory.recall.terms import Terms
from opc_kernel.testing import FrozenClock


class ItemKept(EventData, type="memory.item_kept"):
    kind: str = "note"
    text: str
    entities: tuple[str, ...] = ()
    conversation: str | None = None
    place: int | None = None
    at: datetime | None = None
    sources: tuple[str, ...] = ()


class ItemForgotten(EventData, type="memory.item_forgotten"):
    reason: str = ""


REGISTRY = Registry([ItemKept, ItemForgotten])
MEMORY_ITEM = ReadModel(
    name="memory_item",
    category="item",
    fold="""
        WITH last AS (
            SELECT stream, max(version) AS version, max(position) AS position,
                   arg_max(data, position) AS data, arg_max(type, position) AS type
            FROM folded GROUP BY stream
        )
        SELECT stream, version, position, data->>'kind' AS kind, data->>'text' AS text,
               (data->'entities')::VARCHAR[] AS entities, data->>'conversation' AS conversation,
               (data->>'place')::INTEGER AS place, (data->>'at')::TIMESTAMPTZ AS occurred_at
        FROM last WHERE type = 'memory.item_kept'
    """,
)


def opened(folder, **options):
    folder.mkdir(exist_ok=True)
    options = {"read_models": [MEMORY_ITEM], "views": [], "clock": FrozenClock(), "wait_s": 0.0, **options}
    return DurableLog(folder, REGISTRY, **options)


def kept(name, text, **fields):
    return Write(stream=f"item/{name}", data=ItemKept(text=text, **fields), actor="me")


def forgotten(name):
    return Write(stream=f"item/{name}", data=ItemForgotten(), actor="me")


def keep(log, *writes):
    """Append; return the ids of the events."""
    log.append(writes, expected={write.stream: ANY_VERSION for write in writes})
    return [write.event_id for write in writes]


def day(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def names(recollection):
    return [recalled.item.stream.removeprefix("item/") for recalled in recollection]


class Hashed:
    """An embedding in which texts are near when they share words: each word points its own way."""

    local = True

    def __init__(self, name="hashed", dimension=32, *, works=True):
        self.name, self.dimension, self.works = name, dimension, works
        self.seen = []
        self._terms = Terms(["english"])

    def embed(self, texts):
        if not self.works:
            raise EmbeddingFailed(self.name, "it is switched off")
        self.seen += texts
        return np.array([self._vector(text) for text in texts], np.float32).reshape(-1, self.dimension)

    def _vector(self, text):
        ways = [self._way(term) for term in self._terms.of(text)] or [self._way("")]
        whole = np.sum(ways, axis=0)
        return whole / np.linalg.norm(whole)

    def _way(self, term):
        seed = int.from_bytes(hashlib.sha256(f"{self.name} {term}".encode()).digest()[:8])
        return np.random.default_rng(seed).standard_normal(self.dimension)
