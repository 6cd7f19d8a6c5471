"""What was saved is read back by another reader than wrote it, and each plain cell compared with what was meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from io import BytesIO
from typing import TypeAlias

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

MAX_AREA = 4_000_000  # cells; calamine holds every one between the first and the last, empty or not

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # the format's own; openpyxl leaves it as it is, and so do we

Found: TypeAlias = Sequence[Sequence[object]]
Filled: TypeAlias = dict[tuple[int, int], Cell]


def differs(content: bytes, workbook: Workbook) -> str:
    """Say which cell of the saved `content` is not what `workbook` held ("" for none).

    Formulas have no result before a spreadsheet program calculates them; what lies too far apart is not compared.
    """
    saved = CalamineWorkbook.from_filelike(BytesIO(content))
    if saved.sheet_names != workbook.sheetnames:
        return "its sheets are not the same"
    for sheet in workbook.worksheets:
        filled = _filled(sheet)
        if not filled or _area(filled) > MAX_AREA:
            continue
        found = saved.get_sheet_by_name(sheet.title).to_python(skip_empty_area=False)
        if wrong := next((at for at, cell in filled.items() if not _same(cell, _at(found, at))), None):
            return f"the cell {filled[wrong].coordinate} of {sheet.title}"
    return ""


def _filled(sheet: Worksheet) -> Filled:
    cells = sheet._cells.items()  # noqa: SLF001 the public ways make cells as they pass
    return {at: cell for at, cell in cells if isinstance(cell, Cell) and cell.value is not None}


def _area(filled: Filled) -> int:
    return max(line for line, _ in filled) * max(column for _, column in filled)


def _at(found: Found, at: tuple[int, int]) -> object:
    line, column = at
    return found[line - 1][column - 1] if line <= len(found) and column <= len(found[line - 1]) else ""


def _same(cell: Cell, found: object) -> bool:
    match cell.data_type:
        case "s":
            text = str(cell.value)
            return found in (text, _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text))
        case "b":
            return found is bool(cell.value)
        case "n" if isinstance(found, float | int):
            return float(str(cell.value)) == found
        case "n":
            return isinstance(
                found, date | time
            )  # a number that a pattern of the operator's own shows as one
        case "d" if isinstance(found, date):
            return _day(cell.value) == _day(found)
        case _:
            return cell.data_type in ("d", "e", "f")


def _day(value: object) -> object:
    return value.date() if isinstance(value, datetime) else value
