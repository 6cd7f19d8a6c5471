"""What settles a transaction: the events, with the version of everything they rest on."""

from __future__ import annotations

from collections.abc import Sequence

from opc_kernel.event import EventData, Write
from opc_kernel.flow.outcome import Done
from opc_kernel.ids import derived_id
from opc_kernel.money import Money
from workbench.capabilities.books.case import Case
from workbench.capabilities.books.events import (
    Applied,
    DecidedBy,
    InvoicePaid,
    MatchDeclined,
    PassedOver,
    PaymentMatched,
    TransactionCategorised,
)
from workbench.capabilities.books.matching.document import Payment
from workbench.capabilities.books.matching.explanation import Explanation, Part

NAME = "bookkeeper"


def match(
    case: Case,
    best: Explanation,
    decided_by: DecidedBy,
    reason: str,
    *,
    row: str | None,
    difference_category: str | None = None,
) -> Done:
    """Settle a transaction with the documents of an explanation, all of them or none."""
    payment = case.payment
    matched = PaymentMatched(
        parts=tuple(
            Applied(invoice=part.document.stream, money=Money.of(part.amount, part.document.currency))
            for part in best.parts
        ),
        decided_by=decided_by,
        score=best.score,
        evidence=best.evidence,
        pattern=best.pattern,
        reason=reason,
        row=row,
        difference=Money.of(best.difference, payment.currency) if best.difference else None,
        difference_category=(difference_category or best.difference_kind) if best.difference else None,
        passed_over=passed_over(case, best) if decided_by == "operator" else None,
    )
    return Done(
        result=f"matched to {best.numbers}",
        writes=(
            write(payment, matched, derived_id(payment.stream, "settled")),
            *(_paid(payment, part) for part in best.parts),
        ),
        expected={
            payment.stream: payment.version,
            **case.months.guard(payment.booked_on),
            **{part.document.stream: part.document.version for part in best.parts},
        },
    )


def categorise(case: Case, category: str, decided_by: DecidedBy, reason: str, *, row: str | None) -> Done:
    """Settle a transaction that needs no invoice."""
    data = TransactionCategorised(
        category=category,
        decided_by=decided_by,
        reason=reason,
        row=row,
        passed_over=passed_over(case, None) if decided_by == "operator" else None,
    )
    return Done(
        result=f"booked as {category}",
        writes=(write(case.payment, data, derived_id(case.payment.stream, "settled")),),
        expected={case.payment.stream: case.payment.version, **case.months.guard(case.payment.booked_on)},
    )


def decline(case: Case, row: str, declined: Sequence[Explanation]) -> tuple[Write, ...]:
    """Remember what the operator said does not belong together."""
    pairs = {part.document.stream: each.pattern for each in declined for part in each.parts}
    return tuple(
        write(
            case.payment,
            MatchDeclined(invoice=invoice, row=row, pattern=pattern),
            derived_id(row, invoice, "declined"),
        )
        for invoice, pattern in pairs.items()
    )


def passed_over(case: Case, chosen: Explanation | None) -> PassedOver | None:
    """Return what seemed best where the operator chose something else."""
    best = case.ranked[0] if case.ranked else None
    if best is None or best == chosen:
        return None
    return PassedOver(pattern=best.pattern, party=best.parts[0].document.party)


def write(payment: Payment, data: EventData, event_id: str) -> Write:
    """Return an event on the transaction's own stream, caused by its booking."""
    return Write(
        stream=payment.stream, event_id=event_id, data=data, actor=NAME, causation_id=payment.event_id
    )


def _paid(payment: Payment, part: Part) -> Write:
    stream = part.document.stream
    return Write(
        stream=stream,
        event_id=derived_id(stream, "paid", payment.stream),
        data=InvoicePaid(transaction=payment.stream, money=Money.of(part.amount, part.document.currency)),
        actor=NAME,
        causation_id=payment.event_id,
    )
