"""The recorded past of the books: what came, in the order it came, and how each transaction was finally booked."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql
from workbench.capabilities.books.categories.precedents import payment_of
from workbench.capabilities.books.categories.rules import Adoption, adoptions
from workbench.capabilities.books.desk import lesson_of
from workbench.capabilities.books.events import PACKAGE
from workbench.capabilities.books.matching.document import Document, Payment
from workbench.capabilities.books.matching.experience import Lesson
from workbench.capabilities.books.matching.payouts import Payout
from workbench.capabilities.books.transfers import OWN_TRANSFER

RATE_DAYS = timedelta(days=31)
RATE_PLACES = Decimal("0.00000001")

PAYMENT_FEES = "payment-fees"

Booking: TypeAlias = Mapping[str, Any]
"""A settling event's data."""
Outcome: TypeAlias = tuple[float, bool]
"""A score, and whether it was right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A transaction and how it was finally booked; `booking` is None for one that is still open."""

    payment: Payment
    booking: Booking | None
    decided_by: str | None
    reason: str
    row: str | None
    """The decision it rests on."""
    story: str
    was_undone: bool = False
    """Whether the operator took a booking of it back."""
    outcomes: tuple[Outcome, ...] = ()
    """The scores that its bookings proved right or wrong."""

    @property
    def is_settled(self) -> bool:
        """Whether there is a last word on it: a booking, or that the one it had was wrong."""
        return self.booking is not None or self.was_undone

    @property
    def by_operator(self) -> bool:
        """Whether the operator said so, or that it isn't so."""
        return self.decided_by == "operator" or self.was_undone

    @property
    def parts(self) -> dict[str, Decimal | None]:
        """How much of each document it settled; None: all that was open."""
        told = (self.booking or {}).get("parts") or ()
        return {
            part["invoice"]: Decimal(part["money"]["amount"]) if part.get("money") else None for part in told
        }

    @property
    def category(self) -> str | None:
        """What it is without a document."""
        booking = self.booking or {}
        return OWN_TRANSFER if "other" in booking else booking.get("category")

    @property
    def is_category(self) -> bool:
        """Whether a category is all that it was given."""
        return "category" in (self.booking or {})

    @property
    def other(self) -> str | None:
        """The other side of a transfer."""
        return (self.booking or {}).get("other")

    @property
    def refund_of(self) -> str | None:
        """What it gives back."""
        return (self.booking or {}).get("refund_of")

    @property
    def payout(self) -> Payout | None:
        """What the operator confirmed that a payment processor paid out, and what it kept."""
        booking = self.booking or {}
        if not self.by_operator or booking.get("difference_category") != PAYMENT_FEES:
            return None
        kept = -Decimal(booking["difference"]["amount"])
        return Payout.of(self.payment.counterparty, self.payment.amount, len(self.parts), kept)


@dataclass(frozen=True, slots=True)
class Rates:
    """Every recorded rate, to look up what a currency was worth on a day."""

    known: Mapping[tuple[str, str], list[tuple[date, Decimal]]] = field(default_factory=dict)

    def on(self, base: str, quote: str, day: date) -> Decimal | None:
        """Return the last rate up to a day, None where that is more than 31 days old."""
        known = self.known.get((base, quote), [])
        at = bisect_right(known, day, key=lambda each: each[0])
        return known[at - 1][1] if at and known[at - 1][0] >= day - RATE_DAYS else None

    def worth(self, payment: Payment, base: str) -> Decimal | None:
        """Return what a payment was worth in the base currency on its day."""
        if payment.currency == base:
            return payment.amount
        rate = self.on(payment.currency, base, payment.booked_on)
        return None if rate is None else round(payment.amount * rate, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Transactions the oldest first, documents as they were issued, lessons by the day they speak of."""

    transactions: tuple[Settled, ...] = ()
    documents: tuple[Document, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    rates: Rates = Rates()
    rules: tuple[Adoption, ...] = ()


def recorded_past(company: Queryable) -> Past:
    """Ask a company for its whole past; six questions, and nothing is written."""
    documents = company.query(load_sql(PACKAGE, "documents"), after=0).dicts()
    lessons = company.query(load_sql(PACKAGE, "lessons"), after=0).dicts()
    outcomes = _outcomes(company.query(load_sql(PACKAGE, "outcomes"), after=0).dicts())
    return Past(
        transactions=tuple(
            _settled(row, outcomes.get(row["stream"], ()))
            for row in company.query(load_sql(PACKAGE, "past")).dicts()
        ),
        documents=tuple(sorted(map(_issued, documents), key=lambda each: (each.issued_on, each.stream))),
        lessons=tuple(sorted(map(lesson_of, lessons), key=lambda each: each.on)),
        rates=_rates(company.query("SELECT base, quote, rate, rate_on FROM rate ORDER BY rate_on").rows),
        rules=adoptions(company),
    )


def _outcomes(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Outcome]]:
    """Return the outcomes of each transaction. A row without a score says that the last one was wrong."""
    found: dict[str, list[Outcome]] = defaultdict(list)
    for row in rows:
        known = found[row["stream"]]
        if row["score"] is not None:
            known.append((row["score"], row["is_right"]))
        elif known:
            known[-1] = known[-1][0], False
    return found


def _settled(row: Mapping[str, Any], outcomes: Iterable[Outcome]) -> Settled:
    return Settled(
        payment=payment_of(row),
        booking=None if row["booking"] is None else msgspec.json.decode(row["booking"]),
        decided_by=row["decided_by"],
        reason=row["reason"] or "",
        row=row["decision_row"],
        story=row["correlation_id"],
        was_undone=row["was_undone"],
        outcomes=tuple(outcomes),
    )


def _issued(row: Mapping[str, Any]) -> Document:
    """Return a document as it was on the day of its issue: all of it open."""
    now = Document(**{name.name: row[name.name] for name in fields(Document)})
    return replace(now, open=now.amount)


def _rates(rows: Iterable[tuple[Any, ...]]) -> Rates:
    known: dict[tuple[str, str], list[tuple[date, Decimal]]] = defaultdict(list)
    for base, quote, rate, day in rows:
        known[base, quote].append((day, rate))
        known[quote, base].append((day, (1 / rate).quantize(RATE_PLACES)))
    return Rates(dict(known))
