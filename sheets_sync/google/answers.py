"""What Google answers, as far as we ask for it: tabs, their cells, and where each block of cells begins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

CELL = "userEnteredValue,hyperlink"
GRID = f"properties(sheetId,title,gridProperties(rowCount)),merges,data(startRow,startColumn,rowData(values({CELL})))"
READ = f"sheets({GRID})"
WRITTEN = f"updatedSpreadsheet({READ})"


class Entered(msgspec.Struct, rename="camel", gc=False):
    """What was entered into a cell: one of these."""

    string_value: str | None = None
    number_value: float | None = None
    bool_value: bool | None = None
    formula_value: str | None = None
    error_value: dict[str, Any] | None = None


class Cell(msgspec.Struct, rename="camel", gc=False):
    """One cell; no `user_entered_value` where it is empty."""

    user_entered_value: Entered | None = None
    hyperlink: str = ""

    @property
    def text(self) -> str:
        """The text in it, nothing where it holds something else."""
        return (self.user_entered_value and self.user_entered_value.string_value) or ""


class Line(msgspec.Struct):
    """One row of a block."""

    values: list[Cell] = []


class Block(msgspec.Struct, rename="camel"):
    """Cells from a row and a column on, both counted from 0."""

    start_row: int = 0
    start_column: int = 0
    row_data: list[Line] = []


class Grid(msgspec.Struct, rename="camel"):
    """How large a tab is."""

    row_count: int = 0


class Properties(msgspec.Struct, rename="camel"):
    """What a tab is called."""

    sheet_id: int
    title: str
    grid_properties: Grid = msgspec.field(default_factory=Grid)


class Merged(msgspec.Struct, rename="camel"):
    """Cells that were merged: from a row and a column on, up to others."""

    start_row_index: int = 0
    end_row_index: int = 0
    start_column_index: int = 0
    end_column_index: int = 0


class Tab(msgspec.Struct):
    """One tab of a spreadsheet."""

    properties: Properties
    data: list[Block] = []
    merges: list[Merged] = []

    def lines(self) -> Iterator[tuple[int, list[Cell]]]:
        """Yield each line that holds anything: its number from 0, and its cells from column A on."""
        for block in self.data:
            before = [Cell()] * block.start_column
            for line, row in enumerate(block.row_data, block.start_row):
                if any(cell.user_entered_value is not None for cell in row.values):
                    yield line, before + row.values if before else row.values


class Spreadsheet(msgspec.Struct):
    """A spreadsheet, or what was asked of it."""

    sheets: list[Tab] = []


class Updated(msgspec.Struct, rename="camel"):
    """The answer to a write."""

    updated_spreadsheet: Spreadsheet = msgspec.field(default_factory=Spreadsheet)
