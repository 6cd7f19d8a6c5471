"""What a mail's writer says of themself, as far as rules can read it without doubt: phone, position, firm, promises.

Nothing here says anything of anybody else: whatever a text asks for or claims of others stays words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from opc_kernel.memory.identity.email_address import EmailAddress, read_email
from opc_kernel.memory.identity.firm import Firm, read_firm
from opc_kernel.memory.identity.folding import folded
from opc_kernel.memory.promising import promises_in
from opc_kernel.memory.recall.dates import MONTHS

MAX_LINE = 160
MAX_PROMISE = 200
MAX_SENTENCE = 300
SHORTEST_LABEL = 4
"""A domain of fewer letters stands by chance in a firm's name."""

_PHONE = re.compile(
    r"(?:^|[|,;·/]\s{0,3})(?:tel(?:efon)?|phone|fon|mobil(?:e|telefon)?|handy|direct|durchwahl|cell|[tmp])\s?[.:]{1,2}\s?"
    r"(?P<number>\+?[\d(][\d ()/.-]{5,24}\d)",
    re.IGNORECASE,
)
_POSITION = re.compile(
    r"\b(?:geschäftsführ|inhaber|leiter|leitung|head of|chief|ceo|cfo|cto|coo|manager|director|owner|founder"
    r"|einkauf|vertrieb|buchhaltung|disposition|assistenz|prokurist|procurement|accounts payable|operations|lead\b)",
    re.IGNORECASE,
)
_MONTH = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_YEAR = r"(?:\s?,?\s?(?P<year>20\d\d)\b)?"
_DAYS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?P<year>20\d\d)-(?P<number>\d\d)-(?P<day>\d\d)\b",
        r"\b(?P<day>\d{1,2})\.\s?(?P<number>\d{1,2})\.(?P<year>20\d\d)?",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s(?:of\s)?{_MONTH}{_YEAR}",
        rf"\b{_MONTH}\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b{_YEAR}",
    )
)
_PAYS = re.compile(
    r"\b(?:we|i)(?:['’]ll| will| are going to)\b.{0,60}?"
    r"\b(?:pay|transfer|settle|wire)\b.{0,80}?\b(?:by|on|before|until)\b"
    r"|\b(?:wir|ich)\b.{0,40}?\b(?:bezahlen?|zahlen?|überweisen?|begleichen?)\b.{0,80}?\b(?:bis|am|zum)\b"
    r"|\b(?:wir|ich)\s+(?:werden?\s)?.{0,80}?\b(?:bis|am|zum)\b.{0,60}?\b(?:bezahlen|zahlen|überweisen|begleichen)\b"
    r"|\b(?:werden?\s+(?:wir|ich))\b.{0,80}?\b(?:bis|am|zum)\b.{0,60}?\b(?:bezahlen|zahlen|überweisen|begleichen)\b",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"\?|\b(?:not|never|unless|if|cannot|can't|won't|once|when|maybe|perhaps|might|should|nicht|kein\w*|wenn|falls|sobald"
    r"|vielleicht|sofern|könnten?|würden?|ob)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[!?])\s+|(?<=[^\d\s]\.)\s+(?=[A-ZÄÖÜ])|\n\s*\n")
_NO_MORE = re.compile(
    r"\b(?:unsubscribe me|(?:remove|take) me (?:from|off) (?:your|the) (?:mailing |e-?mail )?(?:list|newsletter)"
    r"|(?:nehmen|tragen|streichen) Sie (?:mich|uns) (?:bitte )?(?:aus|von) (?:dem|Ihrem|der|Ihrer) (?:\w+)"
    r"|keine? (?:weiteren |weitere )?Newsletter mehr|Newsletter (?:bitte )?abbestellen)",
    re.IGNORECASE,
)


_CUT_OFF = re.compile(r"\b(?:am|bis|by|dem|den|der|on|the|until|vor|zum)\W*$", re.IGNORECASE)
"""What a full stop within a date leaves of a sentence."""


def phones(signature: str) -> Iterator[str]:
    """Yield the numbers a signature names as phones; a fax is none."""
    for line in signature.splitlines():
        yield from (found["number"] for found in _PHONE.finditer(line[:MAX_LINE].strip()))


def position(signature: str, name: str) -> str:
    """Return what the line below the writer's name says they are; nothing where none plainly does."""
    lines = [line.strip() for line in signature.splitlines() if line.strip()]
    for above, line in pairwise(lines):
        if folded(above) == folded(name) and len(line) <= MAX_LINE and _POSITION.search(line):
            return line
    return ""


def firm_of(signature: str, address: str, name: str) -> str:
    """Return the firm that a signature names and whose domain the mail is from: the two vouch for each other."""
    read = read_email(address)
    if not isinstance(read, EmailAddress) or not read.is_private_domain:
        return ""
    label = re.sub(r"[^a-z0-9]", "", read.domain.split(".")[-2])
    for line in (line.strip() for line in signature.splitlines()):
        if (
            len(label) >= SHORTEST_LABEL
            and len(line) <= MAX_LINE
            and "@" not in line
            and _bears(line, label, name)
        ):
            return line
    return ""


def _bears(line: str, label: str, name: str) -> bool:
    firm = read_firm(line)
    if not isinstance(firm, Firm) or folded(line) == folded(name):
        return False
    core = re.sub(r"[^a-z0-9]", "", firm.core)
    return core == label or (bool(firm.form) and core.startswith(label))


def promised_days(text: str, written_on: date) -> Iterator[date]:
    """Yield the days by which the writer says that they will pay; what hangs on something else is no promise."""
    for sentence in _SENTENCE_END.split(text):
        plain = " ".join(sentence.split())[:MAX_SENTENCE]
        if _PAYS.search(plain) and not _UNSURE.search(plain) and (day := _day(plain, written_on)):
            yield day


def other_promises(text: str) -> Iterator[str]:
    """Yield the sentences in which the writer promises something else than to pay."""
    for each in promises_in(text):
        if not _PAYS.search(each) and not _CUT_OFF.search(each):
            yield each[:MAX_PROMISE]


def wants_no_newsletter(text: str) -> bool:
    """Whether the writer asks to be written to no more."""
    return bool(_NO_MORE.search(" ".join(text.split())))


def _day(text: str, after: date) -> date | None:
    """Return the one day that a text names; without a year it is the next one that comes."""
    found = {
        day for shape in _DAYS for each in shape.finditer(text) if (day := _read(each.groupdict(), after))
    }
    return found.pop() if len(found) == 1 else None


def _read(parts: dict[str, str | None], after: date) -> date | None:
    name = (parts.get("month") or "").casefold()
    month = MONTHS[name] if name else int(parts.get("number") or 0)
    try:
        day = date(int(parts["year"] or after.year), month, int(parts["day"] or 0))
        if not parts["year"] and day < after - timedelta(days=1):
            day = day.replace(year=day.year + 1)
    except ValueError:
        return None
    return day if day >= after else None
