"""Our tables among whatever else stands in the spreadsheet, and the page that holds their statuses.

A status is kept apart from its row, as a pair of name and text on a page of its own; the cell in the row only looks it
up, with a formula that is the same in every row. So a person who sorts between our reading and our writing finds every
status beside its own row, and nothing that was written is ever written over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sheets_sync.google.answers import Cell, Spreadsheet, Tab
from sheets_sync.google.cells import take
from sheets_sync.header import LINES, Header, find_header
from sheets_sync.row import Name, SheetRow, as_text
from sheets_sync.schema import HASH, KEY, STATUS, Schema

STATUSES = "sync status"
"""How the page of statuses is called at first, and what its first cell says: by that it is found."""


class Table(NamedTuple):
    """Where rows of ours stand: `last` is the last line with anything in it, from 0, `capacity` how many there are."""

    sheet_id: int
    title: str
    header: Header
    last: int
    capacity: int
    ours: tuple[tuple[int, SheetRow], ...] = ()


class Statuses(NamedTuple):
    """The page of statuses: the line of each name, and its text."""

    sheet_id: int
    title: str
    lines: Mapping[Name, int]
    texts: Mapping[Name, str]
    last: int


class Reading(NamedTuple):
    """All that is ours in a spreadsheet; no `statuses` where that page is gone or never was."""

    tables: tuple[Table, ...]
    statuses: Statuses | None
    titles: frozenset[str] = frozenset()

    @property
    def rows(self) -> tuple[SheetRow, ...]:
        """Our rows, tab by tab."""
        return tuple(row for table in self.tables for _, row in table.ours)


def read(spreadsheet: Spreadsheet, schema: Schema, where: str) -> Reading:
    """Find what is ours. Raises ColumnsWrong."""
    statuses = next((page for tab in spreadsheet.sheets if (page := _statuses(tab)) is not None), None)
    texts = statuses.texts if statuses else {}
    tables = (_table(tab, schema, texts, where) for tab in spreadsheet.sheets)
    titles = frozenset(tab.properties.title for tab in spreadsheet.sheets)
    return Reading(tuple(table for table in tables if table is not None), statuses, titles)


def rows(tab: Tab, header: Header, schema: Schema, texts: Mapping[Name, str]) -> list[tuple[int, SheetRow]]:
    """Return the rows that bear a key or a hash, each with its line, from top to bottom."""
    read = (
        (line, _row(tab.properties.title, cells, header, schema, texts))
        for line, cells in tab.lines()
        if line > header.line
    )
    return [(line, row) for line, row in read if row.key or row.mark]


def pairs(tab: Tab) -> dict[Name, tuple[int, str]]:
    """Return the statuses on their page: line and text by name; of two of one name the upper one is what rows show."""
    found: dict[Name, tuple[int, str]] = {}
    for line, cells in tab.lines():
        if line > 0:
            found.setdefault(_name(_at(cells, 0)), (line, _at(cells, 1)))
    return found


def label(name: Name) -> str:
    """Return a name as one text, as the formula in the rows puts it together."""
    return " ".join(name)


def header_of(tab: Tab, schema: Schema, where: str) -> Header | None:
    """Find our header in a tab; None where it is none of ours. Raises ColumnsWrong."""
    top = {line: {at: cell.text for at, cell in cells.items()} for line, cells in tab.lines() if line < LINES}
    return find_header(top, schema, sheet=tab.properties.title, where=where)


def _table(tab: Tab, schema: Schema, texts: Mapping[Name, str], where: str) -> Table | None:
    header = header_of(tab, schema, where)
    if header is None:
        return None
    return Table(
        sheet_id=tab.properties.sheet_id,
        title=tab.properties.title,
        header=header,
        last=max(line for line, _ in tab.lines()),
        capacity=tab.properties.grid_properties.row_count,
        ours=tuple(rows(tab, header, schema, texts)),
    )


def _statuses(tab: Tab) -> Statuses | None:
    first = next(tab.lines(), None)
    if first is None or first[0] != 0 or _at(first[1], 0) != STATUSES:
        return None
    found = pairs(tab)
    return Statuses(
        sheet_id=tab.properties.sheet_id,
        title=tab.properties.title,
        lines={name: line for name, (line, _) in found.items()},
        texts={name: text for name, (_, text) in found.items()},
        last=max(line for line, _ in tab.lines()),
    )


def _row(
    tab: str, cells: Mapping[int, Cell], header: Header, schema: Schema, texts: Mapping[Name, str]
) -> SheetRow:
    values = {column.name: take(cells.get(header.columns[column.name]), column) for column in schema.columns}
    name = as_text(values[KEY.name]), as_text(values[HASH.name])
    return SheetRow(
        tab=tab,
        key=name[0],
        mark=name[1],
        status=texts.get(name, ""),
        content={column.name: values[column.name] for column in schema.content},
        entered={column.name: values[column.name] for column in schema.human},
    )


def _name(label: str) -> Name:
    key, _, mark = label.rpartition(" ")
    return key, mark


def _at(cells: Mapping[int, Cell], number: int) -> str:
    return as_text(take(cells.get(number), STATUS))


def lines_of(found: Sequence[tuple[int, SheetRow]]) -> list[tuple[int, int]]:
    """Return the lines of rows as half-open runs: what lies between them is not ours."""
    runs: list[tuple[int, int]] = []
    for line, _ in found:
        if runs and runs[-1][1] == line:
            runs[-1] = runs[-1][0], line + 1
        else:
            runs.append((line, line + 1))
    return runs
