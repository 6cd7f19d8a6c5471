"""Our table among whatever else the operator keeps in the workbook: found by its header, under any name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from sheets_sync.errors import ColumnsWrong
from sheets_sync.excel.cells import take
from sheets_sync.row import Name, SheetRow, as_text
from sheets_sync.schema import DECISION, HASH, KEY, STATUS, Schema, tab_in

HEADER_LINES = 20  # the header is looked for this far down: the operator may put lines above it

Grid = dict[int, dict[int, Cell]]


class Table(NamedTuple):
    """Where rows of ours stand: a sheet of the workbook `where`, the line of the header, column numbers by name.

    `tab` is what the sheet was made for, however it is called by now ("" is the schema's own).
    """

    where: str
    sheet: Worksheet
    tab: str
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


def find(book: Workbook, schema: Schema, where: str) -> list[Table]:
    """Find our sheets by their headers; one that is ours but for a column is an error."""
    found = (_table(sheet, schema, where) for sheet in book.worksheets)
    return [table for table in found if table is not None]


def _table(sheet: Worksheet, schema: Schema, where: str) -> Table | None:
    header, tab, titles = _header(grid(sheet))
    missing = [column.title for column in schema.columns if column.title not in titles]
    twice = [column.title for column in schema.columns if len(titles.get(column.title, ())) > 1]
    if not missing and not twice:
        columns = {column.name: titles[column.title][0] for column in schema.columns}
        return Table(where, sheet, tab, header, columns)
    if sheet.title == schema.sheet or DECISION.title in titles:
        problem = f"is missing: {', '.join(missing)}" if missing else f"stands twice: {', '.join(twice)}"
        raise ColumnsWrong(where, f"in the sheet {sheet.title} a column {problem}")
    return None


def rows(table: Table, schema: Schema) -> tuple[SheetRow, ...]:
    """Return the rows that bear a key or a hash, from top to bottom."""
    lines = grid(table.sheet)
    found = [_row(lines[line], table, schema) for line in sorted(lines) if line > table.header]
    return tuple(row for row in found if row.key or row.mark)


def names(table: Table) -> list[tuple[int, Name]]:
    """Return what the rows are called, by line."""
    lines = grid(table.sheet)
    columns = table.columns[KEY.name], table.columns[HASH.name]
    return [(line, _name(lines[line], *columns)) for line in sorted(lines) if line > table.header]


def grid(sheet: Worksheet) -> Grid:
    """Return the filled cells by line and column; iter_rows would make every empty one up to the farthest."""
    filled: Grid = {}
    for (line, number), cell in sheet._cells.items():  # noqa: SLF001 the public ways make cells as they pass
        if isinstance(cell, Cell) and cell.value is not None:
            filled.setdefault(line, {})[number] = cell
    return filled


def _header(cells: Grid) -> tuple[int, str, dict[str, list[int]]]:
    """Return the line that bears our header, the tab it was made for, and the columns of each of its titles."""
    for line in sorted(line for line in cells if line <= HEADER_LINES):
        texts = {number: str(cell.value).strip() for number, cell in cells[line].items()}
        tabs = [tab for text in texts.values() if (tab := tab_in(text)) is not None]
        titles: dict[str, list[int]] = {}
        for number, text in texts.items():
            titles.setdefault(text if tab_in(text) is None else KEY.title, []).append(number)
        if tabs and HASH.title in titles:
            return line, tabs[0], titles
    return 0, "", {}


def _name(cells: Mapping[int, Cell], key: int, mark: int) -> Name:
    return as_text(take(cells.get(key), KEY)), as_text(take(cells.get(mark), HASH))


def _row(cells: Mapping[int, Cell], table: Table, schema: Schema) -> SheetRow:
    values = {column.name: take(cells.get(table.columns[column.name]), column) for column in schema.columns}
    return SheetRow(
        tab=table.sheet.title,
        key=as_text(values[KEY.name]),
        mark=as_text(values[HASH.name]),
        status=as_text(values[STATUS.name]),
        content={column.name: values[column.name] for column in schema.content},
        entered={column.name: values[column.name] for column in schema.human},
    )
