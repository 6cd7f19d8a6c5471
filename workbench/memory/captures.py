"""What the product remembers of its events: whom they name, what they say of them, and words worth keeping. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time

from opc_kernel.approvals.row import ProposalDecided, QuestionDecided
from opc_kernel.memory.capture import Capture, Keeps, Meets, Observation, Says, Source, Teaches, Who
from workbench.capabilities.billing.events import InvoiceCharged
from workbench.capabilities.books.events import InvoiceIssued
from workbench.capabilities.books.receipts.events import ReceiptReceived
from workbench.capabilities.books.reminders.events import ReminderSent
from workbench.capabilities.content.events import DraftRead
from workbench.memory import arrivals
from workbench.planning.events import WorkRequested

NOON = time(12)
"""The hour of what is only a day."""
TEACHING = ("edit", "reject")
LONGEST_NAME = 60


def _invoice(source: Source) -> tuple[Observation, ...]:
    invoice: InvoiceIssued = source.data
    party = Who(kind="firm", name=invoice.party, identifiers=arrivals.mailbox(invoice.email))
    is_ours = invoice.direction == "out"
    word = "Credit note" if invoice.kind == "credit_note" else "Invoice" if is_ours else "Bill"
    told = (
        f"{word} {invoice.number} over {invoice.money.amount} {invoice.money.currency}, due {invoice.due_on}"
    )
    return (
        Says(who=party, predicate="role", value="customer" if is_ours else "supplier"),
        Keeps(
            kind="document",
            title=f"{word} {invoice.number}",
            text=f"{told}. {invoice.note}".strip(),
            about=(party,),
            occurred_at=datetime.combine(invoice.issued_on, NOON, UTC),
        ),
    )


def _charged(source: Source) -> tuple[Observation, ...]:
    charged: InvoiceCharged = source.data
    party = Who(kind="firm", name=charged.customer, identifiers=arrivals.mailbox(charged.email))
    return (Says(who=party, predicate="role", value="customer"),)


def _receipt(source: Source) -> tuple[Observation, ...]:
    vendor = source.data.vendor
    return (Says(who=Who(kind="firm", name=vendor), predicate="role", value="supplier"),) if vendor else ()


def _reminder(source: Source) -> tuple[Observation, ...]:
    sent: ReminderSent = source.data
    known = (Who(kind="firm", identifiers=arrivals.mailbox(sent.to)),) if sent.to else ()
    return (
        Keeps(
            kind="mail",
            title=sent.subject,
            text=sent.text,
            about=known,
            conversation=sent.invoice,
            place=sent.level,
        ),
    )


def _draft(source: Source) -> tuple[Observation, ...]:
    draft: DraftRead = source.data
    piece = Who(kind="content", name=draft.name)
    return Meets(who=piece), Keeps(kind="draft", title=draft.name, text=draft.text, about=(piece,))


def _request(source: Source) -> tuple[Observation, ...]:
    return (Keeps(kind="note", title="Asked for", text=source.data.words),)


def _decision(source: Source) -> tuple[Observation, ...]:
    """Keep what the operator said in their own words; why they changed or rejected something may hold again."""
    decided, own = source.data, _own_words(source.data)
    words = "\n".join(text for text in (decided.note, own) if text)
    if not words:
        return ()
    teaches = decided.note or (own if decided.decision == "edit" and _is_prose(own) else "")
    lesson = (Teaches(row=source.stream, words=teaches),) if decided.decision in TEACHING and teaches else ()
    return (Keeps(kind="decision", title=decided.decision, text=words), *lesson)


def _own_words(decided: ProposalDecided | QuestionDecided) -> str:
    return (decided.content if isinstance(decided, ProposalDecided) else decided.typed) or ""


def _is_prose(text: str) -> bool:
    """Whether it says how something is written; a category or a name is learned from where it is used."""
    return "\n" in text or len(text) > LONGEST_NAME


CAPTURES = (
    Capture(event=InvoiceIssued, observe=_invoice),
    Capture(event=InvoiceCharged, observe=_charged),
    Capture(event=ReceiptReceived, observe=_receipt),
    Capture(event=ReminderSent, observe=_reminder),
    Capture(event=DraftRead, observe=_draft),
    Capture(event=WorkRequested, observe=_request),
    Capture(event=ProposalDecided, observe=_decision),
    Capture(event=QuestionDecided, observe=_decision),
    *arrivals.CAPTURES,
)
