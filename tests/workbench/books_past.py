"""A generated company's months as a recorded past, each transaction booked as the truth says: no log is needed."""

import tomllib
from collections.abc import Mapping

from books_files import settings as settings_text
from books_records import Explanation, Invoice, Shown, Transaction, Truth

from workbench.capabilities.books.invoices import invoice_stream
from workbench.capabilities.books.matching.document import Document, Payment
from workbench.capabilities.books.matching.experience import Lesson
from workbench.capabilities.books.past import Past, Rates, Settled
from workbench.settings import Settings

CONFIRMED = "one, exact, unnamed, same name"


def told(shown: Shown, truth: Truth) -> tuple[Past, Settings]:
    """Return the past as the operator would have it who booked every transaction, and the firm's settings."""
    listed = {each.number: each for each in shown.invoices}
    past = Past(
        transactions=tuple(
            _settled(each, truth.explained[each.key], listed)
            for each in sorted(shown.transactions, key=lambda one: one.booked_on)
        ),
        documents=tuple(sorted(map(_document, shown.invoices), key=lambda each: each.issued_on)),
        lessons=tuple(_lessons(shown, truth, listed)),
        rates=Rates({("USD", "EUR"): [(each.on, each.rate) for each in shown.rates]}),
    )
    return past, Settings.model_validate(tomllib.loads(settings_text(shown)))


def _settled(move: Transaction, truth: Explanation, listed: Mapping[str, Invoice]) -> Settled:
    return Settled(
        payment=Payment(
            stream=move.key,
            version=1,
            booked_on=move.booked_on,
            amount=move.amount,
            currency=move.currency,
            counterparty=move.counterparty,
            text=move.text,
            reference=move.reference,
            event_id=move.key,
            account=move.account,
            counterparty_account=move.counterparty_account,
        ),
        booking=_booking(truth, listed),
        decided_by="operator",
        reason="",
        row=None,
        story=move.key,
    )


def _booking(truth: Explanation, listed: Mapping[str, Invoice]) -> dict[str, object]:
    if truth.refund_of:
        return {"refund_of": truth.refund_of}
    if truth.parts:
        parts = [
            {
                "invoice": _document(listed[each.number]).stream,
                "money": {"amount": str(abs(each.amount)), "currency": listed[each.number].currency},
            }
            for each in truth.parts
        ]
        return {"parts": parts}
    return {"other": truth.transfer} if truth.transfer else {"category": truth.category or "other"}


def _document(invoice: Invoice) -> Document:
    stream = invoice_stream(invoice.direction, invoice.number, invoice.party)
    return Document(
        stream=stream,
        version=1,
        kind=invoice.kind,
        direction=invoice.direction,
        number=invoice.number,
        party=invoice.party,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        amount=invoice.amount,
        open=invoice.amount,
        currency=invoice.currency,
        event_id=stream,
        corrects=invoice.corrects,
    )


def _lessons(shown: Shown, truth: Truth, listed: Mapping[str, Invoice]) -> list[Lesson]:
    said = [
        Lesson(
            counterparty=each.counterparty,
            party=listed[part.number].party,
            pattern=CONFIRMED,
            on=each.booked_on,
            right=True,
        )
        for each in shown.transactions
        for part in truth.explained[each.key].parts
    ]
    return sorted(said, key=lambda each: each.on)
