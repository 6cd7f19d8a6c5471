"""How one file writes numbers and days: decided over all of its cells together, and never guessed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from opc_kernel.money import parse_amount
from workbench.connectors.bank import fields
from workbench.connectors.bank.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date
    from decimal import Decimal

V = TypeVar("V")

_DAY = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:[ T]\d{1,2}:[\d:., +Z-]{2,24})?", re.ASCII)
_COMPACT_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_GROUP_GAP = re.compile(r"(?<=\d)['’\s](?=\d{3}(?!\d))")
_MONEY_SIGN = re.compile(r"[€$£¥]|(?<![A-Z])(?:EUR|USD|GBP|CHF)(?![A-Z])")


class Cell(NamedTuple):
    """One cell and the line of the file it stands in."""

    line: int
    raw: str


def amounts_in(cells: Iterable[Cell]) -> Mapping[str, Decimal]:
    """What each of these amounts says; Refused when it stays open what their points and commas mean."""
    return _decided(cells, _NUMBER_WAYS, "amount", "Export with two decimal places, or as CAMT or OFX.")


def days_in(cells: Iterable[Cell]) -> Mapping[str, date]:
    """What each of these days says; Refused when day and month may as well be the other way round."""
    return _decided(cells, _DAY_WAYS, "date", "Export dates like 2024-01-31, or a period beyond the 12th.")


def is_amount(raw: str) -> bool:
    """Whether it is an amount in any way of writing one."""
    return any(_read_all(way, [raw]) for way in _NUMBER_WAYS.values())


def _decided(
    cells: Iterable[Cell], ways: Mapping[str, Callable[[str], V]], noun: str, todo: str
) -> Mapping[str, V]:
    """Every cell read in the one way that fits them all; two ways are as good as one when they say the same."""
    distinct: dict[str, int] = {}
    for cell in cells:
        distinct.setdefault(cell.raw, cell.line)
    fitting = {name: read for name, way in ways.items() if (read := _read_all(way, distinct)) is not None}
    if not fitting:
        raise _unfit(distinct, ways, noun)
    (first, reading), *others = fitting.items()
    for other, other_reading in others:
        for raw, line in distinct.items():
            if reading[raw] != other_reading[raw]:
                what = f"{fields.shown(raw)} can be read with {first} or {other}"
                raise Refused(what, where=f"line {line}", todo=todo)
    return reading


def _read_all(way: Callable[[str], V], cells: Iterable[str]) -> dict[str, V] | None:
    try:
        return {raw: way(raw) for raw in cells}
    except ValueError:
        return None


def _unfit(distinct: Mapping[str, int], ways: Mapping[str, Callable[[str], V]], noun: str) -> Refused:
    for raw, line in distinct.items():
        if all(_read_all(way, [raw]) is None for way in ways.values()):
            return Refused(f"{fields.shown(raw)} cannot be read as {noun}", where=f"line {line}")
    return Refused(f"its {noun}s are not all written the same way")


def _number_way(pattern: re.Pattern[str]) -> Callable[[str], Decimal]:
    def read(raw: str) -> Decimal:
        sign, digits = _signed_digits(raw)
        parts = pattern.fullmatch(digits)
        if parts is None or not any(parts.groups()):
            raise ValueError(f"{fields.shown(raw)} is not an amount")
        whole = re.sub(r"\D", "", parts[1])
        return parse_amount(f"{sign}{whole or 0}.{parts[2] or 0}")

    return read


def _signed_digits(raw: str) -> tuple[str, str]:
    """Sign and digits of an amount as people write it: -5, 5-, (5), − $ 5, EUR -5, 1'000."""
    bare = _GROUP_GAP.sub("", _MONEY_SIGN.sub("", raw).replace("−", "-")).strip()
    if bare.startswith("(") and bare.endswith(")"):
        return "-", bare[1:-1].strip()
    if bare.endswith(("-", "+")):
        bare = bare[-1] + bare[:-1]
    if bare.startswith(("-", "+")):
        return bare[0], bare[1:].strip()
    return "", bare


def _year_first(raw: str) -> date:
    first, _, second, third = _parts(raw)
    if len(first) != 4:
        raise ValueError(f"{fields.shown(raw)} does not begin with a year")
    return fields.day(first, second, third)


def _day_first(raw: str) -> date:
    first, _, second, third = _parts(raw)
    return fields.day(_year(third), second, first)


def _month_first(raw: str) -> date:
    first, separator, second, third = _parts(raw)
    if separator == ".":
        raise ValueError("points stand in dates that begin with the day")
    return fields.day(_year(third), first, second)


def _year(raw: str) -> str:
    if len(raw) not in {2, 4}:
        raise ValueError(f"{fields.shown(raw)} is not a year")
    return raw


def _parts(raw: str) -> tuple[str, str, str, str]:
    if compact := _COMPACT_DAY.fullmatch(raw):
        return compact[1], "", compact[2], compact[3]
    parts = _DAY.fullmatch(raw)
    if parts is None:
        raise ValueError(f"{fields.shown(raw)} is not a date")
    return parts[1], parts[2], parts[3], parts[4]


_NUMBER_WAYS = {
    "a decimal point": _number_way(re.compile(r"(\d{1,3}(?:,\d{3})+|\d{0,20})(?:\.(\d{1,20}))?", re.ASCII)),
    "a decimal comma": _number_way(re.compile(r"(\d{1,3}(?:\.\d{3})+|\d{0,20})(?:,(\d{1,20}))?", re.ASCII)),
}
_DAY_WAYS = {"the year first": _year_first, "the day first": _day_first, "the month first": _month_first}
