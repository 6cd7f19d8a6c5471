"""One cell: what somebody entered, what it shows, and what hangs on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sheets_sync.testing.google.errors import InvalidArgument, JsonObject
from sheets_sync.testing.google.formula import canonical

MAX_UNITS = 50_000  # of UTF-16 in one cell
DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's dates have no zone

_DATE_PARTS = re.compile(r"yyyy|yy|mmmm|mmm|mm|m|dd|d|hh|h|ss|s|am/pm", re.IGNORECASE)
_STRFTIME = {
    "yyyy": "%Y",
    "yy": "%y",
    "mmmm": "%B",
    "mmm": "%b",
    "mm": "%m",
    "dd": "%d",
    "hh": "%H",
    "ss": "%S",
}
_DATE_PATTERNS = {"DATE": "m/d/yyyy", "DATE_TIME": "m/d/yyyy hh:mm:ss", "TIME": "hh:mm:ss"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell's parts, each as the API has it; `error` is what a formula shows when a test says so."""

    value: JsonObject | None = None
    """An ExtendedValue: stringValue, numberValue, boolValue or formulaValue."""
    format: JsonObject | None = None
    validation: JsonObject | None = None
    note: str = ""
    runs: tuple[JsonObject, ...] = ()
    error: JsonObject | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it, on it or about it."""
        parts = (self.value, self.format, self.validation, self.note, self.runs)
        return not any(parts)

    @property
    def formula(self) -> str | None:
        """The formula, if it is one."""
        return self.value.get("formulaValue") if self.value else None


EMPTY = Cell()

Shown = tuple[str, object, str]
"""What a cell shows: the name of the value's kind, the value (of an error its type), the error's message."""


def entered(value: JsonObject | None) -> JsonObject | None:
    """Check an ExtendedValue; nothing and the empty text are both an empty cell."""
    if not value:
        return None
    if "stringValue" in value:
        return _fitting(value, value["stringValue"]) if value["stringValue"] else None
    if "formulaValue" in value:
        return _fitting({"formulaValue": canonical(value["formulaValue"])}, value["formulaValue"])
    number = value.get("numberValue")
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
        return {"numberValue": int(number)}
    return value


def _fitting(value: JsonObject, text: str) -> JsonObject:
    if len(text) > MAX_UNITS // 2 and len(text.encode("utf-16-le", "surrogatepass")) // 2 > MAX_UNITS:
        raise InvalidArgument(
            f"Your input contains more than the maximum of {MAX_UNITS} characters in a single cell."
        )
    return value


def shown(value: JsonObject) -> Shown:
    """Return what a cell without a formula shows."""
    kind, content = next(iter(value.items()))
    return kind, content, ""


def as_value(what: Shown) -> JsonObject:
    """Write what a cell shows as an ExtendedValue."""
    kind, content, message = what
    if kind == "errorValue":
        return {"errorValue": {"type": content, "message": message}}
    return {kind: content}


_ERROR_WORDS = {
    "REF": "#REF!",
    "N_A": "#N/A",
    "NAME": "#NAME?",
    "DIVIDE_BY_ZERO": "#DIV/0!",
    "VALUE": "#VALUE!",
}


def as_text(what: Shown, number_format: JsonObject | None = None) -> str:
    """Write what a cell shows as a person sees it."""
    kind, content, _ = what
    if kind == "errorValue":
        return _ERROR_WORDS.get(str(content), "#ERROR!")
    if kind == "boolValue":
        return "TRUE" if content else "FALSE"
    if isinstance(content, (int, float)):
        return _number(content, number_format or {})
    return str(content)


def _number(number: float, number_format: JsonObject) -> str:
    kind, pattern = number_format.get("type", ""), number_format.get("pattern", "")
    if kind in _DATE_PATTERNS:
        return _moment(number, pattern or _DATE_PATTERNS[kind])
    if kind == "PERCENT":
        return f"{number * 100:.{_decimals(pattern)}f}%"
    if pattern:
        comma = "," if "," in pattern else ""
        sign = "$" if kind == "CURRENCY" else ""
        return sign + _trimmed(f"{number:{comma}.{_decimals(pattern)}f}", pattern)
    return plain_number(number)


def _trimmed(text: str, pattern: str) -> str:
    """Leave out the last zeros that the pattern does not ask for."""
    optional = len(pattern) - len(pattern.rstrip("#")) if "." in pattern else 0
    for _ in range(optional):
        text = text.removesuffix("0")
    return text.removesuffix(".")


def plain_number(number: float) -> str:
    """Write a number as the automatic format does, with at most 15 digits."""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return f"{number:.15g}"


def _decimals(pattern: str) -> int:
    return len(re.findall(r"[0#]", pattern.partition(".")[2]))


def _moment(serial: float, pattern: str) -> str:
    moment = DAY_ZERO + timedelta(seconds=round(serial * 86_400))
    minutes = re.sub(r"(?<=[hH]:)m{1,2}|m{1,2}(?=:s)", "\0", pattern)
    text = _DATE_PARTS.sub(lambda part: _part(moment, part[0].lower()), minutes)
    return text.replace("\0", f"{moment.minute:02d}")


def _part(moment: datetime, part: str) -> str:
    one_digit = {"m": moment.month, "d": moment.day, "h": moment.hour, "s": moment.second}
    if part in one_digit:
        return str(one_digit[part])
    return moment.strftime(_STRFTIME.get(part, "%p"))
