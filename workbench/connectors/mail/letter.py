"""An e-mail as it goes out: composed from an intent alone, with exactly the headers and recipients that it names."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from opc_kernel.effects.intent import Order
from opc_kernel.event import first_problem
from workbench.connector_settings import ADDRESS, Address

MAX_RECIPIENTS, MAX_ATTACHMENTS, MAX_BYTES = 20, 10, 20_000_000
MAX_SUBJECT = 500
ON_THE_WIRE = policy.SMTP.clone(cte_type="7bit")
LINE_END = re.compile(rb"\r\n|\r|\n")
FILE_NAME = re.compile(r"[^\x00-\x1f\x7f/\\:*?\"<>|]{1,120}")
DIGEST = re.compile(r"[0-9a-f]{64}")
MESSAGE_ID = re.compile(r"<[\w.!#$%&'*+/=?^`{|}~-]{1,200}@[\w.-]{1,200}>", re.ASCII)
SINGLE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version")


class LetterRefused(Exception):
    """An e-mail that can't be sent as it was given; the message says why."""


def _one_line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("one line of printable text is needed")
    return text


def _message_id(text: str) -> str:
    if text and not MESSAGE_ID.fullmatch(text):
        raise ValueError("no Message-ID such as <1@example.com>")
    return text


class Attachment(BaseModel):
    """A file of the company that goes along, named by its digest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: str = Field(pattern=DIGEST.pattern)
    name: str = Field(pattern=f"^{FILE_NAME.pattern}$")


class LetterFields(BaseModel):
    """What an intent `mail.send` says beside the words and the address they go to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Annotated[str, AfterValidator(_one_line)] = Field(max_length=MAX_SUBJECT)
    cc: tuple[Address, ...] = Field(default=(), max_length=MAX_RECIPIENTS - 1)
    in_reply_to: Annotated[str, AfterValidator(_message_id)] = ""
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=MAX_ATTACHMENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What goes over the wire, and to whom."""

    id: str
    sender: str
    recipients: tuple[str, ...]
    content: bytes


def message_id(key: str, sender: str) -> str:
    """Return the Message-ID of an effect: the same key is the same message, wherever it is found."""
    return f"<{key}@{sender.rpartition('@')[2].lower()}>"


def letter(order: Order, *, sender: str, sent_at: datetime, raw: Callable[[str], bytes | None]) -> Letter:
    """Compose the e-mail of an order; `raw` returns a file of the company by its digest.

    Raises LetterRefused.
    """
    fields = _fields(order)
    to = order.intent.target
    message = EmailMessage(policy=ON_THE_WIRE)
    message["From"] = Mailbox(addr_spec=sender)
    message["To"] = Mailbox(addr_spec=to)
    if fields.cc:
        message["Cc"] = [Mailbox(addr_spec=each) for each in fields.cc]
    message["Subject"] = fields.subject
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = message_id(order.key, sender)
    if fields.in_reply_to:
        message["In-Reply-To"] = message["References"] = fields.in_reply_to
    message.set_content(order.intent.content or "\n", cte="quoted-printable")
    for each in fields.attachments:
        _attach(message, each, raw(each.digest))
    content = LINE_END.sub(b"\r\n", message.as_bytes())
    _check(content, fields, sender, to)
    return Letter(
        id=message_id(order.key, sender), sender=sender, recipients=_each_once(to, fields), content=content
    )


def _fields(order: Order) -> LetterFields:
    if not ADDRESS.fullmatch(order.intent.target):
        raise LetterRefused("whom it goes to is no e-mail address such as you@example.com")
    try:
        return LetterFields.model_validate(order.intent.fields)
    except ValidationError as error:
        raise LetterRefused(first_problem(error)) from None


def _attach(message: EmailMessage, named: Attachment, content: bytes | None) -> None:
    if content is None or hashlib.sha256(content).hexdigest() != named.digest:
        raise LetterRefused(f"the file {named.name} is not kept here as it was")
    kind = mimetypes.guess_type(named.name)[0] or "application/octet-stream"
    main, _, sub = kind.partition("/")
    message.add_attachment(content, maintype=main, subtype=sub, filename=named.name)


def _check(content: bytes, fields: LetterFields, sender: str, to: str) -> None:
    """Read back what was composed: nobody's text may have become a header or a recipient."""
    if len(content) > MAX_BYTES:
        raise LetterRefused(f"it has {len(content):,} bytes, more than {MAX_BYTES:,}")
    read = message_from_bytes(content, policy=policy.default)
    extra = ["Cc"] * bool(fields.cc) + ["In-Reply-To", "References"] * bool(fields.in_reply_to)
    bodily = {"content-type", "content-transfer-encoding"}
    headers = sorted(name.lower() for name in read if name.lower() not in bodily)
    same = (
        headers == sorted(name.lower() for name in (*SINGLE, *extra))
        and _addresses(read, "From") == [sender]
        and _addresses(read, "To") == [to]
        and _addresses(read, "Cc") == list(fields.cc)
        and read["Subject"] == fields.subject
    )
    if not same:
        raise LetterRefused("its headers would not say what was approved")


def _addresses(read: EmailMessage, header: str) -> list[str]:
    return [] if read[header] is None else [each.addr_spec for each in read[header].addresses]


def _each_once(to: str, fields: LetterFields) -> tuple[str, ...]:
    return tuple(dict.fromkeys((to, *fields.cc)))
