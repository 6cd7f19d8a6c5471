"""The messages of an MT940 or MT942 file, cut into fields: a line that belongs to none refuses the file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.connectors.bank.errors import SHORTER, Refused, at
from workbench.connectors.bank.fields import shown
from workbench.connectors.bank.limits import MAX_LINES

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

END = "-"
"""The tag under which the line that ends a message is kept."""
HEAD, BODY, TAIL = range(3)
"""Where in a message a field stands: before the transactions, among them, behind them."""

_TAG = re.compile(r":((?:13|20|21|25|28|34|60|61|62|64|65|86|90)[A-Z]?|NS):(.*)")
_PLACES = {
    **dict.fromkeys(("20", "21", "25", "28", "34", "60"), HEAD),
    "61": BODY,
    **dict.fromkeys(("62", "64", "65", "90", END), TAIL),
}
_SEVERAL = {"13", "34", "61", "65", "86", "NS"}
_OF_SEVERAL_LINES = {"61", "65", "86", "NS", "25"}
_END = re.compile(r"-(?:XXX|\}.*)?")
_ENVELOPE = re.compile(r"\{\d:.*|:94[02]:.*")
_BANK_HEADER = re.compile(r"[A-Z0-9 ]{1,40}")
_MOST_HEADER_LINES = 20
_FRAMES = re.compile(rb"\x01(?=\s*(?:\{1:|:20:))|(?<=-\})\x03|(?<=\}\})\x03|(?<=\n-)\x03")
_MOST_ROWS = 1_500_000
_MOST_FIELDS = 2 * MAX_LINES + 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its tag, its lines, and the line of the file it begins in."""

    tag: str
    line: int
    rows: list[str]

    @property
    def kind(self) -> str:
        """The tag without its option: 60 of 60F and of 60M."""
        return self.tag if self.tag == "NS" else self.tag[:2]

    @property
    def only(self) -> str:
        """What a message can have once: either option of a balance, but :90D: and :90C:."""
        return self.tag if self.kind == "90" else self.kind

    @property
    def place(self) -> int | None:
        """HEAD, BODY or TAIL; None when it may stand in any of them."""
        return _PLACES.get(self.kind)

    def here(self) -> AbstractContextManager[None]:
        """Refuse what is wrong inside with the place of this field."""
        return at(f"line {self.line}, field :{self.tag}:")


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its fields in the order of the file, which is the one that the standard demands."""

    fields: list[Field]

    @property
    def where(self) -> str:
        """Where it begins."""
        return f"the statement from line {self.fields[0].line}"

    @property
    def ended(self) -> bool:
        """Whether anything shows that it is whole: a field that follows the transactions, or the end mark."""
        return any(field.place == TAIL for field in self.fields)

    @property
    def is_excerpt(self) -> bool:
        """Whether it is only some fields of a statement: without the :20: that begins each, and no half of it.

        What was cut off at its end still begins with :20:; what lost its beginning still ends with a balance.
        """
        halves = self.first("60") is None, self.first("62") is None
        return self.first("20") is None and (halves[0] == halves[1] or self.first("61") is None)

    def transactions(self) -> list[tuple[Field, list[Field]]]:
        """Each :61: with the fields that tell of it."""
        found: list[tuple[Field, list[Field]]] = []
        for field in self.fields:
            if field.place == TAIL:
                break
            if field.kind == "61":
                found.append((field, []))
            elif found:
                found[-1][1].append(field)
        return found

    def first(self, *kinds: str) -> Field | None:
        """The first field of any of these kinds."""
        return next((field for field in self.fields if field.kind in kinds), None)


def begins(head: str) -> bool:
    """Whether the first line that is no header of bank or network is a field of these messages."""
    rows = [row.strip("\x01 \t") for row in re.split(r"[\r\n]", head, maxsplit=4 * _MOST_HEADER_LINES)]
    for row in [row for row in rows if row][:_MOST_HEADER_LINES]:
        if _TAG.match(row):
            return True
        if not _is_header(row):
            return False
    return False


def unframed(content: bytes) -> bytes:
    """The content without the control characters that frame a message on the network, or end a file of DOS."""
    return _FRAMES.sub(b"", content.rstrip(b"\x1a"))


def messages(text: str) -> list[Message]:
    """Every message of the file."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    _refuse_too_much(plain)
    found: list[Message] = []
    current: Message | None = None
    for line, row in enumerate(plain.split("\n"), start=1):
        if tag := _TAG.match(row):
            if current is None or tag[1] == "20":
                _refuse_cut_off(found[-1:])
                current = Message([])
                found.append(current)
            _add(current, Field(tag=tag[1], line=line, rows=[tag[2]]))
        elif current is not None and _END.fullmatch(row.rstrip()):
            _add(current, Field(tag=END, line=line, rows=[]))
            current = None
        elif current is not None and _continues(current, row):
            current.fields[-1].rows.append(row)
        elif row.strip():
            _refuse_stray(row, line)
            current = None
    _refuse_cut_off(found[-1:])
    return found


def _refuse_too_much(text: str) -> None:
    count = text.count("\n:61:")
    if count > MAX_LINES:
        raise Refused(f"it holds {count} transactions, more than {MAX_LINES:,}", todo=SHORTER)
    if text.count("\n:") > _MOST_FIELDS or text.count("\n") > _MOST_ROWS:
        raise Refused(f"it has more than {_MOST_FIELDS:,} fields or {_MOST_ROWS:,} lines", todo=SHORTER)


def _continues(message: Message, row: str) -> bool:
    return message.fields[-1].kind in _OF_SEVERAL_LINES and bool(row.strip()) and not _ENVELOPE.match(row)


def _add(message: Message, field: Field) -> None:
    """Append the field; a wrong order, or a second balance, shows that lines between two messages are lost."""
    where = f"line {field.line}, field :{field.tag}:"
    if field.kind not in _SEVERAL and any(other.only == field.only for other in message.fields):
        raise Refused("the statement has such a field already", where=where)
    place = field.place
    if place is not None:
        before = next((other for other in reversed(message.fields) if other.place is not None), field)
        if place < (before.place or HEAD):
            raise Refused(f"it cannot follow :{before.tag}:", where=where)
    message.fields.append(field)


def _refuse_stray(row: str, line: int) -> None:
    if not _is_header(row.strip()):
        raise Refused(f"{shown(row.strip())} belongs to no field of MT940", where=f"line {line}")


def _is_header(row: str) -> bool:
    return bool(_ENVELOPE.match(row) or _BANK_HEADER.fullmatch(row) or _END.fullmatch(row))


def _refuse_cut_off(last: list[Message]) -> None:
    for message in last:
        if not message.ended and not message.is_excerpt:
            raise Refused(
                "the statement is cut off: neither its closing balance (:62F:) nor its end follows",
                where=message.where,
            )
