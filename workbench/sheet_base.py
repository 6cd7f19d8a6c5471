"""The base of a sheet's merge, kept as events: which rows stand in which workbook, as they were written."""

from __future__ import annotations

from collections.abc import Sequence

from opc_kernel.event import ANY_VERSION, EventData, Write
from opc_kernel.ids import derived_id
from opc_kernel.log.protocol import Company
from opc_kernel.log.read_model import ReadModel
from opc_kernel.text import Text
from sheets_sync.merge import Written


class SheetRowWritten(EventData, type="sheet.row_written"):
    """A row stands in a workbook as it was written: the base of the next merge."""

    sheet: Text
    key: str
    hash: str
    content: str
    """Fingerprint of the cells."""
    taken: tuple[str, ...] = ()


class SheetRowForgotten(EventData, type="sheet.row_forgotten"):
    """A row no longer stands in the workbook."""


EVENTS: tuple[type[EventData], ...] = (SheetRowWritten, SheetRowForgotten)
READ_MODELS = (ReadModel.load("workbench", "sheet_row"),)


class EventBase:
    """The base of the merge, kept as events: which rows stand in one workbook, as they were written."""

    def __init__(self, company: Company, *, sheet: str, actor: str) -> None:
        self._company = company
        self._sheet = sheet
        self._actor = actor

    def load(self) -> list[Written]:
        """See sheets_sync.sync.BaseStore."""
        rows = self._company.query(
            "SELECT key, hash, content, taken FROM sheet_row WHERE sheet = $sheet AND written ORDER BY key, hash",
            sheet=self._sheet,
        )
        return [
            Written(key=key, hash=digest, content=content, taken=frozenset(taken))
            for key, digest, content, taken in rows
        ]

    def save(self, base: Sequence[Written]) -> None:
        """See sheets_sync.sync.BaseStore."""
        known = set(self.load())
        kept = {(entry.key, entry.hash) for entry in base}
        writes = [self._write(entry, _written(entry, self._sheet)) for entry in base if entry not in known]
        writes += [
            self._write(entry, SheetRowForgotten()) for entry in known if (entry.key, entry.hash) not in kept
        ]
        if writes:
            self._company.append(writes, expected={write.stream: ANY_VERSION for write in writes})

    def _write(self, entry: Written, data: EventData) -> Write:
        stream = f"sheet_row/{derived_id(self._sheet, entry.key, entry.hash)}"
        return Write(stream=stream, data=data, actor=self._actor, source="sheet")


def _written(entry: Written, sheet: str) -> SheetRowWritten:
    taken = tuple(sorted(entry.taken))
    return SheetRowWritten(sheet=sheet, key=entry.key, hash=entry.hash, content=entry.content, taken=taken)
