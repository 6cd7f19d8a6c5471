"""A report as an XLSX workbook: a sheet a page, numbers as numbers, days as days, and no text a formula."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from math import ceil

from openpyxl import Workbook
from openpyxl.cell import Cell as XlsxCell
from openpyxl.cell import MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from sheets_sync.celltext import fits
from sheets_sync.excel.cells import put
from sheets_sync.excel.palette import GREY, INK, PALE, RULE, SYSTEM, WHITE
from sheets_sync.report import Cell, Column, Kind, Page
from sheets_sync.row import SHOWN_PART

HEADER = 4
"""The line of the columns' titles; above it stand heading and note."""
LINE_POINTS = 15.0
MAX_LINES = 8
PORTRAIT_WIDTH = 110
"""Up to so many characters a page is printed upright."""
FORMATS: dict[Kind, str] = {
    "text": "@",
    "money": "#,##0.00##",
    "number": "0",
    "percent": '0.####" %"',
    "day": "yyyy-mm-dd",
}
_LINE = Border(bottom=Side(style="thin", color=RULE))


def workbook_of(pages: Sequence[Page], *, title: str) -> bytes:
    """Return the workbook, which opens at its first page."""
    workbook = Workbook()
    del workbook["Sheet"]
    workbook.properties.title = title
    workbook.properties.creator = "workbench"
    for page in pages:
        _lay(workbook.create_sheet(page.name), page)
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def _lay(sheet: Worksheet, page: Page) -> None:
    sheet.sheet_view.showGridLines = False
    _heading(sheet, page)
    for number, column in enumerate(page.columns, 1):
        _head(sheet.cell(HEADER, number), column)
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    for index, row in enumerate(page.rows):
        _row(sheet, HEADER + 1 + index, page.columns, row, is_strong=index in page.strong)
    last = sheet.cell(HEADER + max(1, len(page.rows)), len(page.columns)).coordinate
    sheet.freeze_panes = f"A{HEADER + 1}"
    sheet.auto_filter.ref = f"A{HEADER}:{last}"
    _print_on_one_width(sheet, is_narrow=sum(column.width for column in page.columns) <= PORTRAIT_WIDTH)


def _heading(sheet: Worksheet, page: Page) -> None:
    put(sheet["A1"], page.heading)
    sheet["A1"].font = _font(INK, size=16, bold=True)
    put(sheet["A2"], page.note)
    sheet["A2"].font = _font(GREY, size=10)
    sheet.row_dimensions[1].height = 26
    sheet.row_dimensions[HEADER].height = 22


def _head(cell: XlsxCell | MergedCell, column: Column) -> None:
    put(cell, column.title)
    cell.font = _font(WHITE, bold=True)
    cell.fill = PatternFill("solid", fgColor=SYSTEM)
    cell.alignment = Alignment(vertical="center", horizontal=_side(column.kind), indent=1)


def _row(
    sheet: Worksheet, line: int, columns: Sequence[Column], row: Sequence[Cell], *, is_strong: bool
) -> None:
    lines = 1
    for number, (column, value) in enumerate(zip(columns, row, strict=True), 1):
        cell = sheet.cell(line, number)
        _put(cell, value)
        is_text = isinstance(value, str)
        cell.number_format = FORMATS["text" if is_text else column.kind]
        cell.font = _font(INK, bold=is_strong)
        cell.alignment = Alignment(
            vertical="top",
            horizontal=_side(column.kind),
            indent=1,
            wrap_text=is_text,
            shrink_to_fit=not is_text,
        )
        cell.border = _LINE
        if is_strong:
            cell.fill = PatternFill("solid", fgColor=PALE)
        lines = max(lines, _lines(value, column.width))
    sheet.row_dimensions[line].height = LINE_POINTS * min(lines, MAX_LINES) + 3


def _put(cell: XlsxCell | MergedCell, value: Cell) -> None:
    """Write a value; a text that no cell holds is cut, and stands whole in the CSV."""
    if isinstance(value, str):
        put(cell, value if fits(value) else f"{value[:SHOWN_PART]}…")
    else:
        cell.value = value


def _lines(value: Cell, width: float) -> int:
    if not isinstance(value, str):
        return 1
    return sum(max(1, ceil(len(part) / max(1.0, width - 2))) for part in value.split("\n"))


def _side(kind: Kind) -> str:
    return "right" if kind in ("money", "number", "percent") else "left"


def _font(color: str, *, size: int = 11, bold: bool = False) -> Font:
    return Font(name="Calibri", size=size, bold=bold, color=color)


def _print_on_one_width(sheet: Worksheet, *, is_narrow: bool) -> None:
    sheet.page_setup.orientation = "portrait" if is_narrow else "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.5, header=0.2, footer=0.2)
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{HEADER}:{HEADER}"
    footer = sheet.oddFooter
    assert footer is not None, "openpyxl makes one for each sheet"
    footer.center.text = "&A · &P / &N"
