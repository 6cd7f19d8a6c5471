"""Money is a decimal string beside a currency; sums exist only within one currency."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MAX_PLACES = 4
LIMIT = Decimal(10) ** 15  # DECIMAL(19,4) in SQL
STEP = Decimal(10) ** -MAX_PLACES
USUAL = re.compile(r"-?(?!0\d)[0-9]{1,12}\.[0-9]{2}", re.ASCII)


def parse_amount(text: str | Decimal) -> Decimal:
    """Return a finite decimal with at most four places and fifteen digits before the point.

    Raises ValueError otherwise, without the text in its message; floats never come in here.
    """
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("not a decimal amount") from error
    if not amount.is_finite() or abs(amount) >= LIMIT:
        raise ValueError("out of range for an amount")
    if amount != amount.quantize(STEP):
        raise ValueError(f"more than {MAX_PLACES} decimal places")
    return amount


def format_amount(amount: Decimal) -> str:
    """Return the canonical string: two to four places, no exponent, no minus zero."""
    needed = -int(amount.normalize().as_tuple().exponent)
    return f"{abs(amount) if amount == 0 else amount:.{min(max(2, needed), MAX_PLACES)}f}"


def _canonical_amount(text: str) -> str:
    if USUAL.fullmatch(text) and text != "-0.00":
        return text
    return format_amount(parse_amount(text))


AmountText = Annotated[str, AfterValidator(_canonical_amount)]
"""A signed decimal string as it stands in events, e.g. "-12.34"."""

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
"""An ISO 4217 code."""


class Money(BaseModel):
    """An amount in one currency, as it stands in events: {"amount": "-12.34", "currency": "EUR"}."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: AmountText
    currency: Currency

    @property
    def decimal(self) -> Decimal:
        """The amount to calculate with."""
        return Decimal(self.amount)

    @classmethod
    def of(cls, amount: Decimal | str, currency: str) -> Money:
        """Build from a decimal."""
        return cls(amount=format_amount(parse_amount(amount)), currency=currency)
