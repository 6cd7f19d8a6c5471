"""How the queue looks when it is opened: calm system columns, warm columns for the person, a page that explains.

System cells are locked without a password. Excel does not sort a protected range that holds locked cells, so the page
says how to unprotect; that is safe, because what was changed or torn apart is noticed by its fingerprint.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.dimensions import ColumnDimension, RowDimension
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from sheets_sync.merge import NOT_COUNTED
from sheets_sync.row import Value, as_text
from sheets_sync.schema import KEY, STATUS, Column, Schema, key_title

HEADER = 1
GUIDE = "How this works"
LAST_COLUMN, LAST_LINE = 16_384, 1_048_576
LINE_POINTS = 15.0
MAX_LINES = 14  # a longer text is read in the cell; a higher row would not fit a screen

_INK, _GREY, _RULE, _WHITE, _RED = "1F2A37", "64748B", "CBD5E1", "FFFFFF", "B91C1C"
_SYSTEM, _HUMAN, _PAPER = "334155", "B45309", "FFF7E6"
_FORMATS = {"text": "@", "choice": "@", "number": "#,##0.00##", "date": "yyyy-mm-dd"}
_LINE = Border(bottom=Side(style="thin", color=_RULE))
_ALLOWED = (
    "sort",
    "autoFilter",
    "pivotTables",
    "insertRows",
    "insertColumns",
    "insertHyperlinks",
    "deleteRows",
    "deleteColumns",
    "formatCells",
    "formatColumns",
    "formatRows",
)
_GUIDE = """\
Each row is something that waits for you. Fill in the amber columns and save; the next sync takes your decision.
Choose a word from the dropdown in “decision”. Upper or lower case does not matter.
A question wants the word “answer” and an entry in “choice”.
What became of a row stands in “Status”. If an entry was not counted, the reason stands there too.
A decision belongs to the content you saw. If that changes, the old row says so and a new one is added below.
While the file is open in Excel or LibreOffice nothing is written into it. Save and close it to see what is new.

You may filter, sort, hide, insert and delete rows, and add columns, sheets, formulas, colours and comments of your own.
A deleted row that still waits comes back. Rows of your own are left alone.
To sort, take the protection off first: Review > Unprotect Sheet (LibreOffice: Tools > Protect Sheet). No password.
Select whole rows when you sort. If single columns are sorted apart, this is noticed and nothing is decided by it.
Write a decision as plain text: a formula, a date, a number or a link is never a decision."""


def empty_book() -> Workbook:
    """Return a workbook without any sheet."""
    book = Workbook()
    del book["Sheet"]
    return book


def new_sheet(book: Workbook, schema: Schema, tab: str) -> Worksheet:
    """Add a sheet of ours, with its header, in front of the operator's own, and the page that explains at the end."""
    sheet: Worksheet = book.create_sheet(tab or schema.sheet, 0)
    for other in book.worksheets:
        other.sheet_view.tabSelected = False  # two selected sheets would take every entry twice
    book.active, sheet.sheet_view.tabSelected = 0, True
    for number, column in enumerate(schema.columns, 1):
        _head(sheet.cell(HEADER, number, key_title(tab) if column is KEY else column.title), column)
        _width(sheet, number, number, column.width).hidden = column.hidden
        if column.name == STATUS.name:
            _redden(sheet, number)
    _width(sheet, len(schema.columns) + 1, LAST_COLUMN, 13)
    sheet.row_dimensions[HEADER].height = 24
    sheet.freeze_panes = f"A{HEADER + 1}"
    sheet.auto_filter.ref = f"A{HEADER}:{sheet.cell(HEADER, len(schema.columns)).coordinate}"
    sheet.sheet_view.showGridLines = False
    _protect(sheet)
    _print_on_one_width(sheet)
    sheet.print_title_rows = f"{HEADER}:{HEADER}"
    if GUIDE not in book.sheetnames:
        _write_guide(book.create_sheet(GUIDE), schema)
    return sheet


def dress(cell: Cell, column: Column) -> None:
    """Give a cell of a row the look of its column."""
    human = column.owner == "human"
    cell.number_format = _FORMATS[column.kind]
    cell.font = _font(_GREY if column.name == STATUS.name else _INK)
    wraps = column.kind in ("text", "choice")
    cell.alignment = Alignment(
        wrap_text=wraps, shrink_to_fit=not wraps, vertical="top", horizontal=_side(column), indent=1
    )
    cell.protection = Protection(locked=not human)
    cell.border = _LINE
    if human:
        cell.fill = PatternFill("solid", fgColor=_PAPER)


def heighten(row: RowDimension, schema: Schema, values: Mapping[str, Value]) -> None:
    """Make a row high enough for these values, as estimated: no program fits a row that it did not edit."""
    shown = [column for column in schema.columns if not column.hidden]
    lines = max(_lines(as_text(values.get(column.name)), column.width - 2) for column in shown)
    row.height = max(row.height or 0, LINE_POINTS * min(lines, MAX_LINES) + 4)


def _lines(text: str, width: int) -> int:
    return sum(max(1, ceil(len(part) / width)) for part in text.split("\n"))


def _font(color: str, *, bold: bool = False, size: int = 11) -> Font:
    return Font(name="Calibri", size=size, bold=bold, color=color)


def _side(column: Column) -> str:
    return "right" if column.kind == "number" else "left"


def _head(cell: Cell | MergedCell, column: Column) -> None:
    cell.font = _font(_WHITE, bold=True)
    cell.fill = PatternFill("solid", fgColor=_HUMAN if column.owner == "human" else _SYSTEM)
    cell.alignment = Alignment(vertical="center", horizontal=_side(column), indent=1)


def _width(sheet: Worksheet, first: int, last: int, characters: int) -> ColumnDimension:
    """Set a width and leave the empty cells unlocked, for rows and columns of the operator's own."""
    letter = get_column_letter(first)
    width = ColumnDimension(sheet, index=letter, min=first, max=last, width=characters, customWidth=True)
    width.protection = Protection(locked=False)
    sheet.column_dimensions[letter] = width
    return width


def _redden(sheet: Worksheet, status: int) -> None:
    """Let the statuses stand out that ask for another look."""
    letter, first = get_column_letter(status), HEADER + 1
    asks = Rule("expression", dxf=DifferentialStyle(font=Font(color=_RED)))
    asks.formula = [f'LEFT(${letter}{first},{len(NOT_COUNTED)})="{NOT_COUNTED}"']
    sheet.conditional_formatting.add(f"{letter}{first}:{letter}{LAST_LINE}", asks)


def _protect(sheet: Worksheet) -> None:
    for name in _ALLOWED:
        setattr(sheet.protection, name, False)  # False means: not forbidden
    sheet.protection.enable()


def _print_on_one_width(sheet: Worksheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _write_guide(sheet: Worksheet, schema: Schema) -> None:
    sheet.sheet_view.showGridLines = False
    _print_on_one_width(sheet)
    sheet.column_dimensions["A"].width = 26
    sheet.column_dimensions["B"].width = 104
    sheet.append([f"How “{schema.sheet}” works"])
    sheet.append([])
    for text in _GUIDE.split("\n"):
        sheet.append([text])
    sheet.append([])
    for column in (column for column in schema.columns if not column.hidden):
        sheet.append([column.title, column.help])
        _head(sheet.cell(sheet.max_row, 1), column)
        for number in (1, 2):
            sheet.cell(sheet.max_row, number).alignment = Alignment(
                vertical="center", horizontal="left", indent=1
            )
    for line in range(1, sheet.max_row + 1):
        sheet.row_dimensions[line].height = 21
    sheet["A1"].font = _font(_INK, bold=True, size=16)
