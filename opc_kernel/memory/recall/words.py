"""The index of words: BM25 over every item, exact at any time; what came lately lies beside what was sorted before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

K1, B = 0.9, 0.4
"""Common constants of BM25: how soon a word that comes again stops counting, how much long texts are held back."""
RECENT_ROWS, RECENT_SHARE = 2_000, 0.05
"""So many rows may lie unsorted, or such a share of all."""

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Postings = tuple[NDArray[np.int32], NDArray[np.float32]]
"""Rows in which a term stands, and how often."""


@dataclass(slots=True)
class _Sorted:
    """All postings by term: those of term number t lie from starts[t] to starts[t + 1]."""

    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    counts: NDArray[np.uint16]


class WordIndex:
    """Rows of words. A row is dead once its item went or was said anew; numbers are never used twice."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._sorted = _Sorted(np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0, np.uint16))
        self._recent: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._recent_rows = 0
        self.lengths = Column(np.float32)
        self.alive = Column(np.bool_)

    def add(self, documents: Iterable[Sequence[str]]) -> None:
        """Add a row for each document."""
        for terms in documents:
            row = len(self.lengths)
            for term, count in Counter(terms).items():
                self._recent[term].append((row, min(count, 65_535)))
            self.lengths.append(len(terms))
            self.alive.append(True)
            self._recent_rows += 1
        if self._recent_rows > max(RECENT_ROWS, RECENT_SHARE * len(self.lengths)):
            self.sort()

    def remove(self, rows: NDArray[np.int64]) -> None:
        """Let rows go: they count in nothing from now on."""
        self.alive.now[rows] = False

    def scores(self, terms: Mapping[str, float], among: Mask | None = None) -> Floats:
        """Return each row's BM25 score for weighted terms; `among` leaves the others out of every count, too."""
        counted = self.alive.now if among is None else among & self.alive.now
        found = np.zeros(len(counted), np.float32)
        number = int(np.count_nonzero(counted))
        if not number:
            return found
        lengths = self.lengths.now
        mean = max(float(lengths.mean(where=counted)), 1.0)
        everything = number == len(counted)
        for term, weight in terms.items():
            rows, counts = self._postings(term)
            if not everything:
                kept = counted[rows]
                rows, counts = rows[kept], counts[kept]
            if len(rows):
                idf = np.log1p((number - len(rows) + 0.5) / (len(rows) + 0.5))
                held_back = np.float32(K1 * (1 - B)) + np.float32(K1 * B / mean) * lengths[rows]
                found[rows] += np.float32(weight * idf * (K1 + 1)) * counts / (counts + held_back)
        return found

    def sort(self) -> None:
        """Put what came lately in its place among the rest."""
        if self._recent_rows:
            self._sorted = self._merged()
            self._recent.clear()
            self._recent_rows = 0

    def compact(self) -> None:
        """Leave out what died, with the terms that stood nowhere else, and number the rest anew."""
        alive = self.alive.now
        merged = self._merged()  # its postings hold no dead row
        used = np.diff(merged.starts) > 0
        kept = [term for term, is_used in zip(self._numbers, used.tolist(), strict=True) if is_used]
        numbers = (np.cumsum(alive) - 1).astype(np.int32)
        self._numbers = {term: number for number, term in enumerate(kept)}
        self._sorted = _Sorted(np.r_[0, merged.starts[1:][used]], numbers[merged.rows], merged.counts)
        self._recent.clear()
        self._recent_rows = 0
        self.lengths = Column(np.float32, self.lengths.now[alive])
        self.alive = Column(np.bool_, alive[alive])

    def packed(self) -> dict[str, NDArray[np.generic]]:
        """Return everything as arrays."""
        self.sort()
        return {
            "terms": np.frombuffer("\n".join(self._numbers).encode(), np.uint8),
            "starts": self._sorted.starts,
            "rows": self._sorted.rows,
            "counts": self._sorted.counts,
            "lengths": self.lengths.now,
            "alive": self.alive.now,
        }

    @classmethod
    def unpacked(cls, arrays: dict[str, NDArray[Any]]) -> WordIndex:
        """Take up what `packed` returned."""
        index = cls()
        terms = arrays["terms"].tobytes().decode()
        index._numbers = {term: number for number, term in enumerate(terms.split("\n") if terms else ())}
        index._sorted = _Sorted(arrays["starts"], arrays["rows"], arrays["counts"])
        index.lengths = Column(np.float32, arrays["lengths"])
        index.alive = Column(np.bool_, arrays["alive"])
        return index

    def _postings(self, term: str) -> Postings:
        number = self._numbers.get(term)
        recent = self._recent.get(term)
        if number is None or number + 1 >= len(self._sorted.starts):
            return _unsorted(recent or ())
        start, end = self._sorted.starts[number : number + 2]
        rows, counts = self._sorted.rows[start:end], self._sorted.counts[start:end].astype(np.float32)
        if not recent:
            return rows, counts
        more_rows, more_counts = _unsorted(recent)
        return np.concatenate([rows, more_rows]), np.concatenate([counts, more_counts])

    def _merged(self) -> _Sorted:
        numbers = self._numbers
        for term in self._recent:
            numbers.setdefault(term, len(numbers))
        old = self._sorted
        old_terms = np.repeat(np.arange(len(old.starts) - 1, dtype=np.int32), np.diff(old.starts))
        flat = [(numbers[term], row, count) for term, found in self._recent.items() for row, count in found]
        new = np.array(flat, np.int32).reshape(-1, 3)
        terms = np.concatenate([old_terms, new[:, 0]])
        rows = np.concatenate([old.rows, new[:, 1]])
        counts = np.concatenate([old.counts, new[:, 2].astype(np.uint16)])
        kept = self.alive.now[rows]
        terms, rows, counts = terms[kept], rows[kept], counts[kept]
        order = np.argsort(terms, kind="stable")
        sizes = np.bincount(terms, minlength=len(numbers))
        return _Sorted(np.concatenate([[0], np.cumsum(sizes)]), rows[order], counts[order])


class Column:
    """A column that grows at its end, in steps of doubling."""

    def __init__(self, kind: type[np.generic], now: NDArray[np.generic] | None = None) -> None:
        self._array: NDArray[np.generic] = np.zeros(16, kind) if now is None else np.array(now, kind)
        self._length = 0 if now is None else len(now)

    def __len__(self) -> int:
        return self._length

    @property
    def now(self) -> NDArray:  # type: ignore[type-arg] # of its kind
        """Return what it holds."""
        return self._array[: self._length]

    def append(self, value: Any) -> None:  # noqa: ANN401 - of its kind
        """Add one value."""
        if self._length == len(self._array):
            self._array = np.resize(self._array, max(16, 2 * self._length))
        self._array[self._length] = value
        self._length += 1


def _unsorted(found: Sequence[tuple[int, int]]) -> Postings:
    pairs = np.array(found, np.int32).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1].astype(np.float32)


def to_bytes(arrays: dict[str, NDArray[np.generic]]) -> bytes:
    """Return arrays as one file."""
    out = BytesIO()
    np.savez(out, **arrays)  # type: ignore[arg-type] # names of ours
    return out.getvalue()


def from_bytes(content: bytes | memoryview) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file."""
    with np.load(BytesIO(content), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}
