"""Our tables among whatever else the operator keeps in the workbook: found by their headers, under any name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from sheets_sync.errors import ColumnsWrong
from sheets_sync.excel.cells import take
from sheets_sync.excel.names import DROPDOWN, LAST_LINE
from sheets_sync.row import Name, SheetRow, as_text
from sheets_sync.schema import DECISION, HASH, KEY, STATUS, Schema, tab_in

HEADER_LINES = 20  # the header is looked for this far down: the operator may put lines above it

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
    for line, (key, mark) in table.names():
        cells = table.lines[line]
        values = {
            column.name: take(cells.get(table.columns[column.name]), column) for column in schema.columns
        }
        yield SheetRow(
            tab=table.sheet.title,
            key=key,
            mark=mark,
            status=as_text(values[STATUS.name]),
            content={column.name: values[column.name] for column in schema.content},
            entered={column.name: values[column.name] for column in schema.human},
        )


def _table(sheet: Worksheet, schema: Schema, where: str) -> Table | None:
    header, tab, titles = _header(_filled(sheet, 1, HEADER_LINES))
    missing = [column.title for column in schema.columns if column.title not in titles]
    twice = [column.title for column in schema.columns if len(titles.get(column.title, ())) > 1]
    if not missing and not twice:
        columns = {column.name: titles[column.title][0] for column in schema.columns}
        lines = _filled(sheet, header + 1, LAST_LINE)
        return Table(sheet, tab, header, columns, lines, _merged(sheet, {*columns.values()}))
    if sheet.title == schema.sheet or DECISION.title in titles or _has_our_dropdowns(sheet):
        problem = f"is missing: {', '.join(missing)}" if missing else f"stands twice: {', '.join(twice)}"
        raise ColumnsWrong(where, f"in the sheet {sheet.title} a column {problem}")
    return None


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


def _header(cells: Grid) -> tuple[int, str, dict[str, list[int]]]:
    """Return the line that bears our header, the tab it was made for, and the columns of each of its titles."""
    for line in sorted(cells):
        texts = {number: str(cell.value).strip() for number, cell in cells[line].items()}
        tabs = [tab for text in texts.values() if (tab := tab_in(text)) is not None]
        titles: dict[str, list[int]] = {}
        for number, text in texts.items():
            titles.setdefault(text if tab_in(text) is None else KEY.title, []).append(number)
        if tabs and HASH.title in titles:
            return line, tabs[0], titles
    return 0, "", {}
