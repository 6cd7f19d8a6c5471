"""A row of the queue and a row of the sheet; a row's content is written once, so both compare by fingerprint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import TypeAlias

from opc_kernel.text import canonical
from sheets_sync.celltext import fits
from sheets_sync.schema import HASH, KEY, Schema

SHOWN_PART = 5_000  # characters of a text too long for a cell; six units each when escaped, so this fits
UNSEEN = frozenset({"reject", "defer", "ask"})  # what may be decided without having seen everything
_AGAIN = "~"
FIRST_YEAR = 1901  # spreadsheets count days from 1900, with a leap day that never was

Value: TypeAlias = str | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Odd:
    """A cell that holds no plain value: `what` is "a formula", "an error value", "a link", "a true/false value"."""

    what: str


Cell: TypeAlias = Value | Odd
Name: TypeAlias = tuple[str, str]
"""What a row of a workbook is called: its key and its mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One item of the queue as it is to be shown, on the tab of that name ("" is the schema's own).

    `hash` names the exact content, `decisions` and `choices` what may be entered here; `taken` holds the ids of the
    sheet's decisions the queue has recorded for this item (`Decision.id`), which is what makes a second sync harmless.
    With `typed` the answer may also be written in words of one's own, in whichever column the queue reads them from.
    `showing` counts how often this content was put into the workbook: again, where its row was torn apart.
    """

    key: str
    hash: str
    cells: Mapping[str, Value]
    status: str
    open: bool
    decisions: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    typed: bool = False
    taken: frozenset[str] = frozenset()
    tab: str = ""
    showing: int = 1

    @property
    def name(self) -> Name:
        """What its row is called."""
        return self.key, self.hash if self.showing == 1 else f"{self.hash}{_AGAIN}{self.showing}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One row as found in the workbook; where it stands says nothing about which item it is.

    `mark` is what the hash column holds: the hash, and how often it was shown. `fingerprint` is that of its content.
    """

    key: str
    mark: str
    status: str
    tab: str = ""
    fingerprint: str = ""
    entered: Mapping[str, Cell] = field(default_factory=dict)

    @property
    def name(self) -> Name:
        """What it is called; copies of a row share it."""
        return self.key, self.mark

    @property
    def hash(self) -> str:
        """The hash of the content that was shown."""
        return hash_in(self.mark)

    @property
    def showing(self) -> int:
        """How often it was shown by then."""
        again = self.mark.partition(_AGAIN)[2]
        return int(again) if again.isdecimal() else 1


def hash_in(mark: str) -> str:
    """Return the hash that a mark names."""
    return mark.partition(_AGAIN)[0]


def as_shown(schema: Schema, row: Row) -> Row:
    """Return `row` with cells every workbook can hold; what is not shown whole cannot be approved in the sheet."""
    cells = {column.name: _holdable(row.cells.get(column.name)) for column in schema.content}
    status = as_text(row.status)
    if all(fits(value) for value in cells.values() if isinstance(value, str)):
        return replace(row, cells=cells, status=status)
    allowed = tuple(word for word in row.decisions if word in UNSEEN)
    part = {name: _part(value) for name, value in cells.items()}
    return replace(row, cells=part, status=status, decisions=allowed)


def sheet_row(schema: Schema, values: Mapping[str, Cell], *, tab: str, status: str) -> SheetRow:
    """Make a row of what was found in its cells, by the names of the columns."""
    return SheetRow(
        key=as_text(values.get(KEY.name)),
        mark=as_text(values.get(HASH.name)),
        status=status,
        tab=tab,
        fingerprint=fingerprint(schema, values),
        entered={column.name: values.get(column.name) for column in schema.human},
    )


def fingerprint(schema: Schema, cells: Mapping[str, Cell]) -> str:
    """Return a digest of the content columns, the same for what was written and what is read back."""
    texts = [as_text(cells.get(column.name)) for column in schema.content]
    return sha256(json.dumps(texts).encode()).hexdigest()


def as_text(cell: Cell) -> str:
    """Return any cell as canonical text: 12.50 is "12.5", a day is ISO 8601, no value is "", half a character "?"."""
    match cell:
        case str() if cell.isascii() and "\r" not in cell:
            return cell
        case None:
            return ""
        case str():
            return canonical(cell.encode(errors="replace").decode())
        case Decimal():
            return f"{cell.normalize():f}"
        case date():
            return cell.isoformat()
        case Odd():
            return f"({cell.what})"


def _holdable(value: Value) -> Value:
    """Numbers and days a spreadsheet would round or misread become text."""
    match value:
        case Decimal() if not value.is_finite() or Decimal(repr(float(value))) != value:
            return str(value)
        case date() if value.year < FIRST_YEAR:
            return value.isoformat()
        case _:
            return value


def _part(value: Value) -> Value:
    if not isinstance(value, str) or fits(value):
        return value
    note = f"[Too long for a cell: {len(value):,} characters, the first {SHOWN_PART:,} shown. Approve it elsewhere.]"
    return f"{note}\n\n{value[:SHOWN_PART]}"
