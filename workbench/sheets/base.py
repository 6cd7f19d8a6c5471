"""The base of a sheet's merge, kept as events: which rows stand in which workbook, as they were written."""

from __future__ import annotations

from opc_kernel.event import ANY_VERSION, EventData, Write
from opc_kernel.ids import derived_id
from opc_kernel.log.protocol import Company
from sheets_sync.merge import Written
from sheets_sync.sync import Base
from workbench.sheets.events import SheetRowForgotten, SheetRowWritten, SheetSettled, sheet_stream

SETTLED = "SELECT revision, queue FROM sheet WHERE sheet = $sheet AND revision IS NOT NULL"


class EventBase:
    """The base of the merge, kept as events: which rows stand in one workbook, as they were written."""

    def __init__(self, company: Company, *, sheet: str, actor: str) -> None:
        self._company = company
        self._sheet = sheet
        self._actor = actor

    def load(self) -> Base:
        """See sheets_sync.sync.BaseStore."""
        settled = self._company.query(SETTLED, sheet=self._sheet).one()
        return Base(written=tuple(self._written()), **(settled or {}))

    def save(self, base: Base) -> None:
        """See sheets_sync.sync.BaseStore."""
        known = set(self._written())
        kept = {(entry.key, entry.mark) for entry in base.written}
        writes = [
            self._write(entry, _written(entry, self._sheet)) for entry in base.written if entry not in known
        ]
        writes += [
            self._write(entry, SheetRowForgotten()) for entry in known if (entry.key, entry.mark) not in kept
        ]
        settled = SheetSettled(sheet=self._sheet, revision=base.revision, queue=base.queue)
        writes.append(
            Write(stream=sheet_stream(self._sheet), data=settled, actor=self._actor, source="sheet")
        )
        self._company.append(writes, expected={write.stream: ANY_VERSION for write in writes})

    def _written(self) -> list[Written]:
        rows = self._company.query(
            "SELECT key, hash, content, taken FROM sheet_row WHERE sheet = $sheet AND written ORDER BY key, hash",
            sheet=self._sheet,
        )
        return [
            Written(key=key, mark=mark, content=content, taken=frozenset(taken))
            for key, mark, content, taken in rows
        ]

    def _write(self, entry: Written, data: EventData) -> Write:
        stream = f"sheet_row/{derived_id(self._sheet, entry.key, entry.mark)}"
        return Write(stream=stream, data=data, actor=self._actor, source="sheet")


def _written(entry: Written, sheet: str) -> SheetRowWritten:
    taken = tuple(sorted(entry.taken))
    return SheetRowWritten(sheet=sheet, key=entry.key, hash=entry.mark, content=entry.content, taken=taken)
