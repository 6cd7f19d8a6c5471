"""The queue as an XLSX file: read as it was last saved, edited in place, replaced atomically."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sheets_sync.errors import ReadBackDiffers, WorkbookBroken, WorkbookChanged, WorkbookHeld
from sheets_sync.excel.archive import Archive, inspect
from sheets_sync.excel.file import File, revision_of
from sheets_sync.row import Name, Row
from sheets_sync.schema import Schema
from sheets_sync.workbook import Sheet, difference


def _no_wait() -> None:
    """Take two equal readings at once; who watches a synced folder passes a pause of a second."""


class ExcelWorkbook:
    """A `sheets_sync.workbook.Workbook` at `path`. `wait` is called between the two readings that have to agree."""

    def __init__(self, path: Path, wait: Callable[[], None] = _no_wait) -> None:
        self._where = str(path)
        self._file = File(path, wait)

    def read(self, schema: Schema, *, unless: str = "") -> Sheet | None:
        """Return the rows as last saved."""
        content = self._file.settled()
        if unless and revision_of(content) == unless:
            return None
        archive = Archive() if content is None else self._inspected(content)
        held = self._file.opened_by() or _held_by(archive)
        return self._sheet(schema, content, held)

    def write(
        self, schema: Schema, sheet: Sheet, append: Sequence[Row], statuses: Mapping[Name, str]
    ) -> Sheet:
        """Append rows and rewrite statuses in the revision that `sheet` read."""
        from sheets_sync.excel.book import edited

        content = self._file.settled()
        if revision_of(content) != sheet.revision:
            raise WorkbookChanged(self._where)
        if why := _held_by(Archive() if content is None else self._inspected(content)):
            raise WorkbookHeld(self._where, why)
        new = edited(content, schema, append, statuses, self._where)
        after = self._sheet(schema, new)
        if wrong := difference(schema, sheet, append, statuses, after):
            raise ReadBackDiffers(self._where, wrong)
        self._file.replace(new, sheet.revision)
        return after

    def _inspected(self, content: bytes) -> Archive:
        archive = inspect(content)
        if archive.broken:
            raise WorkbookBroken(self._where, archive.broken)
        return archive

    def _sheet(self, schema: Schema, content: bytes | None, held: str = "") -> Sheet:
        from sheets_sync.excel.book import rows

        found = () if content is None else rows(content, schema, self._where)
        return Sheet(rows=found, revision=revision_of(content), held=held)


def _held_by(archive: Archive) -> str:
    if not archive.lost:
        return ""
    return f"saving would lose {', '.join(archive.lost)}; keep those in a workbook of their own"
