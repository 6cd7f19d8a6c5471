"""A workbook's bytes, read and edited through openpyxl; what is not ours is carried over as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO

from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from sheets_sync.errors import WorkbookBroken
from sheets_sync.excel import lists, look, table
from sheets_sync.excel.archive import declared_sheets
from sheets_sync.excel.cells import put
from sheets_sync.excel.table import Table
from sheets_sync.row import Name, Row, SheetRow
from sheets_sync.schema import HASH, KEY, STATUS, Schema


def rows(content: bytes, schema: Schema, where: str) -> tuple[SheetRow, ...]:
    """Return our rows, tab by tab; none where the workbook has no such sheet."""
    found = table.find(_load(content, where), schema, where)
    return tuple(row for each in found for row in table.rows(each, schema))


def edited(
    content: bytes | None, schema: Schema, append: Sequence[Row], statuses: Mapping[Name, str], where: str
) -> bytes:
    """Return the workbook with rows appended and statuses rewritten; without `content`, a new one."""
    book = look.empty_book() if content is None else _load(content, where)
    tables = table.find(book, schema, where)
    for each in tables:
        _rewrite(each, schema, statuses)
    for tab in dict.fromkeys(row.tab for row in append) or [""] * (not tables):
        ours = next((each for each in tables if each.tab == tab), None)
        if ours is None:
            ours = _new_table(book, schema, tab, where)
            tables.append(ours)
        _append(ours, schema, [row for row in append if row.tab == tab])
    lists.lay(book, tables, schema, append)
    _carry_over(book)
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


def _load(content: bytes, where: str) -> Workbook:
    try:
        book = load_workbook(BytesIO(content), rich_text=True)
        declared = declared_sheets(content)
    except Exception as error:  # a damaged file raises whatever the parser met first
        raise WorkbookBroken(where, f"it is damaged ({error})") from error
    if (
        len(book.sheetnames) != declared
    ):  # openpyxl passes over what it cannot find, and all of Strict Open XML
        raise WorkbookBroken(where, f"only {len(book.sheetnames)} of its {declared} sheets are found")
    return book


def _new_table(book: Workbook, schema: Schema, tab: str, where: str) -> Table:
    sheet = look.new_sheet(book, schema, tab)
    columns = {column.name: at for at, column in enumerate(schema.columns, 1)}
    return Table(where, sheet, tab, look.HEADER, columns)


def _rewrite(ours: Table, schema: Schema, statuses: Mapping[Name, str]) -> None:
    for line, name in table.names(ours):
        if name in statuses:
            put(ours.cell(line, STATUS.name), statuses[name])
            look.heighten(ours.sheet.row_dimensions[line], schema, {STATUS.name: statuses[name]})


def _append(ours: Table, schema: Schema, append: Sequence[Row]) -> None:
    last = ours.last_line
    for line, row in enumerate(append, last + 1):
        key, mark = row.name
        values = {**row.cells, KEY.name: key, HASH.name: mark, STATUS.name: row.status}
        for column in schema.columns:
            cell = ours.cell(line, column.name)
            put(cell, values.get(column.name))
            look.dress(cell, column)
        look.heighten(ours.sheet.row_dimensions[line], schema, values)
    _stretch_filter(ours.sheet, last + len(append))


def _stretch_filter(sheet: Worksheet, last_line: int) -> None:
    """Let the operator's filter reach the new rows; where it was removed, it stays removed."""
    if sheet.auto_filter.ref:
        covered = CellRange(sheet.auto_filter.ref)
        covered.expand(down=max(0, last_line - covered.max_row))
        sheet.auto_filter.ref = covered.coord


def _carry_over(book: Workbook) -> None:
    """Keep what openpyxl would spoil: results of formulas are calculated anew, blanks in rich text count."""
    book.calculation = book.calculation or CalcProperties()
    book.calculation.fullCalcOnLoad = True
    for cells in (cells for sheet in book.worksheets for cells in table.grid(sheet).values()):
        for cell in cells.values():
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
