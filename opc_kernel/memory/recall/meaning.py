"""The meaning of the items under one model: vectors, the files that keep them, and what still waits for one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from opc_kernel.clock import Clock, SystemClock
from opc_kernel.log.crash import Crash, no_crash
from opc_kernel.memory.recall.embedding import Embedding, EmbeddingFailed, Matrix
from opc_kernel.memory.recall.index_file import HashOf, IndexRefused, Manifest, check, read_index, write_index
from opc_kernel.memory.recall.vectors import Floats, Positions, VectorIndex
from opc_kernel.memory.recall.words import from_bytes, to_bytes

SETTLED, RECENT = "meaning", "meaning recent"
RESTS = timedelta(minutes=1)
"""So long a model that failed is not asked again."""
KEPT_SHARE = 8
"""What lies beside is written again once an eighth of it is new."""
EPOCH = datetime.fromtimestamp(0, UTC)
QUESTIONS_KEPT = 256
"""So many vectors of questions are remembered: a search as one types asks the same again."""


class Meaning:
    """Vectors of one model. What is written can be taken up again; what does not fit is made anew."""

    def __init__(
        self, folder: Path, embedding: Embedding, *, clock: Clock | None = None, crash: Crash = no_crash
    ) -> None:
        self.embedding = embedding
        self.trouble = ""
        """Why it gave no vectors when it was asked last."""
        self.index = VectorIndex(embedding.dimension)
        self.withheld: set[int] = set()
        """Positions of items that this model may not see."""
        self._folder, self._crash = folder, crash
        self._clock, self._rests_until = clock or SystemClock(), EPOCH
        self._settled_digest = ""
        self._unkept = 0
        self._questions: dict[str, Floats] = {}

    @property
    def settled_path(self) -> Path:
        """The file of the vectors proper."""
        return self._folder / f"{slug(self.embedding.name)}.faiss"

    @property
    def recent_path(self) -> Path:
        """The file of those that came since."""
        return self._folder / f"{slug(self.embedding.name)}.recent.npz"

    def question(self, query: str) -> Floats:
        """Return the vector of a question. Raises EmbeddingFailed."""
        if query not in self._questions:
            if len(self._questions) >= QUESTIONS_KEPT:
                self._questions.clear()
            self._questions[query] = self.vectors([query])[0]
        return self._questions[query]

    def missing(self, standing: Positions) -> Positions:
        """Return the positions that have no vector yet and may have one, in order."""
        lacking = np.setdiff1d(standing, self.index.positions, assume_unique=True)
        return lacking if not self.withheld else np.setdiff1d(lacking, np.fromiter(self.withheld, np.int64))

    def waiting(self, count: int) -> int:
        """Return how many of so many items have no vector yet and may have one."""
        return max(count - len(self.index) - len(self.withheld), 0)

    def vectors(self, texts: Sequence[str]) -> Matrix:
        """Return what texts mean. A model that failed is left alone for a while, so that nobody waits for it each time.

        Raises EmbeddingFailed.
        """
        if self._clock.now() < self._rests_until:
            raise EmbeddingFailed(self.embedding.name, self.trouble)
        try:
            vectors = self.embedding.embed(texts)
        except EmbeddingFailed as error:
            self.trouble, self._rests_until = error.reason, self._clock.now() + RESTS
            raise
        self.trouble = ""
        return vectors

    def learn(self, positions: Positions, vectors: Matrix) -> None:
        """Give items their vectors."""
        if len(positions):
            self.index.add(positions, vectors)
            self._unkept += len(positions)

    def forget(self, positions: Positions) -> None:
        """Let the vectors of items go."""
        self.index.remove(positions)
        self.withheld.difference_update(positions.tolist())

    @property
    def is_due(self) -> bool:
        """Whether so much was learned that it is worth writing."""
        return self._unkept > 0 and self._unkept * KEPT_SHARE >= len(self.index.recent)

    @property
    def is_kept(self) -> bool:
        """Whether all that was learned is written."""
        return not self._unkept

    def keep(self, position: int, chain_hash: str, *, wholly: bool = False) -> None:
        """Write what has changed: what is recent, or when that is much, or `wholly`, everything."""
        self._unkept = 0
        if wholly or self.index.is_due or not self._settled_digest:
            self.index.settle()
            manifest = self._manifest(SETTLED, len(self.index.settled), position, chain_hash)
            self._settled_digest = write_index(
                self.settled_path, manifest, self.index.packed(), self._crash
            ).digest
            self.recent_path.unlink(missing_ok=True)
            return
        positions, vectors = self.index.packed_recent()
        manifest = self._manifest(RECENT, len(positions), position, chain_hash, self._settled_digest)
        payload = to_bytes({"positions": positions, "vectors": vectors})
        write_index(self.recent_path, manifest, payload, self._crash)

    def take_up(self, hash_of: HashOf) -> list[IndexRefused]:
        """Read the files; return why one was refused. What was refused is removed and made anew."""
        try:
            self._take_up_settled(hash_of)
            self._take_up_recent(hash_of)
        except IndexRefused as error:
            self.drop_files(settled=error.path == self.settled_path)
            return [error]
        return []

    def _take_up_settled(self, hash_of: HashOf) -> None:
        if (read := read_index(self.settled_path)) is None:
            return
        manifest, payload = read
        check(self.settled_path, manifest, self._manifest(SETTLED, manifest.count, 0, ""), hash_of)
        index = VectorIndex.unpacked(payload, self.embedding.dimension)
        if len(index) != manifest.count:
            raise IndexRefused(self.settled_path, "it does not hold what it says")
        self.index, self._settled_digest = index, manifest.digest

    def _take_up_recent(self, hash_of: HashOf) -> None:
        if (read := read_index(self.recent_path)) is None:
            return
        manifest, payload = read
        expected = self._manifest(RECENT, manifest.count, 0, "", self._settled_digest)
        check(self.recent_path, manifest, expected, hash_of)
        arrays = from_bytes(payload)
        self.index.add(arrays["positions"], arrays["vectors"])

    def drop_files(self, *, settled: bool = True) -> None:
        """Remove the files, or only the one of recent vectors."""
        self.recent_path.unlink(missing_ok=True)
        if settled:
            self.settled_path.unlink(missing_ok=True)

    def _manifest(self, kind: str, count: int, position: int, chain_hash: str, beside: str = "") -> Manifest:
        return Manifest(
            kind=kind,
            model=self.embedding.name,
            dimension=self.embedding.dimension,
            count=count,
            position=position,
            chain_hash=chain_hash,
            beside=beside,
        )


def slug(name: str) -> str:
    """Return a model's name as part of a file's: two names never share one."""
    plain = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in name)[:40]
    return f"meaning-{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
