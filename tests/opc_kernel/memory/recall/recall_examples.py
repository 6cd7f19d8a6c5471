"""What the tests of recall talk about: items of a company, and an embedding whose vectors can be reckoned by hand."""

import hashlib
from datetime import UTC, datetime

import numpy as np

from opc_kernel.event import ANY_VERSION, Registry, Write
from opc_kernel.log.durable import DurableLog
from opc_kernel.log.erase import PayloadErased
from opc_kernel.memory import entity, item
from opc_kernel.memory.item import ItemFaded, ItemKept
from opc_kernel.memory.recall.embedding import EmbeddingFailed
from opc_kernel.memory.recall.terms import Terms
from opc_kernel.testing import FrozenClock

REGISTRY = Registry((*entity.EVENTS, *item.EVENTS, PayloadErased))


def opened(folder, **options):
    folder.mkdir(exist_ok=True)
    options = {
        "read_models": (*entity.READ_MODELS, *item.READ_MODELS),
        "views": entity.VIEWS,
        "clock": FrozenClock(),
        "wait_s": 0.0,
        **options,
    }
    return DurableLog(folder, REGISTRY, **options)


def kept(name, text, *, at=None, **fields):
    data = ItemKept(**{"kind": "note", "sources": (), "text": text, **fields})
    return Write(stream=f"item/{name}", data=data, actor="me", occurred_at=at)


def forgotten(name):
    return Write(stream=f"item/{name}", data=ItemFaded(policy="test", reason="nobody asked"), actor="me")


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
