"""The plain side of the API: ranges of values, read, written, appended and cleared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import NoReturn

import msgspec

from sheets_sync.testing.google import a1
from sheets_sync.testing.google.a1 import Area, Box
from sheets_sync.testing.google.cell import EMPTY, Cell, Shown, as_text, entered
from sheets_sync.testing.google.edit_cells import blank
from sheets_sync.testing.google.edit_lines import insert_lines
from sheets_sync.testing.google.entry import typed
from sheets_sync.testing.google.errors import InvalidArgument, JsonObject, NotJsonAsExpected
from sheets_sync.testing.google.grid import Sheet
from sheets_sync.testing.google.spreadsheet import Spreadsheet

Scalar = str | int | float | bool | None
_NO_ROW = msgspec.Raw(b"[]")
_LIST_VALUE = "type.googleapis.com/google.protobuf.ListValue"
_RENDERINGS = ("FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA")
_INPUTS = ("RAW", "USER_ENTERED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """How values are to be written out: valueRenderOption and majorDimension."""

    option: str = "FORMATTED_VALUE"
    dimension: str = "ROWS"

    @classmethod
    def of(cls, asked: JsonObject) -> Rendering:
        """Read the parameters of a call."""
        option = asked.get("valueRenderOption") or "FORMATTED_VALUE"
        if option not in _RENDERINGS:
            raise InvalidArgument(f"Invalid value at 'value_render_option', \"{option}\"")
        return cls(option=option, dimension=asked.get("majorDimension") or "ROWS")


def named(sheet: Sheet, box: Box) -> str:
    """Write a range with its tab."""
    return f"{a1.quoted(sheet.title)}!{box.a1()}"


def get(book: Spreadsheet, text: str, how: Rendering) -> JsonObject:
    """Return a ValueRange; empty cells at the ends of rows and empty rows at the end are left out."""
    sheet, box = book.find_box(text)
    answer: JsonObject = {"range": named(sheet, box), "majorDimension": how.dimension}
    rows = [_row(book, sheet, at, box, how.option) for at in box.rows]
    if how.dimension == "COLUMNS":
        rows = _turned([msgspec.json.decode(row) for row in rows])
    while rows and rows[-1] is _NO_ROW:
        rows.pop()
    return {**answer, "values": rows} if rows else answer


def batch_get(book: Spreadsheet, ranges: Sequence[str], how: Rendering) -> JsonObject:
    """Return several ValueRanges."""
    return {"spreadsheetId": book.id, "valueRanges": [get(book, text, how) for text in ranges]}


def _row(book: Spreadsheet, sheet: Sheet, at: int, box: Box, option: str) -> msgspec.Raw:
    row = sheet.rows[at]
    if not row.cells:
        return _NO_ROW
    shows = (
        ()
        if option == "FORMULA"
        else tuple((column, book.shows(sheet, at, column)) for column in row.formulas)
    )
    key = (option, box.left, box.right, shows)
    if key not in row.encoded:
        known = dict(shows)
        found = [_written(row.cells.get(column), known.get(column), option) for column in box.columns]
        row.encoded[key] = _trimmed(found)
    return row.encoded[key]


def _trimmed(found: list[Scalar]) -> msgspec.Raw:
    while found and found[-1] == "":
        found.pop()
    return msgspec.Raw(msgspec.json.encode(found)) if found else _NO_ROW


def _written(cell: Cell | None, what: Shown | None, option: str) -> Scalar:
    if cell is None or cell.value is None:
        return ""
    if cell.formula:
        if option == "FORMULA":
            return cell.formula
        if what is None:
            return ""
    else:
        what = (*next(iter(cell.value.items())), "")
    if option == "FORMATTED_VALUE" or what[0] == "errorValue":
        return as_text(what, (cell.format or {}).get("numberFormat"))
    return what[1] if isinstance(what[1], (str, int, float, bool)) else ""


def _turned(rows: list[list[Scalar]]) -> list[msgspec.Raw]:
    columns = [list(column) for column in zip_longest(*rows, fillvalue="")]
    return [_trimmed(column) for column in columns]


def update(book: Spreadsheet, text: str, body: JsonObject, asked: JsonObject) -> JsonObject:
    """Write values into a range, or from its first cell on."""
    rows = _given(body)
    sheet, area = book.find(text)
    book.find_box(text)
    _check_fits(sheet, area, rows)
    return _write(book, sheet, (area.top, area.left), rows, asked)


def batch_update(book: Spreadsheet, body: JsonObject) -> JsonObject:
    """Write several ranges, or none."""
    done = [_one_of(book, at, each, body) for at, each in enumerate(body.get("data", []))]
    return {
        "spreadsheetId": book.id,
        "totalUpdatedRows": sum(each.get("updatedRows", 0) for each in done),
        "totalUpdatedColumns": sum(each.get("updatedColumns", 0) for each in done),
        "totalUpdatedCells": sum(each.get("updatedCells", 0) for each in done),
        "totalUpdatedSheets": len({each["updatedRange"].rpartition("!")[0] for each in done}),
        "responses": done,
    }


def _one_of(book: Spreadsheet, at: int, given: JsonObject, body: JsonObject) -> JsonObject:
    try:
        return update(book, given.get("range", ""), given, body)
    except InvalidArgument as refusal:
        raise InvalidArgument(f"Invalid data[{at}]: {refusal}") from None


def _given(body: JsonObject) -> list[list[Scalar]]:
    rows = body.get("values", [])
    if not isinstance(rows, list):
        words = f"Invalid value at 'data.values' ({_LIST_VALUE}), {msgspec.json.encode(rows).decode()}"
        raise NotJsonAsExpected("data.values", words)
    for at, row in enumerate(rows):
        if not isinstance(row, list):
            shown = msgspec.json.encode(row).decode()
            raise NotJsonAsExpected(
                f"data.values[{at}]", f"Invalid value at 'data.values[{at}]' ({_LIST_VALUE}), {shown}"
            )
    if body.get("majorDimension") == "COLUMNS":
        return [list(row) for row in zip_longest(*rows)]
    return rows


def _check_fits(sheet: Sheet, area: Area, rows: list[list[Scalar]]) -> None:
    if area.is_one_cell:
        return
    box = sheet.box(area)
    if len(rows) > box.bottom - box.top:
        what = f"row [{box.bottom + 1}]"
    elif max(map(len, rows), default=0) > box.right - box.left:
        what = f"column [{a1.letters(box.right)}]"
    else:
        return
    _refuse_writing(sheet, box, what)


def _write(
    book: Spreadsheet, sheet: Sheet, start: tuple[int, int], rows: list[list[Scalar]], asked: JsonObject
) -> JsonObject:
    option = asked.get("valueInputOption")
    if option not in _INPUTS:
        raise InvalidArgument("'valueInputOption' is required but not specified")
    top, left = start
    width = max(map(len, rows), default=0)
    box = Box(top=top, bottom=top + len(rows), left=left, right=left + width)
    _check_grid(sheet, box)
    locale = str(book.properties.get("locale", "en_US"))
    new = [
        _cells(sheet, at, left, row, locale if option == "USER_ENTERED" else None)
        for at, row in enumerate(rows, top)
    ]
    for at, cells in enumerate(new, top):
        sheet.put(at, cells)
    written = sum(map(len, new))
    answer: JsonObject = {
        "spreadsheetId": book.id,
        "updatedRange": named(sheet, box) if written else named(sheet, _first(top, left)),
    }
    if written:
        answer |= {"updatedRows": len(rows), "updatedColumns": width, "updatedCells": written}
    return answer | _echo(book, answer["updatedRange"], asked)


def _first(top: int, left: int) -> Box:
    return Box(top=top, bottom=top + 1, left=left, right=left + 1)


def _echo(book: Spreadsheet, written: str, asked: JsonObject) -> JsonObject:
    if asked.get("includeValuesInResponse") not in (True, "true", "True"):
        return {}
    how = Rendering(option=asked.get("responseValueRenderOption") or "FORMATTED_VALUE")
    return {"updatedData": get(book, written, how)}


def _check_grid(sheet: Sheet, box: Box) -> None:
    if box.bottom > sheet.row_count:
        what = f"row [{sheet.row_count + 1}]"
    elif box.right > sheet.column_count:
        what = f"column [{a1.letters(sheet.column_count)}]"
    else:
        return
    _refuse_writing(sheet, _first(box.top, box.left), what)


def _refuse_writing(sheet: Sheet, box: Box, what: str) -> NoReturn:
    where = f"{a1.always_quoted(sheet.title)}!{box.a1()}"
    raise InvalidArgument(f"Requested writing within range [{where}], but tried writing to {what}")


def _cells(sheet: Sheet, at: int, left: int, row: list[Scalar], locale: str | None) -> dict[int, Cell]:
    """A null leaves its cell as it is; without a locale nothing is interpreted."""
    return {
        column: enter(sheet.cell(at, column), value, locale)
        for column, value in enumerate(row, left)
        if value is not None
    }


def enter(cell: Cell, value: Scalar, locale: str | None) -> Cell:
    """Return a cell with another value, read as typed where a locale is given."""
    if isinstance(value, str) and locale is not None:
        content, number_format = typed(value, locale)
    else:
        content, number_format = _as_it_is(value), None
    checked = entered(content)
    made = Cell(value=checked) if cell is EMPTY else replace(cell, value=checked, error=None, runs=())
    if number_format and "numberFormat" not in (cell.format or {}):
        made = replace(made, format={**(cell.format or {}), "numberFormat": number_format})
    return made


def _as_it_is(value: Scalar) -> JsonObject | None:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, (int, float)):
        return {"numberValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    raise NotJsonAsExpected("data.values", "Invalid values: each must be a text, a number or a truth value.")


def append(book: Spreadsheet, text: str, body: JsonObject, asked: JsonObject) -> JsonObject:
    """Write below the last table found in a range, or from its first cell on if there is none."""
    rows = _given(body)
    sheet, box = book.find_box(text)
    table = _table(sheet, box)
    top, left = (table.bottom, table.left) if table else (box.top, box.left)
    if asked.get("insertDataOption") == "INSERT_ROWS" and top < sheet.row_count and rows:
        insert_lines(book, sheet, "ROWS", top, len(rows))
    sheet.grow(top + len(rows), left + max(map(len, rows), default=0))
    updates = _write(book, sheet, (top, left), rows, asked)
    found = {"tableRange": named(sheet, table)} if table else {}
    return {"spreadsheetId": book.id, **found, "updates": updates}


def _table(sheet: Sheet, box: Box) -> Box | None:
    """A table is a block of filled cells with nothing around it; the last one in the range counts."""
    last = _last_filled(sheet, box)
    if last is None:
        return None
    table = _first(*last)
    while (larger := _surrounded(sheet, table)) != table:
        table = larger
    return table


def _last_filled(sheet: Sheet, box: Box) -> tuple[int, int] | None:
    for row in reversed(box.rows):
        for column in reversed(box.columns) if sheet.rows[row].cells else ():
            if sheet.cell(row, column).value:
                return row, column
    return None


def _surrounded(sheet: Sheet, table: Box) -> Box:
    """Grow a block by each neighbouring line that has a filled cell next to it."""
    around = sheet.box(
        Area(
            top=max(0, table.top - 1),
            bottom=table.bottom + 1,
            left=max(0, table.left - 1),
            right=table.right + 1,
        )
    )
    return Box(
        top=around.top if _filled(sheet, replace(around, bottom=table.top)) else table.top,
        bottom=around.bottom if _filled(sheet, replace(around, top=table.bottom)) else table.bottom,
        left=around.left if _filled(sheet, replace(around, right=table.left)) else table.left,
        right=around.right if _filled(sheet, replace(around, left=table.right)) else table.right,
    )


def _filled(sheet: Sheet, box: Box) -> bool:
    return any(sheet.rows[row].has_values(box.columns) for row in box.rows)


def clear(book: Spreadsheet, text: str) -> JsonObject:
    """Take the values out of a range."""
    sheet, box = book.find_box(text)
    blank(sheet, box)
    return {"spreadsheetId": book.id, "clearedRange": named(sheet, box)}


def batch_clear(book: Spreadsheet, body: JsonObject) -> JsonObject:
    """Take the values out of several ranges."""
    cleared = [clear(book, text)["clearedRange"] for text in body.get("ranges", [])]
    return {"spreadsheetId": book.id, "clearedRanges": cleared}
