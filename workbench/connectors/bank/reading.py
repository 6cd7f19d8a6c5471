"""What a statement file says, before anything is decided: the one shape every bank format is read into."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

State = Literal["booked", "pending"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One transaction of a statement. `amount` is signed: money in is positive."""

    booked_on: date
    value_on: date | None
    amount: Decimal
    currency: str
    counterparty: str = ""
    counterparty_account: str = ""
    text: str = ""
    reference: str = ""
    bank_id: str = ""
    """The bank's own id of this transaction (FITID, AcctSvcrRef); empty when the format has none."""
    state: State = "booked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of one account. A balance is None where the format states none."""

    account: str | None
    """IBAN or account number without spaces; None when the file does not say."""
    currency: str
    """Of the account; empty when the file does not say."""
    opening: Decimal | None
    closing: Decimal | None
    closing_on: date | None
    number: str
    lines: tuple[Line, ...]
    opening_on: date | None = None
    left_out: str = ""
    """What the file holds of this account that is not read, in words: "3 purchases of securities"."""

    @property
    def difference(self) -> Decimal | None:
        """opening + booked lines − closing: 0 when the statement is whole.

        None where a balance is missing, or a line is in another currency than they are.
        """
        booked = [line for line in self.lines if line.state == "booked"]
        if (
            self.opening is None
            or self.closing is None
            or {line.currency for line in booked} - {self.currency}
        ):
            return None
        return self.opening + sum((line.amount for line in booked), Decimal(0)) - self.closing


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one file says."""

    format: str
    statements: tuple[Statement, ...]
