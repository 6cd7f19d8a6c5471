"""An approved reminder as an e-mail to open, look at and send by hand."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

from opc_kernel.log.protocol import Queryable
from workbench.refusal import Refused

APPROVED = (
    "SELECT r.sent_to, r.subject, r.text, o.state, o.owed, r.amount FROM reminder AS r "
    "JOIN invoice_owed AS o ON o.stream = r.invoice WHERE o.number = $number AND r.level > 0"
)


def draft(company: Queryable, number: str) -> bytes:
    """Return the last approved reminder of an invoice as a draft (RFC 5322).

    Raises Refused where there is none, or where something was paid since.
    """
    found = company.query(APPROVED, number=number).one()
    if found is None:
        raise Refused(
            "no reminder for it is approved",
            name=f"Invoice {number}",
            todo="See 'workbench invoice reminders'.",
        )
    if found["state"] != "open" or found["owed"] != found["amount"]:
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
