"""Which lines of a statement are recorded already, which are new, and which contradict what is recorded.

A transaction is its account, booking day and signed amount, as often as the bank shows it: twins stay two. The bank's
own ids tell two apart, but only within one format. Nothing here depends on what the operator may edit.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain
from typing import Literal

from opc_kernel.text import canonical
from workbench.connectors.bank.reading import Line, Statement

Slot = tuple[date, Decimal, str]

SAME_DAY = (0,)
PENDING_DAYS, BEFORE_PENDING = 21, 3
ANNOUNCED = tuple(sorted(range(-PENDING_DAYS, BEFORE_PENDING + 1), key=abs))
"""When a transaction was pending that is booked now, in days from its booking, the likeliest first."""
SHIFT_DAYS = 7
SHIFTED = tuple(sorted(range(-SHIFT_DAYS, SHIFT_DAYS + 1), key=abs))
"""Two formats may give the booking day and the value day of one transaction; they lie at most this far apart."""
FEW_MISSING = 0.1
"""A file without balances that lacks at most this share is no excerpt: what it lacks was taken back."""
WINDOW = timedelta(days=PENDING_DAYS)

_WORD = re.compile(r"[^\W_]{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A recorded transaction of the account."""

    stream: str
    version: int
    state: Literal["pending", "booked", "withdrawn"]
    booked_on: date
    value_on: date | None
    amount: Decimal
    currency: str
    bank_id: str
    counterparty: str
    counterparty_account: str
    text: str
    reference: str
    ordinal: int
    statement: str
    pending_on: date | None = None
    pending_amount: Decimal | None = None

    @property
    def slot(self) -> Slot:
        """What makes two transactions look the same."""
        return self.booked_on, self.amount, self.currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A recorded statement of the account: what it covers and the balances at its ends."""

    stream: str
    format: str
    currency: str
    first_on: date | None
    last_on: date | None
    opening: Decimal | None
    closing: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a statement means for what is recorded. Each of its lines is in one of these, or is recorded already."""

    new: tuple[tuple[Line, int], ...]
    """With the ordinal among those of its day and amount."""
    announced: tuple[tuple[Line, int], ...]
    """New pending ones."""
    booked: tuple[tuple[Line, int, Known], ...]
    """What was pending and is booked now."""
    known: tuple[tuple[Line, Known], ...]
    """Lines that are recorded already, and as what."""
    gone: tuple[Known, ...]
    """Recorded transactions that the statement should have and has not."""
    instead: tuple[Line, ...]
    """Its lines that look like one of those: a correction, or not."""


class _Free:
    """What is recorded and no line has claimed yet, by day and amount and by the bank's id."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._by_slot: dict[Slot, dict[str, Known]] = defaultdict(dict)
        self._by_id: dict[str, dict[str, Known]] = defaultdict(dict)
        for each in known:
            self._by_slot[each.slot][each.stream] = each
            if each.bank_id:
                self._by_id[each.bank_id][each.stream] = each

    def __iter__(self) -> Iterator[Known]:
        return chain.from_iterable(each.values() for each in self._by_slot.values())

    def named(self, line: Line) -> Iterable[Known]:
        """Return those with the id of this line."""
        return self._by_id.get(line.bank_id, {}).values() if line.bank_id else ()

    def around(self, line: Line, days: Sequence[int]) -> Iterator[Known]:
        """Yield those of this amount so many days later, in that order."""
        for day in days:
            yield from self._by_slot.get(
                (line.booked_on + timedelta(day), line.amount, line.currency), {}
            ).values()

    def take(self, each: Known) -> None:
        """Let a line claim this one."""
        del self._by_slot[each.slot][each.stream]
        if each.bank_id:
            del self._by_id[each.bank_id][each.stream]


Claim = Callable[[Line], Known | None]
Erased = Callable[[Line], int]


def nothing_erased(_: Line) -> int:
    """Say that no transaction that looks like a line was erased."""
    return 0


@dataclass(slots=True)
class _Matching:
    """The booked lines that nothing recorded was found for yet, and those that claimed something."""

    lines: list[Line]
    free: _Free
    claimed: list[tuple[Line, Known]] = field(default_factory=list)

    def claim(self, find: Claim) -> None:
        """Let each line claim what is found for it."""
        left = []
        for line in self.lines:
            found = find(line)
            if found is None:
                left.append(line)
                continue
            self.free.take(found)
            self.claimed.append((line, found))
        self.lines = left


def compare(
    statement: Statement,
    known: Sequence[Known],
    periods: Iterable[Period],
    kind: str,
    erased: Erased = nothing_erased,
) -> Comparison:
    """Compare one statement with what is recorded of its account around its days.

    `kind` is the format: another format of the same statement may give another day or other ids. `erased` says how
    many transactions that look like a line were erased: as many lines are taken for them and left out.
    """
    booked = [line for line in statement.lines if line.state == "booked"]
    stored = {each.stream: each for each in known if each.state != "withdrawn"}
    cover = _Cover.of(statement, booked)
    recorded = [each for each in periods if each.currency == statement.currency]
    formats = {each.stream: each.format for each in recorded}
    apart = _of_neighbours(statement, cover, list(stored.values()), recorded)
    free = _Free(each for key, each in stored.items() if key not in apart)
    matching = _Matching(lines=booked, free=free)

    def first(line: Line, among: Iterable[Known], fits: Callable[[Line, Known], bool]) -> Known | None:
        return next((each for each in among if fits(line, each)), None)

    matching.claim(lambda line: first(line, free.named(line), _same_slot))
    matching.claim(lambda line: first(line, free.around(line, SAME_DAY), _is_twin))
    matching.claim(lambda line: first(line, free.named(line), lambda _, each: each.state == "pending"))
    matching.claim(lambda line: first(line, free.around(line, ANNOUNCED), _may_be_booked_now))
    matching.claim(
        lambda line: first(
            line,
            free.around(line, SHIFTED),
            lambda line, each: formats.get(each.statement) != kind and _shifted(line, each),
        )
    )

    unclaimed = [each for each in free if each.state == "booked"]
    missing = [each for each in unclaimed if cover and cover.has(each, recorded)]
    recorded_lines = len(booked) - len(matching.lines)
    fresh = list(_not_erased(matching.lines, erased))
    whole = statement.difference == 0 or len(missing) <= recorded_lines * FEW_MISSING
    gone, instead = _contradictions(fresh, missing, complete=whole)
    held = {id(line) for line in instead}
    count = _Ordinals(known, erased)
    announced = _not_erased(_announced(statement, stored.values()), erased)
    return Comparison(
        new=tuple((line, count.booked(line)) for line in fresh if id(line) not in held),
        booked=tuple(
            (line, count.booked(line), each) for line, each in matching.claimed if each.state == "pending"
        ),
        known=tuple((line, each) for line, each in matching.claimed if each.state == "booked"),
        announced=tuple((line, count.pending(line)) for line in announced),
        gone=gone,
        instead=instead,
    )


@dataclass(frozen=True, slots=True)
class _Cover:
    """The days of a statement, first and last."""

    first: date
    last: date

    @classmethod
    def of(cls, statement: Statement, booked: Sequence[Line]) -> _Cover | None:
        days = [line.booked_on for line in booked]
        if statement.closing_on is not None:
            days.append(statement.closing_on)
        return cls(min(days), max(days)) if days else None

    def has(self, each: Known, periods: Sequence[Period]) -> bool:
        """Whether the statement must show this one. Its first and last day may be in it in part only.

        Unless another statement begins or ends with the same day: then both have all of it.
        """
        if each.booked_on == self.first:
            return any(other.first_on == self.first for other in periods)
        if each.booked_on == self.last:
            return any(other.last_on == self.last for other in periods)
        return self.first < each.booked_on < self.last


class _Ordinals:
    """Counts on from what is recorded, whatever became of it, and from what was erased: it keeps its stream."""

    def __init__(self, known: Iterable[Known], erased: Erased) -> None:
        self._erased = erased
        self._booked: dict[Slot, int] = defaultdict(int)
        self._pending: dict[Slot, int] = defaultdict(int)
        self._stored: dict[Slot, int] = defaultdict(int)
        for each in known:
            if each.state != "pending":
                self._booked[each.slot] = max(self._booked[each.slot], each.ordinal)
                self._stored[each.slot] += 1
            if each.pending_on is not None and each.pending_amount is not None:
                self._pending[each.pending_on, each.pending_amount, each.currency] += 1

    def booked(self, line: Line) -> int:
        erased = self._erased(line)
        return _next(self._booked, line, self._stored[_slot(line)] + erased if erased else 0)

    def pending(self, line: Line) -> int:
        return _next(self._pending, line, 0) + self._erased(line)


def _next(counts: dict[Slot, int], line: Line, least: int) -> int:
    slot = _slot(line)
    counts[slot] = max(counts[slot], least) + 1
    return counts[slot]


def _slot(line: Line) -> Slot:
    return line.booked_on, line.amount, line.currency


def _not_erased(lines: Iterable[Line], erased: Erased) -> Iterator[Line]:
    """Leave out as many lines of each day and amount as were erased of them."""
    left_out: dict[Slot, int] = defaultdict(int)
    for line in lines:
        if left_out[_slot(line)] < erased(line):
            left_out[_slot(line)] += 1
        else:
            yield line


def _of_neighbours(
    statement: Statement, cover: _Cover | None, stored: Sequence[Known], periods: Sequence[Period]
) -> set[str]:
    """Return the transactions of a statement that ends on the day this one begins, or begins on the day it ends.

    When the balances say that one goes on where the other stops, they share the day and no transaction. When all of
    that day moved nothing, the balances say nothing.
    """
    if cover is None or statement.opening is None or statement.closing is None:
        return set()
    ended = {each.stream for each in periods if each.last_on is not None and each.last_on <= cover.first}
    begun = {each.stream for each in periods if each.first_on is not None and each.first_on >= cover.last}
    apart: set[str] = set()
    if any(each.last_on == cover.first and each.closing == statement.opening for each in periods):
        apart |= _moved_on(cover.first, ended, stored)
    if any(each.first_on == cover.last and each.opening == statement.closing for each in periods):
        apart |= _moved_on(cover.last, begun, stored)
    return apart


def _moved_on(day: date, statements: set[str], stored: Sequence[Known]) -> set[str]:
    found = [each for each in stored if each.booked_on == day and each.statement in statements]
    return {each.stream for each in found} if sum(each.amount for each in found) else set()


def _same_slot(line: Line, each: Known) -> bool:
    return (line.booked_on, line.amount, line.currency) == each.slot and each.state == "booked"


def _is_twin(line: Line, each: Known) -> bool:
    return each.state == "booked" and _comparable(line, each)


def _comparable(line: Line, each: Known) -> bool:
    """Whether two ids may name one transaction: those of one format would be equal."""
    if not line.bank_id or not each.bank_id:
        return True
    return _scheme(line.bank_id) != _scheme(each.bank_id)


def _scheme(bank_id: str) -> str:
    return bank_id.partition(":")[0]


def _may_be_booked_now(line: Line, each: Known) -> bool:
    return each.state == "pending" and _alike(line, each)


def _shifted(line: Line, each: Known) -> bool:
    """Whether another format gave this transaction another day: the value day, and it says the same in words."""
    if each.state != "booked" or each.booked_on == line.booked_on:
        return False
    value_days = {line.value_on, line.booked_on} & {each.value_on, each.booked_on} - {None}
    return bool(value_days) and _alike(line, each)


def _contradictions(
    fresh: Sequence[Line], missing: Sequence[Known], *, complete: bool
) -> tuple[tuple[Known, ...], tuple[Line, ...]]:
    """Pair new lines with recorded ones that should be there and are not.

    A complete statement contradicts every one that it lacks; an excerpt only those that a line of its own looks like.
    """
    left = {each.stream: each for each in missing}
    free = _Free(missing)
    by_day: dict[date, list[Known]] = defaultdict(list)
    for each in missing:
        by_day[each.booked_on].append(each)
    gone, instead = [], []
    for line in fresh if missing else ():
        near = chain(free.named(line), free.around(line, SHIFTED), by_day.get(line.booked_on, ()))
        pair = next((each for each in near if each.stream in left and _corrects(line, each)), None)
        if pair is not None:
            gone.append(left.pop(pair.stream))
            instead.append(line)
    return tuple([*gone, *left.values()] if complete else gone), tuple(instead)


def _corrects(line: Line, each: Known) -> bool:
    if line.currency != each.currency:
        return False
    if line.bank_id and line.bank_id == each.bank_id:
        return True
    if not _comparable(line, each):
        return False
    days = abs((line.booked_on - each.booked_on).days)
    if line.amount == each.amount:
        return days <= SHIFT_DAYS and _alike(line, each)
    return days == 0 and bool(_words(line)) and bool(_words(each)) and _alike(line, each)


def _alike(line: Line, each: Known) -> bool:
    """Whether the words of two agree in half of the shorter; one without words agrees with any."""
    one, other = _words(line), _words(each)
    return 2 * len(one & other) >= min(len(one), len(other))


def _words(said: Line | Known) -> set[str]:
    return set(_WORD.findall(canonical(f"{said.counterparty} {said.text}").casefold()))


def _announced(statement: Statement, stored: Iterable[Known]) -> Iterator[Line]:
    """Yield the pending lines that are neither announced nor booked yet."""
    pending = [line for line in statement.lines if line.state == "pending"]
    left = list(stored) if pending else []
    for line in pending:
        known = next((each for each in left if _announces(line, each)), None)
        if known is None:
            yield line
        else:
            left.remove(known)


def _announces(line: Line, each: Known) -> bool:
    if line.bank_id and line.bank_id == each.bank_id:
        return True
    days = (each.booked_on - line.booked_on).days
    return (
        (line.amount, line.currency) == (each.amount, each.currency)
        and -BEFORE_PENDING <= days <= PENDING_DAYS
        and (each.state == "pending" or days <= SHIFT_DAYS)
        and _alike(line, each)
    )
