"""Invoices that were charged elsewhere in the company: the books take them up as they were told."""

from __future__ import annotations

import msgspec

from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.flow.agent import Context, Reaction
from opc_kernel.flow.outcome import BLOCKED_OPTIONS, Block, Done, Outcome
from opc_kernel.ids import derived_id
from workbench.capabilities.books.events import InvoiceIssued
from workbench.capabilities.books.invoices import invoice_stream
from workbench.capabilities.books.settling import NAME

TAKE_UP = "books.take_up_invoice"
TOLD = "SELECT data::VARCHAR FROM event_now WHERE event_id = $id AND data IS NOT NULL"
KNOWN = "SELECT party, amount, currency FROM invoice WHERE stream = $stream"
REACTIONS = (Reaction(event="billing.invoice_charged", kind=TAKE_UP, agent=NAME),)


def take_up(context: Context) -> Outcome:
    """Record an invoice of ours that billing told of."""
    rows = context.company.query(TOLD, id=context.task.trigger).rows
    if not rows:
        return Done(result="it is erased")
    told = msgspec.json.decode(rows[0][0])
    invoice = InvoiceIssued(
        number=told["number"],
        direction="out",
        party=told["customer"],
        issued_on=told["issued_on"],
        due_on=told["due_on"],
        money=told["money"],
        note=told.get("note", ""),
        tax_rate=told.get("tax_rate"),
        email=told["email"],
    )
    stream = invoice_stream("out", invoice.number, invoice.party)
    if context.company.query(KNOWN, stream=stream).rows:
        return Block(
            reason=f"Invoice {invoice.number} is in the books already, and {invoice.party} was charged under it",
            tried="to record it",
            options=BLOCKED_OPTIONS,
        )
    write = Write(
        stream=stream,
        event_id=derived_id(stream, invoice.event_type),
        data=invoice,
        actor=NAME,
    )
    return Done(
        result=f"invoice {invoice.number} is in the books", writes=(write,), expected={stream: NEW_STREAM}
    )
