"""The canonical facts of a bank account: its statements, and each transaction from pending to booked or withdrawn."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict

from opc_kernel.event import EventData
from opc_kernel.log.read_model import ReadModel
from opc_kernel.money import AmountText, Currency, Money
from opc_kernel.text import Text


class LayoutChoice(BaseModel):
    """One way to read a file, as the operator is shown it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: Text
    numbers: str
    days: str
    preview: Text


class StatementImported(EventData, type="bank.statement_imported"):
    """A statement was read whole. `difference` = opening + booked lines − closing; None where a balance is missing."""

    account: str
    currency: Currency
    number: Text
    opening: AmountText | None = None
    closing: AmountText | None = None
    closing_on: date | None = None
    first_on: date | None = None
    last_on: date | None = None
    transactions: int
    total: AmountText
    difference: AmountText | None = None
    file: str
    """SHA-256 of the file it stands in."""
    format: str = ""
    opening_on: date | None = None
    left_out: Text = ""
    """What the file holds of this account that was not read, in words."""


class _Words(EventData):
    """What a bank says of a transaction beside its day and amount."""

    value_on: date | None = None
    counterparty: Text = ""
    counterparty_account: Text = ""
    text: Text = ""
    reference: Text = ""


class _Transaction(_Words):
    account: str
    money: Money
    """Signed: money in is positive."""
    bank_id: Text = ""
    ordinal: int
    """Which of the account's transactions with this day and amount it is, from 1: twins stay two."""
    statement: str


class TransactionPending(_Transaction, type="bank.transaction_pending"):
    """The bank announced a transaction: it may still change or vanish, so the books don't know it yet."""

    pending_on: date


class TransactionBooked(_Transaction, type="bank.transaction_booked"):
    """Money moved. One that was pending keeps its stream."""

    booked_on: date


class TransactionDescribed(_Words, type="bank.transaction_described"):
    """The same file is read better than before: all of its words; day and money are as they were."""


class TransactionWithdrawn(EventData, type="bank.transaction_withdrawn"):
    """The bank took the transaction back in a newer statement, and the operator confirmed it."""

    reason: Text
    row: str
    """Key of the row the decision was made on."""


class CorrectionFound(EventData, type="bank.correction_found"):
    """A newer statement of a period contradicts what is recorded; nothing of the contradiction is taken yet."""

    account: str
    statement: str
    gone: tuple[str, ...]
    """Streams of recorded transactions that the newer statement does not have."""
    instead: tuple[TransactionBooked, ...]
    """What it has that is not recorded and looks like one of those; `ordinal` is decided when it is taken."""


class LayoutAsked(EventData, type="bank.layout_asked"):
    """A file can be read in several ways; the operator says which."""

    name: Text
    account: str = ""
    """Whose it is, where the operator said so."""
    header: Text
    choices: tuple[LayoutChoice, ...]


class LayoutKept(EventData, type="bank.layout_kept"):
    """How this bank writes its table: said once by the operator, used for every later file with this header."""

    header: Text
    numbers: str
    days: str
    row: str


EVENTS: tuple[type[EventData], ...] = (
    StatementImported,
    TransactionPending,
    TransactionBooked,
    TransactionDescribed,
    TransactionWithdrawn,
    CorrectionFound,
    LayoutAsked,
    LayoutKept,
)
READ_MODELS = (
    ReadModel.load("workbench.connectors.bank", "bank_layout"),
    ReadModel.load("workbench.connectors.bank", "bank_statement"),
    ReadModel.load("workbench.connectors.bank", "bank_transaction"),
)
