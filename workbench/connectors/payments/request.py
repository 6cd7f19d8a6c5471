"""What a provider is asked, made of an intent alone: which payment, and how much in the currency's smallest unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import get_currency_precision, is_currency

from opc_kernel.effects.intent import Intent

PAYMENT = re.compile(r"pi_[A-Za-z0-9]{3,200}", re.ASCII)
HUNDREDTHS = frozenset({"ISK", "UGX"})
"""The provider counts these in hundredths although they have none."""
REASONS = ("duplicate", "fraudulent", "requested_by_customer")


class RequestRefused(Exception):
    """A payment that can't be asked for as it was given; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """So much of one payment."""

    payment: str
    amount: int
    """In the currency's smallest unit."""
    currency: str
    reason: str = ""


def request(intent: Intent) -> Request:
    """Return what an intent asks for. Raises RequestRefused."""
    if not PAYMENT.fullmatch(intent.target):
        raise RequestRefused("what it is about is no payment's id such as pi_3Nxyz")
    if intent.money is None:
        raise RequestRefused("how much is not said")
    if unknown := sorted(intent.fields.keys() - {"reason"}):
        raise RequestRefused(f"{unknown[0][:40]!r} is nothing that a payment can say")
    reason = intent.fields.get("reason", "")
    if reason not in ("", *REASONS):
        raise RequestRefused(f"the reason is one of {', '.join(REASONS)}")
    amount, currency = Decimal(intent.money.amount), intent.money.currency
    return Request(
        payment=intent.target, amount=smallest_unit(amount, currency), currency=currency, reason=str(reason)
    )


def smallest_unit(amount: Decimal, currency: str) -> int:
    """Return an amount in the currency's smallest unit. Raises RequestRefused when it is not whole, or not above 0."""
    if not is_currency(currency):
        raise RequestRefused(f"{currency} is no currency that is known here")
    places = 2 if currency in HUNDREDTHS else get_currency_precision(currency)
    units = amount.scaleb(places)
    if units != units.to_integral_value() or units <= 0:
        raise RequestRefused(f"{amount} {currency} is no amount that can be paid")
    return int(units)
