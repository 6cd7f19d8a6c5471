"""The facts about charges: the number that was set aside for one, and the invoice that came of it."""

from __future__ import annotations

from datetime import date

from opc_kernel.event import EventData
from opc_kernel.money import Money
from opc_kernel.text import Text

PACKAGE = "workbench.capabilities.billing"
NUMBERS = "numbering/invoices"
"""The stream on which numbers are set aside: two charges at once can't take the same one."""


class NumberSetAside(EventData, type="billing.number_set_aside"):
    """A number is taken for as long as its plan runs; one that comes to nothing gives it back."""

    number: Text
    plan: str


class InvoiceCharged(EventData, type="billing.invoice_charged"):
    """A payment was captured for an invoice; the books take it up."""

    number: Text
    customer: Text
    email: Text
    money: Money
    issued_on: date
    due_on: date
    note: Text = ""
    tax_rate: str | None = None
    payment: str
    """What the provider calls it."""


EVENTS: tuple[type[EventData], ...] = (NumberSetAside, InvoiceCharged)
