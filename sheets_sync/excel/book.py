"""A workbook opened by openpyxl, to be read and edited; what is not ours is carried over as it is."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from sheets_sync.errors import ColumnsWrong, WorkbookBroken
from sheets_sync.excel import lists, look, table
from sheets_sync.excel.archive import declared_sheets
from sheets_sync.excel.cells import put
from sheets_sync.excel.names import LAST_LINE
from sheets_sync.excel.table import Table
from sheets_sync.row import Name, Row, SheetRow
from sheets_sync.schema import HASH, KEY, STATUS, Schema


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook in memory, and our tables in it."""

    workbook: Workbook
    tables: tuple[Table, ...] = ()

    def rows(self, schema: Schema) -> tuple[SheetRow, ...]:
        """Return our rows, tab by tab; none where the workbook has no sheet of ours."""
        return tuple(row for each in self.tables for row in table.rows(each, schema))

    def notes(self) -> tuple[str, ...]:
        """Return what the operator should know about our sheets."""
        return tuple(note for each in self.tables for note in each.notes())


def opened(content: bytes | None, schema: Schema, where: str) -> Book:
    """Open a workbook; without `content`, a new one."""
    workbook = look.empty_workbook() if content is None else _load(content, where)
    return Book(workbook, tuple(table.find(workbook, schema, where)))


def edited(
    book: Book, schema: Schema, append: Sequence[Row], statuses: Mapping[Name, str], where: str
) -> Book:
    """Append rows and rewrite statuses in memory, and return the book with its tables as they are now."""
    tables = list(book.tables)
    for each in tables:
        _rewrite(each, schema, statuses)
    for tab in dict.fromkeys(row.tab for row in append) or [""] * (not tables):
        ours = next((each for each in tables if each.tab == tab), None)
        if ours is None:
            ours = _new_table(book.workbook, schema, tab, behind=tables)
            tables.append(ours)
        _append(ours, schema, [row for row in append if row.tab == tab], where)
    lists.lay(book.workbook, tables, schema, append)
    _carry_over(book.workbook)
    return Book(book.workbook, tuple(table.find(book.workbook, schema, where)))


def saved(book: Book) -> bytes:
    """Return the bytes of the file."""
    file = BytesIO()
    with _uncollected():
        book.workbook.save(file)
    return file.getvalue()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Put off the garbage collector: among the many objects of a workbook it takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _load(content: bytes, where: str) -> Workbook:
    try:
        with _uncollected():
            workbook = load_workbook(BytesIO(content), rich_text=True)
        declared = declared_sheets(content)
    except Exception as error:  # a damaged file raises whatever the parser met first
        raise WorkbookBroken(where, f"it is damaged ({error})") from error
    found = len(workbook.sheetnames)
    if found != declared:  # openpyxl passes over what it cannot find, and all of Strict Open XML
        raise WorkbookBroken(where, f"only {found} of its {declared} sheets are found")
    return workbook


def _new_table(workbook: Workbook, schema: Schema, tab: str, behind: Sequence[Table]) -> Table:
    sheet = look.new_sheet(workbook, schema, tab, [each.sheet for each in behind])
    columns = {column.name: at for at, column in enumerate(schema.columns, 1)}
    return Table(sheet, tab, look.HEADER, columns, {}, ())


def _rewrite(ours: Table, schema: Schema, statuses: Mapping[Name, str]) -> None:
    status = ours.columns[STATUS.name]
    for line, name in ours.names():
        if name in statuses:
            put(ours.sheet.cell(line, status), statuses[name])
            look.heighten(ours.sheet.row_dimensions[line], schema, {STATUS.name: statuses[name]})


def _append(ours: Table, schema: Schema, append: Sequence[Row], where: str) -> None:
    last = ours.last_line
    if last + len(append) > LAST_LINE:
        raise ColumnsWrong(where, f"something stands so far down in {ours.sheet.title} that no line is left")
    dress = look.Wardrobe(ours.sheet)
    for line, row in enumerate(append, last + 1):
        key, mark = row.name
        values = {**row.cells, KEY.name: key, HASH.name: mark, STATUS.name: row.status}
        for column in schema.columns:
            cell = ours.sheet.cell(line, ours.columns[column.name])
            assert isinstance(cell, Cell), "new rows stand below merged cells"
            put(cell, values.get(column.name))
            dress(cell, column)
        look.heighten(ours.sheet.row_dimensions[line], schema, values)
    _stretch_filter(ours.sheet, last + len(append))


def _stretch_filter(sheet: Worksheet, last_line: int) -> None:
    """Let the operator's filter reach the new rows; where it was removed, it stays removed."""
    if sheet.auto_filter.ref:
        covered = CellRange(sheet.auto_filter.ref)
        covered.expand(down=max(0, last_line - covered.max_row))
        sheet.auto_filter.ref = covered.coord


def _carry_over(workbook: Workbook) -> None:
    """Keep what openpyxl would spoil: results of formulas are calculated anew, blanks in rich text count."""
    workbook.calculation = workbook.calculation or CalcProperties()
    workbook.calculation.fullCalcOnLoad = True
    for sheet in workbook.worksheets:
        for cell in sheet._cells.values():  # noqa: SLF001 the public ways make cells as they pass
            if isinstance(cell.value, CellRichText):
                cell.value = _with_blanks_joined(cell.value)


def _with_blanks_joined(rich: CellRichText) -> CellRichText:
    """A run of blanks joins its neighbour; written on its own, openpyxl forgets to mark it as text to keep."""
    runs: list[str | TextBlock] = []
    for run in rich:
        blank = not str(run).strip() or (runs and not str(runs[-1]).strip())
        runs.append(_joined(runs.pop(), run) if runs and blank else run)
    return CellRichText(runs)


def _joined(left: str | TextBlock, right: str | TextBlock) -> str | TextBlock:
    keeper = left if str(left).strip() else right
    text = f"{left}{right}"
    return TextBlock(keeper.font, text) if isinstance(keeper, TextBlock) else text
