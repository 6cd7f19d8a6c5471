"""How the queue looks when it is opened: calm system columns, warm columns for the person, a page that explains.

System cells are locked without a password. Excel does not sort a protected range that holds locked cells, so the page
says how to unprotect; that is safe, because what was changed or torn apart is noticed by its fingerprint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from math import ceil

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.dimensions import ColumnDimension, RowDimension
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from sheets_sync.excel.names import GUIDE, LAST_COLUMN, LAST_LINE, LISTS, MAX_TITLE
from sheets_sync.excel.palette import GREY, HUMAN, INK, PAPER, RED, RULE, SYSTEM, WHITE
from sheets_sync.merge import NOT_COUNTED
from sheets_sync.row import Value, as_text
from sheets_sync.schema import KEY, STATUS, Column, Schema, Tone, key_title

HEADER = 1
LINE_POINTS = 15.0
MAX_LINES = 14  # a longer text is read in the cell; a higher row would not fit a screen

_TONES: Mapping[Tone, tuple[str, str]] = {
    "calm": (GREY, ""),
    "warm": ("7C4A03", "FDE3B4"),
    "hot": ("7F1D1D", "F4A9A0"),
}
_AGED: Mapping[Tone, tuple[int, str]] = {
    "warm": (201, '" !"'),
    "hot": (202, '" !!"'),
}  # number and mark of a pattern
_FORMATS = {"text": "@", "choice": "@", "number": "#,##0.00##", "date": "yyyy-mm-dd"}
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\]")
_LINE = Border(bottom=Side(style="thin", color=RULE))
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
_TAKEN = {GUIDE.casefold(), LISTS, "history"}  # Excel keeps the last for itself
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


def empty_workbook() -> Workbook:
    """Return a workbook without any sheet."""
    workbook = Workbook()
    del workbook["Sheet"]
    return workbook


def new_sheet(workbook: Workbook, schema: Schema, tab: str, ours: Sequence[Worksheet]) -> Worksheet:
    """Add a sheet of ours behind the others of ours, in front of the operator's own; the page that explains is last."""
    at = max((workbook.index(other) + 1 for other in ours), default=0)
    sheet: Worksheet = workbook.create_sheet(_sheet_title(tab) or schema.sheet, at)
    if not ours:
        _select(workbook, sheet)
    for number, column in enumerate(schema.columns, 1):
        _head(sheet.cell(HEADER, number, key_title(tab) if column is KEY else column.title), column)
        _width(sheet, number, number, column.width).hidden = column.hidden
        _colour(sheet, number, column)
    _width(sheet, len(schema.columns) + 1, LAST_COLUMN, 13)
    sheet.row_dimensions[HEADER].height = 24
    sheet.freeze_panes = f"A{HEADER + 1}"
    sheet.auto_filter.ref = f"A{HEADER}:{sheet.cell(HEADER, len(schema.columns)).coordinate}"
    sheet.sheet_view.showGridLines = False
    _protect(sheet)
    _print_on_one_width(sheet)
    sheet.print_title_rows = f"{HEADER}:{HEADER}"
    if GUIDE not in workbook.sheetnames:
        _write_guide(workbook.create_sheet(GUIDE), schema)
    return sheet


class Wardrobe:
    """The looks of the columns on one sheet: each is made once, because openpyxl takes long over every style."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._models: dict[tuple[str, bool], Cell] = {}

    def __call__(self, cell: Cell, column: Column) -> None:
        """Give a cell of a row the look of its column; one that was told to stay text stays so."""
        which = column.name, bool(cell.quotePrefix)
        if which not in self._models:
            self._models[which] = self._model(column, is_text=which[1])
        style = copy(self._models[which]._style)  # type: ignore[attr-defined] # noqa: SLF001 as openpyxl's manual does
        cell._style = style  # type: ignore[attr-defined] # noqa: SLF001

    def _model(self, column: Column, *, is_text: bool) -> Cell:
        cell = Cell(self._sheet, 1, 1)
        human = column.owner == "human"
        cell.number_format = _format(column)
        cell.font = _font(GREY if column.name == STATUS.name else INK)
        wraps = column.kind in ("text", "choice")
        cell.alignment = Alignment(
            wrap_text=wraps, shrink_to_fit=not wraps, vertical="top", horizontal=_side(column), indent=1
        )
        cell.protection = Protection(locked=not human)
        cell.border = _LINE
        if human:
            cell.fill = PatternFill("solid", fgColor=PAPER)
        cell.quotePrefix = is_text
        return cell


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
    cell.font = _font(WHITE, bold=True)
    cell.fill = PatternFill("solid", fgColor=HUMAN if column.owner == "human" else SYSTEM)
    cell.alignment = Alignment(vertical="center", horizontal=_side(column), indent=1)


def _width(sheet: Worksheet, first: int, last: int, characters: int) -> ColumnDimension:
    """Set a width and leave the empty cells unlocked, for rows and columns of the operator's own."""
    letter = get_column_letter(first)
    width = ColumnDimension(sheet, index=letter, min=first, max=last, width=characters, customWidth=True)
    width.protection = Protection(locked=False)
    sheet.column_dimensions[letter] = width
    return width


def _sheet_title(tab: str) -> str:
    """Return what a spreadsheet allows as the name of a sheet; the header keeps the tab's own."""
    title = _NOT_IN_TITLES.sub("-", tab).strip("' ")[:MAX_TITLE]
    return f"{title} " if title.casefold() in _TAKEN else title


def _select(workbook: Workbook, sheet: Worksheet) -> None:
    """Open the workbook at this sheet; two selected ones would take every entry twice."""
    for other in workbook.worksheets:
        other.sheet_view.tabSelected = other is sheet
    workbook.active = sheet


def _colour(sheet: Worksheet, number: int, column: Column) -> None:
    """Lay the conditional formats of a column; they are the operator's to change from then on."""
    letter, first = get_column_letter(number), HEADER + 1
    for condition, look in _conditions(column, f"${letter}{first}"):
        rule = Rule("expression", dxf=look, stopIfTrue=True)
        rule.formula = [condition]
        sheet.conditional_formatting.add(f"{letter}{first}:{letter}{LAST_LINE}", rule)


def _conditions(column: Column, cell: str) -> Iterator[tuple[str, DifferentialStyle]]:
    if column.name == STATUS.name:
        asks = DifferentialStyle(font=Font(color=RED))
        yield f'LEFT({cell},{len(NOT_COUNTED)})="{NOT_COUNTED}"', asks
    for word, tone in column.tones:
        quoted = word.replace('"', '""')
        yield f'{cell}="{quoted}"', _tone(tone)
    if column.ages:
        warm, hot = column.ages
        yield f"AND(ISNUMBER({cell}),TODAY()-{cell}>={hot})", _tone("hot", _aged("hot", column))
        yield f"AND(ISNUMBER({cell}),TODAY()-{cell}>={warm})", _tone("warm", _aged("warm", column))


def _aged(tone: Tone, column: Column) -> NumberFormat:
    number, mark = _AGED[tone]
    return NumberFormat(numFmtId=number, formatCode=f"{_format(column)}{mark}")


def _format(column: Column) -> str:
    return column.format or _FORMATS[column.kind]


def _tone(tone: Tone, pattern: NumberFormat | None = None) -> DifferentialStyle:
    """Return a look that tells by more than its colour: paper grows darker and letters bolder from calm to hot."""
    ink, paper = _TONES[tone]
    return DifferentialStyle(
        font=Font(color=ink, bold=tone == "hot"),
        fill=PatternFill("solid", bgColor=paper) if paper else None,
        border=Border(left=Side(style="thin", color=ink)) if tone == "hot" else None,
        numFmt=pattern,
    )


def _protect(sheet: Worksheet) -> None:
    for name in _ALLOWED:
        setattr(sheet.protection, name, False)  # False means: not forbidden
    sheet.protection.enable()


def _print_on_one_width(sheet: Worksheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.5, header=0.2, footer=0.2)
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _write_guide(sheet: Worksheet, schema: Schema) -> None:
    sheet.sheet_view.showGridLines = False
    _print_on_one_width(sheet)
    sheet.page_setup.fitToHeight = 1
    sheet.column_dimensions["A"].width = 26
    sheet.column_dimensions["B"].width = 104
    sheet.append([f"How “{schema.sheet}” works"])
    sheet.append([])
    for text in _GUIDE.split("\n"):
        sheet.append([text] if text else [])
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
    sheet["A1"].font = _font(INK, bold=True, size=16)
