"""Transfers between own accounts: found from either side, linked once, and neither income nor cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from opc_kernel.event import Write
from opc_kernel.flow.outcome import Done
from opc_kernel.ids import derived_id
from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql
from workbench.capabilities.books.events import PACKAGE, DecidedBy, TransferLinked
from workbench.capabilities.books.matching.document import Payment
from workbench.capabilities.books.months.lock import Months
from workbench.settings import Settings

OWN_TRANSFER = "own-transfer"
DAYS = 5
"""The two sides of a transfer are booked at most this far apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSide:
    """A transaction on another own account, of the same amount the other way."""

    stream: str
    version: int
    account: str
    booked_on: date
    counterparty_account: str
    event_id: str
    state: str


def other_sides(company: Queryable, payment: Payment) -> list[OtherSide]:
    """Return what may be the other side of a payment, the nearest day first."""
    rows = company.query(
        load_sql(PACKAGE, "other_sides"),
        account=payment.account,
        amount=payment.amount,
        currency=payment.currency,
        booked_on=payment.booked_on,
        days=DAYS,
        category=OWN_TRANSFER,
    ).dicts()
    return [OtherSide(**row) for row in rows]


def is_own(payment: Payment, settings: Settings) -> bool:
    """Whether the bank itself says that the other account is one of the company's."""
    named = settings.account_id(payment.counterparty_account) if payment.counterparty_account else ""
    return named != payment.account and named in {account.id for account in settings.account}


def proven(payment: Payment, others: list[OtherSide], settings: Settings) -> OtherSide | None:
    """Return the other side that one of the two accounts names, or that was settled as half a transfer before."""
    to = settings.account_id(payment.counterparty_account)
    for other in others:
        back = settings.account_id(other.counterparty_account)
        if other.account == to or back == payment.account or other.state == "categorised":
            return other
    return None


def link(
    payment: Payment, other: OtherSide, decided_by: DecidedBy, reason: str, *, row: str | None, months: Months
) -> Done:
    """Settle both sides at once, or neither."""
    sides: list[tuple[Any, Any]] = [(payment, other), (other, payment)]
    writes = tuple(
        Write(
            stream=one.stream,
            event_id=derived_id(one.stream, "linked", another.stream),
            data=TransferLinked(other=another.stream, decided_by=decided_by, reason=reason, row=row),
            actor="bookkeeper",
            causation_id=one.event_id,
        )
        for one, another in sides
    )
    expected = {
        payment.stream: payment.version,
        other.stream: other.version,
        **months.guard(payment.booked_on, other.booked_on),
    }
    return Done(result=f"linked with its other side on {other.account}", writes=writes, expected=expected)
