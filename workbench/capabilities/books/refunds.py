"""Money that comes back: found beside the transaction that it gives back, and booked as that was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from opc_kernel.event import Write
from opc_kernel.flow.outcome import Done
from opc_kernel.ids import derived_id
from opc_kernel.money import Money
from workbench.capabilities.books.events import DecidedBy, RefundLinked, TransactionRefunded
from workbench.capabilities.books.matching import names, references
from workbench.capabilities.books.matching.document import Payment
from workbench.capabilities.books.matching.experience import Experience
from workbench.capabilities.books.months.lock import Months

SENT_BACK_DAYS = 60
"""What was paid twice is sent back within so many days, or asked about."""
DAYS = 180
"""Money that comes back later than this is asked about without a guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refundable:
    """An earlier transaction, the other way, of which so much was not given back yet."""

    stream: str
    version: int
    booked_on: date
    amount: Decimal
    currency: str
    counterparty: str
    text: str
    reference: str
    state: str
    left_over: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBack:
    """A later transaction of the same amount the other way."""

    stream: str
    version: int
    booked_on: date
    counterparty: str
    text: str
    reference: str


def likely(payment: Payment, dealings: Sequence[Refundable]) -> list[Refundable]:
    """Return what a payment may give back: dealings with the same party, those of the same amount first."""
    same = [each for each in dealings if names.alike(each.counterparty, payment.counterparty) >= names.CLEAR]
    return sorted(same, key=lambda each: each.left_over != abs(payment.amount))


def beginning(payment: Payment) -> str:
    """Return how the name begins of a party that a payment may give something back to, or from."""
    return next(iter(payment.counterparty.lower().split()), "")


def returned(payment: Payment, later: Sequence[SentBack]) -> SentBack | None:
    """Return what sends a second payment back whole: to the same party, naming the same number."""
    return next((each for each in later if _names_the_same(payment, each)), None)


def _names_the_same(payment: Payment, other: SentBack | Refundable) -> bool:
    keys = references.keys_in(payment.words) & references.keys_in(f"{other.text} {other.reference}")
    return bool(keys) and names.alike(other.counterparty, payment.counterparty) >= names.CLEAR


def pattern(payment: Payment, refundable: Refundable) -> str:
    """Of which kind it is: the same party giving back again, all of it or a part."""
    share = "all" if refundable.left_over == abs(payment.amount) else "a part"
    return f"{share} given back, {names.plain(payment.counterparty)}"


def certain(payment: Payment, found: Sequence[Refundable], past: Experience) -> Refundable | None:
    """Return what it gives back, where that can be but one thing.

    The party has done so before, or what was paid twice goes back whole under the number it named.
    """
    whole = [each for each in found if each.left_over == abs(payment.amount)]
    twice = [each for each in whole if each.state == "categorised" and _names_the_same(payment, each)]
    if len(twice) == 1:
        return twice[0]
    same = whole or list(found)
    if len(same) != 1 or same[0].state == "open":
        return None
    return same[0] if past.knows(pattern(payment, same[0])) else None


def why(payment: Payment, refundable: Refundable) -> str:
    """Say why nobody is asked whether it gives that back."""
    if _names_the_same(payment, refundable):
        return f"it sends back under its number what was paid once more on {refundable.booked_on:%d %b}"
    return f"it gives back what was paid on {refundable.booked_on:%d %b}, as you confirmed of them before"


def give_back(
    payment: Payment,
    refundable: Refundable,
    decided_by: DecidedBy,
    reason: str,
    *,
    row: str | None,
    months: Months,
    is_clear: bool = False,
) -> Done:
    """Settle a transaction as giving back another; both carry it, so that nothing is given back twice."""
    refund = RefundLinked(
        refund_of=refundable.stream,
        decided_by=decided_by,
        reason=reason,
        row=row,
        pattern=pattern(payment, refundable),
        is_clear=is_clear,
    )
    refunded = TransactionRefunded(
        by=payment.stream, money=Money.of(abs(payment.amount), payment.currency), decided_by=decided_by
    )
    return Done(
        result=f"gives back the transaction of {refundable.booked_on:%d %b %Y}",
        writes=(
            _write(payment, refund, payment.event_id),
            _write(refundable, refunded, payment.event_id),
        ),
        expected={
            payment.stream: payment.version,
            refundable.stream: refundable.version,
            **months.guard(payment.booked_on),
        },
    )


def _write(of: Payment | Refundable, data: RefundLinked | TransactionRefunded, cause: str) -> Write:
    return Write(
        stream=of.stream,
        event_id=derived_id(of.stream, data.event_type, str(of.version)),
        data=data,
        actor="bookkeeper",
        causation_id=cause,
    )
