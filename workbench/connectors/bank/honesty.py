"""Whether a statement adds up and follows the one before it; each fault says by how much and where."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate

DAY = timedelta(days=1)

_NUMBER = re.compile(r"0*(\d{1,5})(?:/\d{1,5})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a recorded statement says of itself."""

    stream: str
    position: int
    """Of its event: later ones came later."""
    format: str
    number: str
    currency: str
    opening: Decimal | None
    closing: Decimal | None
    difference: Decimal | None
    total: Decimal
    transactions: int
    begins: date | None
    """Day of its first transaction; without any, of its balance."""
    ends: date | None

    @property
    def sequence(self) -> int | None:
        """Its number, where that counts statements: ids of another kind do not, and 0 stands for none."""
        found = _NUMBER.fullmatch(self.number)
        return (int(found[1]) or None) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong, in short and in full, and the money it is about where it is about money."""

    short: str
    words: str
    amount: Decimal | None = None


Moved = Callable[[date, date], Decimal]
"""What is recorded of the account after one day and before another."""


def moved_in(days: Sequence[tuple[date, Decimal]]) -> Moved:
    """Answer from what moved on each day, in order."""
    dates = [day for day, _ in days]
    totals = [Decimal(0), *accumulate(amount for _, amount in days)]

    def moved(after: date, before: date) -> Decimal:
        first = bisect_right(dates, after)
        return totals[max(first, bisect_left(dates, before))] - totals[first]

    return moved


def faults(this: Stated, others: Sequence[Stated], moved: Moved, *, correcting: bool = False) -> list[Fault]:
    """Return what is wrong with a statement, given every other one of its account and currency.

    While a correction of the account is being decided on (`correcting`), that it does not agree is known.
    """
    found = (
        _difference(this),
        _gap(this, others, moved),
        None if correcting else _disagreement(this, others, moved),
        _missing(this, others),
        _twice(this, others),
    )
    return [fault for fault in found if fault is not None]


def _difference(this: Stated) -> Fault | None:
    if not this.difference:
        return None
    side = "more than" if this.difference > 0 else "less than"
    return Fault(
        short="does not add up",
        words=f"Its transactions give {_money(abs(this.difference), this)} {side} its closing balance: opening "
        f"{this.opening:,.2f} and {this.transactions} transactions of {this.total:+,.2f} are not {this.closing:,.2f}.",
        amount=abs(this.difference),
    )


def _gap(this: Stated, others: Sequence[Stated], moved: Moved) -> Fault | None:
    if this.begins is None or this.opening is None:
        return None
    earlier = sorted(
        (each for each in others if _ends_before(each, this)),
        key=lambda each: each.ends or date.min,
        reverse=True,
    )
    latest = [each for each in earlier if each.ends == this.begins]
    clear = [each for each in earlier if each.ends != this.begins]
    latest += [each for each in clear if each.ends == clear[0].ends]
    gaps = [(gap, before) for before in latest for gap in _gaps(this, before, moved)]
    if not gaps or any(gap == 0 for gap, _ in gaps):
        return None
    gap, before = gaps[0]
    return Fault(
        short="does not follow on the one before",
        words=f"{_money(abs(gap), this)} {'came in' if gap > 0 else 'went out'} between {before.ends:%d %b %Y} "
        f"(closing {before.closing:,.2f}) and {this.begins:%d %b %Y} (opening {this.opening:,.2f}) that is not "
        "recorded: a statement is missing, or a line.",
        amount=abs(gap),
    )


def _ends_before(each: Stated, this: Stated) -> bool:
    assert this.begins is not None
    return (
        each.closing is not None
        and each.ends is not None
        and each.ends <= this.begins
        and not _same(each, this)
    )


def _gaps(this: Stated, before: Stated, moved: Moved) -> Iterator[Decimal]:
    """Yield what lies between two statements. On a day that both have, one may go on or the two may overlap."""
    assert this.begins is not None
    assert this.opening is not None
    assert before.closing is not None
    assert before.ends is not None
    between = this.opening - before.closing
    if before.ends < this.begins:
        yield between - moved(before.ends, this.begins)
        if not this.transactions:  # an empty one may be of the end of its day
            yield between - moved(before.ends, this.begins + DAY)
        return
    yield between
    yield between + moved(this.begins - DAY, this.begins + DAY)


def _disagreement(this: Stated, others: Sequence[Stated], moved: Moved) -> Fault | None:
    """Compare its balances with those of other statements and with what is recorded of its days."""
    if this.closing is None or this.begins is None or this.ends is None or this.begins == this.ends:
        return None  # the statements of one day may end at any hour of it
    found = next((apart for apart in _apart(this, others, moved) if apart), Decimal(0))
    if not found or this.difference:
        return None
    return Fault(
        short="does not agree with what is recorded",
        words=f"Its balances and what is recorded from {this.begins:%d %b} to {this.ends:%d %b %Y} are "
        f"{_money(abs(found), this)} apart: a transaction may be missing in it, or recorded in error.",
        amount=abs(found),
    )


def _apart(this: Stated, others: Sequence[Stated], moved: Moved) -> Iterator[Decimal]:
    """Yield by how much each other balance of its days differs from its own. A day that two share proves nothing."""
    assert this.begins is not None
    assert this.ends is not None
    assert this.closing is not None
    starts_clean = not any(each.ends == this.begins for each in others)
    ends_clean = not any(each.begins == this.ends for each in others)
    for each in others:
        if each.closing is None or each.ends is None:
            continue
        apart = Decimal(0)
        if each.ends == this.ends and each.begins != each.ends and each.position < this.position:
            apart = this.closing - each.closing
        elif this.opening is not None and starts_clean and this.begins < each.ends < this.ends:
            apart = this.opening + moved(this.begins - DAY, each.ends + DAY) - each.closing
        elif this.opening is None and ends_clean and each.ends < this.begins:
            apart = this.closing - each.closing - moved(each.ends, this.ends + DAY)
        if apart and not _is_superseded(each, moved):
            yield apart
    if this.opening is not None and starts_clean and ends_clean:
        yield this.total - moved(this.begins - DAY, this.ends + DAY)


def _is_superseded(each: Stated, moved: Moved) -> bool:
    """Whether what is recorded of its days is no longer what it says: the bank has issued it anew since."""
    assert each.ends is not None
    return each.begins is not None and moved(each.begins - DAY, each.ends + DAY) != each.total


def _missing(this: Stated, others: Sequence[Stated]) -> Fault | None:
    numbers = {each.sequence for each in _series(this, others) if each.sequence is not None}
    if this.sequence is None or this.sequence in {1, *numbers}:
        return None
    before = max((number for number in numbers if number < this.sequence), default=None)
    if before is None or before == this.sequence - 1:
        return None
    first, last = before + 1, this.sequence - 1
    which = f"Statement {first} is" if first == last else f"Statements {first} to {last} are"
    return Fault(short="is not the next one", words=f"{which} missing before it.")


def _twice(this: Stated, others: Sequence[Stated]) -> Fault | None:
    if this.sequence is None:
        return None
    for each in _series(this, others):
        if each.number == this.number and not _same(each, this):
            return Fault(
                short="has a number that another one has",
                words=f"Its number {this.number} stands on the statement up to {each.ends:%d %b %Y} too.",
            )
    return None


def _series(this: Stated, others: Sequence[Stated]) -> list[Stated]:
    """Return the statements that are numbered together: of one format and one year."""
    if this.ends is None:
        return []
    return [
        each
        for each in others
        if each.format == this.format and each.ends is not None and each.ends.year == this.ends.year
    ]


def _same(one: Stated, other: Stated) -> bool:
    """Whether two are one statement, handed in twice or in two formats, or issued anew with a correction."""
    days = (one.begins, one.ends) == (other.begins, other.ends)
    return days or (one.opening, one.closing, one.total) == (other.opening, other.closing, other.total)


def _money(amount: Decimal, statement: Stated) -> str:
    return f"{amount:,.2f} {statement.currency}"
