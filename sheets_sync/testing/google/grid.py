"""A tab: cells row by row and what belongs to its lines; rows are never changed in place, so a copy is cheap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import msgspec

from sheets_sync.testing.google.a1 import Area, Box
from sheets_sync.testing.google.cell import EMPTY, Cell
from sheets_sync.testing.google.errors import JsonObject

Dimension = Literal["ROWS", "COLUMNS"]
Order = Sequence[int | None]
"""Lines by their old index in their new order; None is a new line, an index left out is a deleted one."""

DEFAULT_ROWS = 1000
DEFAULT_COLUMNS = 26
_ENDS = {"ROWS": ("startRowIndex", "endRowIndex"), "COLUMNS": ("startColumnIndex", "endColumnIndex")}


class Row:
    """The cells of one row by column; `encoded` keeps what was sent of it, which holds as long as the row does."""

    __slots__ = ("cells", "encoded", "formulas")

    def __init__(self, cells: Mapping[int, Cell]) -> None:
        self.cells = cells
        self.formulas = tuple(column for column, cell in cells.items() if cell.formula)
        self.encoded: dict[object, msgspec.Raw] = {}

    def with_cells(self, cells: Mapping[int, Cell]) -> Row:
        """Return the row with some cells replaced."""
        together = {**self.cells, **cells}
        return Row({column: cell for column, cell in together.items() if not cell.is_empty})

    def has_values(self, columns: range) -> bool:
        """Whether somebody entered something there."""
        return any(cell.value and column in columns for column, cell in self.cells.items())


EMPTY_ROW = Row({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a row or column is beside its cells: size, hidden or not, developer metadata."""

    properties: JsonObject = field(default_factory=dict)
    metadata: tuple[JsonObject, ...] = ()


PLAIN = Line()


@dataclass(slots=True, kw_only=True)
class Sheet:
    """A tab. Its parts are in the API's own shape, but a GridRange here never names the sheet."""

    id: int
    properties: JsonObject
    """Title, sheetType, colours, hidden; in gridProperties all but the counts."""
    rows: list[Row]
    lines: dict[Dimension, list[Line]]
    merges: list[JsonObject] = field(default_factory=list)
    protected: list[JsonObject] = field(default_factory=list)
    conditional: list[JsonObject] = field(default_factory=list)
    basic_filter: JsonObject | None = None
    groups: dict[Dimension, list[JsonObject]] = field(default_factory=lambda: {"ROWS": [], "COLUMNS": []})
    metadata: list[JsonObject] = field(default_factory=list)
    index: dict[tuple[int, int], dict[str, Cell]] = field(default_factory=dict)
    """Look-ups into this tab: first cell of a column by its text in another; empty again after each change."""

    @classmethod
    def blank(
        cls, sheet_id: int, title: str, rows: int = DEFAULT_ROWS, columns: int = DEFAULT_COLUMNS
    ) -> Sheet:
        """Return an empty tab."""
        return cls(
            id=sheet_id,
            properties={"title": title, "sheetType": "GRID"},
            rows=[EMPTY_ROW] * rows,
            lines={"ROWS": [PLAIN] * rows, "COLUMNS": [PLAIN] * columns},
        )

    @property
    def title(self) -> str:
        """What stands on the tab."""
        return str(self.properties["title"])

    @property
    def row_count(self) -> int:
        """How many rows the grid has."""
        return len(self.rows)

    @property
    def column_count(self) -> int:
        """How many columns the grid has."""
        return len(self.lines["COLUMNS"])

    def copy(self) -> Sheet:
        """Return a copy that shares rows and JSON, both of which nobody changes in place."""
        return replace(
            self,
            rows=[*self.rows],
            lines={"ROWS": [*self.lines["ROWS"]], "COLUMNS": [*self.lines["COLUMNS"]]},
            merges=[*self.merges],
            protected=[*self.protected],
            conditional=[*self.conditional],
            groups={"ROWS": [*self.groups["ROWS"]], "COLUMNS": [*self.groups["COLUMNS"]]},
            metadata=[*self.metadata],
            index={},
        )

    def box(self, area: Area) -> Box:
        """Close an area at the edges of this grid."""
        return area.within(self.row_count, self.column_count)

    def cell(self, row: int, column: int) -> Cell:
        """Return one cell."""
        return self.rows[row].cells.get(column, EMPTY)

    def put(self, row: int, cells: Mapping[int, Cell]) -> None:
        """Replace some cells of a row."""
        self.rows[row] = self.rows[row].with_cells(cells)
        self.index.clear()

    def change(self, box: Box, changed: Callable[[Cell], Cell]) -> None:
        """Replace each cell of a box by what it becomes; empty rows stay shared."""
        for row in box.rows:
            self.put(row, {column: changed(self.cell(row, column)) for column in box.columns})

    def last_row(self, columns: range | None = None) -> int:
        """Return the index after the last row that has a value."""
        wanted = columns or range(self.column_count)
        for row in range(self.row_count, 0, -1):
            if self.rows[row - 1] is not EMPTY_ROW and self.rows[row - 1].has_values(wanted):
                return row
        return 0

    def grow(self, rows: int, columns: int) -> None:
        """Add empty lines at the ends until the grid is at least that large."""
        more = max(0, rows - self.row_count)
        self.rows += [EMPTY_ROW] * more
        self.lines["ROWS"] += [PLAIN] * more
        self.lines["COLUMNS"] += [PLAIN] * max(0, columns - self.column_count)

    def reorder(self, dimension: Dimension, order: Order) -> None:
        """Insert, delete and move lines at once; whatever has a place on them goes with them."""
        now = {old: new for new, old in enumerate(order) if old is not None}
        lines = self.lines[dimension]
        self.lines[dimension] = [PLAIN if old is None else lines[old] for old in order]
        self.index.clear()
        if dimension == "ROWS":
            self.rows = [EMPTY_ROW if old is None else self.rows[old] for old in order]
        else:
            self.rows = [_with_columns(row, now) for row in self.rows]
        self._move_ranges(dimension, now)

    def _move_ranges(self, dimension: Dimension, now: Mapping[int, int]) -> None:
        def follow(found: JsonObject) -> JsonObject | None:
            return moved(found, dimension, now)

        self.merges = _kept(map(follow, self.merges))
        self.protected = _kept(_with_range(each, follow) for each in self.protected)
        self.basic_filter = _with_range(self.basic_filter, follow) if self.basic_filter else None
        self.conditional = [
            {**rule, "ranges": ranges}
            for rule in self.conditional
            if (ranges := _kept(map(follow, rule.get("ranges", []))))
        ]
        self.groups[dimension] = _kept(_moved_group(group, now) for group in self.groups[dimension])

    def rewrite(self, changed: Callable[[str], str]) -> None:
        """Replace the text of each formula; equal ones are worked out once."""
        known: dict[str, str] = {}
        for at, row in enumerate(self.rows):
            for column in row.formulas:
                text = row.cells[column].formula or ""
                if text not in known:
                    known[text] = changed(text)
                if known[text] != text:
                    self.put(at, {column: replace(row.cells[column], value={"formulaValue": known[text]})})


def _with_columns(row: Row, now: Mapping[int, int]) -> Row:
    if not row.cells or all(now.get(column) == column for column in row.cells):
        return row
    return Row({now[column]: cell for column, cell in row.cells.items() if column in now})


def _kept(found: Iterable[JsonObject | None]) -> list[JsonObject]:
    return [each for each in found if each is not None]


def _with_range(thing: JsonObject, follow: Callable[[JsonObject], JsonObject | None]) -> JsonObject | None:
    found = follow(thing.get("range", {}))
    return None if found is None else {**thing, "range": found}


def moved(grid_range: JsonObject, dimension: Dimension, now: Mapping[int, int]) -> JsonObject | None:
    """Return where a GridRange is after lines moved; None if nothing of it is left. An open end stays open."""
    first, last = _ENDS[dimension]
    if last not in grid_range:
        return grid_range
    left = [now[at] for at in range(grid_range.get(first) or 0, grid_range[last]) if at in now]
    return {**grid_range, first: min(left), last: max(left) + 1} if left else None


def _moved_group(group: JsonObject, now: Mapping[int, int]) -> JsonObject | None:
    span = group["range"]
    left = [now[at] for at in range(span["startIndex"], span["endIndex"]) if at in now]
    return {**group, "range": {**span, "startIndex": min(left), "endIndex": max(left) + 1}} if left else None
