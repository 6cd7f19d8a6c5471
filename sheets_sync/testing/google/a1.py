"""A1 notation: areas of a sheet as people and the API write them, half open and counted from 0 inside."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sheets_sync.testing.google.errors import JsonObject

_CELLS = re.compile(
    r"\$?(?P<left>[A-Z]{1,3})?\$?(?P<top>[1-9]\d*)?(?P<range>:\$?(?P<right>[A-Z]{1,3})?\$?(?P<bottom>[1-9]\d*)?)?",
    re.IGNORECASE,
)
_PLAIN_TITLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_LOOKS_LIKE_CELL = re.compile(r"[A-Z]{1,3}\d+|R\d*C\d*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Rows `top` to before `bottom`, columns `left` to before `right`; None is an open end."""

    top: int = 0
    bottom: int | None = None
    left: int = 0
    right: int | None = None

    @classmethod
    def of(cls, grid_range: JsonObject) -> Area:
        """Read a GridRange."""
        return cls(
            top=grid_range.get("startRowIndex") or 0,
            bottom=grid_range.get("endRowIndex"),
            left=grid_range.get("startColumnIndex") or 0,
            right=grid_range.get("endColumnIndex"),
        )

    def within(self, rows: int, columns: int) -> Box:
        """Close the open ends at the edges of the grid."""
        return Box(
            top=self.top,
            bottom=rows if self.bottom is None else min(self.bottom, rows),
            left=self.left,
            right=columns if self.right is None else min(self.right, columns),
        )

    def a1(self) -> str:
        """Write it as A1:B2, an open end without its letter or number, one cell as A1."""
        first = f"{letters(self.left)}{self.top + 1}"
        last = f"{letters(self.right - 1) if self.right else ''}{self.bottom or ''}"
        return first if last in ("", first) else f"{first}:{last}"

    @property
    def is_one_cell(self) -> bool:
        """Whether it is written as one cell, so that it only says where to begin."""
        return self.bottom == self.top + 1 and self.right == self.left + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An area without open ends."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def rows(self) -> range:
        """Its row indexes."""
        return range(self.top, self.bottom)

    @property
    def columns(self) -> range:
        """Its column indexes."""
        return range(self.left, self.right)

    def holds(self, row: int, column: int) -> bool:
        """Whether the cell lies inside."""
        return row in self.rows and column in self.columns

    def meets(self, other: Box) -> bool:
        """Whether they have a cell in common."""
        return max(self.top, other.top) < min(self.bottom, other.bottom) and max(self.left, other.left) < min(
            self.right, other.right
        )

    def covers(self, other: Box) -> bool:
        """Whether all of `other` lies inside."""
        return (
            self.top <= other.top
            and other.bottom <= self.bottom
            and self.left <= other.left
            and other.right <= self.right
        )

    def a1(self) -> str:
        """Write it as A1:B2, one cell as A1."""
        first = f"{letters(self.left)}{self.top + 1}"
        last = f"{letters(self.right - 1)}{self.bottom}"
        return first if first == last else f"{first}:{last}"


def letters(column: int) -> str:
    """Name a column: 0 is A, 26 is AA."""
    name = ""
    rest = column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def column_index(name: str) -> int:
    """Count a column from 0."""
    index = 0
    for letter in name.upper():
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def quoted(title: str) -> str:
    """Write a tab's title as it stands before the exclamation mark, quoted where it could mean something else."""
    if _PLAIN_TITLE.fullmatch(title) and not _LOOKS_LIKE_CELL.fullmatch(title):
        return title
    return always_quoted(title)


def always_quoted(title: str) -> str:
    """Write a tab's title in quotes."""
    escaped = title.replace("'", "''")
    return f"'{escaped}'"


def split(text: str) -> tuple[str | None, str]:
    """Take `'a tab'!A1:B2` apart; the first is None without a tab, the second empty with nothing but a quoted tab."""
    tab, mark, cells = text.rpartition("!")
    if mark:
        return unquoted(tab), cells
    return (unquoted(text), "") if text.startswith("'") else (None, text)


def unquoted(title: str) -> str:
    """Undo `quoted`."""
    if len(title) > 1 and title[0] == title[-1] == "'":
        return title[1:-1].replace("''", "'")
    return title


def area(cells: str) -> Area | None:
    """Read `A1`, `A1:B2`, `A:C`, `A2:2` or `1:3`; None if it is nothing of the kind."""
    found = _CELLS.fullmatch(cells)
    if not found or not cells:
        return None
    if not found["range"]:
        return _one_cell(found["left"], found["top"])
    if not (found["right"] or found["bottom"]):
        return None
    rows = _ordered(found["top"], found["bottom"])
    columns = _ordered(_number(found["left"]), _number(found["right"]))
    return Area(top=rows[0], bottom=rows[1], left=columns[0], right=columns[1])


def _one_cell(left: str | None, top: str | None) -> Area | None:
    if not (left and top):
        return None
    row, column = int(top) - 1, column_index(left)
    return Area(top=row, bottom=row + 1, left=column, right=column + 1)


def _number(name: str | None) -> str | None:
    return str(column_index(name) + 1) if name else None


def _ordered(first: str | None, last: str | None) -> tuple[int, int | None]:
    if not last:
        return (int(first) - 1 if first else 0), None
    ends: Iterable[int] = (int(first or 1), int(last))
    low, high = sorted(ends)
    return low - 1, high
