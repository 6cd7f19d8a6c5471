"""The port to a workbook, wherever it lies: one reading of it, and how a merge is written into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sheets_sync.row import Row, SheetRow, fingerprint
from sheets_sync.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One reading. `revision` names what was read ("" where there is no workbook yet);
    `held` says why nothing may be written now ("" when it may).
    """

    rows: tuple[SheetRow, ...] = ()
    revision: str = ""
    held: str = ""


class Workbook(Protocol):
    """A workbook that a person edits too."""

    def read(self, schema: Schema) -> Sheet:
        """Return the rows as last saved. Raises WorkbookBroken, ColumnsWrong, WorkbookChanged (being saved)."""
        ...

    def write(
        self, schema: Schema, sheet: Sheet, append: Sequence[Row], statuses: Mapping[int, str]
    ) -> Sheet:
        """Append rows, rewrite status cells by line, read back, and return what was read.

        All or nothing. Raises WorkbookChanged unless the workbook is still what `sheet` read, WorkbookHeld,
        ReadBackDiffers.
        """
        ...


def difference(
    schema: Schema, before: Sheet, append: Sequence[Row], statuses: Mapping[int, str], after: Sheet
) -> str:
    """Say how a workbook differs from what was to be written ("" when it does not)."""
    kept = [replace(row, status=statuses.get(row.line, row.status)) for row in before.rows]
    for old, new in zip(kept, after.rows, strict=False):
        if old != new:
            return f"line {old.line} was not to change"
    added = [(row.key, row.hash, row.status, fingerprint(schema, row.cells)) for row in append]
    found = [
        (row.key, row.hash, row.status, fingerprint(schema, row.content)) for row in after.rows[len(kept) :]
    ]
    return "" if added == found else f"of {len(added)} new rows, {len(found)} came back or not the same"
