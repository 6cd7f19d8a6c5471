"""The facts of bookkeeping: invoices, rates, and the mapping of each transaction with its audit trail."""

from __future__ import annotations

from datetime import date
from typing import Literal

from opc_kernel.event import EventData
from opc_kernel.log.read_model import ReadModel, View
from opc_kernel.money import Currency, Money
from opc_kernel.text import Text

DecidedBy = Literal["automatic", "operator"]


class InvoiceIssued(EventData, type="books.invoice_issued"):
    """An invoice of ours (`out`: money will come in) or a bill to us (`in`: money will go out)."""

    number: Text
    direction: Literal["in", "out"]
    party: Text
    issued_on: date
    due_on: date
    money: Money
    note: Text = ""


class InvoiceSettled(EventData, type="books.invoice_settled"):
    """A transaction took the invoice. It is written with the invoice's version: no second one can."""

    transaction: str


class InvoiceReopened(EventData, type="books.invoice_reopened"):
    """The bank took back the transaction that had taken the invoice."""

    transaction: str


class RateRecorded(EventData, type="books.rate_recorded"):
    """One unit of `base` was worth `rate` units of `quote` on that day."""

    base: Currency
    quote: Currency
    rate: str
    on: date


class PaymentMatched(EventData, type="books.payment_matched"):
    """A transaction is mapped to an invoice; `evidence` and `reason` say why, `row` which decision it rests on."""

    invoice: str
    decided_by: DecidedBy
    score: float
    evidence: dict[str, float]
    reason: Text
    row: str | None = None
    difference: Money | None = None
    """What was paid less (negative) or more (positive) than the invoice asks, booked as `difference_category`."""
    difference_category: Text | None = None


class TransactionCategorised(EventData, type="books.transaction_categorised"):
    """A transaction needs no invoice."""

    category: Text
    decided_by: DecidedBy
    reason: Text
    row: str | None = None


class TransferLinked(EventData, type="books.transfer_linked"):
    """The transaction is one side of a transfer between own accounts; both sides carry this, written together."""

    other: str
    """Stream of the other side."""
    decided_by: DecidedBy
    reason: Text
    row: str | None = None


class MatchDeclined(EventData, type="books.match_declined"):
    """The operator said that this transaction does not belong to this invoice: the pair is never asked again."""

    invoice: str
    row: str


EVENTS: tuple[type[EventData], ...] = (
    InvoiceIssued,
    InvoiceSettled,
    InvoiceReopened,
    RateRecorded,
    PaymentMatched,
    TransactionCategorised,
    TransferLinked,
    MatchDeclined,
)
PACKAGE = "workbench.capabilities.books"
READ_MODELS = (
    ReadModel.load(PACKAGE, "invoice"),
    ReadModel.load(PACKAGE, "rate"),
    ReadModel.load(PACKAGE, "settlement", category="bank_transaction"),
)
VIEWS = (View.load(PACKAGE, "ledger"),)
