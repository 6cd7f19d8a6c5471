"""The shelf: every item as a row with its words, conversation and time; they keep their numbers until packed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opc_kernel.memory.recall.item import Item
from opc_kernel.memory.recall.terms import Terms
from opc_kernel.memory.recall.words import Column, WordIndex, held

Rows = NDArray[np.int64]
KINDS: dict[str, type[np.generic]] = {
    "positions": np.int64,
    "streams": np.uint64,
    "conversations": np.uint64,
    "places": np.uint64,
    "instants": np.float64,
    "asking": np.bool_,
}
"""`streams` and `conversations` are hashes, `places` the conversation's with the number within it added."""
NO_ROW = -1


class Shelf:
    """Rows in the order of their positions."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self.words = WordIndex()
        self._columns = {name: Column(kind) for name, kind in KINDS.items()}
        self._by_place = _ByPlace()
        self.position = 0

    def __len__(self) -> int:
        return self.words.living

    def __getitem__(self, name: str) -> NDArray:  # type: ignore[type-arg] # of the column's kind
        return self._columns[name].now

    def put(self, items: Sequence[Item]) -> NDArray[np.int64]:
        """Take items that are newer than all before; return where those stood that were said anew."""
        newest = {_hash(item.stream): item for item in items}
        old = np.isin(self["streams"], np.fromiter(newest, np.uint64, len(newest)))
        old &= self.words.alive.now
        replaced = self["positions"][old]
        self.words.remove(np.flatnonzero(old))
        for stream, item in newest.items():
            self._append(stream, item)
        self.words.add(self._counted(item) for item in newest.values())
        return replaced

    def drop(self, positions: NDArray[np.int64]) -> None:
        """Let the items at these positions go."""
        self.words.remove(self.rows(positions))

    def rows(self, positions: NDArray[np.int64]) -> Rows:
        """Return the rows at those of the positions that stand here."""
        here, at = held(self["positions"], positions)
        rows = at[here]
        standing: Rows = rows[self.words.alive.now[rows]]
        return standing

    def standing(self) -> NDArray[np.int64]:
        """Return the positions of all that stand here."""
        standing: NDArray[np.int64] = self["positions"][self.words.alive.now]
        return standing

    def neighbours(self, rows: Rows, distances: Sequence[int]) -> Rows:
        """Return, for each distance, for each row the one so many places on in its conversation, NO_ROW for none."""
        steps = np.array([distance % 2**64 for distance in distances], np.uint64)
        wanted = self["places"][rows] + steps[:, None]
        found = self._by_place.find(self["places"], wanted, self.words.alive.now)
        same = self["conversations"][found] == self["conversations"][rows]
        return np.where((found >= 0) & same, found, NO_ROW)

    def packed(self) -> dict[str, NDArray[np.generic]]:
        """Return everything as arrays; what died is left out."""
        self._compact()
        return {**self.words.packed(), **{name: self[name] for name in KINDS}}

    @classmethod
    def unpacked(cls, terms: Terms, arrays: dict[str, NDArray[Any]], position: int) -> Shelf:
        """Take up what `packed` returned."""
        shelf = cls(terms)
        shelf.words = WordIndex.unpacked(arrays)
        shelf._columns = {name: Column(kind, arrays[name]) for name, kind in KINDS.items()}
        shelf.position = position
        return shelf

    def _counted(self, item: Item) -> tuple[list[str], float]:
        """Return the terms of an item, and how long BM25 takes it to be: each line of a summary stands for an item."""
        terms = self._terms.of(item.text)
        lines = item.text.count("\n") + 1 if item.kind == "summary" else 1
        return terms, len(terms) / lines

    def _append(self, stream: int, item: Item) -> None:
        assert item.position > self.position, f"{item.position} comes after {self.position}"
        self.position = item.position
        conversation = _hash(item.conversation or item.stream)
        place = conversation + (item.place or 0)
        occurred = item.occurred_at.timestamp() if item.occurred_at else np.nan
        values = (item.position, stream, conversation, place % 2**64, occurred, "?" in item.text)
        for column, value in zip(self._columns.values(), values, strict=True):
            column.append(value)

    def _compact(self) -> None:
        alive = self.words.alive.now
        if alive.all():
            return
        self.words.compact()
        self._columns = {name: Column(kind, self._columns[name].now[alive]) for name, kind in KINDS.items()}
        self._by_place = _ByPlace()


class _ByPlace:
    """Finds rows by their place: those sorted before, and the few that came since."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, NDArray[np.uint64], Rows]] = []

    def find(self, places: NDArray[np.uint64], wanted: NDArray[np.uint64], alive: NDArray[np.bool_]) -> Rows:
        """Return the living row at each wanted place, NO_ROW where there is none."""
        self._sort(places)
        found = np.full(wanted.shape, NO_ROW, np.int64)
        for _, ordered, rows in self._parts:  # the later part is the newer, and wins
            at = np.minimum(np.searchsorted(ordered, wanted, side="right") - 1, len(ordered) - 1)
            here = (at >= 0) & (ordered[at] == wanted)
            row = rows[at]
            found = np.where(here & alive[row], row, found)
        return found

    def _sort(self, places: NDArray[np.uint64]) -> None:
        """Sort what came since; where that has grown to a tenth of all, everything."""
        first = self._parts[0][0] if self._parts else 0
        if self._parts and self._parts[-1][0] == len(places):
            return
        start = first if len(places) - first <= max(2_000, len(places) // 10) and first else 0
        kept = self._parts[:1] if start else []
        order = np.argsort(places[start:], kind="stable")
        self._parts = [*kept, (len(places), places[start:][order], order + start)]


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
