"""What becomes of text that is typed into a cell: a number, a date, a truth value, a formula, or just text."""

from __future__ import annotations

import re
from datetime import datetime

from sheets_sync.testing.google.cell import DAY_ZERO
from sheets_sync.testing.google.errors import JsonObject

_NUMBER = re.compile(r"([+-]?)(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d+)?")
_MONTH_FIRST = ("%m/%d/%Y", "%m/%d/%y")
_DAY_FIRST = ("%d/%m/%Y", "%d.%m.%Y", "%d.%m.%y")
_TIMES = ("", " %H:%M", " %H:%M:%S")

Entry = tuple[JsonObject | None, JsonObject | None]
"""An ExtendedValue and the number format it brings along."""


def typed(text: str, locale: str = "en_US") -> Entry:
    """Read what a person typed, or what was sent as USER_ENTERED."""
    if not text:
        return None, None
    if text.startswith("'"):
        return {"stringValue": text[1:]}, None
    if text.startswith("=") and len(text) > 1:
        return {"formulaValue": text}, None
    if text.upper() in ("TRUE", "FALSE"):
        return {"boolValue": text.upper() == "TRUE"}, None
    return (
        _number(text.strip())
        or _date(text.strip(), locale)
        or _formula(text)
        or ({"stringValue": text}, None)
    )


def _number(text: str) -> Entry | None:
    sign, bare = (
        ("$", text[1:]) if text.startswith("$") else ("%", text[:-1]) if text.endswith("%") else ("", text)
    )
    if not any(digit in bare for digit in "0123456789") or not _NUMBER.fullmatch(bare) or not bare.isascii():
        return None
    number = float(bare.replace(",", ""))
    if sign == "%":
        return {"numberValue": number / 100}, {"type": "PERCENT", "pattern": "0.00%" if "." in bare else "0%"}
    kept: float = int(number) if number.is_integer() and abs(number) < 1e15 else number
    money = {"type": "CURRENCY", "pattern": "$#,##0.00" if "." in bare else "$#,##0"} if sign else None
    return {"numberValue": kept}, money


def _date(text: str, locale: str) -> Entry | None:
    days = ("%Y-%m-%d", "%Y/%m/%d", *(_MONTH_FIRST if locale == "en_US" else _DAY_FIRST))
    for day in days:
        for time in _TIMES:
            if moment := _moment(text, day + time):
                return _serial(moment, _pattern(day), has_time=bool(time))
    return None


def _moment(text: str, pattern: str) -> datetime | None:
    try:
        return datetime.strptime(text, pattern)  # noqa: DTZ007 - a spreadsheet's dates have no zone
    except ValueError:
        return None


def _serial(moment: datetime, pattern: str, *, has_time: bool) -> Entry:
    past = moment - DAY_ZERO
    if has_time:
        return (
            {"numberValue": past.total_seconds() / 86_400},
            {"type": "DATE_TIME", "pattern": f"{pattern} hh:mm:ss"},
        )
    return {"numberValue": past.days}, {"type": "DATE", "pattern": pattern}


def _pattern(day: str) -> str:
    parts = {"%Y-%m-%d": "yyyy-mm-dd", "%Y/%m/%d": "yyyy/mm/dd", "%m/%d/%Y": "m/d/yyyy", "%m/%d/%y": "m/d/yy"}
    return parts.get(day, "dd.mm.yyyy" if "." in day else "dd/mm/yyyy")


def _formula(text: str) -> Entry | None:
    """`+49 170` begins a formula in Google Sheets, and a broken one at that."""
    return ({"formulaValue": f"={text}"}, None) if text.startswith("+") and len(text) > 1 else None
