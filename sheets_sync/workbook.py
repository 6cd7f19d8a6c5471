"""The port to a workbook, wherever it lies: one reading of it, and how a merge is written into it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Protocol

from sheets_sync.row import Name, Row, SheetRow, fingerprint
from sheets_sync.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One reading. `revision` names what was read ("" where there is no workbook yet).

    `held` says why nothing may be written now, `distrusted` why nothing may be decided by it either ("" when it may).
    `notes` are sentences for the operator: what was passed over, and what to do about it.
    """

    rows: tuple[SheetRow, ...] = ()
    revision: str = ""
    held: str = ""
    distrusted: str = ""
    notes: tuple[str, ...] = ()


class Workbook(Protocol):
    """A workbook that a person edits too."""

    def read(self, schema: Schema, *, unless: str = "") -> Sheet | None:
        """Return the rows as last saved; None where the revision is still `unless`.

        Raises WorkbookBroken, ColumnsWrong, WorkbookChanged (being saved).
        """
        ...

    def write(
        self, schema: Schema, sheet: Sheet, append: Sequence[Row], statuses: Mapping[Name, str]
    ) -> Sheet:
        """Append rows, rewrite statuses, read back, and return what was read.

        All or nothing. Raises WorkbookChanged where somebody else wrote meanwhile and it can't be told what became of
        this, WorkbookHeld, ReadBackDiffers.
        """
        ...


def difference(
    schema: Schema, before: Sheet, append: Sequence[Row], statuses: Mapping[Name, str], after: Sheet
) -> str:
    """Say how a workbook nobody else could touch differs from what was to be written ("" when it does not)."""
    found = _by_tab(after.rows)
    for tab, rows in _by_tab(before.rows).items():
        kept = [replace(row, status=statuses.get(row.name, row.status)) for row in rows]
        standing, found[tab] = found[tab][: len(kept)], found[tab][len(kept) :]
        if wrong := next((old for old, new in zip_longest(kept, standing) if old != new), None):
            return f"the row {wrong.key} was not to change"
    added = sorted((*row.name, row.status, fingerprint(schema, row.cells)) for row in append)
    fresh = [row for rows in found.values() for row in rows]
    back = sorted((*row.name, row.status, row.fingerprint) for row in fresh)
    return "" if added == back else f"of {len(added)} new rows, {len(back)} came back or not the same"


def _by_tab(rows: Iterable[SheetRow]) -> defaultdict[str, list[SheetRow]]:
    tabs = defaultdict[str, list[SheetRow]](list)
    for row in rows:
        tabs[row.tab].append(row)
    return tabs
