"""The sections of a QIF file and their records: a record that does not end refuses the file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from workbench.connectors.bank.errors import SHORTER, Refused
from workbench.connectors.bank.fields import shown
from workbench.connectors.bank.limits import MAX_ELEMENTS, MAX_TEXT_CHARS

ACCOUNT = "account"
"""The section that lists accounts, or names that of the transactions that follow."""
CLEAR = "clear"
"""Stands behind a list of accounts, none of which is that of what follows."""

_HEADER = re.compile(r"!(?:(type|option|clear)\s*:\s*(\S.{0,60})|(account))", re.IGNORECASE)
_BEGINNING = re.compile(r"!(?:type|option|clear)\s*:|!account\s*$", re.IGNORECASE)


class Row(NamedTuple):
    """One line of a record: the letter that says what it is, and what it says."""

    line: int
    code: str
    value: str


@dataclass(frozen=True, slots=True)
class Record:
    """The lines up to one ^."""

    rows: list[Row]

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.rows[0].line

    def all(self, code: str) -> list[Row]:
        """Every line of this letter that says something."""
        return [row for row in self.rows if row.code == code and row.value]

    def first(self, code: str) -> str:
        """What the first of them says; empty when there is none."""
        return next((row.value for row in self.all(code)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One list: its kind in small letters, its kind as written, and its records."""

    kind: str
    name: str
    line: int
    records: list[Record] = field(default_factory=list)


def begins(head: str) -> bool:
    """Whether the first line that is neither empty nor a comment is the header of a section."""
    for row in re.split(r"[\r\n]", head):
        if (bare := row.strip()) and not bare.startswith("#"):
            return bool(_BEGINNING.match(bare))
    return False


def sections(text: str) -> list[Section]:
    """Every section of the file; one without records as well."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if plain.count("\n") > MAX_ELEMENTS:
        raise Refused(f"it has more than {MAX_ELEMENTS:,} lines", todo=SHORTER)
    found: list[Section] = []
    open_rows: list[Row] = []
    for line, raw in enumerate(plain.split("\n"), start=1):
        row = raw.strip()
        if row.startswith("!"):
            _refuse_open(open_rows)
            _begin(found, row, line)
        elif row == "^":
            _refuse_stray(found, row, line)
            if open_rows:
                found[-1].records.append(Record(open_rows))
            open_rows = []
        elif row and not (row.startswith("#") and not found):
            _refuse_stray(found, row, line)
            if len(row) > MAX_TEXT_CHARS:
                raise Refused(f"it has more than {MAX_TEXT_CHARS} characters", where=f"line {line}")
            open_rows.append(Row(line, row[0], row[1:].strip()))
    _refuse_open(open_rows)
    return found


def _begin(found: list[Section], row: str, line: int) -> None:
    header = _HEADER.fullmatch(row)
    if header is None:
        raise Refused(f"{shown(row)} is no section of QIF", where=f"line {line}")
    word = (header[1] or ACCOUNT).lower()
    if word == "option":
        return  # some stand between a section's header and its records
    name = ACCOUNT if header[3] else CLEAR if word == CLEAR else header[2]
    found.append(Section(kind=name.lower(), name=name, line=line))


def _refuse_stray(found: list[Section], row: str, line: int) -> None:
    if not found or found[-1].kind == CLEAR:
        raise Refused(f"{shown(row)} stands in no section", where=f"line {line}")


def _refuse_open(rows: list[Row]) -> None:
    if rows:
        raise Refused(
            "the record is not ended by a line ^: the file is cut off there", where=f"line {rows[0].line}"
        )
