"""Edits of what lies over cells: protection, colours by rule, filters, names, metadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sheets_sync.testing.google import fields, view
from sheets_sync.testing.google.edit_cells import place
from sheets_sync.testing.google.edit_lines import span
from sheets_sync.testing.google.edit_tabs import mask_of, new_number
from sheets_sync.testing.google.errors import InvalidArgument, JsonObject
from sheets_sync.testing.google.grid import Sheet
from sheets_sync.testing.google.look import tidy_colors
from sheets_sync.testing.google.spreadsheet import Spreadsheet


def _bare(grid_range: JsonObject) -> JsonObject:
    return {name: value for name, value in grid_range.items() if name != "sheetId"}


def _without_false(thing: JsonObject) -> JsonObject:
    return {name: value for name, value in thing.items() if value not in (False, "")}


def add_protected_range(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Protect a range, or with an empty one a whole tab."""
    given = asked.get("protectedRange", {})
    sheet, _ = place(book, given.get("range", {}))
    made = _protected(given) | {"protectedRangeId": given.get("protectedRangeId") or new_number()}
    sheet.protected.append(made)
    editors = {name: each for name, each in given.get("editors", {}).items() if each}
    told = {**made, "range": view.on_sheet(made["range"], sheet), "editors": editors}
    return {"addProtectedRange": {"protectedRange": told}}


def _protected(given: JsonObject) -> JsonObject:
    """The user who asks can edit, whatever they say about themselves."""
    editors = {name: each for name, each in given.get("editors", {}).items() if each}
    made = {
        **given,
        "range": _bare(given.get("range", {})),
        "requestingUserCanEdit": True,
        "editors": editors,
    }
    return _without_false(made)


def _find_protected(book: Spreadsheet, wanted: int) -> tuple[Sheet, int]:
    for sheet in book.sheets:
        for at, each in enumerate(sheet.protected):
            if each["protectedRangeId"] == wanted:
                return sheet, at
    raise InvalidArgument(f"No protected range with id: {wanted}")


def update_protected_range(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Change a protected range."""
    given = asked.get("protectedRange", {})
    sheet, at = _find_protected(book, given.get("protectedRangeId", 0))
    old = sheet.protected[at]
    new = fields.updated(old, given, mask_of(asked))
    kept = {"range": new.get("range", old["range"]), "protectedRangeId": old["protectedRangeId"]}
    sheet.protected[at] = _protected({**new, **kept})
    return {}


def delete_protected_range(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Take a protection away."""
    sheet, at = _find_protected(book, asked.get("protectedRangeId", 0))
    del sheet.protected[at]
    return {}


def add_conditional_rule(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Colour cells by a rule; all its ranges are on one tab."""
    rule = tidy_colors(asked.get("rule", {}))
    if not isinstance(rule, dict) or not rule.get("ranges"):
        raise InvalidArgument("ConditionalFormatRule.ranges must be set.")
    sheet, _ = place(book, rule["ranges"][0])
    made = {**rule, "ranges": [_bare(each) for each in rule["ranges"]]}
    sheet.conditional.insert(asked.get("index", 0), made)
    return {}


def delete_conditional_rule(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Take the rule at a place away."""
    sheet, at = book.sheet(asked.get("sheetId", 0), "sheet"), asked.get("index", 0)
    if at >= len(sheet.conditional):
        raise InvalidArgument(f"No conditional format on sheet: {sheet.id} at index: {at}")
    gone = sheet.conditional.pop(at)
    ranges = [view.on_sheet(each, sheet) for each in gone["ranges"]]
    return {"deleteConditionalFormatRule": {"rule": {**gone, "ranges": ranges}}}


def set_basic_filter(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Put the filter on a range; a tab has one."""
    given = asked.get("filter", {})
    sheet, _ = place(book, given.get("range", {}))
    sheet.basic_filter = {**given, "range": _bare(given.get("range", {}))}
    return {}


def clear_basic_filter(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Take the filter away."""
    book.sheet(asked.get("sheetId", 0), "sheet").basic_filter = None
    return {}


def add_named_range(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Name a range."""
    given = asked.get("namedRange", {})
    sheet, _ = place(book, given.get("range", {}))
    name = given.get("name", "")
    if any(each["name"] == name for each in book.named_ranges):
        raise InvalidArgument(f"Cannot add named range with name: {name}. The named range already exists.")
    made = {
        "namedRangeId": given.get("namedRangeId") or str(new_number()),
        "name": name,
        "range": view.on_sheet(_bare(given["range"]), sheet),
    }
    book.named_ranges.append(made)
    return {"addNamedRange": {"namedRange": made}}


def delete_named_range(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Take a name away."""
    wanted = asked.get("namedRangeId", "")
    left = [each for each in book.named_ranges if each["namedRangeId"] != wanted]
    if len(left) == len(book.named_ranges):
        raise InvalidArgument(f"No named range with id: {wanted}")
    book.named_ranges = left
    return {}


def create_metadata(book: Spreadsheet, asked: JsonObject) -> JsonObject:
    """Put developer metadata on the spreadsheet, a tab, or one line, with which it moves."""
    given = asked.get("developerMetadata", {})
    where = given.get("location", {})
    if given.get("visibility") not in ("DOCUMENT", "PROJECT"):
        raise InvalidArgument("DeveloperMetadata.visibility must be set.")
    made = {"metadataId": new_number(), **given}
    put = _put_on_line if "dimensionRange" in where else _put_on_tab if "sheetId" in where else _put_on_book
    return {"createDeveloperMetadata": {"developerMetadata": put(book, made, where)}}


def _put_on_book(book: Spreadsheet, made: JsonObject, where: JsonObject) -> JsonObject:
    if not where.get("spreadsheet"):
        raise InvalidArgument("DeveloperMetadataLocation must be set.")
    told = {**made, "location": {"locationType": "SPREADSHEET", "spreadsheet": True}}
    book.metadata.append(told)
    return told


def _put_on_tab(book: Spreadsheet, made: JsonObject, where: JsonObject) -> JsonObject:
    sheet = book.sheet(where["sheetId"], "sheet")
    sheet.metadata.append(made)
    return view.on_tab(made, sheet)


def _put_on_line(book: Spreadsheet, made: JsonObject, where: JsonObject) -> JsonObject:
    sheet, dimension, first, last = span(book, where["dimensionRange"])
    if last - first != 1:
        raise InvalidArgument("DeveloperMetadata may only be associated with a single row or column.")
    lines = sheet.lines[dimension]
    lines[first] = replace(lines[first], metadata=(*lines[first].metadata, made))
    return view.located(made, dimension, first, sheet)


EDITS: Mapping[str, Callable[[Spreadsheet, JsonObject], JsonObject]] = {
    "addProtectedRange": add_protected_range,
    "updateProtectedRange": update_protected_range,
    "deleteProtectedRange": delete_protected_range,
    "addConditionalFormatRule": add_conditional_rule,
    "deleteConditionalFormatRule": delete_conditional_rule,
    "setBasicFilter": set_basic_filter,
    "clearBasicFilter": clear_basic_filter,
    "addNamedRange": add_named_range,
    "deleteNamedRange": delete_named_range,
    "createDeveloperMetadata": create_metadata,
}
