"""The facts of bookkeeping: invoices, rates, and the mapping of each transaction with its audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from opc_kernel.event import EventData
from opc_kernel.log.read_model import ReadModel, View
from opc_kernel.money import Currency, Money
from opc_kernel.text import Text

DecidedBy = Literal["automatic", "operator"]
Percent = Annotated[str, StringConstraints(pattern=r"^\d{1,2}(\.\d{1,4})?$")]


class InvoiceIssued(EventData, type="books.invoice_issued"):
    """An invoice of ours (`out`: money will come in), a bill to us (`in`: money will go out), or a credit note on one.

    `money` is gross and positive, also for a credit note; `tax_rate` is the percentage of tax in it.
    """

    number: Text
    direction: Literal["in", "out"]
    party: Text
    issued_on: date
    due_on: date
    money: Money
    note: Text = ""
    kind: Literal["invoice", "credit_note"] = "invoice"
    corrects: Text = ""
    """The number of the invoice a credit note corrects."""
    tax_rate: Percent | None = None
    category: Text = ""
    email: Text = ""
    """Where a reminder would go."""


class InvoicePaid(EventData, type="books.invoice_paid"):
    """A transaction settled so much of it, written with the invoice's version: no second one can take the same."""

    transaction: str
    money: Money


class InvoiceSettled(EventData, type="books.invoice_settled"):
    """A transaction took all of it: so it was written until release 0.1."""

    transaction: str


class InvoiceReopened(EventData, type="books.invoice_reopened"):
    """A transaction was taken back, or its booking: what that had settled is open again."""

    transaction: str
    money: Money | None = None
    """None: all of it, as it was written until release 0.1."""


class RateRecorded(EventData, type="books.rate_recorded"):
    """One unit of `base` was worth `rate` units of `quote` on that day."""

    base: Currency
    quote: Currency
    rate: str
    on: date


class Applied(BaseModel):
    """How much of an invoice a transaction settles, in the invoice's currency; of a credit note it is set off."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    invoice: str
    money: Money | None = None
    """None: all that was open, as it was written until release 0.1."""


class PassedOver(BaseModel):
    """What seemed best, and the operator did not choose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: str
    party: Text
    score: float | None = None
    is_clear: bool = False
    """Whether only experience was missing: then it speaks against the pattern too."""


class PaymentMatched(EventData, type="books.payment_matched", version=2):
    """A transaction is mapped to invoices; `evidence` and `reason` say why, `row` which decision it rests on."""

    upcasters: ClassVar[Mapping[int, str]] = {
        1: "json_merge_patch(data, json_object('invoice', NULL, 'parts', "
        "json_array(json_object('invoice', data->>'invoice'))))"
    }

    parts: tuple[Applied, ...]
    decided_by: DecidedBy
    score: float
    evidence: dict[str, float]
    pattern: str = ""
    """Of which kind the explanation is: what the operator confirms of it speaks for others of its kind."""
    is_clear: bool = False
    """Whether it was the best, and nothing but experience was missing."""
    reason: Text
    row: str | None = None
    difference: Money | None = None
    """What was paid less (negative) or more (positive) than the invoices ask, booked as `difference_category`."""
    difference_category: Text | None = None
    passed_over: PassedOver | None = None


class TransactionCategorised(EventData, type="books.transaction_categorised"):
    """A transaction needs no invoice; a habit's probability is its score, and `rule` the rule that covered it."""

    category: Text
    decided_by: DecidedBy
    reason: Text
    row: str | None = None
    rule: str | None = None
    score: float | None = None
    evidence: dict[str, float] | None = None
    passed_over: PassedOver | None = None


class TransferLinked(EventData, type="books.transfer_linked"):
    """The transaction is one side of a transfer between own accounts; both sides carry this, written together."""

    other: str
    """Stream of the other side."""
    decided_by: DecidedBy
    reason: Text
    row: str | None = None
    pattern: str = ""
    """Between which lines of which accounts: what the operator confirms speaks for the next of them."""
    is_clear: bool = False


class RefundLinked(EventData, type="books.refund_linked"):
    """The transaction gives back another, or a part of it, and is booked as that was."""

    refund_of: str
    """Stream of what is given back, which carries `books.transaction_refunded`, written together."""
    decided_by: DecidedBy
    reason: Text
    row: str | None = None
    pattern: str = ""
    is_clear: bool = False


class TransactionRefunded(EventData, type="books.transaction_refunded"):
    """So much of the transaction was given back by another; negative where that was taken back."""

    by: str
    money: Money
    decided_by: DecidedBy


class BookingUndone(EventData, type="books.booking_undone"):
    """The operator took a booking back: the transaction is open again, and asked."""

    reason: Text


class MatchDeclined(EventData, type="books.match_declined"):
    """The operator said that this transaction does not belong to this invoice: the pair is never asked again."""

    invoice: str
    row: str
    pattern: str = ""
    """Of which kind it was, where nothing but experience was missing."""


EVENTS: tuple[type[EventData], ...] = (
    InvoiceIssued,
    InvoicePaid,
    InvoiceSettled,
    InvoiceReopened,
    RateRecorded,
    PaymentMatched,
    TransactionCategorised,
    TransferLinked,
    RefundLinked,
    TransactionRefunded,
    BookingUndone,
    MatchDeclined,
)
PACKAGE = "workbench.capabilities.books"
READ_MODELS = (
    ReadModel.load(PACKAGE, "invoice"),
    ReadModel.load(PACKAGE, "rate"),
    ReadModel.load(PACKAGE, "settlement", category="bank_transaction"),
)
VIEWS = (View.load(PACKAGE, "ledger"),)
