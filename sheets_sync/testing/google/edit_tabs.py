"""Edits of a spreadsheet and its tabs as wholes."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace

from sheets_sync.testing.google import fields, view
from sheets_sync.testing.google.errors import InvalidArgument, JsonObject
from sheets_sync.testing.google.fields import Mask
from sheets_sync.testing.google.grid import DEFAULT_COLUMNS, DEFAULT_ROWS, Dimension, Line, Sheet
from sheets_sync.testing.google.look import tidy_colors
from sheets_sync.testing.google.spreadsheet import Spreadsheet

MAX_TITLE = 100
_COUNTS: Mapping[Dimension, str] = {"ROWS": "rowCount", "COLUMNS": "columnCount"}
_NAMES: Mapping[Dimension, str] = {"ROWS": "rows", "COLUMNS": "columns"}
_FROZEN: Mapping[Dimension, str] = {"ROWS": "frozenRowCount", "COLUMNS": "frozenColumnCount"}


def mask_of(asked: JsonObject) -> Mask:
    """Read the `fields` of a request, which must be there."""
    if not asked.get("fields"):
        raise InvalidArgument(
            "At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)"
        )
    return fields.parse(asked["fields"])


def add_sheet(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Add a tab, at the end if no index is given."""
    wanted = asked.get("properties", {})
    grid = wanted.get("gridProperties", {})
    sheet = Sheet.blank(
        _new_id(book, wanted.get("sheetId")),
        _new_title(book, wanted.get("title")),
        grid.get("rowCount", DEFAULT_ROWS),
        grid.get("columnCount", DEFAULT_COLUMNS),
    )
    book.sheets.insert(wanted.get("index", len(book.sheets)), sheet)
    _dress(sheet, wanted, {key: {} for key in wanted})
    return {"addSheet": {"properties": view.properties(book, sheet)}}


def new_number() -> int:
    """Return a number for something new."""
    return random.randrange(1, 2**31)  # noqa: S311 - only to be new


def _new_id(book: Spreadsheet, wanted: int | None) -> int:
    taken = {sheet.id for sheet in book.sheets}
    if wanted in taken:
        raise InvalidArgument(f"Sheet with id {wanted} already exists.")
    return new_number() if wanted is None else wanted


def _new_title(book: Spreadsheet, wanted: str | None) -> str:
    if wanted is not None:
        _check_title(book, wanted)
        return wanted
    number = len(book.sheets) + 1
    while book.tab(f"Sheet{number}"):
        number += 1
    return f"Sheet{number}"


def _check_title(book: Spreadsheet, title: str, own: Sheet | None = None) -> None:
    if book.tab(title) not in (None, own):
        raise InvalidArgument(f'A sheet with the name "{title}" already exists. Please enter another name.')
    if not title:
        raise InvalidArgument("The sheet name cannot be empty.")
    if len(title) > MAX_TITLE:
        raise InvalidArgument(f"The sheet name cannot be greater than {MAX_TITLE} characters.")


def duplicate(book: Spreadsheet, sheet: Sheet, title: str, index: int, sheet_id: int | None = None) -> Sheet:
    """Copy a tab with all it has; what is known by an id gets another one."""
    copy = sheet.copy()
    copy.id = _new_id(book, sheet_id)
    _check_title(book, title)
    copy.properties = {**sheet.properties, "title": title}
    copy.protected = [{**each, "protectedRangeId": new_number()} for each in sheet.protected]
    copy.metadata = [{**each, "metadataId": new_number()} for each in sheet.metadata]
    for lines in copy.lines.values():
        lines[:] = [_with_new_ids(line) for line in lines]
    book.sheets.insert(index, copy)
    return copy


def _with_new_ids(line: Line) -> Line:
    if not line.metadata:
        return line
    return replace(line, metadata=tuple({**each, "metadataId": new_number()} for each in line.metadata))


def duplicate_sheet(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Copy a tab, to the left of all if no index is given."""
    sheet = book.sheet(asked.get("sourceSheetId", 0), "sheet")
    title = asked.get("newSheetName") or f"Copy of {sheet.title}"
    copy = duplicate(book, sheet, title, asked.get("insertSheetIndex", 0), asked.get("newSheetId"))
    return {"duplicateSheet": {"properties": view.properties(book, copy)}}


def delete_sheet(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Delete a tab, but not the last one."""
    sheet = book.sheet(asked.get("sheetId", 0), "sheet")
    if all(each is sheet or each.properties.get("hidden") for each in book.sheets):
        raise InvalidArgument("You can't remove all the visible sheets in a document.")
    book.remove(sheet)
    return {}


def update_sheet_properties(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Rename, move, resize, hide or colour a tab."""
    wanted = asked.get("properties", {})
    mask = mask_of(asked) or {key: {} for key in wanted}
    sheet = book.sheet(wanted.get("sheetId", 0), "sheet")
    if "title" in mask and wanted.get("title") != sheet.title:
        _check_title(book, wanted.get("title", ""), sheet)
        book.retitle(sheet, wanted["title"])
    if "index" in mask:
        _move(book, sheet, wanted.get("index", 0))
    if "gridProperties" in mask:
        _resize(book, sheet, wanted.get("gridProperties", {}), mask["gridProperties"])
    _dress(sheet, wanted, mask)
    if all(each.properties.get("hidden") for each in book.sheets):
        raise InvalidArgument("You can't hide all the sheets in a document.")
    return {}


def _move(book: Spreadsheet, sheet: Sheet, index: int) -> None:
    """The index counts the tabs as they were before the move."""
    now = book.sheets.index(sheet)
    if index in (now, now + 1):
        return
    book.sheets.remove(sheet)
    book.sheets.insert(index - 1 if index > now else index, sheet)


def _resize(book: Spreadsheet, sheet: Sheet, wanted: JsonObject, mask: Mask) -> None:
    for dimension, name in _COUNTS.items():
        if fields.wants(mask, name):
            count = wanted.get(name, 0)  # a mask of all gridProperties without a count means none
            if count < 1:
                raise InvalidArgument(f"You can't delete all the {_NAMES[dimension]} on the sheet.")
            if count < len(sheet.lines[dimension]):
                book.reorder(sheet, dimension, range(count))
    sheet.grow(wanted.get("rowCount", 0), wanted.get("columnCount", 0))


def _dress(sheet: Sheet, wanted: JsonObject, mask: Mask) -> None:
    """Take over the properties that only have to be kept."""
    kept = {
        name: below for name, below in mask.items() if name not in ("title", "index", "sheetId", "sheetType")
    }
    new = tidy_colors(_without_defaults(wanted))
    if isinstance(new, dict) and kept:
        sheet.properties = _with_both_colors(fields.updated(sheet.properties, new, kept), kept)
    grid = sheet.properties.get("gridProperties", {})
    grid = {name: value for name, value in grid.items() if name not in _COUNTS.values()}
    sheet.properties = {name: value for name, value in sheet.properties.items() if name != "gridProperties"}
    if grid:
        sheet.properties = {**sheet.properties, "gridProperties": grid}
    for dimension, name in _FROZEN.items():
        if grid.get(name, 0) >= len(sheet.lines[dimension]):
            raise InvalidArgument(f"You can't freeze all visible {_NAMES[dimension]} on the sheet.")


def _without_defaults(wanted: JsonObject) -> JsonObject:
    """What is false or 0 is not said back."""
    return {
        name: _without_defaults(value) if isinstance(value, dict) and not name.endswith("Style") else value
        for name, value in wanted.items()
        if value not in (False, "", None)
    }


def _with_both_colors(found: JsonObject, mask: Mask) -> JsonObject:
    """A tab's colour is said in two forms."""
    if "tabColorStyle" in mask:
        rgb = found.get("tabColorStyle", {}).get("rgbColor")
        return {**found, "tabColor": rgb} if rgb is not None else found
    if "tabColor" in mask and "tabColor" in found:
        return {**found, "tabColorStyle": {"rgbColor": found["tabColor"]}}
    return found


def update_spreadsheet_properties(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Rename the spreadsheet, or set its locale and time zone."""
    wanted, mask = asked.get("properties", {}), mask_of(asked)
    if "title" in mask and not wanted.get("title"):
        raise InvalidArgument("The spreadsheet title cannot be empty.")
    book.properties = fields.updated(book.properties, wanted, mask)
    return {}


EDITS: Mapping[str, Callable[[Spreadsheet, JsonObject], JsonObject]] = {
    "addSheet": add_sheet,
    "duplicateSheet": duplicate_sheet,
    "deleteSheet": delete_sheet,
    "updateSheetProperties": update_sheet_properties,
    "updateSpreadsheetProperties": update_spreadsheet_properties,
}
