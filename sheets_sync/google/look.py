"""How a new tab looks: the requests that make it, once; from then on its looks are the operator's.

System columns are protected with a warning only: whoever owns the spreadsheet could edit them anyway, and a person may
sort. What was changed or torn apart is noticed by its fingerprint. Formulas are parted by semicolons, which every
locale understands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Literal

from sheets_sync.google.table import STATUSES
from sheets_sync.merge import NOT_COUNTED
from sheets_sync.schema import KEY, STATUS, Column, Schema, Tone, key_title

Request = dict[str, Any]

GUIDE = "How this works"
ROOM = 200  # lines of a new tab beyond its first rows, and added at once when it is full
_POINTS_PER_CHARACTER = 7
_FORMATS = {
    "text": {"type": "TEXT"},
    "choice": {"type": "TEXT"},
    "number": {"type": "NUMBER", "pattern": "#,##0.00##"},
    "date": {"type": "DATE", "pattern": "yyyy-mm-dd"},
}
_INK, _GREY, _WHITE, _RED = "1F2A37", "64748B", "FFFFFF", "B91C1C"
_SYSTEM, _HUMAN, _PAPER = "334155", "B45309", "FFF7E6"
_TONES: dict[Tone, tuple[str, str]] = {
    "calm": ("E8F1EC", "27584A"),
    "warm": ("FDEFC9", "7A4B00"),
    "hot": ("FBD9D5", "8C1D13"),
}
_GUIDE = """\
Each row is something that waits for you. Fill in the amber columns; the next sync takes your decision.
Choose a word from the dropdown in “decision”. Upper or lower case does not matter.
A question wants the word “answer” and an entry in “choice”.
What became of a row stands in “Status”. If an entry was not counted, the reason stands there too.
A decision belongs to the content you saw. If that changes, the old row says so and a new one is added below.

You may filter, sort, hide, insert and delete rows, and add columns, tabs, formulas, colours and notes of your own.
A deleted row that still waits comes back. Rows of your own are left alone.
Select whole rows when you sort. If single columns are sorted apart, this is noticed and nothing is decided by it.
Write a decision as plain text: a formula, a date, a number or a link is never a decision.
Nothing is decided while this spreadsheet is shared with somebody who is not listed in workbench.toml."""


def new_tab(schema: Schema, tab: str, sheet_id: int, rows: int) -> list[Request]:
    """Return the requests that make a tab for so many rows, with its header."""
    everywhere = {"sheetId": sheet_id, "startRowIndex": 1}
    return [
        _add(sheet_id, tab or schema.sheet, rows=rows + ROOM, columns=len(schema.columns), frozen=1),
        {
            "updateCells": {
                "start": {"sheetId": sheet_id, "rowIndex": 0, "columnIndex": 0},
                "rows": [{"values": [_head(column, tab) for column in schema.columns]}],
                "fields": "userEnteredValue,userEnteredFormat,note",
            }
        },
        *_widths(schema.columns, sheet_id),
        *(formats(schema.columns, range(len(schema.columns)), sheet_id, first=1)),
        *_protected(schema, sheet_id),
        *_rules(schema, sheet_id),
        {"setBasicFilter": {"filter": {"range": {**everywhere, "startRowIndex": 0}}}},
    ]


def formats(columns: Sequence[Column], places: Sequence[int], sheet_id: int, first: int) -> Iterator[Request]:
    """Yield the requests that format the lines from `first` on, for columns at these places, all from 0."""
    for column, place in zip(columns, places, strict=True):
        yield {
            "repeatCell": {
                "range": {**_column(sheet_id, place), "startRowIndex": first},
                "cell": {"userEnteredFormat": _format(column)},
                "fields": "userEnteredFormat",
            }
        }


def status_page(sheet_id: int) -> list[Request]:
    """Return the requests that make the hidden page of statuses."""
    return [
        {**_add(sheet_id, STATUSES, rows=ROOM, columns=2, frozen=1, hidden=True)},
        _texts(sheet_id, [[STATUSES, "Kept for the column “Status” of the other tabs. Leave it alone."]]),
        {"addProtectedRange": {"protectedRange": {"range": {"sheetId": sheet_id}, "warningOnly": True}}},
    ]


def guide(schema: Schema, sheet_id: int) -> list[Request]:
    """Return the requests that make the page that explains."""
    shown = [column for column in schema.columns if not column.hidden]
    lines = [[f"How “{schema.sheet}” works"], [], *([text] for text in _GUIDE.split("\n")), []]
    helps = [[column.title, column.help] for column in shown]
    first = {"sheetId": sheet_id, "startRowIndex": 0, "endRowIndex": 1}
    return [
        _add(sheet_id, GUIDE, rows=len(lines) + len(helps) + 5, columns=2, last=True),
        _texts(sheet_id, [*lines, *helps]),
        _width(sheet_id, 0, 22),
        _width(sheet_id, 1, 90),
        {
            "repeatCell": {
                "range": first,
                "cell": {"userEnteredFormat": {"textFormat": _text(_INK, bold=True, size=16)}},
                "fields": "userEnteredFormat",
            }
        },
    ]


def _add(
    sheet_id: int,
    title: str,
    *,
    rows: int,
    columns: int,
    frozen: int = 0,
    hidden: bool = False,
    last: bool = False,
) -> Request:
    grid = {"rowCount": rows, "columnCount": columns, "frozenRowCount": frozen, "hideGridlines": not hidden}
    place = {} if hidden or last else {"index": 0}
    properties = {"sheetId": sheet_id, "title": title, "gridProperties": grid, "hidden": hidden, **place}
    return {"addSheet": {"properties": properties}}


def _head(column: Column, tab: str) -> Request:
    title = key_title(tab) if column is KEY else column.title
    look = {
        "backgroundColorStyle": _color(_HUMAN if column.owner == "human" else _SYSTEM),
        "textFormat": _text(_WHITE, bold=True),
        "verticalAlignment": "MIDDLE",
        "horizontalAlignment": _side(column),
    }
    cell = {"userEnteredValue": {"stringValue": title}, "userEnteredFormat": look}
    return {**cell, "note": column.help} if column.help else cell


def _format(column: Column) -> Request:
    number = _FORMATS[column.kind]
    looks: Request = {
        "numberFormat": {**number, "pattern": column.format} if column.format else number,
        "textFormat": _text(_GREY if column.name == STATUS.name else _INK),
        "verticalAlignment": "TOP",
        "horizontalAlignment": _side(column),
        "wrapStrategy": "WRAP",
    }
    return {**looks, "backgroundColorStyle": _color(_PAPER)} if column.owner == "human" else looks


def _widths(columns: Sequence[Column], sheet_id: int) -> Iterator[Request]:
    for place, column in enumerate(columns):
        yield _width(sheet_id, place, column.width, hidden=column.hidden)


def _width(sheet_id: int, place: int, characters: int, *, hidden: bool = False) -> Request:
    return {
        "updateDimensionProperties": {
            "range": {
                "sheetId": sheet_id,
                "dimension": "COLUMNS",
                "startIndex": place,
                "endIndex": place + 1,
            },
            "properties": {"pixelSize": characters * _POINTS_PER_CHARACTER + 12, "hiddenByUser": hidden},
            "fields": "pixelSize,hiddenByUser",
        }
    }


def _protected(schema: Schema, sheet_id: int) -> Iterator[Request]:
    places = enumerate(schema.columns)
    for owner, run in groupby(places, key=lambda placed: placed[1].owner):
        at = [place for place, _ in run]
        if owner == "system":
            area = {"sheetId": sheet_id, "startColumnIndex": at[0], "endColumnIndex": at[-1] + 1}
            rule = {"range": area, "description": "Written by the workbench", "warningOnly": True}
            yield {"addProtectedRange": {"protectedRange": rule}}


def _rules(schema: Schema, sheet_id: int) -> Iterator[Request]:
    """Yield the colours: by word, by age, and for a status that asks for another look."""
    for place, column in enumerate(schema.columns):
        letter = column_letter(place)
        if column.name == STATUS.name:
            yield _rule(sheet_id, place, f'=LEFT(${letter}2;{len(NOT_COUNTED)})="{NOT_COUNTED}"', ink=_RED)
        for word, tone in column.tones:
            yield _toned(sheet_id, place, f'=${letter}2="{word}"', tone)
        if column.ages:
            warm, hot = column.ages
            yield _aged(sheet_id, place, warm, "warm")
            yield _aged(sheet_id, place, hot, "hot")  # a later rule stands before an earlier one


def _aged(sheet_id: int, place: int, days: int, tone: Tone) -> Request:
    letter = column_letter(place)
    return _toned(sheet_id, place, f"=AND(ISNUMBER(${letter}2);TODAY()-${letter}2>={days})", tone)


def _toned(sheet_id: int, place: int, formula: str, tone: Tone) -> Request:
    paper, ink = _TONES[tone]
    return _rule(sheet_id, place, formula, ink=ink, paper=paper)


def _rule(sheet_id: int, place: int, formula: str, *, ink: str, paper: str = "") -> Request:
    look: Request = {"textFormat": {"foregroundColorStyle": _color(ink)}}
    if paper:
        look["backgroundColorStyle"] = _color(paper)
    condition = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": formula}]}
    area = {**_column(sheet_id, place), "startRowIndex": 1}
    rule = {"ranges": [area], "booleanRule": {"condition": condition, "format": look}}
    return {"addConditionalFormatRule": {"rule": rule, "index": 0}}


def _texts(sheet_id: int, lines: Sequence[Sequence[str]]) -> Request:
    rows = [{"values": [{"userEnteredValue": {"stringValue": text}} for text in line]} for line in lines]
    start = {"sheetId": sheet_id, "rowIndex": 0, "columnIndex": 0}
    return {"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}}


def _column(sheet_id: int, place: int) -> Request:
    return {"sheetId": sheet_id, "startColumnIndex": place, "endColumnIndex": place + 1}


def column_letter(place: int) -> str:
    """Return a column's letters, A for 0."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _text(color: str, *, bold: bool = False, size: int = 10) -> Request:
    return {"foregroundColorStyle": _color(color), "bold": bold, "fontSize": size}


def _color(code: str) -> Request:
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return {"rgbColor": {"red": round(red, 4), "green": round(green, 4), "blue": round(blue, 4)}}


def _side(column: Column) -> Literal["RIGHT", "LEFT"]:
    return "RIGHT" if column.kind == "number" else "LEFT"
