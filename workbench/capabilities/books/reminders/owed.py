"""What a customer owes on one invoice of ours, and when it is time to say so; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from workbench.capabilities.books.matching import names, references
from workbench.settings import Reminders

FEE_SHARE = Decimal("0.05")
"""A payment may be so much smaller than what is owed and still be for it: fees, a discount."""
AFTERWARDS = timedelta(days=30)
"""So long after the last reminder would have been due an invoice without any counts as long open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """An invoice of ours; `owed` is what is open after parts and credit notes, `at_stake` its worth at home."""

    stream: str
    version: int
    number: str
    party: str
    email: str
    issued_on: date
    due_on: date
    amount: Decimal
    currency: str
    event_id: str
    state: str
    owed: Decimal
    notes: Sequence[Mapping[str, Any]] = field(hash=False)
    """The credit notes that were taken off."""
    reminder_version: int
    reminders: str
    level: int
    """How many reminders went out."""
    sent_on: date | None
    sent_event: str | None
    postponed_until: date | None
    resumed_on: date | None
    is_alone: bool
    """Whether the operator wants to be asked about it alone."""
    at_stake: Decimal | None

    @property
    def reminder_stream(self) -> str:
        """Where what is said about its reminders stands."""
        return f"reminder/{self.stream.partition('/')[2]}"

    @property
    def action(self) -> str:
        """The next reminder as one logical action; one that was put off and comes back is another."""
        again = f", put off until {self.postponed_until}" if self.postponed_until else ""
        return f"reminder {self.level + 1} of {self.stream}{again}"

    @property
    def guards(self) -> dict[str, int]:
        """The versions of everything that says what is owed."""
        return {
            self.stream: self.version,
            self.reminder_stream: self.reminder_version,
            **{note["stream"]: note["version"] for note in self.notes},
        }

    def due(self, settings: Reminders) -> date:
        """The day from which the operator is asked to remind."""
        last = self.sent_on or self.due_on
        step = settings.after_days[min(self.level, len(settings.after_days) - 1)]
        day = self.resumed_on or last + timedelta(days=step)
        return max(day, self.postponed_until or day)

    def is_long_open(self, settings: Reminders, today: date) -> bool:
        """Whether the next reminder must not come by itself: the last one was written, or none was for too long."""
        if self.resumed_on is not None:
            return False
        if self.level:
            return self.level >= len(settings.after_days)
        return self.due_on < long_before(settings, today)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """Money that came in and is not booked; `offered` are the facts its question rests on."""

    stream: str
    booked_on: date
    amount: Decimal
    currency: str
    counterparty: str
    text: str
    reference: str
    offered: Sequence[str]


def long_before(settings: Reminders, today: date) -> date:
    """Return the day before which an invoice must have been due to count as long open."""
    return today - timedelta(days=sum(settings.after_days)) - AFTERWARDS


def may_be_for(owed: Owed, money: Undecided) -> bool:
    """Whether undecided money may pay an invoice: rather once too often, for a reminder can wait."""
    return (
        owed.event_id in money.offered
        or references.key(owed.number) in references.keys_in(f"{money.text} {money.reference}")
        or names.alike(owed.party, money.counterparty) >= names.ONE_WORD
        or (money.currency == owed.currency and owed.owed * (1 - FEE_SHARE) <= money.amount <= owed.owed)
    )
