"""Formulas as far as a stand-in needs them: one form of look-up is evaluated, and references follow their cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sheets_sync.testing.google import a1

_TAB = r"(?:'(?:[^']|'')*'|[A-Za-z_][A-Za-z0-9_.]*)"
_LOOK_UP = re.compile(
    r"=IFNA\(VLOOKUP\((?P<key>.+),(?P<tab>" + _TAB + r")!\$?(?P<left>[A-Z]{1,3}):\$?(?P<right>[A-Z]{1,3}),"
    r"(?P<offset>\d+),(?:FALSE|0)\),\"(?P<otherwise>(?:[^\"]|\"\")*)\"\)"
)
_KEY_PART = re.compile(
    r"INDEX\(\$?([A-Z]{1,3}):\$?\1,ROW\(\)\)|\"((?:[^\"]|\"\")*)\"",
)
_REFERENCE = re.compile(
    r"(?P<text>\"(?:[^\"]|\"\")*\")"
    r"|(?:(?P<tab>" + _TAB + r")!)?(?<![A-Za-z0-9_.])"
    r"(?:(?P<cells>\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?|\$?[A-Z]{1,3}:\$?[A-Z]{1,3}|\$?\d+:\$?\d+))(?![A-Za-z0-9_(])"
)
_SEMICOLON = re.compile(r"(?P<text>\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*')|;")
_CORNER = re.compile(r"(\$?)([A-Z]{1,3})?(\$?)(\d+)?")
_ARITHMETIC = re.compile(r"=\s*(-?\d+(?:\.\d+)?)\s*([-+*/])\s*(-?\d+(?:\.\d+)?)")
_LINK = re.compile(r"=HYPERLINK\(\"((?:[^\"]|\"\")*)\"(?:[,;]\s*\"((?:[^\"]|\"\")*)\")?\)", re.IGNORECASE)
_ONE_CELL = re.compile(r"=(?:(" + _TAB + r")!)?\$?([A-Z]{1,3})\$?(\d+)")

Lines = Mapping[int, int]
"""Where each line is now, by where it was; what is missing was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """The look-up formula taken apart: in `tab`, the row whose column `left` is the key, and there column `wanted`."""

    key: tuple[int | str, ...]
    """Columns of the formula's own row, and text between them."""
    tab: str
    left: int
    wanted: int
    otherwise: str


@lru_cache(maxsize=10_000)
def look_up(formula: str) -> LookUp | None:
    """Read the one form of formula that is really evaluated."""
    found = _LOOK_UP.fullmatch(formula)
    key = _key(found["key"]) if found else ()
    if not found or not key:
        return None
    left = a1.column_index(found["left"])
    return LookUp(
        key=key,
        tab=a1.unquoted(found["tab"]),
        left=left,
        wanted=left + int(found["offset"]) - 1,
        otherwise=_unescaped(found["otherwise"]),
    )


def _key(text: str) -> tuple[int | str, ...]:
    parts: list[int | str] = []
    at = 0
    while found := _KEY_PART.match(text, at):
        parts.append(a1.column_index(found[1]) if found[1] else _unescaped(found[2]))
        at = found.end()
        if at == len(text):
            return tuple(parts)
        if text[at] != "&":
            return ()
        at += 1
    return ()


def _unescaped(text: str) -> str:
    return text.replace('""', '"')


def link(formula: str) -> tuple[str, str] | None:
    """Return address and label of a HYPERLINK."""
    found = _LINK.fullmatch(formula)
    return (_unescaped(found[1]), _unescaped(found[2] or found[1])) if found else None


def arithmetic(formula: str) -> float | None:
    """Return the value of one operation on two numbers; None if it is nothing of the kind, or a division by 0."""
    found = _ARITHMETIC.fullmatch(formula)
    if not found or (found[2] == "/" and not float(found[3])):
        return None
    one, other = float(found[1]), float(found[3])
    value = {"+": one + other, "-": one - other, "*": one * other, "/": other and one / other}[found[2]]
    return int(value) if value.is_integer() else value


def one_cell(formula: str) -> tuple[str | None, int, int] | None:
    """Return tab, row and column of a formula that only names a cell."""
    found = _ONE_CELL.fullmatch(formula)
    if not found:
        return None
    return (a1.unquoted(found[1]) if found[1] else None), int(found[3]) - 1, a1.column_index(found[2])


def retitled(formula: str, old: str, new: str | None) -> str:
    """Let references follow a tab to its new title; a deleted tab leaves #REF!."""

    def follow(found: re.Match[str]) -> str:
        if not found["tab"] or a1.unquoted(found["tab"]) != old:
            return found[0]
        return "#REF!" if new is None else f"{a1.quoted(new)}!{found['cells']}"

    return _REFERENCE.sub(follow, formula)


@lru_cache(maxsize=10_000)
def canonical(formula: str) -> str:
    """Write a formula as Google keeps it: a tab is quoted only where it must be, commas part what semicolons parted."""

    def plain(found: re.Match[str]) -> str:
        return f"{a1.quoted(a1.unquoted(found['tab']))}!{found['cells']}" if found["tab"] else found[0]

    return _SEMICOLON.sub(lambda found: found["text"] or ",", _REFERENCE.sub(plain, formula))


def shifted(formula: str, own_tab: str, tab: str, dimension: str, lines: Lines) -> str:
    """Let references to `tab` follow its lines after an insertion, a deletion or a move."""

    def follow(found: re.Match[str]) -> str:
        named = a1.unquoted(found["tab"]) if found["tab"] else own_tab
        if found["text"] or named != tab:
            return found[0]
        cells = _moved(found["cells"], dimension, lines)
        return "#REF!" if cells is None else found[0].removesuffix(found["cells"]) + cells

    return _REFERENCE.sub(follow, formula)


def _moved(cells: str, dimension: str, lines: Lines) -> str | None:
    corners = [_CORNER.fullmatch(corner) for corner in cells.split(":")]
    numbers = [_line(corner, dimension) for corner in corners if corner]
    if None in numbers:
        return cells  # the reference has no end in this dimension
    known = [number for number in numbers if number is not None]
    survivors = [lines[at] for at in range(min(known), max(known) + 1) if at in lines]
    if not survivors:
        return None
    ends: Sequence[int] = [min(survivors), max(survivors)] if len(known) > 1 else survivors
    put: Callable[[re.Match[str], int], str] = _with_column if dimension == "COLUMNS" else _with_row
    return ":".join(put(corner, end) for corner, end in zip(corners, ends, strict=True) if corner)


def _line(corner: re.Match[str], dimension: str) -> int | None:
    if dimension == "COLUMNS":
        return a1.column_index(corner[2]) if corner[2] else None
    return int(corner[4]) - 1 if corner[4] else None


def _with_column(corner: re.Match[str], column: int) -> str:
    return f"{corner[1]}{a1.letters(column)}{corner[3]}{corner[4] or ''}"


def _with_row(corner: re.Match[str], row: int) -> str:
    return f"{corner[1]}{corner[2] or ''}{corner[3]}{row + 1}"
