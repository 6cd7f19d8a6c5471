"""Which lines of a statement are new: a multiset per account, day and signed amount, so that twins stay two."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from workbench.connectors.bank.reading import Line

Slot = tuple[date, Decimal, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A stored transaction of the same account."""

    booked_on: date
    amount: Decimal
    currency: str
    bank_id: str


def surplus(lines: Sequence[Line], known: Iterable[Known]) -> list[tuple[Line, int]]:
    """Return the lines that are not stored yet, each with its ordinal among those of its day and amount.

    A line is a stored one when the bank's own id says so; else when one of the same day and amount is left that no
    other line claims. Two that carry different ids of the bank are two, even on one day with one amount.
    """
    stored: dict[Slot, list[str]] = defaultdict(list)
    for each in known:
        stored[each.booked_on, each.amount, each.currency].append(each.bank_id)
    by_slot: dict[Slot, list[Line]] = defaultdict(list)
    for line in lines:
        by_slot[line.booked_on, line.amount, line.currency].append(line)
    fresh = []
    for slot, same in by_slot.items():
        new = _unclaimed(same, stored[slot])
        fresh += [(line, len(stored[slot]) + index) for index, line in enumerate(new, start=1)]
    order = {id(line): index for index, line in enumerate(lines)}
    return sorted(fresh, key=lambda each: (each[0].booked_on, order[id(each[0])]))


def _unclaimed(lines: Sequence[Line], stored_ids: Sequence[str]) -> list[Line]:
    left = Counter(stored_ids)
    rest = []
    for line in lines:
        if line.bank_id and left[line.bank_id]:
            left[line.bank_id] -= 1
        else:
            rest.append(line)
    new = []
    for line in rest:
        match = _comparable(line, left)
        if match is None:
            new.append(line)
        else:
            left[match] -= 1
    return new


def _comparable(line: Line, left: Counter[str]) -> str | None:
    """Find a stored one that may be this line: ids of the bank tell two apart only within one format."""
    scheme = line.bank_id.partition(":")[0]
    candidates = [
        each for each, count in left.items() if count and (not each or each.partition(":")[0] != scheme)
    ]
    return candidates[0] if candidates else None
