"""Our tables among whatever else the operator keeps in the workbook: found by their headers, under any name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from sheets_sync.excel.cells import take
from sheets_sync.excel.names import DROPDOWN, LAST_LINE
from sheets_sync.header import LINES, find_header
from sheets_sync.row import Name, SheetRow, as_text, sheet_row
from sheets_sync.schema import HASH, KEY, STATUS, Schema

Grid = dict[int, dict[int, Cell]]


@dataclass(frozen=True, slots=True)
class Table:
    """Where rows of ours stand: the line of the header, column numbers by name, the filled cells below the header.

    `tab` is what the sheet was made for, however it is called by now ("" is the schema's own). `merged` are the
    ranges of merged cells that reach into our columns.
    """

    sheet: Worksheet
    tab: str
    header: int
    columns: Mapping[str, int]
    lines: Grid
    merged: tuple[CellRange, ...]

    @property
    def last_line(self) -> int:
        """The last line that holds anything, the operator's own lines and merged cells included."""
        return max([self.header, *self.lines, *(each.max_row for each in self.merged)])

    @property
    def entangled(self) -> Mapping[int, CellRange]:
        """The lines of ours that merged cells reach into. What stands there may have come from another line."""
        found = {
            line: each
            for each in self.merged
            for line in range(max(each.min_row, self.header + 1), each.max_row + 1)
        }
        ours = {line for line, _ in self._bearing()}
        return {line: each for line, each in found.items() if ours & {*range(each.min_row, each.max_row + 1)}}

    def names(self) -> Iterator[tuple[int, Name]]:
        """Yield what our rows are called, by line, from top to bottom."""
        entangled = self.entangled
        return ((line, name) for line, name in self._bearing() if line not in entangled)

    def notes(self) -> Iterator[str]:
        """Yield a sentence for each range of merged cells in rows of ours."""
        for each in dict.fromkeys(self.entangled.values()):
            yield (
                f"In “{self.sheet.title}” the cells {each.coord} are merged. Nothing is decided by these lines; what "
                "still waits stands further below. Take the merging back, or delete these lines."
            )

    def _bearing(self) -> Iterator[tuple[int, Name]]:
        key, mark = self.columns[KEY.name], self.columns[HASH.name]
        for line in sorted(self.lines):
            cells = self.lines[line]
            name = as_text(take(cells.get(key), KEY)), as_text(take(cells.get(mark), HASH))
            if any(name):
                yield line, name


def find(book: Workbook, schema: Schema, where: str) -> list[Table]:
    """Find our sheets by their headers; one that is ours but for a column is an error."""
    found = (_table(sheet, schema, where) for sheet in book.worksheets)
    return [table for table in found if table is not None]


def rows(table: Table, schema: Schema) -> Iterator[SheetRow]:
    """Yield the rows that bear a key or a hash, from top to bottom."""
    for line, _ in table.names():
        cells = table.lines[line]
        values = {
            column.name: take(cells.get(table.columns[column.name]), column) for column in schema.columns
        }
        yield sheet_row(schema, values, tab=table.sheet.title, status=as_text(values[STATUS.name]))


def _table(sheet: Worksheet, schema: Schema, where: str) -> Table | None:
    top = {
        line: {number: str(cell.value) for number, cell in cells.items()}
        for line, cells in _filled(sheet, 1, LINES).items()
    }
    found = find_header(top, schema, sheet=sheet.title, where=where, ours=_has_our_dropdowns(sheet))
    if found is None:
        return None
    lines = _filled(sheet, found.line + 1, LAST_LINE)
    return Table(
        sheet, found.tab, found.line, found.columns, lines, _merged(sheet, {*found.columns.values()})
    )


def _filled(sheet: Worksheet, first: int, last: int) -> Grid:
    """Return the filled cells by line and column; iter_rows would make every empty one up to the farthest."""
    filled: Grid = {}
    for (line, number), cell in sheet._cells.items():  # noqa: SLF001 the public ways make cells as they pass
        if first <= line <= last and isinstance(cell, Cell) and cell.value is not None:
            filled.setdefault(line, {})[number] = cell
    return filled


def _merged(sheet: Worksheet, columns: set[int]) -> tuple[CellRange, ...]:
    return tuple(
        each for each in sheet.merged_cells.ranges if columns & {*range(each.min_col, each.max_col + 1)}
    )


def _has_our_dropdowns(sheet: Worksheet) -> bool:
    return any(str(one.formula1).startswith(DROPDOWN) for one in sheet.data_validations.dataValidation)
