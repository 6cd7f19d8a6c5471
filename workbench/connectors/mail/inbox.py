"""Mails from a file: one, or an mbox. What is damaged is read as far as it goes, and nothing of it is run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from opc_kernel.ids import derived_id
from workbench.connectors.mail.inbox_events import Correspondence, MailReceived, MailSent
from workbench.connectors.mail.inbox_text import own_words
from workbench.refusal import Refused

MAX_MAILS = 10_000
MAX_PARTS, MAX_DEPTH = 100, 20
MAX_TEXT_CHARS, MAX_PAGE_CHARS = 50_000, 200_000
MAX_HEADER_CHARS, MAX_SUBJECT_CHARS, MAX_NAME_CHARS, MAX_ADDRESS_CHARS = 20_000, 500, 200, 254
MAX_HEAD_BYTES = 2**20
MAX_BORDERS = 20_000
"""So many lines that may part one mail; each costs the reader time."""
MAX_RECEIVERS, MAX_ATTACHMENTS, MAX_REFERENCES = 50, 50, 200
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
LATE_S = 2 * 24 * 3600
"""So much later than it came no mail was written, whatever it says."""

_MAIL = re.compile(
    rb"\A(?=(?:[!-9;-~]{1,60}:[^\n]*\n|[ \t][^\n]*\n){0,80}?(?:From|Message-ID):)"
    rb"(?:[!-9;-~]{1,60}:[^\n]*\n|[ \t][^\n]*\n){2}",
    re.IGNORECASE,
)
_POSTMARK = re.compile(
    rb"(?:\A|(?<=\n))From (?:[^\n]{1,200}\d\d:\d\d[^\n]{1,40}|[^\s@]{1,100}@[^\s@]{1,100})\r?\n(?=>?[!-9;-~]{1,60}:)"
)
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_CHARSET = re.compile(
    r"(?:utf|us-?ascii|ascii|iso|latin|windows|cp|koi8|gb|big5|hz|shift|euc|mac)[\w.:-]{0,20}", re.IGNORECASE
)
_ID = re.compile(r"<([^<>\s]{1,250})>")
_REPLY = re.compile(
    r"\s{0,5}(?:re|aw|antw|antwort|sv|fwd?|wg|tr)\s{0,2}(?:\[\d{1,3}\])?\s{0,2}:\s{0,5}", re.IGNORECASE
)
_MACHINE = re.compile(r"(?:no-?_?reply|do-?not-?reply|mailer-daemon|postmaster|bounces?)\b", re.IGNORECASE)
_DELIVERED = ("Delivered-To", "Return-Path", "Authentication-Results", "X-Original-To")
_BLANK_LINE = re.compile(rb"\n\r?\n")
_DECLARATION = re.compile(r"<[!?][^<>]{0,2000}>")
_OPEN_TAG = re.compile(r"<(?![a-zA-Z/][^<>]{0,2000}>)")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mails:
    """Mails of one file; `unread` are so entangled that nothing can be read of them."""

    format: str
    mails: tuple[Correspondence, ...]
    unread: int = 0


class TooEntangled(Exception):
    """A mail of parts within parts that no program writes."""


def read_mails(
    content: bytes, *, is_own: Callable[[str], bool], page_text: Callable[[str], str]
) -> Mails | None:
    """Read the mails of a file; None for a file of something else.

    `is_own` tells the company's addresses, `page_text` what a person sees of a page. Raises Refused.
    """
    if _POSTMARK.match(content):
        return _mbox(content, is_own, page_text)
    if not _MAIL.match(content[:MAX_HEADER_CHARS]):
        return None
    try:
        return Mails(format="mail", mails=(_mail(content, is_own, page_text),))
    except TooEntangled as error:
        raise Refused(
            "its parts lie within each other deeper than a mail program puts them",
            todo="Save its text alone, and ingest that.",
        ) from error


def mail_stream(mail: Correspondence) -> str:
    """Return a mail's stream: the same mail is the same wherever it lies.

    One that bears another's Message-ID and says something else is another mail: nobody can keep a mail away by
    sending its number first.
    """
    words = " ".join(f"{mail.subject} {mail.text}".split())
    return f"mail/{derived_id(mail.message_id or str(mail.sent_at), mail.sender, words)}"


def _mbox(content: bytes, is_own: Callable[[str], bool], page_text: Callable[[str], str]) -> Mails:
    found: dict[str, Correspondence] = {}
    unread = 0
    for raw in _split(content):
        try:
            mail = _mail(_ESCAPED.sub(rb"\1", raw), is_own, page_text)
        except TooEntangled:
            unread += 1
        else:
            found.setdefault(mail_stream(mail), mail)
    return Mails(format="mbox", mails=tuple(sorted(found.values(), key=_order)), unread=unread)


def _split(content: bytes) -> Iterator[bytes]:
    marks: list[re.Match[bytes]] = []
    for mark in _POSTMARK.finditer(content):
        if len(marks) == MAX_MAILS:
            raise Refused(f"it holds more than {MAX_MAILS:,} mails", todo="Export a shorter period.")
        marks.append(mark)
    ends = [*(mark.start() for mark in marks[1:]), len(content)]
    for mark, end in zip(marks, ends, strict=True):
        yield content[mark.end() : end]


def _order(mail: Correspondence) -> tuple[datetime, str]:
    return mail.sent_at or EARLIEST, mail.message_id


def _mail(raw: bytes, is_own: Callable[[str], bool], page_text: Callable[[str], str]) -> Correspondence:
    if raw.count(b"\n--") > MAX_BORDERS or _is_all_head(raw):
        raise TooEntangled
    try:
        message = message_from_bytes(raw)
        parts = list(_parts(message))
    except (RecursionError, MessageError) as error:
        raise TooEntangled from error
    headers, attachments = _Headers(message), tuple(_attachments(parts))
    people = {name: headers.people(name) for name in ("To", "Cc")}
    sender, sender_name = headers.writer()
    words = own_words(_text(parts, page_text)[:MAX_TEXT_CHARS])
    subject = headers.line("Subject")[:MAX_SUBJECT_CHARS]
    references = headers.references()
    own = is_own(sender)
    came = any(message.get(name) is not None for name in _DELIVERED)
    kind = MailSent if own and not came else MailReceived
    sent_at = headers.sent_at()
    message_id = headers.id("Message-ID")
    thread = _thread(message_id, references, subject, [sender, *people["To"]])
    return kind(
        message_id=message_id,
        thread=thread or derived_id(str(sent_at), sender, subject, words.text),
        depth=len(references) or int(bool(_REPLY.match(subject))),
        sender=sender,
        sender_name=sender_name,
        to=tuple(people["To"]),
        cc=tuple(people["Cc"]),
        names={address: name for each in ("To", "Cc") for address, name in people[each].items() if name},
        sent_at=sent_at,
        subject=subject,
        text=words.text,
        signature=words.signature,
        attachments=attachments,
        is_bulk=_is_bulk(headers, message, sender),
        is_carried=words.is_carried,
        says_own=own and came,
    )


def _is_all_head(raw: bytes) -> bool:
    return len(raw) > MAX_HEAD_BYTES and not _BLANK_LINE.search(raw, 0, MAX_HEAD_BYTES)


def _thread(message_id: str, references: Sequence[str], subject: str, people: Sequence[str]) -> str:
    """Return the first mail it goes back to; of an answer that names none, the subject and who takes part."""
    if references:
        return references[0]
    if _REPLY.match(subject):
        bare = subject
        while found := _REPLY.match(bare):
            bare = bare[found.end() :]
        return derived_id("subject", bare.casefold(), *sorted({*people}))
    return message_id


def _parts(message: Message, depth: int = 0) -> Iterator[Message]:
    """Yield what is no container; a mail within a mail is an attachment, and not opened."""
    if depth > MAX_DEPTH:
        raise TooEntangled
    payload = message.get_payload() if message.is_multipart() else None
    if message.get_content_maintype() != "multipart" or not isinstance(payload, list):
        yield message
        return
    for part in payload[:MAX_PARTS]:
        if isinstance(part, Message):
            yield from _parts(part, depth + 1)


def _text(parts: Sequence[Message], page_text: Callable[[str], str]) -> str:
    """Return the plain text, else what a person sees of the page: both say the same."""
    shown = [part for part in parts[:MAX_PARTS] if part.get_content_disposition() != "attachment"]
    plain = "\n".join(_content(part) for part in shown if part.get_content_type() == "text/plain")
    if plain.strip():
        return plain
    pages = (_content(part)[:MAX_PAGE_CHARS] for part in shown if part.get_content_type() == "text/html")
    return "\n".join(_tidy(page_text(_closed(page))) for page in pages)


def _closed(page: str) -> str:
    """Leave out what never ends: the reader of pages would look for each end again and again, for minutes."""
    shown: list[str] = []
    while page:
        before, _, rest = page.partition("<!--")
        shown.append(before)
        page = rest.partition("-->")[2]
    return _OPEN_TAG.sub("&lt;", _DECLARATION.sub("", "".join(shown)))


def _tidy(text: str) -> str:
    """Blanks of a page are one, and so are its empty lines."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"\n{2,}", "\n\n", "\n".join(lines))


def _content(part: Message) -> str:
    charset = _charset(part)
    if "Content-Type" in part:
        # email decodes by it on its own account: some charsets are slow, some fail, and some are none
        part.replace_header("Content-Type", part.get_content_type())
    content = part.get_payload(decode=True)
    octets = content if isinstance(content, bytes) else b""
    return _UNSEEN.sub("", _decoded(octets[: 4 * MAX_PAGE_CHARS], charset).replace("\r\n", "\n"))


def _charset(part: Message) -> str:
    with suppress(LookupError, ValueError, TypeError):
        return part.get_content_charset("") or ""
    return ""


def _decoded(octets: bytes, charset: str) -> str:
    """Read text in the charset it names where that fits, else in UTF-8, else in what Windows writes."""
    named = [charset] if _CHARSET.fullmatch(charset) else []
    for each in (*named, "utf-8"):
        with suppress(LookupError, UnicodeError):
            return _whole(octets.decode(each))
    return _whole(octets.decode("cp1252", "replace"))


def _whole(text: str) -> str:
    """Half a character, as UTF-7 may hold it, is no text."""
    return text.encode("utf-8", "replace").decode()


def _attachments(parts: Sequence[Message]) -> Iterator[str]:
    for part in parts[:MAX_ATTACHMENTS]:
        named = ""
        with suppress(LookupError, ValueError, TypeError):
            named = part.get_filename("") or ""
        if named or part.get_content_disposition() == "attachment":
            yield _line(named)[:MAX_NAME_CHARS] or part.get_content_type()


def _is_bulk(headers: _Headers, message: Message, sender: str) -> bool:
    return bool(
        headers.line("List-Unsubscribe")
        or headers.line("List-Id")
        or headers.line("Precedence").lower() in ("bulk", "list", "junk")
        or headers.line("Auto-Submitted").lower() not in ("", "no")
        or message.get_content_type() == "multipart/report"
        or _MACHINE.match(sender)
    )


class _Headers:
    """Headers of a mail in words, whatever bytes they are."""

    def __init__(self, message: Message) -> None:
        self._raw: dict[str, str] = {}
        self._writers = 0
        for name, value in message.raw_items():
            self._raw.setdefault(name.lower(), str(value)[:MAX_HEADER_CHARS])
            self._writers += name.lower() == "from"

    def line(self, name: str) -> str:
        """Return a header as one line of text; nothing where there is none."""
        return _line(self._raw.get(name.lower(), ""))

    def people(self, name: str) -> dict[str, str]:
        """Return names by address, as far as they are addresses."""
        found: dict[str, str] = {}
        for shown, address in getaddresses([self._raw.get(name.lower(), "")])[:MAX_RECEIVERS]:
            plain = _line(address)
            if "@" in plain and " " not in plain and len(plain) <= MAX_ADDRESS_CHARS:
                found.setdefault(plain.lower(), _line(shown)[:MAX_NAME_CHARS])
        return found

    def writer(self) -> tuple[str, str]:
        """Return the address and name it says it is from; where it names several, each may be false: none."""
        named = self.people("From") if self._writers == 1 else {}
        return next(iter(named.items())) if len(named) == 1 else ("", "")

    def id(self, name: str) -> str:
        """Return the id a header names."""
        return next(iter(self._ids(name)), "")

    def references(self) -> list[str]:
        """Return the mails it goes back to, the first of the conversation first."""
        return self._ids("References") or self._ids("In-Reply-To")[:1]

    def sent_at(self) -> datetime | None:
        """Return when it was written, at the latest when the last server had it."""
        said = _instant(self._raw.get("date", ""))
        came = _instant(self._raw.get("received", "").rpartition(";")[2])
        if said and came and (said - came).total_seconds() > LATE_S:
            return came
        return said or came

    def _ids(self, name: str) -> list[str]:
        return list(dict.fromkeys(_ID.findall(self.line(name))))[:MAX_REFERENCES]


def _instant(text: str) -> datetime | None:
    with suppress(ValueError, TypeError, OverflowError, IndexError):
        found = parsedate_to_datetime(" ".join(text.split())[:100])
        at = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        return at if at >= EARLIEST else None
    return None


def _line(raw: str) -> str:
    """Return a header's value as one line: encoded words decoded, bytes that nobody announced guessed."""
    text = raw if raw.isascii() else _decoded(raw.encode("utf-8", "surrogateescape"), "")
    with suppress(HeaderParseError, ValueError):
        if "=?" in text:
            text = "".join(_piece(*each) for each in decode_header(text))
    return " ".join(_UNSEEN.sub(" ", _whole(text)).split())


def _piece(value: str | bytes, charset: str | None) -> str:
    return value if isinstance(value, str) else _decoded(value, charset or "")
