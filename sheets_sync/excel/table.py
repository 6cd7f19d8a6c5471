"""Our table among whatever else the operator keeps in the workbook: found by its header, under any name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from sheets_sync.errors import ColumnsWrong
from sheets_sync.excel.cells import take
from sheets_sync.row import SheetRow, as_text
from sheets_sync.schema import HASH, KEY, STATUS, Schema

HEADER_LINES = 20  # the header is looked for this far down: the operator may put lines above it

Grid = dict[int, dict[int, Cell]]


class Table(NamedTuple):
    """Where our rows stand: a sheet of the workbook `where`, the line of the header, column numbers by name."""

    where: str
    sheet: Worksheet
    header: int
    columns: Mapping[str, int]

    def cell(self, line: int, name: str) -> Cell:
        """Return one of our cells."""
        cell = self.sheet.cell(line, self.columns[name])
        if isinstance(cell, MergedCell):
            raise ColumnsWrong(self.where, f"cells of line {line} are merged in the sheet {self.sheet.title}")
        return cell

    @property
    def last_line(self) -> int:
        """The last line that holds anything, the operator's own lines included."""
        return max(grid(self.sheet), default=self.header)


def find(book: Workbook, schema: Schema, where: str) -> Table | None:
    """Find our sheet by its header; one that bears its name but not its columns is an error."""
    for sheet in sorted(book.worksheets, key=lambda sheet: sheet.title != schema.sheet):
        header, titles = _header(grid(sheet))
        missing = [column.title for column in schema.columns if column.title not in titles]
        twice = [column.title for column in schema.columns if len(titles.get(column.title, ())) > 1]
        if not missing and not twice:
            columns = {column.name: titles[column.title][0] for column in schema.columns}
            return Table(where, sheet, header, columns)
        if sheet.title == schema.sheet or (twice and not missing):
            problem = f"is missing: {', '.join(missing)}" if missing else f"stands twice: {', '.join(twice)}"
            raise ColumnsWrong(where, f"in the sheet {sheet.title} a column {problem}")
    return None


def rows(table: Table, schema: Schema) -> tuple[SheetRow, ...]:
    """Return the rows that bear a key or a hash, from top to bottom."""
    lines = grid(table.sheet)
    found = [_row(line, lines[line], table, schema) for line in sorted(lines) if line > table.header]
    return tuple(row for row in found if row.key or row.hash)


def grid(sheet: Worksheet) -> Grid:
    """Return the filled cells by line and column; iter_rows would make every empty one up to the farthest."""
    filled: Grid = {}
    for (line, number), cell in sheet._cells.items():  # noqa: SLF001 the public ways make cells as they pass
        if isinstance(cell, Cell) and cell.value is not None:
            filled.setdefault(line, {})[number] = cell
    return filled


def _header(cells: Grid) -> tuple[int, dict[str, list[int]]]:
    """Return the line that bears our header and the columns of each of its titles."""
    for line in sorted(line for line in cells if line <= HEADER_LINES):
        titles: dict[str, list[int]] = {}
        for number, cell in cells[line].items():
            titles.setdefault(str(cell.value).strip(), []).append(number)
        if KEY.title in titles and HASH.title in titles:
            return line, titles
    return 0, {}


def _row(line: int, cells: Mapping[int, Cell], table: Table, schema: Schema) -> SheetRow:
    values = {column.name: take(cells.get(table.columns[column.name]), column) for column in schema.columns}
    return SheetRow(
        line=line,
        key=as_text(values[KEY.name]),
        hash=as_text(values[HASH.name]),
        status=as_text(values[STATUS.name]),
        content={column.name: values[column.name] for column in schema.content},
        entered={column.name: values[column.name] for column in schema.human},
    )
