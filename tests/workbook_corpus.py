"""What a sync leaves of workbooks that other people made: `python -m tests.workbook_corpus FOLDER`.

The folder holds MANIFEST.json, a list of {file, kind}. Two syncs add our sheet to a copy of each; then all that was
there before has to be there again, by two readers and by the elements of its XML, or be named as a known loss.
Nothing of a corpus belongs into the project.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from posixpath import join, normpath
from typing import Literal
from zipfile import ZipFile

import openpyxl
from defusedxml import ElementTree
from openpyxl.worksheet.formula import ArrayFormula
from python_calamine import CalamineWorkbook

from sheets_sync.errors import SheetError
from sheets_sync.excel import ExcelWorkbook
from sheets_sync.row import Row
from sheets_sync.sync import synchronize
from sheets_sync.testing import MemoryBase, MemoryQueue
from workbench.sheets.schema import SCHEMA

WITHIN_S = 20
Outcome = Literal["synced", "held", "refused", "crashed"]
RELATIONSHIP = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
KNOWN_LOSSES = {
    "phoneticPr": "how words are pronounced",
    "rPh": "how words are pronounced",
    "ignoredError": "errors told to be ignored",
    "ignoredErrors": "errors told to be ignored",
    "customSheetView": "views of single persons",
    "customSheetViews": "views of single persons",
    "cellWatch": "watched cells",
    "cellWatches": "watched cells",
    "printerSettings": "printer settings",
    "calcChain": "the order of calculating, found anew",
    "sharedStrings": "shared texts, which stand in their cells now",
    "persons": "names of people who commented, without a comment",
    "thumbnail": "the small picture of a file browser",
}
OF_A_SHEET = (  # what is compared by its number; the rest are cells and how they are packed
    *(
        "mergeCell",
        "dataValidation",
        "cfRule",
        "hyperlink",
        "tablePart",
        "drawing",
        "legacyDrawing",
        "filterColumn",
    ),
    *("pane", "sortState", "sheetProtection", "oddHeader", "oddFooter", "brk", "scenario", "protectedRange"),
    *(
        "oleObject",
        "control",
        "picture",
        "webPublishItem",
        "sparkline",
        "extLst",
        "ext",
        "dataConsolidate",
        "tabColor",
    ),
    *("phoneticPr", "ignoredError", "customSheetView", "cellWatch", "smartTag", "rPh"),
)
SAME_NUMBER = (
    "media",
    "charts",
    "drawings",
    "comments",
    "tables",
    "pivotTables",
    "pivotCache",
    "externalLinks",
)


@dataclass(kw_only=True)
class Result:
    """What became of one workbook: why it was refused or held, and what is not as it was."""

    file: str
    outcome: Outcome
    reason: str = ""
    seconds: float = 0
    differences: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)


def results(folder: Path) -> Iterator[Result]:
    """Yield what becomes of each XLSX file of the manifest that is in the folder."""
    for entry in json.loads((folder / "MANIFEST.json").read_text("utf-8")):
        path = folder / entry["file"]
        if path.exists() and path.suffix in (".xlsx", ".xlsm"):
            with tempfile.TemporaryDirectory() as copies, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                copy = Path(shutil.copy(path, Path(copies) / f"approvals{path.suffix}"))
                started = time.perf_counter()
                result = synced(copy, entry["file"])
                yield replace(result, seconds=time.perf_counter() - started)


def synced(path: Path, file: str) -> Result:
    before = path.read_bytes()
    queue, base = MemoryQueue(row(1)), MemoryBase()
    result = Result(file=file, outcome="synced")
    try:
        report = synchronize(SCHEMA, queue, ExcelWorkbook(path), base)
        queue.put(row(2))
        synchronize(SCHEMA, queue, ExcelWorkbook(path), base)
    except SheetError as error:
        result.outcome, result.reason = "refused", str(error)
    except Exception as error:  # noqa: BLE001 - a crash is what is looked for
        result.outcome, result.reason = "crashed", repr(error)
    else:
        if report.held:
            result.outcome, result.reason = "held", report.held
    if result.outcome != "synced":
        assert path.read_bytes() == before, "what is refused stays as it was"
        return result
    compare(result, before, path.read_bytes())
    return result


def row(number: int) -> Row:
    return Row(key=f"proposal/{number}", hash=f"h{number}", cells={"summary": "x"}, status="open", open=True)


def compare(result: Result, before: bytes, after: bytes) -> None:
    result.differences += [*_values(before, after), *_cells(before, after), *_drawn(before, after)]
    with ZipFile(BytesIO(before)) as old, ZipFile(BytesIO(after)) as new:
        for what in (*_elements(old, new), *_parts(old, new)):
            if what.split()[0] in KNOWN_LOSSES:
                result.known.add(KNOWN_LOSSES[what.split()[0]])
            else:
                result.differences.append(what)


def _values(before: bytes, after: bytes) -> Iterator[str]:
    """Another reader: each plain value; the results of formulas wait for the next program that calculates."""
    old, new = (CalamineWorkbook.from_filelike(BytesIO(each)) for each in (before, after))
    formulas = openpyxl.load_workbook(BytesIO(before))
    for name in old.sheet_names:
        if name not in new.sheet_names:
            yield f"sheet {name} is gone"
            continue
        was, now = (book.get_sheet_by_name(name).to_python(skip_empty_area=False) for book in (old, new))
        for line, cells in enumerate(was):
            for column, value in enumerate(cells):
                is_there = line < len(now) and column < len(now[line])
                found = now[line][column] if is_there else ""
                if found != value and not _is_formula(formulas, name, line, column):
                    yield f"{name} line {line + 1} column {column + 1}: {value!r} is now {found!r}"


def _is_formula(book: openpyxl.Workbook, name: str, line: int, column: int) -> bool:
    return name not in book.sheetnames or book[name].cell(line + 1, column + 1).data_type in ("f", "e")


def _cells(before: bytes, after: bytes) -> Iterator[str]:
    """Formulas, notes, links and looks of the cells, and sizes of lines and columns."""
    old, new = (openpyxl.load_workbook(BytesIO(each), rich_text=True) for each in (before, after))
    for sheet in old.worksheets:
        other = new[sheet.title]
        for at, cell in sheet._cells.items():
            if (cell.value is not None or cell.has_style) and _look(cell) != _look(other._cells.get(at)):
                yield f"{sheet.title}!{cell.coordinate} looks or says something else"
        for sizes, others in (
            (sheet.row_dimensions, other.row_dimensions),
            (sheet.column_dimensions, other.column_dimensions),
        ):
            yield from (
                f"{sheet.title}: size of {index}"
                for index, size in sizes.items()
                if _size(size) != _size(others[index])
            )


def _size(dimension: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {
        name: value for name, value in dimension if name not in ("s", "style")
    }  # numbers of a list made anew


def _look(cell: object) -> tuple[object, ...]:
    value = getattr(cell, "value", None)
    if isinstance(value, ArrayFormula):
        value = (value.ref, value.text)
    said = getattr(getattr(cell, "comment", None), "text", None)
    link = getattr(getattr(cell, "hyperlink", None), "target", None)
    looks = ("number_format", "font", "fill", "border", "alignment", "protection")
    plainly = float(value) if isinstance(value, int | float) else str(value).removesuffix(" 00:00:00")
    return plainly, said, link, *(repr(getattr(cell, name, None)).replace("False", "None") for name in looks)


def _drawn(before: bytes, after: bytes) -> Iterator[str]:
    old, new = (openpyxl.load_workbook(BytesIO(each)) for each in (before, after))
    for sheet in old.worksheets:
        for what in ("_images", "_charts", "_pivots", "tables", "print_area", "merged_cells"):
            was, now = (getattr(each, what) for each in (sheet, new[sheet.title]))
            if what.startswith("_"):
                was, now = len(was), len(now)
            if str(was) != str(now) and what != "tables":
                yield f"{sheet.title}: {what.strip('_')}"
    yield from (f"name {name}" for name in old.defined_names if name not in new.defined_names)


def _elements(old: ZipFile, new: ZipFile) -> Iterator[str]:
    """Fewer of an element than before, sheet by sheet."""
    now = dict(_sheets(new))
    for name, was in _sheets(old):
        empty = sum(_is_empty_drawing(old, part) for part in old.namelist())
        for tag in OF_A_SHEET:
            lost = was[tag] - now.get(name, Counter[str]())[tag]
            if lost > (empty if tag == "drawing" else 0):
                yield f"{tag} fewer in {name}"


def _sheets(archive: ZipFile) -> Iterator[tuple[str, Counter[str]]]:
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {each.get("Id"): each.get("Target") for each in relations}
    for element in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        if element.tag.endswith("}sheet"):
            target = normpath(join("/xl", targets[element.get(RELATIONSHIP)])).lstrip("/")
            parts = {name.casefold(): name for name in archive.namelist()}
            root = ElementTree.fromstring(archive.read(parts[target.casefold()]))
            yield element.get("name"), Counter(each.tag.rpartition("}")[2] for each in root.iter())


def _is_empty_drawing(archive: ZipFile, name: str) -> bool:
    """LibreOffice adds one to every sheet; with it the element that names it goes."""
    return _kind(name) == "drawings" and name.endswith(".xml") and b"nchor" not in archive.read(name)


def _parts(old: ZipFile, new: ZipFile) -> Iterator[str]:
    was, now = (
        Counter(_kind(name) for name in archive.namelist() if not _is_empty_drawing(archive, name))
        for archive in (old, new)
    )
    yield from (f"{kind} parts fewer" for kind in was if was[kind] > now[kind] and kind != "rest")
    pictures = {new.read(name) for name in new.namelist() if _kind(name) == "media"}
    yield from (
        f"{name} changed"
        for name in old.namelist()
        if _kind(name) == "media" and old.read(name) not in pictures
    )


def _kind(name: str) -> str:
    """Return what a part is, in a word."""
    known = next((kind for kind in (*SAME_NUMBER, *KNOWN_LOSSES) if f"/{kind}" in name), None)
    rest = (
        "_rels" in name or name.endswith("/") or name.startswith(("xl/worksheets/", "docProps", "[Content"))
    )
    return "rest" if rest else known or name


def report(found: Sequence[Result]) -> Iterator[str]:
    """Yield the counts, then every workbook that needs a word, one line each."""
    yield f"{len(found)} workbooks: {dict(Counter(each.outcome for each in found))}, at most " + (
        f"{max(each.seconds for each in found):.1f} s each"
    )
    for each in found:
        if each.outcome != "synced":
            yield f"{each.outcome}: {each.file}: {each.reason}"
        for difference in each.differences[:5]:
            yield f"differs: {each.file}: {difference}"
        if len(each.differences) > 5:
            yield f"differs: {each.file}: and {len(each.differences) - 5} more"
        if each.known:
            yield f"known losses: {each.file}: {', '.join(sorted(each.known))}"


if __name__ == "__main__":
    everything = list(results(Path(sys.argv[1])))
    print("\n".join(report(everything)))  # noqa: T201
    sys.exit(any(each.outcome == "crashed" or each.differences for each in everything))
