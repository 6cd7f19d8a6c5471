"""How one table writes numbers and days: every way that fits all of its cells together, and never a guess."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from opc_kernel.money import parse_amount
from workbench.connectors.bank import fields
from workbench.connectors.bank.errors import Refused, at
from workbench.connectors.bank.table_words import MONTHS, plain
from workbench.workbook import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

V = TypeVar("V")

_DAY = re.compile(
    r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})\.?(?:[ T]\d{1,2}:[\d:., +Z-]{2,24}(?:[AP]M)?)?", re.ASCII
)
_COMPACT_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_NAMED_DAY = re.compile(r"(\d{1,2})\.?[ -]([^\W\d_]{3,12})\.?[ -](\d{4}|\d\d)")
_NAMED_MONTH_FIRST = re.compile(r"([^\W\d_]{3,12})\.? (\d{1,2}),? (\d{4})")
_GROUP_GAP = re.compile(r"(?<=\d)['’\s](?=\d{3}(?!\d))")
_MONEY_SIGN = re.compile(r"[€$£¥]|(?<![A-Z])(?:EUR|USD|GBP|CHF|PLN|CZK|DKK|SEK|NOK|zł|Kč|kr\.?)(?![A-Z])")


class Cell(NamedTuple):
    """One cell and the line of the file it stands in."""

    line: int
    raw: str


class Way(NamedTuple, Generic[V]):
    """One way to read all cells of a kind: its name in a layout, and what each cell then says."""

    name: str
    values: Mapping[str, V]
    example: Cell
    """The first cell that another way reads differently."""


def amounts_in(cells: Iterable[Cell], *, kept: str = "") -> list[Way[Decimal]]:
    """What each of these amounts says, in every way that points and commas can be meant; `kept` is the only one.

    Raises Refused when no way fits.
    """
    distinct = _distinct(cells)
    exact: dict[str, Decimal] = {
        raw: _exact(raw, line) for raw, line in distinct.items() if type(raw) is Number
    }
    written = {raw: line for raw, line in distinct.items() if raw not in exact}
    ways = _fitting(written, _only(kept, NUMBER_WAYS), "amount")
    return [way._replace(values={**way.values, **exact}) for way in ways]


def days_in(cells: Iterable[Cell], *, kept: str = "") -> list[Way[date]]:
    """What each of these days says, whether it begins with the year, the day or the month."""
    return _fitting(_distinct(cells), _only(kept, DAY_WAYS), "date")


def is_amount(raw: str) -> bool:
    """Whether it is an amount in any way of writing one."""
    return any(_read_all(way, [raw]) for way in NUMBER_WAYS.values())


def is_day(raw: str) -> bool:
    """Whether it is a day in any way of writing one."""
    return any(_read_all(way, [raw]) for way in DAY_WAYS.values())


def _exact(raw: str, line: int) -> Decimal:
    with at(f"line {line}"):
        return NUMBER_WAYS["decimal point"](raw)


def _distinct(cells: Iterable[Cell]) -> dict[str, int]:
    distinct: dict[str, int] = {}
    for cell in cells:
        distinct.setdefault(cell.raw, cell.line)
    return distinct


def _only(kept: str, ways: Mapping[str, Callable[[str], V]]) -> Mapping[str, Callable[[str], V]]:
    return {kept: ways[kept]} if kept in ways else ways


def _fitting(distinct: Mapping[str, int], ways: Mapping[str, Callable[[str], V]], noun: str) -> list[Way[V]]:
    """Each way that reads every cell; two ways are as good as one when they say the same."""
    read = ((name, _read_all(way, distinct)) for name, way in ways.items())
    fitting = [(name, values) for name, values in read if values is not None]
    if not fitting:
        raise _unfit(distinct, ways, noun)
    different: list[Way[V]] = []
    for name, values in fitting:
        examples = [_difference(values, way.values, distinct) for way in different]
        if None not in examples:
            example = next((cell for cell in examples if cell), Cell(0, ""))
            different = [
                way._replace(example=way.example if way.example.raw else example) for way in different
            ]
            different.append(Way(name, values, example))
    return different


def _difference(one: Mapping[str, V], other: Mapping[str, V], distinct: Mapping[str, int]) -> Cell | None:
    return next((Cell(line, raw) for raw, line in distinct.items() if one[raw] != other[raw]), None)


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


def _number_way(point: str, usual: re.Pattern[str], pattern: re.Pattern[str]) -> Callable[[str], Decimal]:
    group = "," if point == "." else "."

    def read(raw: str) -> Decimal:
        if usual.fullmatch(raw):
            return Decimal(raw.replace(group, "").replace(",", "."))
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
    if named := _NAMED_DAY.fullmatch(raw):
        return fields.day(named[3], _month(named[2]), named[1])
    first, _, second, third = _parts(raw)
    return fields.day(_year(third), second, first)


def _month_first(raw: str) -> date:
    if named := _NAMED_MONTH_FIRST.fullmatch(raw):
        return fields.day(named[3], _month(named[1]), named[2])
    first, separator, second, third = _parts(raw)
    if separator == ".":
        raise ValueError("points stand in dates that begin with the day")
    return fields.day(_year(third), first, second)


def _month(name: str) -> str:
    letters = plain(name)
    month = MONTHS.get(letters[:4]) or MONTHS.get(letters[:3])
    if month is None:
        raise ValueError(f"{fields.shown(name)} is not a month")
    return str(month)


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


NUMBER_WAYS = {
    "decimal point": _number_way(
        ".",
        re.compile(r"-?(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,12})\.\d{1,4}", re.ASCII),
        re.compile(r"(\d{1,3}(?:,\d{3})+|\d{0,20})(?:\.(\d{1,20}))?", re.ASCII),
    ),
    "decimal comma": _number_way(
        ",",
        re.compile(r"-?(?:\d{1,3}(?:\.\d{3}){1,3}|\d{1,12}),\d{1,4}", re.ASCII),
        re.compile(r"(\d{1,3}(?:\.\d{3})+|\d{0,20})(?:,(\d{1,20}))?", re.ASCII),
    ),
}
DAY_WAYS = {"year first": _year_first, "day first": _day_first, "month first": _month_first}
