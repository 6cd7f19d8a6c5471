"""The facts about reminders: those that went out, and what the operator decided about invoices that stay open."""

from __future__ import annotations

from datetime import date

from opc_kernel.event import EventData
from opc_kernel.log.read_model import ReadModel, View
from opc_kernel.money import Money
from opc_kernel.text import Text

PACKAGE = "workbench.capabilities.books.reminders"


class ReminderApproved(EventData, type="books.reminder_approved"):
    """A reminder of before letters went out from here: approved, and sent by hand. None is written any more."""

    invoice: str
    level: int
    """From 1: how many there were with it."""
    approved_on: date
    to: Text
    """Where it goes; empty where nobody knows."""
    subject: Text
    text: Text
    money: Money
    """What was still open."""
    row: str


class ReminderSent(EventData, type="books.reminder_sent"):
    """A reminder went out, word for word: through the effect ledger, or by the operator's own hand."""

    invoice: str
    level: int
    """From 1: how many there were with it."""
    sent_on: date
    to: Text
    """Where it went; empty where the operator saw to it without an address."""
    subject: Text
    text: Text
    money: Money
    """What was still open."""
    row: str
    """Key of the row on which it was approved, or on which the operator said that they had sent it."""
    by_hand: bool = False


class ReminderAddressed(EventData, type="books.reminder_addressed"):
    """The operator told where reminders of an invoice go."""

    invoice: str
    to: Text
    row: str


class ReminderPostponed(EventData, type="books.reminder_postponed"):
    """The operator wants no reminder before a day."""

    invoice: str
    until: date
    row: str
    alone: bool = False
    """Whether it is to be asked about by itself, although it is one of many that are open for long."""


class ReminderResumed(EventData, type="books.reminder_resumed"):
    """The operator wants reminders for an invoice that has been open for long."""

    invoice: str
    resumed_on: date
    row: str


class ReminderStopped(EventData, type="books.reminder_stopped"):
    """The operator has written the money off: nobody is reminded any more. The invoice itself stays as it is."""

    invoice: str
    row: str


EVENTS: tuple[type[EventData], ...] = (
    ReminderApproved,
    ReminderSent,
    ReminderAddressed,
    ReminderPostponed,
    ReminderResumed,
    ReminderStopped,
)
READ_MODELS = (ReadModel.load(PACKAGE, "reminder"),)
VIEWS = (View.load(PACKAGE, "invoice_owed"),)
