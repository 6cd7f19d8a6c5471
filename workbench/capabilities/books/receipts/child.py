"""Reads one receipt's text from stdin in a process of its own: PDF, e-mail and HTML from outside may never end.

Nothing in it is run, loaded or looked up: scripts, pictures, links and attachments other than PDF are passed over.
"""

from __future__ import annotations

import email
import io
import json
import re
import resource
import sys
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser

LOCKED, UNREADABLE = 3, 4
"""Exit codes: it has a password; it is damaged."""
MAX_MEMORY_BYTES = 2**30
"""Of the process, its libraries included."""
MAX_PAGES = 20
MAX_CHARS = 100_000
MAX_PARTS = 100
MAX_ATTACHMENTS = 3

PDF = b"%PDF-"
HEADERS = re.compile(rb"\A(?:[A-Za-z-]{2,40}:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){2,}")
VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
UNSEEN = frozenset(("script", "style", "head", "template", "noscript", "svg", "object", "iframe"))
INLINE = frozenset(
    (
        "a",
        "abbr",
        "b",
        "bdi",
        "cite",
        "code",
        "em",
        "font",
        "i",
        "label",
        "mark",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "u",
    )
)
HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])", re.IGNORECASE)


class NotReadable(Exception):
    """The content is not what it says it is."""


class Locked(Exception):
    """The content has a password."""


def main(seconds: int) -> int:
    """Write the text as JSON to stdout; end before it takes more than so many seconds of computing."""
    for what, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        lower = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (lower, lower))
    try:
        found = read(sys.stdin.buffer.read())
    except Locked:
        return LOCKED
    except Exception:  # noqa: BLE001 - whatever a damaged file leads a parser to, it is a damaged file
        return UNREADABLE
    sys.stdout.write(json.dumps(found))
    return 0


def read(content: bytes) -> dict[str, str]:
    """Tell by content what it is, and return kind, text, sender and sent_on (an ISO day or nothing)."""
    if PDF in content[:1024]:
        return _found("pdf", text_of_pdf(content))
    if HEADERS.match(content[:10_000]):
        return _of_email(content)
    text = content.decode("utf-8", errors="replace")
    if re.search(r"<(?:!doctype|html|body|table|div|p)\b", text[:5_000], re.IGNORECASE):
        return _found("html", text_of_html(text))
    return _found("text", text)


def text_of_pdf(content: bytes) -> str:
    """The text of the first pages."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Locked
    lines: list[str] = []
    for number, page in enumerate(reader.pages):
        if number == MAX_PAGES or sum(map(len, lines)) > MAX_CHARS:
            break
        lines.append(page.extract_text())
    return "\n".join(lines)


def text_of_html(content: str) -> str:
    """What a person sees of a page, a block a line."""
    reader = _Seen()
    reader.feed(content)
    reader.close()
    return "".join(reader.seen)


class _Seen(HTMLParser):
    """Collects text outside of what is not shown. Hidden text is how a page says one thing and shows another."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self.hidden_by = ""
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count tags of the same name within a hidden one, so that its own end is found."""
        if self.hidden_by:
            self.depth += tag == self.hidden_by
        elif tag not in VOID and (tag in UNSEEN or _hides(attrs)):
            self.hidden_by, self.depth = tag, 1
        elif tag not in INLINE:
            self.seen.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Leave what was hidden, or end a line."""
        if self.hidden_by:
            self.depth -= tag == self.hidden_by
            self.hidden_by = self.hidden_by if self.depth else ""
        elif tag not in INLINE:
            self.seen.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep what is shown; a line end in the source is a blank."""
        if not self.hidden_by:
            self.seen.append(" ".join(data.split("\n")))


def _hides(attrs: list[tuple[str, str | None]]) -> bool:
    return any(name == "hidden" or (name == "style" and HIDING.search(value or "")) for name, value in attrs)


def _of_email(content: bytes) -> dict[str, str]:
    message = email.message_from_bytes(content, policy=default)
    parts = [part for _, part in zip(range(MAX_PARTS), message.walk(), strict=False)]
    attached = [part for part in parts if part.get_content_type() == "application/pdf"][:MAX_ATTACHMENTS]
    texts = [str(message.get("Subject", "")), _body(parts), *map(_attached_text, attached)]
    return _found("email", "\n".join(texts), sender=str(message.get("From", "")), sent_on=_day(message))


def _body(parts: list[EmailMessage]) -> str:
    """The plain text, else the HTML: both say the same."""
    shown = [part for part in parts if part.get_content_disposition() != "attachment"]
    plain = [_content(part) for part in shown if part.get_content_type() == "text/plain"]
    if any(text.strip() for text in plain):
        return "\n".join(plain)
    return "\n".join(text_of_html(_content(part)) for part in shown if part.get_content_type() == "text/html")


def _content(part: EmailMessage) -> str:
    octets = part.get_payload(decode=True)
    charset = part.get_content_charset("utf-8")
    try:
        return bytes(octets or b"").decode(charset, errors="replace")
    except LookupError:
        return bytes(octets or b"").decode("utf-8", errors="replace")


def _attached_text(part: EmailMessage) -> str:
    """A damaged attachment does not take the e-mail's own words away."""
    try:
        return text_of_pdf(bytes(part.get_payload(decode=True) or b""))
    except Exception:  # noqa: BLE001 - see main
        return ""


def _day(message: EmailMessage) -> str:
    try:
        return parsedate_to_datetime(str(message.get("Date", ""))).date().isoformat()
    except ValueError:
        return ""


def _found(kind: str, text: str, *, sender: str = "", sent_on: str = "") -> dict[str, str]:
    return {"kind": kind, "text": text[:MAX_CHARS], "sender": sender[:500], "sent_on": sent_on}


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
