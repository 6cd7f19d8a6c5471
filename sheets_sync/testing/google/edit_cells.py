"""Edits of cells: what is in them, how they look, how they are sorted and merged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from sheets_sync.testing.google import fields
from sheets_sync.testing.google.a1 import Area, Box
from sheets_sync.testing.google.cell import EMPTY, Cell, entered
from sheets_sync.testing.google.edit_tabs import mask_of
from sheets_sync.testing.google.errors import InvalidArgument, JsonObject
from sheets_sync.testing.google.fields import Mask, wants
from sheets_sync.testing.google.grid import Sheet
from sheets_sync.testing.google.look import tidy_colors
from sheets_sync.testing.google.spreadsheet import Spreadsheet, inside

_CELL_FIELDS = {
    "userEnteredValue",
    "userEnteredFormat",
    "note",
    "dataValidation",
    "textFormatRuns",
}
_SIDES = ("top", "bottom", "left", "right")


def place(book: Spreadsheet, grid_range: JsonObject) -> tuple[Sheet, Box]:
    """Find a GridRange; what lies outside of the grid is cut off, but it must begin within."""
    sheet = book.sheet(grid_range.get("sheetId", 0))
    return sheet, inside(sheet, Area.of(grid_range))


def append_cells(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Write below the last row with a value; the grid grows where it must."""
    sheet, mask = book.sheet(asked.get("sheetId", 0)), _cell_mask(asked)
    rows = asked.get("rows", [])
    top = sheet.last_row()
    _write(sheet, top, 0, rows, mask)
    return {}


def update_cells(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Write rows of cells at a place; in a range, what the rows do not reach is cleared."""
    mask, rows = _cell_mask(asked), asked.get("rows", [])
    if "range" not in asked:
        sheet, row, column = _start(book, asked.get("start", {}))
        _check_inside(sheet, row + len(rows), column + _width(rows))
        _write(sheet, row, column, rows, mask)
        return {}
    sheet, box = place(book, asked["range"])
    if len(rows) > box.bottom - box.top:
        raise InvalidArgument(
            f"Attempting to write row: {box.bottom}, beyond the last requested row of: {box.bottom - 1}"
        )
    if _width(rows) > box.right - box.left:
        last = box.right - 1
        raise InvalidArgument(
            f"Attempting to write column: {box.right}, beyond the last requested column of: {last}"
        )
    _clear_rest(sheet, box, rows, mask)
    _write(sheet, box.top, box.left, rows, mask)
    return {}


def _start(book: Spreadsheet, start: JsonObject) -> tuple[Sheet, int, int]:
    sheet = book.sheet(start.get("sheetId", 0))
    row, column = start.get("rowIndex", 0), start.get("columnIndex", 0)
    if row >= sheet.row_count:
        last = sheet.row_count - 1
        raise InvalidArgument(f"GridCoordinate.rowIndex[{row}] is after last row in grid[{last}]")
    if column >= sheet.column_count:
        last = sheet.column_count - 1
        raise InvalidArgument(f"GridCoordinate.columnIndex[{column}] is after last column in grid[{last}]")
    return sheet, row, column


def _check_inside(sheet: Sheet, bottom: int, right: int) -> None:
    if bottom > sheet.row_count:
        last = sheet.row_count - 1
        raise InvalidArgument(
            f"Attempting to write row: {last + 1}, beyond the last requested row of: {last}"
        )
    if right > sheet.column_count:
        last = sheet.column_count - 1
        raise InvalidArgument(
            f"Attempting to write column: {last + 1}, beyond the last requested column of: {last}"
        )


def _width(rows: Sequence[JsonObject]) -> int:
    return max((len(row.get("values", [])) for row in rows), default=0)


def _cell_mask(asked: JsonObject) -> Mask:
    mask = mask_of(asked)
    for name in mask:
        if name not in _CELL_FIELDS:
            raise InvalidArgument(f"Invalid field: {name}")
    return mask


def _write(sheet: Sheet, top: int, left: int, rows: Sequence[JsonObject], mask: Mask) -> None:
    sheet.grow(top + len(rows), left + _width(rows))
    for at, row in enumerate(rows, top):
        sheet.put(
            at,
            {
                column: changed(sheet.cell(at, column), new, mask)
                for column, new in enumerate(row.get("values", []), left)
            },
        )


def _clear_rest(sheet: Sheet, box: Box, rows: Sequence[JsonObject], mask: Mask) -> None:
    for at in box.rows:
        given = len(rows[at - box.top].get("values", [])) if at - box.top < len(rows) else 0
        rest = range(box.left + given, box.right)
        cells = {
            column: changed(sheet.cell(at, column), {}, mask)
            for column in rest
            if column in sheet.rows[at].cells
        }
        if cells:
            sheet.put(at, cells)


def changed(cell: Cell, new: JsonObject, mask: Mask) -> Cell:
    """Return a cell with the parts that the mask names taken from a CellData."""
    value, error, runs = cell.value, cell.error, cell.runs
    if wants(mask, "userEnteredValue"):
        value, error, runs = entered(new.get("userEnteredValue")), None, ()
    if wants(mask, "textFormatRuns"):
        runs = tuple(new.get("textFormatRuns", ()))
    return Cell(
        value=value,
        error=error,
        runs=runs,
        format=_format(cell, new, mask) if wants(mask, "userEnteredFormat") else cell.format,
        note=new.get("note", "") if wants(mask, "note") else cell.note,
        validation=new.get("dataValidation") if wants(mask, "dataValidation") else cell.validation,
    )


def _format(cell: Cell, new: JsonObject, mask: Mask) -> JsonObject | None:
    wanted = tidy_colors(new.get("userEnteredFormat", {}))
    if not isinstance(wanted, dict):
        return cell.format
    return fields.updated(cell.format or {}, wanted, mask.get("userEnteredFormat", {})) or None


def repeat_cell(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Write the same into each cell of a range."""
    sheet, box = place(book, asked.get("range", {}))
    mask, new = _cell_mask(asked), asked.get("cell", {})
    sheet.change(box, lambda cell: changed(cell, new, mask))
    return {}


def set_data_validation(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Put a rule on each cell of a range, or take it away."""
    sheet, box = place(book, asked.get("range", {}))
    rule = asked.get("rule")
    if rule is not None and not rule.get("condition", {}).get("type"):
        raise InvalidArgument("BooleanCondition.type is required.")
    kept = rule and {name: value for name, value in rule.items() if value is not False}
    sheet.change(box, lambda cell: replace(cell, validation=kept))
    return {}


def sort_range(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Sort the rows of a range by one or more of its columns; empty cells come last either way."""
    sheet, box = place(book, asked.get("range", {}))
    specs = [
        (each.get("dimensionIndex", 0), each.get("sortOrder", "ASCENDING"))
        for each in asked.get("sortSpecs", [])
    ]
    for column, _ in specs:
        if column not in box.columns:
            raise InvalidArgument(f"SortSpec.dimensionIndex[{column}] is outside of the range.")
    sort(book, sheet, box, [(column, order == "DESCENDING") for column, order in specs])
    return {}


def sort(book: Spreadsheet, sheet: Sheet, box: Box, columns: Iterable[tuple[int, bool]]) -> None:
    """Sort rows of a box by columns, each descending or not; equal rows keep their order."""
    order = list(box.rows)
    for column, descending in reversed(list(columns)):
        keys = {row: _sort_key(book, sheet, row, column) for row in order}
        filled = sorted(
            (row for row in order if keys[row]), key=lambda row: keys[row] or (0, 0), reverse=descending
        )
        order = [*filled, *(row for row in order if not keys[row])]
    _put_in_order(sheet, box, order)


def _put_in_order(sheet: Sheet, box: Box, order: Sequence[int]) -> None:
    rows = [sheet.rows[row] for row in order]
    is_whole = box.left == 0 and box.right == sheet.column_count
    for at, row in zip(box.rows, rows, strict=True):
        if is_whole:  # the row itself moves, with what is known of it
            sheet.rows[at] = row
        else:
            sheet.put(at, {column: row.cells.get(column, EMPTY) for column in box.columns})
    sheet.index.clear()


def _sort_key(book: Spreadsheet, sheet: Sheet, row: int, column: int) -> tuple[int, float | str] | None:
    what = book.shows(sheet, row, column)
    if what is None or what[1] == "":
        return None
    kind, content, _ = what
    if isinstance(content, (int, float)):
        return (2 if kind == "boolValue" else 0), float(content)
    return (1 if kind == "stringValue" else 3), str(content).casefold()


def merge_cells(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Merge the cells of a range; only the first one keeps its value."""
    sheet, box = place(book, asked.get("range", {}))
    kind = asked.get("mergeType", "MERGE_ALL")
    _drop_merges(sheet, box)
    for part in _merge_parts(box, kind):
        sheet.merges.append(as_range(part))
        _keep_first(sheet, part)
    return {}


def unmerge_cells(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Undo the merges in a range."""
    sheet, box = place(book, asked.get("range", {}))
    _drop_merges(sheet, box)
    return {}


def _drop_merges(sheet: Sheet, box: Box) -> None:
    for merge in [*sheet.merges]:
        other = sheet.box(Area.of(merge))
        if not box.meets(other):
            continue
        if not box.covers(other):
            raise InvalidArgument("You must select all cells in a merged range to merge or unmerge them.")
        sheet.merges.remove(merge)


def _merge_parts(box: Box, kind: str) -> list[Box]:
    if kind == "MERGE_ROWS":
        return [replace(box, top=row, bottom=row + 1) for row in box.rows]
    if kind == "MERGE_COLUMNS":
        return [replace(box, left=column, right=column + 1) for column in box.columns]
    return [box]


def as_range(box: Box) -> JsonObject:
    """Write a box as a GridRange that does not name the tab."""
    return {
        "startRowIndex": box.top,
        "endRowIndex": box.bottom,
        "startColumnIndex": box.left,
        "endColumnIndex": box.right,
    }


def _keep_first(sheet: Sheet, box: Box) -> None:
    first = sheet.cell(box.top, box.left)
    sheet.change(box, lambda cell: replace(cell, value=None, error=None))
    sheet.put(box.top, {box.left: first})


def update_borders(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Draw lines around a range and, where asked, between its cells."""
    sheet, box = place(book, asked.get("range", {}))
    given = tidy_colors(asked)
    for row in box.rows:
        cells = {column: _bordered(sheet, box, row, column, given) for column in box.columns}
        sheet.put(row, cells)
    return {}


def _bordered(sheet: Sheet, box: Box, row: int, column: int, given: object) -> Cell:
    cell = sheet.cell(row, column)
    asked: JsonObject = given if isinstance(given, dict) else {}
    at_edge = (row == box.top, row == box.bottom - 1, column == box.left, column == box.right - 1)
    inner = ("innerHorizontal", "innerHorizontal", "innerVertical", "innerVertical")
    names = {
        side: side if edge else within for side, edge, within in zip(_SIDES, at_edge, inner, strict=True)
    }
    drawn = {side: asked[name] for side, name in names.items() if name in asked}
    borders = {**(cell.format or {}).get("borders", {}), **drawn}
    return replace(cell, format={**(cell.format or {}), "borders": borders}) if borders else cell


def blank(sheet: Sheet, box: Box) -> None:
    """Take the values out of a box; formats, rules and notes stay."""
    for row in box.rows:
        cells = {
            column: replace(cell, value=None, error=None, runs=())
            for column, cell in sheet.rows[row].cells.items()
            if column in box.columns and cell is not EMPTY
        }
        if cells:
            sheet.put(row, cells)


EDITS: Mapping[str, Callable[[Spreadsheet, JsonObject], JsonObject]] = {
    "appendCells": append_cells,
    "updateCells": update_cells,
    "repeatCell": repeat_cell,
    "setDataValidation": set_data_validation,
    "sortRange": sort_range,
    "mergeCells": merge_cells,
    "unmergeCells": unmerge_cells,
    "updateBorders": update_borders,
}
