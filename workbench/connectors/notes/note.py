"""A file of the operator's own words: a note, a transcript, or a contract, project, goal or rule that they state."""

from __future__ import annotations

import re
from datetime import date
from pathlib import PurePath
from typing import get_args

from opc_kernel.errors import KernelError
from opc_kernel.event import EventData
from opc_kernel.ids import derived_id
from opc_kernel.memory.fact import PREDICATES
from opc_kernel.memory.identity.firm import Firm, read_firm
from opc_kernel.memory.profile import Profile
from workbench.connectors.notes.events import Named, NoteTaken, OperatorStated, StatedKind, TranscriptTaken
from workbench.connectors.notes.front_matter import Head, read_head, read_toml
from workbench.connectors.notes.transcript import read_transcript
from workbench.refusal import Refused

MAX_CHARS = 100_000
MAX_TITLE = 200
SUFFIXES = frozenset((".md", ".markdown", ".vtt", ".srt"))
KINDS = {"note", "transcript", *get_args(StatedKind)}
PARTY = {"contract": "party", "project": "customer"}
"""What a contract and a project call whom they are with."""
STATED = {
    "contract": ("renews_on", "notice_by", "amount", "currency", "status"),
    "project": ("deadline", "status", "amount", "currency"),
    "intent": ("deadline", "status"),
    "rule": ("status",),
}
"""The fields each kind may have; all are predicates of memory."""

_NAMED = re.compile(r"(person|firm|project|contract|content|intent)\s*:?\s+(.+)", re.IGNORECASE)
_MAILBOX = re.compile(r"(.*?)\s*<([^<>\s]+@[^<>\s]+)>")
_HEADING = re.compile(r"\s{0,3}#{1,3}\s+(.+)")
_STEM_DAY = re.compile(r"(\d{4}-\d\d-\d\d)[ _-]*")


class NothingSaid(KernelError):
    """A note without words."""

    def __init__(self) -> None:
        super().__init__("The note says nothing.", "Nothing was kept; write what you want to remember.")


def read_words(name: str, content: bytes) -> tuple[str, EventData] | None:
    """Return kind and event of a file of the operator's words; None for one of something else.

    Raises Refused for one that says what it is and can't be read.
    """
    suffix, text = PurePath(name).suffix.lower(), _decoded(content)
    if text is None:
        return None
    head = read_toml(text) if suffix == ".toml" else read_head(text)
    if head is not None and head.one("kind").lower() in STATED:
        kind = head.one("kind").lower()
        return kind, _stated(kind, name, head)  # type: ignore[arg-type]  # it is one of the literals
    turns = read_transcript(head.text if head else text)
    if turns is not None and suffix in (*SUFFIXES, ".txt"):
        return "transcript", _transcript(name, head or Head(text=text))
    if suffix in SUFFIXES or (head is not None and head.one("kind").lower() == "note"):
        return "note", note(name, text)
    return None


def words_stream(data: EventData) -> str:
    """Return the stream of the operator's words: the same words are the same whatever the file is called."""
    category = data.event_type.partition(".")[0]
    return f"{category}/{derived_id(data.encoded().decode())}"


def named(known: Profile) -> Named:
    """Return somebody who is known as a note names them."""
    mailboxes = known.facts.get("email", ()) if known.kind == "person" else ()
    return Named(kind=known.kind, name=known.name, email=mailboxes[0].value if mailboxes else "")


def note(name: str, text: str) -> NoteTaken:
    """Return a note. Raises Refused."""
    head = read_head(text) or Head(text=text.strip())
    if head.one("kind").lower() not in ("", *KINDS):
        raise Refused(
            f"{head.one('kind')!r} is no kind of note", todo=f"It may be {', '.join(sorted(KINDS))}."
        )
    if not head.text:
        raise Refused("it says nothing", todo="Write something below its head.")
    return NoteTaken(
        title=_title(name, head),
        text=_limited(head.text),
        about=tuple(map(_about, head.fields.get("about", ()))),
        written_on=_day(name, head),
    )


def _transcript(name: str, head: Head) -> TranscriptTaken:
    turns = read_transcript(head.text)
    assert turns, "it was read as one"
    about = tuple(map(_about, head.fields.get("about", ())))
    return TranscriptTaken(title=_title(name, head), turns=turns, about=about, held_on=_day(name, head))


def _stated(kind: StatedKind, name: str, head: Head) -> OperatorStated:
    known = {"kind", "name", "date", *STATED[kind], *([PARTY[kind]] if kind in PARTY else [])}
    if unknown := next((each for each in head.fields if each not in known), None):
        raise Refused(f"a {kind} has no {unknown!r}", todo=f"It may have {', '.join(sorted(known))}.")
    for field in STATED[kind]:
        if PREDICATES[field].kind == "date":
            head.day(field)
    party = head.one(PARTY.get(kind, ""))
    return OperatorStated(
        kind=kind,
        name=_title(name, head),
        text=_limited(head.text),
        fields={field: head.one(field) for field in STATED[kind] if head.one(field)},
        party=_about(party, PARTY[kind]) if party else None,
        since=_day(name, head),
    )


def _about(text: str, field: str = "about") -> Named:
    """Read whom a note is about: `firm: Acme`, `person: Jana Brandt <jana@acme.example>`, or a firm by its form."""
    said = _NAMED.fullmatch(text.strip())
    kind, name = (said[1].lower(), said[2]) if said else ("", text.strip())
    mailbox = _MAILBOX.fullmatch(name)
    if mailbox:
        kind, name = kind or "person", mailbox[1].strip() or mailbox[2]
    firm = read_firm(name)
    if not kind and isinstance(firm, Firm) and firm.form:
        kind = "firm"
    if not kind or not name:
        raise Refused(
            f"it is not clear what {text[:60]!r} is",
            where=field,
            todo=f"Write 'firm: {text[:60]}' or 'person: …'.",
        )
    return Named(kind=kind, name=name, email=mailbox[2].lower() if mailbox else "")


def _title(name: str, head: Head) -> str:
    heading = next(
        (found[1] for line in head.text.splitlines()[:5] if (found := _HEADING.fullmatch(line[:500]))), ""
    )
    stem = _STEM_DAY.sub("", PurePath(name).stem).replace("-", " ").replace("_", " ").strip()
    return (head.one("name") or head.one("title") or heading or stem).strip()[:MAX_TITLE]


def _day(name: str, head: Head) -> date | None:
    """Return the day its head names, else the one its file's name begins with."""
    if said := head.day("date"):
        return said
    found = _STEM_DAY.match(PurePath(name).stem)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _limited(text: str) -> str:
    if len(text) > MAX_CHARS:
        raise Refused(f"it has more than {MAX_CHARS:,} letters", todo="Part it into several notes.")
    return text


def _decoded(content: bytes) -> str | None:
    """Return the text of a file; None for what is none."""
    if b"\0" in content[:10_000]:
        return None
    for charset in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(charset).replace("\r\n", "\n")
        except UnicodeError:
            continue
    return None


def is_note_name(name: str) -> bool:
    """Whether a text of this name may be a note: `.txt`, where it is nothing else."""
    return PurePath(name).suffix.lower() == ".txt"


def plain_note(name: str, content: bytes) -> NoteTaken | None:
    """Return a text that is nothing else as a note; None for what is no text. Raises Refused."""
    text = _decoded(content)
    return note(name, text) if text and text.strip() else None
