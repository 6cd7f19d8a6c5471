"""What an XLSX or ODS would unfold to, counted in its XML before a parser builds it; Refused beyond the limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from workbench.limits import check_zip, unpacked
from workbench.refusal import Refused

MAX_CELLS = 2_000_000
"""Of all sheets, the empty ones up to the last filled included: a parser builds each."""
MAX_SHEET_CELLS = 20_000_000
"""Sheets by the cells of the largest: several sheets may name the same part."""
MAX_MERGED = 20_000
MAX_TEXT_BYTES = 96 * 2**20
"""Of all cells: a text that many of them share is built for each."""
MAX_BYTES = 64 * 2**20
"""Of all parts."""
MAX_ODD_BYTES = 24 * 2**20
"""Of a sheet whose XML is written in another way than usual, and so is counted slowly."""
MAX_REPEATS = 4
"""Times that a text may be repeated before its bytes are counted that often."""
SMALLER = "Save only the sheet with the statement or list, as CSV or a plain workbook, and hand that in."

_PIECE = 2**20
_BINARY = re.compile(r"(?:workbook|sheet)[^/]*\.bin$", re.IGNORECASE)
_ATTRIBUTE = rb"""\s++[\w:.-]++\s*+=\s*+(?:"[^"]*+"|'[^']*+')"""
_ROW = re.compile(rb"<(?:[\w.-]+:)?row[\s/>]")
_BEGIN_LIKE_CELL = (b"<co", b"<cf", b"<cu", b"<ce")
_USUAL_COLUMN = re.compile(rb'<c r="([A-Za-z]+)')
_USUAL_ROW = re.compile(rb'<c r="[A-Za-z]+(\d+)')
_UNPLACED = re.compile(rb"<(?:[\w.-]+:)?(?:c|row)(?=[\s/>])(?!(?:%s)*?\s+r\s*=)" % _ATTRIBUTE)
_PLACE = re.compile(rb"""\sr\s*=\s*["']([^"']*)["']""")
_PLACED = re.compile(rb"[A-Za-z]{0,3}\d{0,7}")
_COLUMN = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]+)""")
_ROW_NUMBER = re.compile(rb"""\sr\s*=\s*["'][A-Za-z]*(\d+)""")
_SHEET = re.compile(rb"<(?:[\w.-]+:)?sheet\s")
_SHARED = re.compile(rb"<(?:[\w.-]+:)?si[\s/>]")
_VALUE = re.compile(rb"<(?:[\w.-]+:)?v(?:\s[^<>]*)?>\s*(\d{1,9})\s*<")
_ERROR = re.compile(rb"""\st\s*=\s*["']e["']""")

_ODS_TABLE = re.compile(rb"<table:table[\s>]")
_ODS_ROW = re.compile(rb"<table:table-row[\s/>]")
_ODS_CELL = re.compile(rb"<table:(?:covered-)?table-cell[\s/>]")
_ROWS_REPEATED = re.compile(rb"""rows-repeated\s*=\s*["'](\d{1,9})["']""")
_CELLS_REPEATED = re.compile(rb"""columns-repeated\s*=\s*["'](\d{1,9})["']""")
_ODS_ERROR = re.compile(rb"""value-type\s*=\s*["']error["']""")


@dataclass(slots=True)
class _Count:
    """What was found so far."""

    cells: int = 0
    largest: int = 0
    """Cells of the largest sheet."""
    sheets: int = 1
    text_bytes: int = 0
    error: str = ""

    def add(self, cells: int) -> None:
        self.cells += cells
        self.largest = max(self.largest, cells)
        refuse_beyond(self.cells, MAX_CELLS, "cells")
        refuse_beyond(self.largest * self.sheets, MAX_SHEET_CELLS, "cells")


def check_xlsx(content: bytes) -> str:
    """Return where a cell holds an error, or nothing. Raises Refused beyond the limits."""
    if any(_BINARY.search(name) for name in check_zip(content, limit=MAX_BYTES)):
        raise Refused("it is a binary workbook (.xlsb)", todo="Save it as .xlsx and hand that in.")
    count = _Count()
    texts: list[int] = []
    values = 0
    for name, part in unpacked(content):
        _refuse_hostile(part)
        count.sheets = max(count.sheets, len(_SHEET.findall(part)))
        texts += _shared_texts(part)
        if _ROW.search(part):
            values += part.count(b"<v") + part.count(b":v")
            count.add(_xlsx_cells(part))
            count.error = count.error or _error_in(name, part)
    if values * max(texts, default=0) > MAX_TEXT_BYTES:
        refuse_beyond(_bytes_of_texts(content, texts), MAX_TEXT_BYTES, "bytes of text")
    return count.error


def check_ods(content: bytes) -> str:
    """Return where a cell holds an error, or nothing. Raises Refused beyond the limits."""
    check_zip(content, limit=MAX_BYTES)
    count = _Count()
    for name, part in unpacked(content):
        _refuse_hostile(part)
        if b"encryption-data" in part and name == "META-INF/manifest.xml":
            raise encrypted()
        starts = [found.start() for found in _ODS_TABLE.finditer(part)]
        for start, end in pairwise([*starts, len(part)]):
            _count_ods_table(part, start, end, count)
        count.error = count.error or (_ODS_ERROR.search(part) and name) or ""
    return count.error


def _refuse_hostile(part: bytes) -> None:
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise Refused("it declares entities, as no spreadsheet program does", todo=SMALLER)
    refuse_beyond(part.count(b"mergeCell"), MAX_MERGED, "merged cells")


def encrypted() -> Refused:
    """What is said of a workbook with a password."""
    return Refused("it is encrypted", todo="Save it without a password and hand that in.")


def refuse_beyond(found: int, limit: int, noun: str) -> None:
    """Refuse a workbook that holds more of something than the limit."""
    if found > limit:
        raise Refused(f"it would unfold to more than {limit:,} {noun}", todo=SMALLER)


def _pieces(part: bytes) -> Iterator[bytes]:
    """The part in pieces that begin with an element: what is found in one is no burden to memory."""
    start = 0
    while start < len(part):
        end = part.find(b"<", start + _PIECE)
        end = len(part) if end < 0 else end
        yield part[start:end]
        start = end


def _xlsx_cells(part: bytes) -> int:
    """The cells of the smallest rectangle around all of a sheet."""
    cells, rows = part.count(b'<c r="'), part.count(b'<row r="')
    refuse_beyond(max(cells, rows), MAX_CELLS, "cells")
    usual = (
        part.count(b"<c") == cells + sum(map(part.count, _BEGIN_LIKE_CELL))
        and part.count(b"<row") == rows + part.count(b"<rowBreaks")
        and b":c" not in part
        and b":row" not in part
    )
    if usual:
        height, width = _extent(part, _USUAL_COLUMN, _USUAL_ROW)
    else:
        height, width = _odd_extent(part)
    return max(height, 1) * max(width, 1)


def _odd_extent(part: bytes) -> tuple[int, int]:
    """Height and width; a cell whose place is not stated stands beside or below the one before."""
    refuse_beyond(len(part), MAX_ODD_BYTES, "bytes in one sheet")
    rows, unplaced = 0, 0
    for piece in _pieces(part):
        rows += len(_ROW.findall(piece))
        unplaced += len(_UNPLACED.findall(piece))
        if any(_PLACED.fullmatch(place) is None for place in set(_PLACE.findall(piece))):
            raise Refused("a cell of it stands nowhere on the sheet", todo=SMALLER)
    refuse_beyond(rows, MAX_CELLS, "rows")
    height, width = _extent(part, _COLUMN, _ROW_NUMBER)
    return (height + rows, width + _widest_row(part)) if unplaced else (height, width)


def _extent(part: bytes, column: re.Pattern[bytes], row: re.Pattern[bytes]) -> tuple[int, int]:
    """The last row and the last column that a cell says it stands in."""
    columns: set[bytes] = set()
    last_row = 0
    for piece in _pieces(part):
        columns.update(column.findall(piece))
        last_row = max(last_row, max(map(int, set(row.findall(piece))), default=0))
    return last_row, max(map(_column, columns), default=0)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _widest_row(part: bytes) -> int:
    starts = [found.start() for found in _ROW.finditer(part)]
    return max(
        part.count(b"<c", start, end) + part.count(b":c", start, end)
        for start, end in pairwise([*starts, len(part)])
    )


def _shared_texts(part: bytes) -> list[int]:
    """How many bytes each shared text has at most."""
    starts = [found.start() for found in _SHARED.finditer(part)]
    return [end - start for start, end in pairwise([*starts, len(part)])]


def _bytes_of_texts(content: bytes, texts: Sequence[int]) -> int:
    """Bytes of the cells, each value taken for the number of a shared text."""
    values = (
        int(value)
        for _, part in unpacked(content)
        for piece in _pieces(part)
        for value in _VALUE.findall(piece)
    )
    return sum(texts[value] for value in values if value < len(texts))


def _error_in(name: str, part: bytes) -> str:
    found = _ERROR.search(part)
    if found is None:
        return ""
    place = _PLACE.search(part, part.rfind(b"<", 0, found.start()))
    return f"{place[1].decode()} in {name}" if place else name


def _count_ods_table(part: bytes, start: int, end: int, count: _Count) -> None:
    """Rows and cells after the last filled one are not built, however often they are repeated."""
    end = _last_filled(part, start, end)
    starts = [found.start() for found in _ODS_ROW.finditer(part, start, end)]
    height = width = 0
    for row_start, row_end in pairwise([*starts, end]):
        row = part[row_start : _last_filled(part, row_start, row_end)]
        rows = int(found[1]) if (found := _ROWS_REPEATED.search(part, row_start, row_end)) else 1
        repeats = [int(times) for times in _CELLS_REPEATED.findall(row)]
        height += rows
        width = max(width, len(_ODS_CELL.findall(row)) + sum(repeats))
        if (times := rows * max(repeats, default=1)) > MAX_REPEATS:
            count.text_bytes += times * len(row)
    if starts:
        count.add(height * max(width, 1))
        refuse_beyond(count.text_bytes, MAX_TEXT_BYTES, "bytes of text")


def _last_filled(part: bytes, start: int, end: int) -> int:
    """Where the element ends that is the last to hold a value or a text; `start` where none does."""
    last = max(part.rfind(b"value", start, end), part.rfind(b"<text:", start, end))
    return start if last < 0 else (part.find(b">", last, end) + 1 or end)
