"""The queue as an XLSX file: read as it was last saved, edited in place, replaced atomically."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sheets_sync.errors import ReadBackDiffers, WorkbookBroken, WorkbookChanged, WorkbookHeld
from sheets_sync.excel.archive import inspect
from sheets_sync.excel.beside import copies, opened_by
from sheets_sync.excel.file import File, revision_of
from sheets_sync.row import Name, Row
from sheets_sync.schema import Schema
from sheets_sync.workbook import Sheet, difference

if TYPE_CHECKING:
    from sheets_sync.excel.book import Book


def _no_wait() -> None:
    """Take two equal readings at once; who watches a synced folder passes a pause of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A revision of the file as a book in memory, and what a save of it would lose."""

    revision: str
    schema: Schema
    book: Book
    lost: tuple[str, ...]

    @property
    def held(self) -> str:
        if not self.lost:
            return ""
        return f"saving would lose {', '.join(self.lost)}; keep those in a workbook of their own"


class ExcelWorkbook:
    """A `sheets_sync.workbook.Workbook` at `path`. `wait` is called between the two readings that have to agree.

    A book that was read stays open in memory until it is written: opening it takes longer than all the rest.
    """

    def __init__(self, path: Path, wait: Callable[[], None] = _no_wait) -> None:
        self._where = str(path)
        self._file = File(path, wait)
        self._kept: _Opened | None = None

    def read(self, schema: Schema, *, unless: str = "") -> Sheet | None:
        """Return the rows as last saved."""
        content = self._file.settled()
        notes = copies(self._file.path)
        if unless and revision_of(content) == unless and not notes:
            return None
        opened = self._kept = self._open(content, schema)
        held = opened_by(self._file.path) or opened.held
        return self._sheet(opened.book, schema, opened.revision, held=held, notes=notes)

    def write(
        self, schema: Schema, sheet: Sheet, append: Sequence[Row], statuses: Mapping[Name, str]
    ) -> Sheet:
        """Append rows and rewrite statuses in the revision that `sheet` read."""
        from sheets_sync.excel.book import edited, saved
        from sheets_sync.excel.readback import differs

        content = self._file.settled()
        if revision_of(content) != sheet.revision:
            raise WorkbookChanged(self._where)
        opened = self._open(content, schema)
        self._kept = None  # from here on the book in memory is not what lies in the file
        if opened.held:
            raise WorkbookHeld(self._where, opened.held)
        book = edited(opened.book, schema, append, statuses, self._where)
        new = saved(book)
        after = self._sheet(book, schema, revision_of(new), notes=sheet.notes)
        if wrong := difference(schema, sheet, append, statuses, after) or differs(new, book.workbook):
            raise ReadBackDiffers(self._where, wrong)
        self._file.replace(new, sheet.revision)
        return after

    def _open(self, content: bytes | None, schema: Schema) -> _Opened:
        from sheets_sync.excel.book import opened

        revision, kept = revision_of(content), self._kept
        if kept and (kept.revision, kept.schema) == (revision, schema):
            return kept
        lost = () if content is None else self._inspected(content)
        book = opened(content, schema, self._where)
        return _Opened(revision=revision, schema=schema, book=book, lost=lost)

    def _inspected(self, content: bytes) -> tuple[str, ...]:
        archive = inspect(content)
        if archive.broken:
            raise WorkbookBroken(self._where, archive.broken)
        return archive.lost

    def _sheet(
        self, book: Book, schema: Schema, revision: str, *, held: str = "", notes: tuple[str, ...] = ()
    ) -> Sheet:
        told = tuple(dict.fromkeys((*notes, *book.notes())))
        return Sheet(rows=book.rows(schema), revision=revision, held=held, notes=told)
