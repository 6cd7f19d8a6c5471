"""One value in one cell: written so that it stays text, number or day, and read as what it plainly is."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sheets_sync.celltext import escape, unescape
from sheets_sync.google.answers import Cell as GoogleCell
from sheets_sync.google.answers import Entered
from sheets_sync.row import Cell, Odd, Value
from sheets_sync.schema import Column

FIRST_DAY = date(1899, 12, 30)  # day 0 of a date's number
LAST_DAY = (date.max - FIRST_DAY).days


def put(value: Value) -> dict[str, Any]:
    """Return a cell's value as the API takes it; a text given so is never a formula."""
    match value:
        case None | "":
            return {}
        case str():
            return {"userEnteredValue": {"stringValue": escape(value)}}
        case Decimal():
            return {"userEnteredValue": {"numberValue": float(value)}}
        case date():
            return {"userEnteredValue": {"numberValue": (value - FIRST_DAY).days}}


def take(cell: GoogleCell | None, column: Column) -> Cell:
    """Read what stands in a cell of this column."""
    entered = cell.user_entered_value if cell else None
    if cell is None or entered is None:
        return None
    if odd := _odd(cell, entered, column):
        return Odd(odd)
    if entered.number_value is not None:
        return _number(entered.number_value, column)
    text = entered.string_value or ""
    return unescape(text) if column.owner == "system" else text


def _odd(cell: GoogleCell, entered: Entered, column: Column) -> str:
    """Name what is no plain value. A link is odd for a word only: programs make one of any address in a note."""
    if entered.string_value is not None:
        return "a link" if cell.hyperlink and column.kind == "choice" else ""
    if entered.formula_value is not None:
        return "a formula"
    if entered.error_value is not None:
        return "an error value"
    if entered.bool_value is not None:
        return "a true/false value"
    return ""


def _number(number: float, column: Column) -> Decimal | date:
    """A day is a number too: in a column of days it is one."""
    if column.kind == "date" and number.is_integer() and 0 < number <= LAST_DAY:
        return FIRST_DAY + timedelta(number)
    return Decimal(str(int(number)) if number.is_integer() else repr(number))
