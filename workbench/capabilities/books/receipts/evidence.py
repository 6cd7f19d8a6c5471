"""The receipts of a transaction, as evidence beside its booking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql
from workbench.capabilities.books.receipts.events import PACKAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A receipt that belongs to a transaction."""

    stream: str
    version: int
    name: str
    vendor: str | None
    number: str | None
    amount: Decimal | None
    currency: str | None
    receipt_on: date | None
    event_id: str

    @property
    def words(self) -> str:
        """The line that a question shows of it."""
        day = "" if self.receipt_on is None else f"{self.receipt_on:%d %b %Y}"
        told = ", ".join(filter(None, (self.vendor, day, self.number and f"number {self.number}")))
        return f"Its receipt is {self.name}" + (f" ({told})." if told else ".")


def evidence_for(company: Queryable, transaction: str) -> list[Evidence]:
    """Return the receipts of a transaction, the earliest first."""
    rows = company.query(load_sql(PACKAGE, "belonging"), transaction=transaction).dicts()
    return [Evidence(**row) for row in rows]
