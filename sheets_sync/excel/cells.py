"""One value in one cell: written so that it stays text, number or day, and read as what it plainly is."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from sheets_sync.celltext import escape, unescape
from sheets_sync.row import Cell, Odd, Value
from sheets_sync.schema import Column

if TYPE_CHECKING:
    from openpyxl.cell import Cell as XlsxCell
    from openpyxl.cell import MergedCell

_FORMULA_STARTS = ("=", "+", "-", "@", "\t")
_ODD = {"f": "a formula", "e": "an error value", "b": "a true/false value"}


def put(cell: XlsxCell | MergedCell, value: Value) -> None:
    """Write a value; text is never a formula, neither here nor when somebody edits the cell."""
    if not isinstance(value, str) or not value:
        cell.value = None if value == "" else value
        return
    text = escape(value)
    cell.value = text
    cell.data_type = "s"  # openpyxl makes "=1+1" a formula and "#REF!" an error
    if text.startswith(_FORMULA_STARTS):
        cell.quotePrefix = True


def take(cell: XlsxCell | None, column: Column) -> Cell:
    """Read what stands in a cell of this column."""
    if cell is None or cell.value is None:
        return None
    if odd := _odd(cell, column):
        return Odd(odd)
    match cell.value:
        case datetime() as moment if moment.time() == time():
            return moment.date()
        case date() as day:
            return day
        case int() | float() | Decimal() as number:
            return Decimal(str(number))
        case text:
            return unescape(str(text)) if column.owner == "system" else str(text)


def _odd(cell: XlsxCell, column: Column) -> str:
    """Name what is no plain value. A link is odd for a word only: programs make one of any address in a note."""
    return "a link" if column.kind == "choice" and cell.hyperlink else _ODD.get(cell.data_type, "")
