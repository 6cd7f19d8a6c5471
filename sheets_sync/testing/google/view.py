"""A spreadsheet as the API shows it: only what the field mask names, only the ranges asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from sheets_sync.testing.google import fields, formula
from sheets_sync.testing.google.a1 import Box
from sheets_sync.testing.google.cell import Cell, Shown, as_text, as_value
from sheets_sync.testing.google.errors import JsonObject
from sheets_sync.testing.google.fields import Mask, wants
from sheets_sync.testing.google.grid import Dimension, Line, Row, Sheet
from sheets_sync.testing.google.look import DEFAULT_FORMAT
from sheets_sync.testing.google.spreadsheet import Spreadsheet

_NOTHING = msgspec.Raw(b"{}")
_PIXELS: dict[Dimension, int] = {"ROWS": 21, "COLUMNS": 100}
KNOWN = fields.parse(
    "spreadsheetId,properties,namedRanges,spreadsheetUrl,developerMetadata,dataSources,"
    "sheets(properties,merges,conditionalFormats,filterViews,protectedRanges,basicFilter,charts,bandedRanges,"
    "developerMetadata,rowGroups,columnGroups,slicers,tables,"
    "data(startRow,startColumn,rowMetadata,columnMetadata,rowData(values("
    "userEnteredValue,effectiveValue,formattedValue,userEnteredFormat,effectiveFormat,hyperlink,note,"
    "textFormatRuns,dataValidation,pivotTable,dataSourceTable,dataSourceFormula,chipRuns))))"
)
"""The names a field mask may have, as deep as this stand-in answers them part by part."""


def spreadsheet(book: Spreadsheet, mask: Mask, ranges: Sequence[str] = (), *, with_cells: bool) -> JsonObject:
    """Return a Spreadsheet; a mask decides over `with_cells`, as the real one has it."""
    of_sheets = mask.get("sheets", {})
    if mask:
        with_cells = "sheets" in mask and (wants(of_sheets, "data"))
    boxes = [book.find_box(text) for text in ranges]
    asked = [sheet for sheet in book.sheets if not ranges or any(sheet is each for each, _ in boxes)]
    parts: Mapping[str, Callable[[], object]] = {
        "spreadsheetId": lambda: book.id,
        "properties": lambda: book.properties,
        "sheets": lambda: [
            _sheet(book, sheet, of_sheets, _boxes(sheet, boxes) if with_cells else []) for sheet in asked
        ],
        "namedRanges": lambda: [_named(each) for each in book.named_ranges],
        "spreadsheetUrl": lambda: f"https://docs.google.com/spreadsheets/d/{book.id}/edit",
        "developerMetadata": lambda: book.metadata,
    }
    return _wanted(parts, mask, ready=("sheets",))


def _wanted(parts: Mapping[str, Callable[[], object]], mask: Mask, ready: Sequence[str]) -> JsonObject:
    """Make only the parts asked for; empty ones are left out, `ready` ones took the mask into account already."""
    made = {name: make() for name, make in parts.items() if wants(mask, name)}
    return {
        name: value if name in ready else fields.project(value, mask.get(name, {}))
        for name, value in made.items()
        if value not in (None, [])
    }


def _boxes(sheet: Sheet, asked: Sequence[tuple[Sheet, Box]]) -> list[Box]:
    if not asked:
        return [Box(top=0, bottom=sheet.row_count, left=0, right=sheet.column_count)]
    return [box for each, box in asked if each is sheet]


def _sheet(book: Spreadsheet, sheet: Sheet, mask: Mask, boxes: Sequence[Box]) -> JsonObject:
    parts: Mapping[str, Callable[[], object]] = {
        "properties": lambda: properties(book, sheet),
        "data": lambda: [_data(book, sheet, box, mask.get("data", {})) for box in boxes],
        "merges": lambda: [on_sheet(each, sheet) for each in sheet.merges],
        "conditionalFormats": lambda: [_rule(each, sheet) for each in sheet.conditional],
        "protectedRanges": lambda: [protected(book, each, sheet) for each in sheet.protected],
        "basicFilter": lambda: sheet.basic_filter and _with_range(sheet.basic_filter, sheet),
        "developerMetadata": lambda: [on_tab(each, sheet) for each in sheet.metadata],
        "rowGroups": lambda: [group(each, sheet) for each in sheet.groups["ROWS"]],
        "columnGroups": lambda: [group(each, sheet) for each in sheet.groups["COLUMNS"]],
    }
    return _wanted(parts, mask, ready=("data",))


def properties(book: Spreadsheet, sheet: Sheet) -> JsonObject:
    """Return a tab's SheetProperties."""
    own = sheet.properties
    counts = {"rowCount": sheet.row_count, "columnCount": sheet.column_count}
    return {
        "sheetId": sheet.id,
        "title": sheet.title,
        "index": book.sheets.index(sheet),
        **{name: value for name, value in own.items() if name not in ("title", "gridProperties")},
        "gridProperties": {**counts, **own.get("gridProperties", {})},
    }


def on_sheet(grid_range: JsonObject, sheet: Sheet) -> JsonObject:
    """Name the tab in a GridRange; the first one, 0, is not said."""
    return {"sheetId": sheet.id, **grid_range} if sheet.id else grid_range


def group(each: JsonObject, sheet: Sheet) -> JsonObject:
    """Return a DimensionGroup."""
    return _with_range(each, sheet)


def _with_range(thing: JsonObject, sheet: Sheet) -> JsonObject:
    return {**thing, "range": on_sheet(thing.get("range", {}), sheet)}


def _rule(rule: JsonObject, sheet: Sheet) -> JsonObject:
    return {**rule, "ranges": [on_sheet(each, sheet) for each in rule.get("ranges", [])]}


def _named(named: JsonObject) -> JsonObject:
    """A sheetId of 0 is not said here either."""
    place = {name: value for name, value in named["range"].items() if name != "sheetId" or value}
    return {**named, "range": place}


def protected(book: Spreadsheet, each: JsonObject, sheet: Sheet) -> JsonObject:
    """Return a ProtectedRange; its editors always include the file's owner."""
    owners = [one["emailAddress"] for one in book.permissions if one["role"] == "owner"]
    given = each.get("editors", {})
    users = [*given.get("users", []), *(owner for owner in owners if owner not in given.get("users", []))]
    if each.get("warningOnly"):
        return _with_range(each, sheet)
    return {**_with_range(each, sheet), "editors": {**given, "users": users}}


def _data(book: Spreadsheet, sheet: Sheet, box: Box, mask: Mask) -> JsonObject:
    parts: Mapping[str, Callable[[], object]] = {
        "startRow": lambda: box.top or None,
        "startColumn": lambda: box.left or None,
        "rowData": lambda: _rows(book, sheet, box, mask.get("rowData", {})),
        "rowMetadata": lambda: _lines(sheet, "ROWS", box.rows),
        "columnMetadata": lambda: _lines(sheet, "COLUMNS", box.columns),
    }
    return _wanted(parts, mask, ready=("rowData",))


def _lines(sheet: Sheet, dimension: Dimension, where: range) -> list[JsonObject]:
    lines = sheet.lines[dimension]
    return [_line(lines[at], dimension, at, sheet) for at in where]


def _line(line: Line, dimension: Dimension, at: int, sheet: Sheet) -> JsonObject:
    found: JsonObject = {"pixelSize": _PIXELS[dimension], **line.properties}
    if line.metadata:
        found["developerMetadata"] = [located(each, dimension, at, sheet) for each in line.metadata]
    return found


def located(metadata: JsonObject, dimension: Dimension, at: int, sheet: Sheet) -> JsonObject:
    """Say where metadata of a line is now."""
    span = on_sheet({"dimension": dimension, "startIndex": at, "endIndex": at + 1}, sheet)
    kind = "ROW" if dimension == "ROWS" else "COLUMN"
    return {**metadata, "location": {"locationType": kind, "dimensionRange": span}}


def on_tab(metadata: JsonObject, sheet: Sheet) -> JsonObject:
    """Say on which tab metadata is."""
    return {**metadata, "location": {"locationType": "SHEET", "sheetId": sheet.id}}


def _rows(book: Spreadsheet, sheet: Sheet, box: Box, mask: Mask) -> list[msgspec.Raw]:
    """Encode the rows of a box, without the empty ones at its end."""
    if mask and "values" not in mask:
        mask = {"values": {"nothing": {}}}
    of_cell = mask.get("values", {})
    key = (box.left, box.right, repr(of_cell))
    found = [_row(book, sheet, at, key, of_cell) for at in box.rows]
    while found and found[-1] is _NOTHING:
        found.pop()
    return found


def _row(book: Spreadsheet, sheet: Sheet, at: int, key: tuple[int, int, str], mask: Mask) -> msgspec.Raw:
    row = sheet.rows[at]
    if not row.cells:
        return _NOTHING
    shows = {column: book.shows(sheet, at, column) for column in row.formulas}
    known = (*key, *shows.items())
    if known not in row.encoded:
        row.encoded[known] = _encoded(row, range(key[0], key[1]), shows, mask)
    return row.encoded[known]


def _encoded(row: Row, columns: range, shows: Mapping[int, Shown | None], mask: Mask) -> msgspec.Raw:
    last = max((column for column in row.cells if column in columns), default=-1)
    if last < 0:
        return _NOTHING
    cells = [
        _cell(row.cells[column], shows, column, mask) if column in row.cells else {}
        for column in range(columns.start, last + 1)
    ]
    while cells and not cells[-1]:
        cells.pop()
    return msgspec.Raw(msgspec.json.encode({"values": cells} if cells else {}))


def _cell(cell: Cell, shows: Mapping[int, Shown | None], column: int, mask: Mask) -> JsonObject:
    what = (
        shows.get(column) if cell.formula else (*next(iter(cell.value.items())), "") if cell.value else None
    )
    own = cell.format or {}
    found: JsonObject = {}
    if cell.value is not None:
        found["userEnteredValue"] = cell.value
    if what is not None:
        found["effectiveValue"] = as_value(what)
        if wants(mask, "formattedValue"):
            found["formattedValue"] = as_text(what, own.get("numberFormat"))
    if own:
        found["userEnteredFormat"] = own
    if wants(mask, "effectiveFormat") and (own or cell.value):
        found["effectiveFormat"] = {**DEFAULT_FORMAT, **own}
    found |= _attached(cell)
    if not mask:
        return found
    return {name: fields.project(value, mask[name]) for name, value in found.items() if name in mask}


def _attached(cell: Cell) -> JsonObject:
    found: JsonObject = {}
    if address := _hyperlink(cell):
        found["hyperlink"] = address
    if cell.note:
        found["note"] = cell.note
    if cell.runs:
        found["textFormatRuns"] = list(cell.runs)
    if cell.validation is not None:
        found["dataValidation"] = cell.validation
    return found


def _hyperlink(cell: Cell) -> str | None:
    link = formula.link(cell.formula) if cell.formula else None
    if link:
        return link[0]
    uri = (cell.format or {}).get("textFormat", {}).get("link", {}).get("uri")
    return str(uri) if uri else None
