"""What a payment may be for: invoices, bills and credit notes, as far as they are still open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Kind = Literal["invoice", "credit_note"]
Direction = Literal["in", "out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An invoice of ours (`out`), a bill to us (`in`), or a credit note on one. Amounts are positive."""

    stream: str
    version: int
    kind: Kind
    direction: Direction
    number: str
    party: str
    issued_on: date
    due_on: date
    amount: Decimal
    open: Decimal
    currency: str
    event_id: str
    corrects: str = ""

    @property
    def flow(self) -> int:
        """Which way money moves that settles it: 1 to us, -1 away from us."""
        return 1 if (self.direction == "out") == (self.kind == "invoice") else -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A booked transaction. The amount is signed: positive came in."""

    stream: str
    version: int
    booked_on: date
    amount: Decimal
    currency: str
    counterparty: str
    text: str
    reference: str
    event_id: str
    account: str = ""
    counterparty_account: str = ""

    @property
    def words(self) -> str:
        """Everything the payer wrote."""
        return f"{self.text} {self.reference}"

    @property
    def flow(self) -> int:
        """Which way the money moved."""
        return 1 if self.amount > 0 else -1
