"""What is recorded of one account, found by day: a statement is compared only with what is near it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain
from typing import Generic, TypeVar

from workbench.connectors.bank.identity import WINDOW, Known, Period
from workbench.connectors.bank.reading import Statement

Thing = TypeVar("Thing")


class Recorded:
    """The transactions of one account, and the statements that told of them."""

    def __init__(self, known: Iterable[Known] = (), periods: Iterable[Period] = ()) -> None:
        self._known: dict[str, Known] = {}
        self._by_day = _Days[Known]()
        self._by_id: dict[str, dict[str, Known]] = defaultdict(dict)
        self._periods: dict[str, Period] = {}
        self._ends = _Days[Period]()
        for each in known:
            self.add(each)
        for period in periods:
            self.cover(period)

    def __iter__(self) -> Iterator[Known]:
        return iter(self._known.values())

    def of(self, stream: str) -> Known | None:
        """Return what is recorded in a stream."""
        return self._known.get(stream)

    def add(self, each: Known) -> None:
        """Remember a transaction in place of what its stream was before."""
        if each.stream in self._known:
            self._forget(self._known.pop(each.stream))
        self._known[each.stream] = each
        self._by_day.put(each.booked_on, each.stream, each)
        if each.bank_id:
            self._by_id[each.bank_id][each.stream] = each

    def cover(self, period: Period) -> None:
        """Remember a statement."""
        self._periods[period.stream] = period
        for day in (period.first_on, period.last_on):
            if day is not None:
                self._ends.put(day, period.stream, period)

    def around(self, statement: Statement) -> tuple[list[Known], list[Period]]:
        """Return the transactions that a statement may mean or should show, and the statements that bear on them.

        By day: what comes first is meant first, in one file as in several.
        """
        days = [line.booked_on for line in statement.lines]
        days += [] if statement.closing_on is None else [statement.closing_on]
        if not days:
            return [], []
        first, last = min(days), max(days)
        known = {each.stream: each for each in self._by_day.between(first - WINDOW, last + WINDOW)}
        for bank_id in {line.bank_id for line in statement.lines} & self._by_id.keys():
            known |= self._by_id[bank_id]  # the bank's id means one of any day
        told = {each.statement for each in known.values()} & self._periods.keys()
        periods = chain(map(self._periods.__getitem__, told), self._ends.between(first, last))
        return sorted(known.values(), key=lambda each: each.booked_on), list(periods)

    def _forget(self, each: Known) -> None:
        self._by_day.drop(each.booked_on, each.stream)
        if each.bank_id:
            del self._by_id[each.bank_id][each.stream]


class _Days(Generic[Thing]):
    """Things under their day, and under a key within it."""

    def __init__(self) -> None:
        self._days: list[date] = []
        self._on: dict[date, dict[str, Thing]] = {}

    def put(self, day: date, key: str, thing: Thing) -> None:
        if day not in self._on:
            insort(self._days, day)
            self._on[day] = {}
        self._on[day][key] = thing

    def drop(self, day: date, key: str) -> None:
        del self._on[day][key]

    def between(self, first: date, last: date) -> Iterator[Thing]:
        """Yield what is of these days, the first and the last among them."""
        days = self._days[bisect_left(self._days, first) : bisect_right(self._days, last)]
        return chain.from_iterable(self._on[day].values() for day in days)
