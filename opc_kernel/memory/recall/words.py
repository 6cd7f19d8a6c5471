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
Rows = NDArray[np.int64]
Postings = tuple[NDArray[np.int32], NDArray[np.uint16]]
"""Rows in which a term stands, in order, and how often."""
MANY = 5_000
"""A term in so many rows is looked at only where it can still bring in another one."""
SAMPLED = 4_000
"""So many rows, those of the rarest terms, say what the best score at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    """One term: where it stands, how often, and what it weighs."""

    rows: NDArray[np.int32]
    counts: NDArray[np.uint16]
    weight: float


class Matches:
    """What BM25 finds for a question: the best rows, and the score of any row."""

    def __init__(self, matches: Sequence[_Match], lengths: Floats, mean: float) -> None:
        self._left = sorted(matches, key=lambda match: -match.weight)
        self._summed = np.zeros(len(lengths), np.float32)
        """What each row has of the terms that are no longer left."""
        self._lengths, self._mean = lengths, mean

    def scores(self, rows: Rows) -> Floats:
        """Return the score of each row."""
        found: Floats = self._summed[rows]
        for match in self._left:
            here, at = held(match.rows, rows)
            found[here] += self._gains(match, rows[here], match.counts[at[here]])
        return found

    def best(self, most: int) -> Rows:
        """Return the rows with the best scores, in order; those without any left out.

        A term that stands nearly everywhere weighs little: once enough rows score more than all terms left can give, no
        other row can come among the best, and the terms left are looked up for these rows alone.
        """
        found, touched = self._summed, np.empty(0, np.int64)
        to_come = _most_of(self._left)
        while self._left:
            match = self._left[0]
            if len(match.rows) > MANY and _nth(found[touched[:SAMPLED]], most) > to_come:
                break
            rows = match.rows.astype(np.int64)  # once, for numpy would at each look
            had = found[rows]
            touched = np.concatenate([touched, rows[had == 0]])
            found[rows] = had + self._gains(match, rows, match.counts)
            del self._left[0]
            to_come = _most_of(self._left)
        return np.sort(self._best_of(touched, most))

    def _best_of(self, rows: Rows, most: int) -> Rows:
        """Return the best of rows: after each term, those that can't come among them any more are let go."""
        scores = self._summed[rows]
        for number, match in enumerate(self._left):
            kept = scores + _most_of(self._left[number:]) >= _nth(scores[:SAMPLED], most)
            rows, scores = rows[kept], scores[kept]
            here, at = held(match.rows, rows)
            scores[here] += self._gains(match, rows[here], match.counts[at[here]])
        return rows[np.argpartition(scores, -most)[-most:]] if len(rows) > most else rows

    def _gains(self, match: _Match, rows: NDArray[Any], counts: NDArray[np.uint16]) -> Floats:
        held_back = np.float32(K1 * (1 - B)) + np.float32(K1 * B / self._mean) * self._lengths[rows]
        gains: Floats = np.float32(match.weight * (K1 + 1)) * counts / (counts + held_back)
        return gains


def held(ordered: NDArray[Any], wanted: NDArray[Any]) -> tuple[Mask, Rows]:
    """Say of each of `wanted` whether it stands in an ordered array, and where."""
    if not len(ordered):
        return np.zeros(wanted.shape, np.bool_), np.zeros(wanted.shape, np.int64)
    wanted = wanted.astype(
        ordered.dtype, copy=False
    )  # else the whole array is made of the other's kind to look it up
    at = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return ordered[at] == wanted, at


def _most_of(matches: Sequence[_Match]) -> float:
    """Return what terms can give to one row at most."""
    return sum((K1 + 1) * match.weight for match in matches)


def _nth(scores: Floats, number: int) -> float:
    """Return the score that so many reach; 0 where fewer are there."""
    return float(np.partition(scores, -number)[-number]) if len(scores) >= number else 0.0


def _idf(number: int, holding: int) -> float:
    return float(np.log1p((number - holding + 0.5) / (holding + 0.5)))


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
        self._living, self._words = 0, 0.0

    def add(self, documents: Iterable[tuple[Sequence[str], float]]) -> None:
        """Add a row for each document: its terms, and how long it counts."""
        for terms, length in documents:
            row = len(self.lengths)
            for term, count in Counter(terms).items():
                self._recent[term].append((row, min(count, 65_535)))
            self.lengths.append(length)
            self.alive.append(True)
            self._recent_rows += 1
            self._living += 1
            self._words += length
        if self._recent_rows > max(RECENT_ROWS, RECENT_SHARE * len(self.lengths)):
            self.sort()

    def remove(self, rows: Rows) -> None:
        """Let rows go: they count in nothing from now on."""
        rows = np.unique(rows[self.alive.now[rows]])
        self._living -= len(rows)
        self._words -= float(self.lengths.now[rows].sum())
        self.alive.now[rows] = False

    @property
    def living(self) -> int:
        """Return how many rows count."""
        return self._living

    def ask(self, terms: Mapping[str, float], among: Rows | None = None) -> Matches:
        """Return what the rows hold of weighted terms; `among`, in order, leaves the others out of every count, too."""
        number = self._living if among is None else len(among)
        lengths = self.lengths.now
        mean = (
            self._words / max(number, 1) if among is None else float(lengths[among].mean()) if number else 0.0
        )
        matches = [
            _Match(rows=rows, counts=counts, weight=float(weight * _idf(number, len(rows))))
            for term, weight in terms.items()
            for rows, counts in [self._counted(*self._postings(term), among)]
            if len(rows)
        ]
        return Matches(matches, lengths, max(mean, 1.0))

    def _counted(self, rows: NDArray[np.int32], counts: NDArray[np.uint16], among: Rows | None) -> Postings:
        """Leave out of a term's postings what is dead, or not among those that are asked about."""
        if among is not None and len(among) < len(rows):
            kept, at = held(rows, among)
            return rows[at[kept]], counts[at[kept]]
        if among is not None:
            kept, _ = held(among, rows)
            return rows[kept], counts[kept]
        if self._living == len(self.alive):
            return rows, counts
        alive = self.alive.now[rows]
        return rows[alive], counts[alive]

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
        index._living = int(np.count_nonzero(index.alive.now))
        index._words = float(index.lengths.now.sum(where=index.alive.now, dtype=np.float64))
        return index

    def _postings(self, term: str) -> Postings:
        number = self._numbers.get(term)
        recent = self._recent.get(term)
        if number is None or number + 1 >= len(self._sorted.starts):
            return _unsorted(recent or ())
        start, end = self._sorted.starts[number : number + 2]
        rows, counts = self._sorted.rows[start:end], self._sorted.counts[start:end]
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
    return pairs[:, 0], pairs[:, 1].astype(np.uint16)


def to_bytes(arrays: dict[str, NDArray[np.generic]]) -> bytes:
    """Return arrays as one file."""
    out = BytesIO()
    np.savez(out, **arrays)  # type: ignore[arg-type] # names of ours
    return out.getvalue()


def from_bytes(content: bytes | memoryview) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file."""
    with np.load(BytesIO(content), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}
