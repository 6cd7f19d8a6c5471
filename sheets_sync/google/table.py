"""Our tables among whatever else stands in the spreadsheet, and the page that holds their statuses.

A status is kept apart from its row, as a pair of name and text on a page of its own; the cell in the row only looks it
up, with a formula that is the same in every row. So a person who sorts between our reading and our writing finds every
status beside its own row, and nothing that was written is ever written over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from sheets_sync.google.answers import Cell, Spreadsheet, Tab
from sheets_sync.google.cells import take
from sheets_sync.header import LINES, Header, find_header
from sheets_sync.row import Name, SheetRow, as_text, sheet_row
from sheets_sync.schema import STATUS, Column, Schema

STATUSES = "sync status"
"""How the page of statuses is called at first, and what its first cell says: by that it is found."""


Lines: TypeAlias = Sequence[tuple[int, Sequence[Cell]]]
"""The filled lines of a tab, from 0, and their cells from column A on."""


class Table(NamedTuple):
    """Where rows of ours stand: `last` is the last line with anything in it, from 0, `capacity` how many there are."""

    sheet_id: int
    title: str
    header: Header
    last: int
    capacity: int
    ours: tuple[tuple[int, SheetRow], ...] = ()
    merged: int = 0
    """How many lines merged cells reach into; nothing is decided by those."""


class Statuses(NamedTuple):
    """The page of statuses: line and text of each, by label."""

    sheet_id: int
    title: str
    lines: Mapping[str, int]
    texts: Mapping[str, str]
    last: int


class Reading(NamedTuple):
    """All that is ours in a spreadsheet; no `statuses` where that page is gone or never was."""

    tables: tuple[Table, ...]
    statuses: Statuses | None
    titles: frozenset[str] = frozenset()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the operator should know."""
        return tuple(
            f"In “{table.title}” cells of {table.merged} lines are merged. Nothing is decided by these lines; what "
            "still waits stands further below. Take the merging back, or delete these lines."
            for table in self.tables
            if table.merged
        )

    @property
    def rows(self) -> tuple[SheetRow, ...]:
        """Our rows, tab by tab."""
        return tuple(row for table in self.tables for _, row in table.ours)


def read(spreadsheet: Spreadsheet, schema: Schema, where: str) -> Reading:
    """Find what is ours. Raises ColumnsWrong."""
    filled = [(tab, list(tab.lines())) for tab in spreadsheet.sheets]
    statuses = next((page for each in filled if (page := _statuses(*each)) is not None), None)
    texts = statuses.texts if statuses else {}
    tables = (_table(tab, lines, schema, texts, where) for tab, lines in filled)
    titles = frozenset(tab.properties.title for tab in spreadsheet.sheets)
    return Reading(tuple(table for table in tables if table is not None), statuses, titles)


def rows(
    tab: Tab, lines: Lines, header: Header, schema: Schema, texts: Mapping[str, str]
) -> list[tuple[int, SheetRow]]:
    """Return the rows that bear a key or a hash, each with its line, from top to bottom."""
    title = tab.properties.title
    places = [(header.columns[column.name], column) for column in schema.columns if column is not STATUS]
    found = ((line, _row(title, cells, places, schema, texts)) for line, cells in lines if line > header.line)
    return [(line, row) for line, row in found if row.key or row.mark]


def pairs(lines: Lines) -> dict[str, tuple[int, str]]:
    """Return the statuses on their page: line and text by label; the upper of two is what rows show."""
    found: dict[str, tuple[int, str]] = {}
    for line, cells in lines:
        if line > 0:
            found.setdefault(_text(cells, 0), (line, _text(cells, 1)))
    return found


def label(name: Name) -> str:
    """Return a name as one text, as the formula in the rows puts it together."""
    return " ".join(name)


def header_of(tab: Tab, lines: Lines, schema: Schema, where: str) -> Header | None:
    """Find our header in a tab; None where it is none of ours. Raises ColumnsWrong."""
    top = {
        line: {place: cell.text for place, cell in enumerate(cells) if cell.text}
        for line, cells in lines
        if line < LINES
    }
    return find_header(top, schema, sheet=tab.properties.title, where=where)


def _table(tab: Tab, lines: Lines, schema: Schema, texts: Mapping[str, str], where: str) -> Table | None:
    header = header_of(tab, lines, schema, where)
    if header is None:
        return None
    found = rows(tab, lines, header, schema, texts)
    entangled = _entangled(tab, found, {*header.columns.values()})
    return Table(
        sheet_id=tab.properties.sheet_id,
        title=tab.properties.title,
        header=header,
        last=max(line for line, _ in lines),
        capacity=tab.properties.grid_properties.row_count,
        ours=tuple((line, row) for line, row in found if line not in entangled),
        merged=len(entangled),
    )


def _entangled(tab: Tab, found: Sequence[tuple[int, SheetRow]], columns: set[int]) -> set[int]:
    """Return the lines of ours that merged cells reach into: what stands there may have come from another line."""
    ours = {line for line, _ in found}
    merged = (
        {*range(each.start_row_index, each.end_row_index)}
        for each in tab.merges
        if columns & {*range(each.start_column_index, each.end_column_index)}
    )
    return {line for lines in merged if lines & ours for line in lines}


def _statuses(tab: Tab, lines: Lines) -> Statuses | None:
    if not lines or lines[0][0] != 0 or _text(lines[0][1], 0) != STATUSES:
        return None
    found = pairs(lines)
    return Statuses(
        sheet_id=tab.properties.sheet_id,
        title=tab.properties.title,
        lines={name: line for name, (line, _) in found.items()},
        texts={name: text for name, (_, text) in found.items()},
        last=lines[-1][0],
    )


def _row(
    tab: str,
    cells: Sequence[Cell],
    places: Sequence[tuple[int, Column]],
    schema: Schema,
    texts: Mapping[str, str],
) -> SheetRow:
    values = {
        column.name: take(cells[place], column) if place < len(cells) else None for place, column in places
    }
    row = sheet_row(schema, values, tab=tab, status="")
    return replace(row, status=status) if (status := texts.get(label(row.name))) else row


def _text(cells: Sequence[Cell], place: int) -> str:
    return as_text(take(cells[place], STATUS)) if place < len(cells) else ""


def lines_of(found: Sequence[tuple[int, SheetRow]]) -> list[tuple[int, int]]:
    """Return the lines of rows as half-open runs: what lies between them is not ours."""
    runs: list[tuple[int, int]] = []
    for line, _ in found:
        if runs and runs[-1][1] == line:
            runs[-1] = runs[-1][0], line + 1
        else:
            runs.append((line, line + 1))
    return runs
