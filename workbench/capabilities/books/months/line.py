"""A line of the ledger: how much of a transaction belongs to which document, category and tax rate; and their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from opc_kernel.money import AmountText, Currency, format_amount
from opc_kernel.text import Text

Side = Literal["income", "cost", "neutral", "transfer", "open"]


class Line(BaseModel):
    """Amounts are signed as the money moved. `worth` is in the base currency, None where no recent rate was known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    booked_on: date
    account: str
    stream: str
    """The transaction."""
    part: int
    document: str | None = None
    category: Text | None = None
    side: Side
    amount: AmountText
    currency: Currency
    tax_rate: str | None = None
    net: AmountText | None = None
    tax: AmountText | None = None
    worth: AmountText | None = None
    mapping: str | None = None
    """Id of the event that says what it is."""
    reverses: bool = False
    """It takes back a line of a closed month."""

    @property
    def total(self) -> Decimal:
        """The amount to calculate with."""
        return Decimal(self.amount)


AMOUNTS = ("amount", "net", "tax", "worth")


def line_from(row: Mapping[str, Any]) -> Line:
    """Build a line from a row of `ledger_line`."""
    rate = row["tax_rate"]
    amounts = {name: None if row[name] is None else format_amount(row[name]) for name in AMOUNTS}
    named = {name: row[name] for name in Line.model_fields}
    return Line(**{**named, **amounts, "tax_rate": None if rate is None else f"{rate.normalize():f}"})


def encoded(lines: Iterable[Line]) -> bytes:
    """Return lines as they are hashed: each as the JSON that stands in `books.lines_posted`, followed by LF.

    They stand in the order of `lines.sql`: by day, account, transaction and part.
    """
    return b"".join(f"{line.model_dump_json(exclude_none=True)}\n".encode() for line in lines)


def lines_hash(lines: Iterable[Line]) -> str:
    """Return the SHA-256 that a month is closed with."""
    return hashlib.sha256(encoded(lines)).hexdigest()


def in_month(line: Line, month: str) -> bool:
    """Whether the day of a line is of the month; else it came late."""
    return f"{line.booked_on:%Y-%m}" == month


def total(lines: Sequence[Line]) -> Decimal:
    """Return what lines of one currency add up to."""
    return sum((line.total for line in lines), Decimal(0))
