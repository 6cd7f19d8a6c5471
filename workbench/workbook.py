"""A workbook (XLSX, XLS, ODS) as rows of text, opened only when what it unfolds to is within limits."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from workbench import workbook_child
from workbench.refusal import Refused
from workbench.workbook_child import Cell, Read
from workbench.workbook_xls import check_xls
from workbench.workbook_zip import check_ods, check_xlsx, encrypted

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["xlsx", "xls", "ods"]

AGAIN = "Open it in a spreadsheet program, save it as .xlsx without a password and hand that in."

SHOWN_DIGITS = 15
BASE_SECONDS = 1
BYTES_A_SECOND = 2**19
"""Of a workbook, on a slow machine."""
PATIENCE = 10
"""Times the seconds of computing that it may take by the clock."""

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_XLSX_PART = re.compile(rb"workbook\.xml|xl/(?:workbook|worksheets/|sharedStrings)")
_ODS_TYPE = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_XLS_STREAMS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book", "WORKBOOK", "BOOK"))


class Number(str):
    """A cell that the sheet itself holds as a number, written with a point: nobody need ask what it means."""

    __slots__ = ()


class Sheet(NamedTuple):
    """One sheet: cells of a row are texts without outer blanks, days as 2024-01-31."""

    name: str
    first_row: int
    """The number of the first of `rows`, as the spreadsheet program counts."""
    rows: Iterator[list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbook:
    """What a workbook holds. `error` says where a cell holds an error such as #REF!, which shows as empty."""

    kind: Kind
    error: str
    sheets: tuple[Sheet, ...]
    """Those that are not empty, in their order."""


def kind_of(content: bytes) -> Kind | None:
    """Which kind of workbook it is, by its content; None when it is none. A broken one still has a kind."""
    if content.startswith(_OLE):
        return "xls" if _ENCRYPTED in content or any(name in content for name in _XLS_STREAMS) else None
    if not content.startswith(_ZIP):
        return None
    if content[30:].startswith(_ODS_TYPE):
        return "ods"
    return "xlsx" if _XLSX_PART.search(content) else None


def open_workbook(content: bytes) -> Workbook:
    """Open a workbook.

    Raises Refused when it is encrypted, damaged, or would unfold beyond the limits: before a parser sees it.
    """
    kind = kind_of(content)
    if kind is None:
        raise Refused("it is no workbook", todo=AGAIN)
    if kind == "xls" and _ENCRYPTED in content:
        raise encrypted()
    error = {"xlsx": check_xlsx, "xls": check_xls, "ods": check_ods}[kind](content)
    sheets = (
        Sheet(name, first_row, ([_text(cell) for cell in row] for row in rows))
        for name, first_row, rows in _read(content)
    )
    return Workbook(kind=kind, error=error, sheets=tuple(sheets))


def _read(content: bytes) -> Read:
    """The sheets, read in a child: whatever the parser does on a damaged workbook, this process lives on."""
    seconds = BASE_SECONDS + len(content) // BYTES_A_SECOND
    try:
        done = subprocess.run(  # noqa: S603 - our own script, and nothing of the workbook in its arguments
            [sys.executable, "-I", workbook_child.__file__, str(seconds)],
            input=content,
            capture_output=True,
            check=False,
            timeout=seconds * PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise _unreadable() from error
    if done.returncode == workbook_child.LOCKED:
        raise encrypted()
    if done.returncode:
        raise _unreadable()
    return msgspec.msgpack.decode(done.stdout, type=Read)


def _unreadable() -> Refused:
    return Refused("the workbook can't be opened", todo=AGAIN)


def _text(cell: Cell) -> str:
    match cell:
        case str():
            return cell.strip()
        case bool():
            return str(cell).upper()
        case int():
            return Number(cell)
    return _number(cell)


def _number(value: float) -> str:
    """The number as spreadsheet programs show it: 15 digits, beyond which a float is noise."""
    shown = repr(value)
    if len(shown) > SHOWN_DIGITS or "e" in shown:
        if not isfinite(value):
            return shown
        shown = f"{Decimal(f'{value:.{SHOWN_DIGITS}g}'):f}"
    shown = shown.removesuffix(".0")
    # A fourth place, so that nobody can take the point of 1.234 for thousands.
    return Number(shown + "0" if shown[-4:-3] == "." else shown)
