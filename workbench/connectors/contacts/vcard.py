"""vCards of any version, as address books export them: who they are of and how they are reached; pure."""

from __future__ import annotations

import quopri
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from opc_kernel.ids import derived_id
from workbench.connectors.contacts.events import ContactReceived
from workbench.refusal import Refused

MAX_CARDS = 10_000
MAX_VALUE_CHARS, MAX_NOTE_CHARS, MAX_VALUES = 300, 20_000, 20

_BEGIN = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*BEGIN:VCARD\s", re.IGNORECASE)
_FOLD = re.compile(r"\r?\n[ \t]")
_CARD = re.compile(r"^BEGIN:VCARD[ \t]*\r?\n(.*?)^END:VCARD", re.IGNORECASE | re.MULTILINE | re.DOTALL)
_LINE = re.compile(
    r"(?:[\w-]{1,40}\.)?(?P<name>[\w-]{1,40})(?P<parameters>(?:;[^:\n]{0,200})?):(?P<value>.*)", re.DOTALL
)
_ESCAPED = re.compile(r"\\([\\,;nN:])")
_PART = re.compile(r"(?<!\\);")


def read_cards(content: bytes) -> list[tuple[str, ContactReceived]] | None:
    """Return the cards of a file with their streams; None for a file of something else. Raises Refused."""
    if not _BEGIN.match(content[:100]):
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeError:
        text = content.decode("cp1252", "replace")
    cards = [_properties(found[1]) for found in _CARD.finditer(text)]
    if not cards or len(cards) > MAX_CARDS:
        wrong = f"it holds more than {MAX_CARDS:,} cards" if cards else "its card has no end"
        raise Refused(wrong, todo="Export the address book again, in parts where it is large.")
    found = {_stream(card): card for card in map(_contact, cards) if card is not None}
    return sorted(found.items())


def _stream(card: ContactReceived) -> str:
    """A card that says the same is the same, in whichever export."""
    return f"contact/{derived_id(card.encoded().decode())}"


def _lines(text: str) -> Iterator[str]:
    """Yield a card's lines, folded ones whole; one in quoted-printable goes on after a `=` at its end."""
    pending = ""
    for line in _FOLD.sub("", text).splitlines():
        pending += line
        if line.endswith("=") and "QUOTED-PRINTABLE" in pending[:200].upper():
            pending = pending[:-1]
            continue
        yield pending
        pending = ""
    if pending:
        yield pending


def _properties(text: str) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for line in _lines(text):
        read = _LINE.fullmatch(line)
        if read and len(found[read["name"].upper()]) < MAX_VALUES:
            found[read["name"].upper()].append(_value(read["parameters"].upper(), read["value"]))
    return found


def _value(parameters: str, value: str) -> str:
    short = value[: 2 * MAX_NOTE_CHARS]
    if "QUOTED-PRINTABLE" not in parameters:
        return short
    octets = quopri.decodestring(short.encode("utf-8", "replace"))
    try:
        return octets.decode("utf-8")
    except UnicodeError:
        return octets.decode("cp1252", "replace")


def _contact(card: Mapping[str, Sequence[str]]) -> ContactReceived | None:
    """Return who a card is of; None for one that names nobody."""
    firm = " ".join(_parts(card, "ORG")[:1])
    name = _text(card, "FN") or _name(_parts(card, "N"))
    is_firm = bool(firm) and (not name or name == firm or _text(card, "KIND").lower() == "org")
    if not (name or firm):
        return None
    return ContactReceived(
        kind="firm" if is_firm else "person",
        name=(firm if is_firm else name)[:MAX_VALUE_CHARS],
        firm="" if is_firm else firm[:MAX_VALUE_CHARS],
        position=_text(card, "TITLE")[:MAX_VALUE_CHARS],
        emails=tuple(
            sorted({each.strip().lower()[:MAX_VALUE_CHARS] for each in card.get("EMAIL", ()) if "@" in each})
        ),
        phones=tuple(
            sorted(
                {
                    each.strip().removeprefix("tel:")[:MAX_VALUE_CHARS]
                    for each in card.get("TEL", ())
                    if each.strip()
                }
            )
        ),
        address=_address(_parts(card, "ADR"))[:MAX_VALUE_CHARS],
        note=_text(card, "NOTE")[:MAX_NOTE_CHARS],
        changed_on=_day(_text(card, "REV")),
    )


def _text(card: Mapping[str, Sequence[str]], name: str) -> str:
    return _plain(next(iter(card.get(name, ())), ""))


def _parts(card: Mapping[str, Sequence[str]], name: str) -> list[str]:
    return [_plain(part) for part in _PART.split(next(iter(card.get(name, ())), ""))]


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda sign: "\n" if sign[1] in "nN" else sign[1], text).strip()


def _name(parts: Sequence[str]) -> str:
    family, first = (*parts, "", "")[:2]
    return f"{first} {family}".strip()


def _address(parts: Sequence[str]) -> str:
    """Return street, postcode and place, country: as it would stand on an envelope, in one line."""
    _, more, street, place, region, code, country = (*parts, *[""] * 7)[:7]
    return ", ".join(each for each in (street, more, f"{code} {place}".strip(), region, country) if each)


def _day(text: str) -> date | None:
    digits = re.sub(r"[^\d]", "", text[:10])[:8]
    try:
        return date.fromisoformat(digits) if len(digits) == 8 else None
    except ValueError:
        return None
