"""Which transaction a receipt belongs to: the amount must be exact, then day, number and name speak; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from workbench.capabilities.books.matching import names, references

BEFORE_DAYS, NEAR_DAYS = 1, 7
"""A card's payment is booked 0 to 5 days later; a weekend may lie between. A transfer may have gone the day before."""
EARLY_DAYS, LATE_DAYS = 5, 45
"""So far off a payment is still looked at where number or name agree: an invoice has its time to be paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A receipt as it is on file; what it does not state is None."""

    stream: str
    version: int
    state: str
    name: str
    amount: Decimal | None
    currency: str | None
    receipt_on: date | None
    vendor: str | None
    number: str | None
    is_paid: bool
    heading: str
    transaction: str | None
    declined: Sequence[str]
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A booked transaction over a receipt's amount."""

    stream: str
    version: int
    account: str
    booked_on: date
    amount: Decimal
    currency: str
    counterparty: str
    text: str
    reference: str
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A transaction that a receipt may belong to, and what speaks for it. `days` it was booked after the receipt."""

    movement: Movement
    names_number: bool
    names_vendor: bool
    days: int | None

    @property
    def is_near(self) -> bool:
        """Whether it was booked when a payment on the receipt's day would have been."""
        return self.days is not None and -BEFORE_DAYS <= self.days <= NEAR_DAYS

    @property
    def rank(self) -> tuple[bool, bool, int, str]:
        """What fits are sorted by, the best first."""
        return not self.names_number, not self.names_vendor, abs(self.days or 0), self.movement.stream


def fits(filed: Filed, movements: Sequence[Movement]) -> list[Fit]:
    """Return the transactions that a receipt may belong to, the best first."""
    found = [fit for movement in movements if (fit := _fit(filed, movement)) is not None]
    return sorted(found, key=lambda fit: fit.rank)


def certain(found: Sequence[Fit], rivals: Sequence[Filed]) -> Fit | None:
    """Return the one that is left without doubt: its number is named, or it alone is near and of the vendor's name.

    No other receipt of the same amount may fit as well.
    """
    numbered = [fit for fit in found if fit.names_number]
    named = [fit for fit in found if fit.names_vendor and fit.is_near and len(found) == 1]
    for only in (numbered, named):
        if len(only) == 1:
            return None if any(_rivals(rival, only[0]) for rival in rivals) else only[0]
    return None


def _fit(filed: Filed, movement: Movement) -> Fit | None:
    days = None if filed.receipt_on is None else (movement.booked_on - filed.receipt_on).days
    fit = Fit(
        movement=movement,
        names_number=_names_number(filed, movement),
        names_vendor=_names_vendor(filed, movement),
        days=days,
    )
    in_time = days is None or -EARLY_DAYS <= days <= LATE_DAYS
    return fit if fit.is_near or (in_time and (fit.names_number or fit.names_vendor)) else None


def _rivals(rival: Filed, fit: Fit) -> bool:
    """A receipt without the number is no rival where the number decides."""
    other = None if fit.movement.stream in rival.declined else _fit(rival, fit.movement)
    return other is not None and (other.names_number or not fit.names_number)


def _names_number(filed: Filed, movement: Movement) -> bool:
    key = references.key(filed.number or "")
    return bool(key) and key in references.keys_in(f"{movement.text} {movement.reference}")


def _names_vendor(filed: Filed, movement: Movement) -> bool:
    """Whether the vendor is who was paid, or who was paid stands whole at the receipt's top."""
    other = movement.counterparty or movement.text
    if filed.vendor and names.alike(filed.vendor, other) >= names.ONE_WORD:
        return True
    said = {*names.plain(filed.heading).split()}
    wanted = {word for word in names.plain(movement.counterparty).split() if len(word) >= names.MIN_TOKEN}
    return len("".join(wanted)) > names.PREFIX and wanted <= said
