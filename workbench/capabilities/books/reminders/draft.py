"""A reminder that was rehearsed, or sent, as an e-mail to open, look at and send by hand."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql
from workbench.capabilities.books.reminders.events import PACKAGE
from workbench.refusal import Refused


def draft(company: Queryable, number: str) -> bytes:
    """Return the last reminder of an invoice as a draft (RFC 5322).

    Raises Refused where there is none, or where something was paid since.
    """
    found = company.query(load_sql(PACKAGE, "letters"), number=number).one()
    if found is None:
        raise Refused(
            "it is not open, or no reminder for it is approved",
            name=f"Invoice {number}",
            todo="See 'workbench invoice reminders'.",
        )
    if found["owed"] != found["amount"]:
        raise Refused(
            "what is open has changed since its reminder was approved: the letter would be wrong",
            name=f"Invoice {number}",
            todo="See 'workbench invoice list --all'; the next reminder will say what is open then.",
        )
    return _message(found["sent_to"], found["subject"], found["text"])


def _message(to: str, subject: str, text: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    if to:
        message["To"] = to
    message["Subject"] = subject
    message["X-Unsent"] = "1"  # mail programs open it as a draft of theirs
    message.set_content(text)
    return bytes(message)
