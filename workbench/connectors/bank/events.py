"""The canonical facts of a bank account: statements and booked transactions."""

from __future__ import annotations

from datetime import date

from opc_kernel.event import EventData
from opc_kernel.log.read_model import ReadModel
from opc_kernel.money import AmountText, Currency, Money
from opc_kernel.text import Text


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


class TransactionBooked(EventData, type="bank.transaction_booked"):
    """Money moved. The amount is signed: money in is positive."""

    account: str
    booked_on: date
    value_on: date | None = None
    money: Money
    counterparty: Text = ""
    counterparty_account: Text = ""
    text: Text = ""
    reference: Text = ""
    bank_id: Text = ""
    ordinal: int
    """Which of the account's transactions with this day and amount it is, from 1: twins stay two."""
    statement: str


EVENTS: tuple[type[EventData], ...] = (StatementImported, TransactionBooked)
READ_MODELS = (
    ReadModel.load("workbench.connectors.bank", "bank_statement"),
    ReadModel.load("workbench.connectors.bank", "bank_transaction"),
)
