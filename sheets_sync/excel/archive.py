"""What lies inside an XLSX file, seen before openpyxl opens it: is it harmless, and what would a save lose?

Known losses that do not stop a save: the size of comment boxes and fonts within them, chart details, printer settings,
how words are pronounced, errors told to be ignored, and the results of formulas until a program opens the file.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from io import BytesIO
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

MAX_PARTS = 2_000
MAX_UNPACKED_BYTES = 64 * 2**20
MAX_CELLS = 500_000
MAX_LINES = 100_000  # of all sheets, empty ones included: openpyxl makes an object for each
MAX_MARKS = 25_000  # dropdowns, links, names, looks and the like
MAX_COVERED_CELLS = 200_000  # by merged cells and links: openpyxl makes an object for each
OLE = b"\xd0\xcf\x11\xe0"

_CARRIED = re.compile(
    r"\[Content_Types\]\.xml|_rels/.*|docProps/.*|customXml/.*|docMetadata/.*"
    r"|xl/(workbook|styles|sharedStrings|calcChain)\.xml|xl/_rels/.*|xl/(theme|persons|printerSettings)/.*"
    r"|xl/worksheets/(_rels/)?[^/]+|xl/comments(/|\d).*|xl/(drawings|media|tables)/.*"
    r"|xl/charts/(_rels/.*|(chart|style|colors)\d+\.xml)|xl/pivot(Tables|Cache)/.*|xl/externalLinks/.*"
)
_DROPPED_PARTS = {
    "xl/threadedComments": "threaded comments",
    "xl/ctrlProps": "form controls",
    "xl/activeX": "form controls",
    "xl/featurePropertyBag": "check boxes",
    "xl/slicer": "slicers",
    "xl/timeline": "timelines",
    "xl/embeddings": "embedded objects",
    "xl/diagrams": "diagrams",
    "xl/metadata.xml": "dynamic array formulas",
    "xl/richData": "pictures or data types in cells",
    "xl/connections": "data connections",
    "xl/queryTables": "data connections",
    "xl/vbaProject.bin": "macros",
}
_DROPPED_ELEMENTS = {
    ("xl/worksheets/", b"sparklineGroup"): "sparklines",
    ("xl/worksheets/", b"x14:conditionalFormatting"): "newer conditional formats",
    ("xl/worksheets/", b"x14:dataValidation"): "newer dropdowns",
    ("xl/worksheets/", b"extLst"): "an extension of a worksheet",
    ("xl/worksheets/", b"controls"): "form controls or embedded objects",
    ("xl/worksheets/", b"oleObjects"): "form controls or embedded objects",
    ("xl/worksheets/", b"protectedRanges"): "protected ranges",
    ("xl/worksheets/", b"picture"): "a background picture",
    ("xl/drawings/drawing", b"sp"): "shapes or text boxes",
    ("xl/drawings/drawing", b"cxnSp"): "shapes or text boxes",
    ("xl/drawings/drawing", b"grpSp"): "shapes or text boxes",
}
_TYPES, _TEXTS = "[Content_Types].xml", "xl/sharedStrings.xml"
_PLAIN_AND_RICH = re.compile(rb"</(?:\w+:)?t>\s*<(?:\w+:)?r[ >]")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s")
_CELL = re.compile(rb"<(?:\w+:)?c[ />]")
_FILLED = re.compile(rb"<(?:\w+:)?c\s(?:[^>]*?\s)?r=\"([A-Z]+)(\d+)\"[^>]*(?<!/)>(?!\s*</)")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?\bref=\"([A-Z]+)(\d+):([A-Z]+)(\d+)\"")
_ROW = re.compile(rb"<(?:\w+:)?row[ />]")
_MARK = re.compile(
    rb"<(?:\w+:)?(?:mergeCell|hyperlink|conditionalFormatting|cfRule|dataValidation|definedName|col|brk|xf|dxf|font|fill"
    rb"|border|numFmt|sheet|protectedRange|sortCondition|filter|customFilter|cellStyle|scenario|comment)[ />]"
)
_COVER = re.compile(rb"<(?:\w+:)?(?:mergeCell|hyperlink)\s[^>]*?\bref=\"([A-Z]+)(\d+):([A-Z]+)(\d+)\"")


class Archive(NamedTuple):
    """`broken` says why the file must not be opened, `lost` names what a save would lose."""

    broken: str = ""
    lost: tuple[str, ...] = ()


def inspect(content: bytes) -> Archive:
    """Look into the zip without parsing any XML."""
    if content.startswith(OLE):
        return Archive(broken="it is encrypted or in the old XLS format")
    try:
        with ZipFile(BytesIO(content)) as archive:
            return _inspect(archive)
    except Exception as error:  # noqa: BLE001 damaged archives raise five kinds of errors
        kind = "it is no XLSX file" if isinstance(error, BadZipFile) else "it is damaged"
        return Archive(broken=f"{kind} ({error})")


def declared_sheets(content: bytes) -> int:
    """Count the sheets a workbook says it has."""
    with ZipFile(BytesIO(content)) as archive:
        return len(_SHEET.findall(archive.read("xl/workbook.xml")))


def _inspect(archive: ZipFile) -> Archive:
    members = archive.infolist()
    if len(members) > MAX_PARTS or sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        return Archive(broken="it unpacks to more than a queue could need")
    parts = {member.filename: archive.read(member) for member in members if not member.is_dir()}
    sheets = [part for name, part in parts.items() if name.startswith("xl/worksheets/")]
    if any(b"<!DOCTYPE" in part for part in parts.values()):
        return Archive(broken="it declares XML entities")
    for most, kind, what in ((MAX_CELLS, _CELL, "cells"), (MAX_LINES, _ROW, "lines")):
        if sum(_count(kind, part) for part in sheets) > most:
            return Archive(broken=f"it has more than {most:,} {what}")
    if sum(_count(_MARK, part) for name, part in parts.items() if name.endswith(".xml")) > MAX_MARKS:
        return Archive(broken=f"it has more than {MAX_MARKS:,} dropdowns, links, names or looks")
    if sum(_covered(part) for part in sheets) > MAX_COVERED_CELLS:
        return Archive(broken="merged cells or links cover too much of it")
    hidden = (
        {"what is hidden under merged cells"} if any(_hides_under_merged(part) for part in sheets) else set()
    )
    return Archive(lost=tuple(sorted({*_lost_parts(parts), *_lost_elements(parts), *hidden})))


def _count(kind: re.Pattern[bytes], part: bytes) -> int:
    return sum(1 for _ in kind.finditer(part))


def _covered(part: bytes) -> int:
    if b"mergeCell" not in part and b"hyperlink" not in part:
        return 0
    return sum(
        (_column(right) - _column(left) + 1) * (int(bottom) - int(top) + 1)
        for left, top, right, bottom in _COVER.findall(part)
    )


def _hides_under_merged(part: bytes) -> bool:
    """LibreOffice can keep what stood in cells that it merged; openpyxl drops all but the first."""
    if b"mergeCell" not in part:
        return False
    covered = {
        (column, line)
        for left, top, right, bottom in _MERGED.findall(part)
        for column in range(_column(left), _column(right) + 1)
        for line in range(int(top), int(bottom) + 1)
        if (column, line) != (_column(left), int(top))
    }
    return bool(covered) and any((_column(at), int(line)) in covered for at, line in _FILLED.findall(part))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _lost_parts(parts: dict[str, bytes]) -> set[str]:
    dropped = {name for name in parts if not _CARRIED.fullmatch(name)}
    lost = {
        next((word for start, word in _DROPPED_PARTS.items() if name.startswith(start)), name)
        for name in dropped
    }
    pictures = any(name.startswith("xl/media/") for name in parts)
    return lost | {"pictures (pillow is not installed)"} if pictures and not find_spec("PIL") else lost


def _lost_elements(parts: dict[str, bytes]) -> set[str]:
    lost = {
        word
        for (start, element), word in _DROPPED_ELEMENTS.items()
        if any(name.startswith(start) and _has(part, element) for name, part in parts.items())
    }
    if b"macroEnabled" in parts.get(_TYPES, b""):
        lost.add("macros")
    if _PLAIN_AND_RICH.search(parts.get(_TEXTS, b"")):
        lost.add("texts that are plain and rich at once")
    return lost


def _has(part: bytes, element: bytes) -> bool:
    """Look for the bare word first: it is found in a tenth of the time, and seldom there."""
    return element in part and re.search(rb"<(?:\w+:)?%s\b" % element, part) is not None
