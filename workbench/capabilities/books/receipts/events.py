"""The facts about receipts: what each states, and which transaction it belongs to. None of them changes a booking."""

from __future__ import annotations

from datetime import date

from opc_kernel.event import EventData
from opc_kernel.log.read_model import ReadModel, View
from opc_kernel.money import AmountText, Currency
from opc_kernel.text import Text
from workbench.capabilities.books.events import DecidedBy

PACKAGE = "workbench.capabilities.books.receipts"


class ReceiptReceived(EventData, type="books.receipt_received"):
    """A receipt came in as a file; what it does not state is None. The bytes lie in raw/ under the stream's id."""

    name: Text
    """Of the file."""
    kind: str
    amount: AmountText | None = None
    """What was paid; negative for money that came back."""
    currency: Currency | None = None
    receipt_on: date | None = None
    vendor: Text | None = None
    number: Text | None = None
    is_paid: bool
    """False for an invoice that asks to be paid."""
    heading: Text = ""
    """What stands at its top: often the vendor, in no form that is sure to be a name."""

    @property
    def words(self) -> str:
        """What it states, in a line."""
        amount = (
            "it states no amount" if self.amount is None else f"{self.amount} {self.currency or ''}".rstrip()
        )
        day = "" if self.receipt_on is None else f"{self.receipt_on:%d %b %Y}"
        return ", ".join(filter(None, (amount, day, self.vendor, self.number)))


class ReceiptMatched(EventData, type="books.receipt_matched"):
    """The receipt is evidence for a transaction."""

    transaction: str
    decided_by: DecidedBy
    reason: Text
    row: str | None = None


class ReceiptDeclined(EventData, type="books.receipt_declined"):
    """The operator said that it belongs to none of these transactions: the pairs are never asked again."""

    transactions: tuple[str, ...]
    row: str


class ReceiptSetAside(EventData, type="books.receipt_set_aside"):
    """The operator said that it belongs to no transaction at all: paid in cash, private, no receipt."""

    row: str


class ReceiptReleased(EventData, type="books.receipt_released"):
    """The bank took its transaction back: it belongs to none again."""

    transaction: str


class ReceiptRecalled(EventData, type="books.receipt_recalled"):
    """Transactions came that it may belong to: it is looked at again."""

    statement: str


EVENTS: tuple[type[EventData], ...] = (
    ReceiptReceived,
    ReceiptMatched,
    ReceiptDeclined,
    ReceiptSetAside,
    ReceiptReleased,
    ReceiptRecalled,
)
READ_MODELS = (ReadModel.load(PACKAGE, "receipt"),)
VIEWS = (View.load(PACKAGE, "receipt_unmatched"), View.load(PACKAGE, "expense_without_receipt"))
