"""Edits of rows and columns as lines: inserted, deleted, moved, sized, grouped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sheets_sync.testing.google import fields, view
from sheets_sync.testing.google.cell import Cell
from sheets_sync.testing.google.edit_tabs import mask_of
from sheets_sync.testing.google.errors import InvalidArgument, JsonObject
from sheets_sync.testing.google.grid import Dimension, Line, Sheet
from sheets_sync.testing.google.spreadsheet import Spreadsheet

_CONTROL: Mapping[Dimension, str] = {"ROWS": "rowGroupControlAfter", "COLUMNS": "columnGroupControlAfter"}
Span = tuple[Sheet, Dimension, int, int]


def span(book: Spreadsheet, asked: JsonObject, *, may_end_after: bool = False) -> Span:
    """Read a DimensionRange: tab, dimension, first line and the one after the last."""
    sheet = book.sheet(asked.get("sheetId", 0))
    dimension = _dimension(asked)
    count = len(sheet.lines[dimension])
    first, last = asked.get("startIndex", 0), asked.get("endIndex", count)
    what = "row" if dimension == "ROWS" else "column"
    if first >= last:
        raise InvalidArgument("The end index must be after the start index.")
    if last > count and not may_end_after:
        raise InvalidArgument(f"range.endIndex[{last}] is after last {what} in grid[{count}]")
    if first > count:
        raise InvalidArgument(f"range.startIndex is larger than current grid size ({count})")
    return sheet, dimension, first, last


def _dimension(asked: JsonObject) -> Dimension:
    match asked.get("dimension"):
        case "ROWS":
            return "ROWS"
        case "COLUMNS":
            return "COLUMNS"
        case _:
            raise InvalidArgument("No dimension specified.")


def insert(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Insert empty lines that look like a neighbour."""
    sheet, dimension, first, last = span(book, asked.get("range", {}), may_end_after=True)
    is_before = asked.get("inheritFromBefore", False)
    if is_before and first == 0:
        raise InvalidArgument("inheritFromBefore cannot be true when inserting at index 0.")
    count = len(sheet.lines[dimension])
    if not is_before and first == count:
        raise InvalidArgument(
            f"range.startIndex must be less than the grid size ({count}) if inheritFromBefore is false."
        )
    insert_lines(book, sheet, dimension, first, last - first)
    neighbour = first - 1 if is_before else last
    _inherit(sheet, dimension, range(first, last), neighbour)
    return {}


def insert_lines(book: Spreadsheet, sheet: Sheet, dimension: Dimension, at: int, count: int) -> None:
    """Insert empty lines."""
    old = range(len(sheet.lines[dimension]))
    book.reorder(sheet, dimension, [*old[:at], *[None] * count, *old[at:]])


def _inherit(sheet: Sheet, dimension: Dimension, new: range, neighbour: int) -> None:
    if dimension == "ROWS":
        cells = {column: _dress(cell) for column, cell in sheet.rows[neighbour].cells.items()}
        for at in new if cells else ():
            sheet.put(at, cells)
        return
    for at, row in enumerate(sheet.rows):
        if neighbour in row.cells:
            sheet.put(at, dict.fromkeys(new, _dress(row.cells[neighbour])))


def _dress(cell: Cell) -> Cell:
    return Cell(format=cell.format, validation=cell.validation)


def append(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Add empty lines at the end."""
    sheet, dimension = book.sheet(asked.get("sheetId", 0)), _dimension(asked)
    length = asked.get("length", 0)
    if length < 1:
        raise InvalidArgument("length must be greater than zero.")
    rows, columns = (length, 0) if dimension == "ROWS" else (0, length)
    sheet.grow(sheet.row_count + rows, sheet.column_count + columns)
    return {}


def delete(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Delete lines, but not all."""
    sheet, dimension, first, last = span(book, asked.get("range", {}))
    delete_lines(book, sheet, dimension, first, last)
    return {}


def delete_lines(book: Spreadsheet, sheet: Sheet, dimension: Dimension, first: int, last: int) -> None:
    """Delete lines, but not all."""
    old = range(len(sheet.lines[dimension]))
    if last - first >= len(old):
        what = "rows" if dimension == "ROWS" else "columns"
        raise InvalidArgument(f"You can't delete all the {what} on the sheet.")
    book.reorder(sheet, dimension, [*old[:first], *old[last:]])


def move(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Move lines; the destination counts as things are before the move."""
    sheet, dimension, first, last = span(book, asked.get("source", {}))
    to = asked.get("destinationIndex", 0)
    if first < to < last or to > len(sheet.lines[dimension]):
        raise InvalidArgument(
            "The destination index must be outside of the source range and inside of the grid."
        )
    move_lines(book, sheet, dimension, (first, last), to)
    return {}


def move_lines(
    book: Spreadsheet, sheet: Sheet, dimension: Dimension, lines: tuple[int, int], to: int
) -> None:
    """Move lines before the line that is at `to` now."""
    old = range(len(sheet.lines[dimension]))
    taken = old[lines[0] : lines[1]]
    before = [at for at in old[:to] if at not in taken]
    after = [at for at in old[to:] if at not in taken]
    book.reorder(sheet, dimension, [*before, *taken, *after])


def update_properties(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Size lines, or hide them."""
    sheet, dimension, first, last = span(book, asked.get("range", {}))
    mask = mask_of(asked)
    new = {name: value for name, value in asked.get("properties", {}).items() if value}
    lines = sheet.lines[dimension]
    for at in range(first, last):
        lines[at] = replace(lines[at], properties=fields.updated(lines[at].properties, new, mask))
    return {}


def auto_resize(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Forget the sizes of lines: how wide a text is, is not known here."""
    sheet, dimension, first, last = span(book, asked.get("dimensions", {}))
    lines = sheet.lines[dimension]
    for at in range(first, last):
        kept = {name: value for name, value in lines[at].properties.items() if name != "pixelSize"}
        lines[at] = Line(properties=kept, metadata=lines[at].metadata)
    return {}


def add_group(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Group lines, inside of the groups that cover them."""
    sheet, dimension, first, last = span(book, asked.get("range", {}))
    groups = sheet.groups[dimension]
    depth = 1 + sum(_covers(group, first, last) for group in groups)
    groups.append({"range": {"dimension": dimension, "startIndex": first, "endIndex": last}, "depth": depth})
    grid = {**sheet.properties.get("gridProperties", {}), _CONTROL[dimension]: True}
    sheet.properties = {**sheet.properties, "gridProperties": grid}
    return {"addDimensionGroup": {"dimensionGroups": [view.group(each, sheet) for each in groups]}}


def _covers(group: JsonObject, first: int, last: int) -> bool:
    lines = group["range"]
    return bool(lines["startIndex"] <= first and last <= lines["endIndex"])


def delete_group(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Take the innermost group away that has just these lines."""
    sheet, dimension, first, last = span(book, asked.get("range", {}))
    groups = sheet.groups[dimension]
    same = [
        each for each in groups if (each["range"]["startIndex"], each["range"]["endIndex"]) == (first, last)
    ]
    if not same:
        raise InvalidArgument("There is no group to delete over the specified range.")
    groups.remove(same[-1])
    left = [view.group(each, sheet) for each in groups]
    return {"deleteDimensionGroup": {"dimensionGroups": left} if left else {}}


EDITS: Mapping[str, Callable[[Spreadsheet, JsonObject], JsonObject]] = {
    "insertDimension": insert,
    "appendDimension": append,
    "deleteDimension": delete,
    "moveDimension": move,
    "updateDimensionProperties": update_properties,
    "autoResizeDimensions": auto_resize,
    "addDimensionGroup": add_group,
    "deleteDimensionGroup": delete_group,
}
