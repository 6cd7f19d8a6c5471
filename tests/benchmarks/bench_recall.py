"""Recall beside bare FAISS and bare BM25 on the same data: answers, ingest, memory and the first answer after a start.

Vectors are random and of length one; where the local model is on this machine, the time it takes for a question is
added to both sides in rows of their own. The peers are given the question's vector and terms, and return a hundred
numbers each: they read no item, keep no files, and see nothing that is new.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "opc_kernel" / "memory" / "recall"))
from recall_examples import keep, kept, opened

from opc_kernel.memory.recall import vectors
from opc_kernel.memory.recall.recall import CANDIDATES, Recall
from opc_kernel.memory.recall.terms import Terms
from tests.benchmarks.figures import Figure
from workbench.connectors.embedding.minilm import MiniLM
from workbench.connectors.embedding.model_files import is_fetched, model_folder

SIZES = tuple(int(size) for size in os.environ.get("BENCH_ITEMS", "10000,100000").split(","))
"""A million takes ten minutes: BENCH_ITEMS=10000,100000,1000000."""
DIMENSION, QUESTIONS, WORDS_AN_ITEM, TURNS = 384, 60, 20, 20
COLD_AT, COLD_S, RATIO = 100_000, 0.5, 1.5


class Random:
    """An embedding that takes no time: a text's vector is drawn by its digest."""

    name, dimension, local = "random", DIMENSION, True

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256("\n".join(texts).encode()).digest()[:8])
        drawn = np.random.default_rng(seed).standard_normal((len(texts), DIMENSION), np.float32)
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def figures() -> Iterator[Figure]:
    for size in SIZES:
        yield from _told(size, _in_a_child(size))


def _told(size: int, found: dict[str, float]) -> Iterator[Figure]:
    for share in ("p50", "p95"):
        ours, peer, model = found[share], found[f"peer {share}"], found["model"]
        yield _beside(f"recall among {size:,} items, {share}, no model", ours, peer)
        if model:
            yield _beside(f"recall among {size:,} items, {share}, with the model", ours + model, peer + model)
    goal_s = COLD_S * max(1.0, size / COLD_AT)
    yield Figure(
        name=f"first answer after a start, {size:,} items (read {found['rate']:,.0f} items/s)",
        ours=f"{found['cold']:.2f} s",
        peer=f"{goal_s:g} s",
        ratio=found["cold"] / goal_s,
        goal="at most 1x",
        reached=found["cold"] <= goal_s,
    )
    yield Figure(
        name=f"memory of recall with {size:,} items, beside the peers'",
        ours=f"{found['mib']:,.0f} MiB",
        peer=f"{found['peer mib']:,.0f} MiB",
        ratio=found["mib"] / found["peer mib"],
        goal=f"at most {RATIO:g}x",
        reached=found["mib"] <= RATIO * found["peer mib"],
    )


def _beside(name: str, ours: float, peer: float) -> Figure:
    return Figure(
        name=name,
        ours=f"{ours * 1e3:.1f} ms",
        peer=f"{peer * 1e3:.1f} ms",
        ratio=ours / peer,
        goal=f"at most {RATIO:g}x",
        reached=ours <= RATIO * peer,
    )


def _in_a_child(size: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(size)], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout)


def main(size: int) -> None:
    chance = random.Random(size)
    texts = [_text(chance) for _ in range(size)]
    asked = [_question(chance, texts) for _ in range(QUESTIONS)]
    with TemporaryDirectory() as folder, opened(Path(folder) / "company") as log:
        _fill(log, texts)
        ours = _ours(log, Path(folder) / "company", size, asked)
    found = {**ours, **_peers(texts, asked), "model": _model_s()}
    print(json.dumps(found))


def _ours(log, folder: Path, size: int, asked: Sequence[str]) -> dict[str, float]:
    before = _memory_mib()
    started = time.perf_counter()
    with Recall(log, folder, embeddings=[Random()], newest=lambda: log.tail.position) as recall:
        while recall.catch_up(20_000).waiting:
            pass
        rate = size / (time.perf_counter() - started)
        memory = _memory_mib() - before
    started = time.perf_counter()
    with Recall(log, folder, embeddings=[Random()], newest=lambda: log.tail.position) as recall:
        recall.recall(asked[0])
        cold = time.perf_counter() - started
        times = [_seconds(recall.recall, query) for query in asked]
    return {"rate": rate, "cold": cold, "mib": memory, **_shares("", times)}


def _peers(texts: Sequence[str], asked: Sequence[str]) -> dict[str, float]:
    import bm25s
    import faiss

    terms = Terms()
    vector = Random()
    tokens = [terms.of(text) for text in texts]
    before = _memory_mib()
    bare = bm25s.BM25()
    bare.index(tokens, show_progress=False)
    everything = np.concatenate(
        [vector.embed(texts[at : at + 10_000]) for at in range(0, len(texts), 10_000)]
    )
    index = vectors._flat(DIMENSION)
    if len(texts) > vectors.EXACT_ITEMS:
        index = vectors._cells(DIMENSION, everything)
    index.add_with_ids(everything, np.arange(len(texts)))
    del everything
    memory = _memory_mib() - before
    assert isinstance(index, faiss.Index), "the peer is bare FAISS"

    def ask(query: str) -> None:
        bare.retrieve([list(terms.asked(query))], k=CANDIDATES, show_progress=False)
        index.search(vector.embed([query]), CANDIDATES)

    ask(asked[0])
    return {"peer mib": memory, **_shares("peer ", [_seconds(ask, query) for query in asked])}


def _model_s() -> float:
    """Return the median seconds of a question in the local model, 0 where it is not on this machine."""
    if not is_fetched(model_folder()):
        return 0.0
    model = MiniLM(model_folder())
    question = "What was agreed about the delivery in {}?"
    return statistics.median(
        _seconds(lambda text: model.embed([text]), question.format(at)) for at in range(20)
    )


def _shares(name: str, times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {f"{name}p50": ordered[len(ordered) // 2], f"{name}p95": ordered[int(len(ordered) * 0.95)]}


def _seconds(body: Callable[[str], object], query: str) -> float:
    started = time.perf_counter()
    body(query)
    return time.perf_counter() - started


def _fill(log, texts: Sequence[str]) -> None:
    for start in range(0, len(texts), 20_000):
        keep(
            log,
            *(
                kept(
                    f"{at:08}",
                    texts[at],
                    conversation=f"c{at // TURNS}",
                    place=at % TURNS,
                    sources=(f"{at:08}",),
                )
                for at in range(start, min(start + 20_000, len(texts)))
            ),
        )


def _text(chance: random.Random) -> str:
    """Return words as often as words are: few stand nearly everywhere, most nearly nowhere."""
    return " ".join(_word(int(chance.paretovariate(0.9))) for _ in range(WORDS_AN_ITEM))


def _question(chance: random.Random, texts: Sequence[str]) -> str:
    return "What about " + " ".join(chance.sample(chance.choice(texts).split(), 6)) + "?"


def _word(number: int) -> str:
    """Return the word of a number, in letters that no stemmer cuts."""
    number = min(number, 200_000)
    letters = ""
    while number:
        number, at = divmod(number, 20)
        letters += "bcdfghjklmnpqrtvwxza"[at] + "o"
    return letters + "k"


def _memory_mib() -> float:
    return int(Path("/proc/self/status").read_text("ascii").split("VmRSS:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main(int(sys.argv[1]))
