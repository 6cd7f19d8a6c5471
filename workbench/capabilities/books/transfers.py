"""Transfers between own accounts: found from either side, linked once, and neither income nor cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from opc_kernel.event import Write
from opc_kernel.flow.outcome import Done
from opc_kernel.ids import derived_id
from workbench.capabilities.books.events import DecidedBy, TransferLinked
from workbench.capabilities.books.matching import names
from workbench.capabilities.books.matching.candidates import RATE_TOLERANCE, Rate
from workbench.capabilities.books.matching.document import Payment
from workbench.capabilities.books.matching.experience import Experience
from workbench.capabilities.books.months.lock import Months
from workbench.settings import Settings

OWN_TRANSFER = "own-transfer"
DAYS = 5
"""The two sides of a transfer are booked at most this far apart."""
CENT = Decimal("0.01")

Moved: TypeAlias = dict[str, tuple[Decimal, Decimal]]
"""Between which amounts it lies, both counted in, by the currency of its account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSide:
    """A transaction on another own account, of the same amount the other way, or of what that is worth there."""

    stream: str
    version: int
    account: str
    booked_on: date
    counterparty: str
    counterparty_account: str
    text: str
    event_id: str
    state: str


def moved(payment: Payment, settings: Settings, rate: Rate) -> Moved:
    """Return between which amounts the other side of a payment lies."""
    found = {payment.currency: (-payment.amount, -payment.amount)}
    for currency in {account.currency for account in settings.account} - {payment.currency}:
        worth = rate(payment.currency, currency)
        if worth is not None:
            asked = -payment.amount * worth
            least, most = sorted(
                (asked * share).quantize(CENT) for share in (1 - RATE_TOLERANCE, 1 + RATE_TOLERANCE)
            )
            found[currency] = least, most
    return found


def is_own(payment: Payment, settings: Settings) -> bool:
    """Whether the bank itself says that the other account is one of the company's."""
    named = settings.account_id(payment.counterparty_account) if payment.counterparty_account else ""
    return named != payment.account and named in {account.id for account in settings.account}


def proven(payment: Payment, others: list[OtherSide], settings: Settings) -> OtherSide | None:
    """Return the other side that one of the two accounts names, or that was settled as half a transfer before.

    An own name proves it too, where nothing else could be the other side.
    """
    to = settings.account_id(payment.counterparty_account) if payment.counterparty_account else None
    for other in others:
        back = settings.account_id(other.counterparty_account) if other.counterparty_account else None
        if other.account == to or back == payment.account or other.state == "categorised":
            return other
    if len(others) == 1 and any(_is_ours(each.counterparty, settings) for each in (payment, others[0])):
        return others[0]
    return None


def _is_ours(name: str, settings: Settings) -> bool:
    return any(names.alike(name, own) >= names.CLEAR for own in settings.names)


def usual(payment: Payment, others: Sequence[OtherSide], past: Experience) -> OtherSide | None:
    """Return the only other side there is, where the operator has confirmed such a transfer before."""
    if len(others) == 1 and past.knows(pattern(payment, others[0])):
        return others[0]
    return None


def pattern(payment: Payment, other: OtherSide) -> str:
    """Of which kind it is: what the two lines say on their two accounts."""
    sides = sorted(
        f"{each.account} {names.plain(each.counterparty or each.text)}" for each in (payment, other)
    )
    return f"transfer, {sides[0]} and {sides[1]}"


def link(
    payment: Payment,
    other: OtherSide,
    decided_by: DecidedBy,
    reason: str,
    *,
    row: str | None,
    months: Months,
    is_clear: bool = False,
) -> Done:
    """Settle both sides at once, or neither."""
    sides: list[tuple[Any, Any]] = [(payment, other), (other, payment)]
    writes = tuple(
        Write(
            stream=one.stream,
            event_id=derived_id(one.stream, "linked", another.stream, str(one.version)),
            data=TransferLinked(
                other=another.stream,
                decided_by=decided_by,
                reason=reason,
                row=row,
                pattern=pattern(payment, other) if one is payment else "",
                is_clear=is_clear,
            ),
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
