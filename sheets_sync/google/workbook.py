"""The queue as a Google spreadsheet: one reading and one write a sync, whatever the number of rows.

Others edit it meanwhile. What was read may be old by the time of the write, so a write only adds rows at the end and
puts pairs of name and status onto their page; what came of it stands in the answer to the same call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TypeVar

import msgspec
from gspread.urls import DRIVE_FILES_API_V3_URL, SPREADSHEET_BATCH_UPDATE_URL, SPREADSHEET_URL

from sheets_sync.errors import ReadBackDiffers, WorkbookChanged
from sheets_sync.google import sharing, table
from sheets_sync.google.answers import READ, WRITTEN, Spreadsheet, Updated
from sheets_sync.google.errors import GoogleUnreachable, SpreadsheetMissing, WriteUncertain
from sheets_sync.google.sharing import Access
from sheets_sync.google.table import Reading
from sheets_sync.google.transport import Transport
from sheets_sync.google.writing import Call, writer
from sheets_sync.header import Header
from sheets_sync.row import Name, Row, SheetRow, fingerprint
from sheets_sync.schema import Schema
from sheets_sync.workbook import Sheet

Answer = TypeVar("Answer", bound=msgspec.Struct)
JSON = {"Content-Type": "application/json"}
PLAIN = {"prettyPrint": "false"}  # a third of the bytes


class GoogleWorkbook:
    """A `sheets_sync.workbook.Workbook`. After a reading, `account` names who, beside ourselves, may write there."""

    def __init__(
        self, transport: Transport, name: str, *, where: str, itself: str, shared_with: Sequence[str]
    ) -> None:
        self.account = ""
        self._transport = transport
        self._name = name
        self._where = where
        self._itself = itself
        self._shared_with = shared_with
        self._reading = Reading((), None)

    def read(self, schema: Schema, *, unless: str = "") -> Sheet | None:
        """Return the rows as they stand, unless the spreadsheet is shared wider than listed."""
        access = self._access()
        if why := sharing.distrust(access, allowed=self._shared_with, itself=self._itself):
            return Sheet(distrusted=why)
        self.account = access.writers(self._itself) or "unknown"
        answer = self._transport.request(
            "get", SPREADSHEET_URL % self._name, params={**PLAIN, "includeGridData": "true", "fields": READ}
        )
        revision = sha256(answer.content).hexdigest()
        if revision == unless:
            return None
        read = self._decoded(answer.content, Spreadsheet, GoogleUnreachable)
        self._reading = table.read(read, schema, self._where)
        return Sheet(rows=self._reading.rows, revision=revision, notes=self._reading.notes)

    def write(
        self, schema: Schema, sheet: Sheet, append: Sequence[Row], statuses: Mapping[Name, str]
    ) -> Sheet:
        """Append rows and state statuses; `sheet` is what was read last."""
        target = writer(schema, self._reading, append)
        added: list[SheetRow] = []
        for call in target.calls(append, statuses):
            answer = self._send(call)
            headers = {each.title: each.header for each in target.tables.values()}
            added += self._read_back(schema, call, answer, headers)
        kept = (replace(row, status=statuses.get(row.name, row.status)) for row in sheet.rows)
        return Sheet(rows=(*kept, *added))

    def _access(self) -> Access:
        answer = self._transport.request(
            "get",
            f"{DRIVE_FILES_API_V3_URL}/{self._name}",
            params={**PLAIN, "fields": sharing.FIELDS, "supportsAllDrives": "true"},
        )
        access = self._decoded(answer.content, Access, GoogleUnreachable)
        if access.trashed:
            raise SpreadsheetMissing(self._where)
        return access

    def _send(self, call: Call) -> Spreadsheet:
        body = {
            "requests": call.requests,
            "includeSpreadsheetInResponse": True,
            "responseIncludeGridData": True,
            "responseRanges": call.ranges,
        }
        answer = self._transport.request(
            "post",
            SPREADSHEET_BATCH_UPDATE_URL % self._name,
            params={**PLAIN, "fields": WRITTEN},
            data=msgspec.json.encode(body),
            headers=dict(JSON),
        )
        return self._decoded(answer.content, Updated, WriteUncertain).updated_spreadsheet

    def _read_back(
        self, schema: Schema, call: Call, answer: Spreadsheet, headers: Mapping[str, Header]
    ) -> list[SheetRow]:
        """Return the rows of a call as they stand now.

        Raises WorkbookChanged where somebody moved them on already, ReadBackDiffers where Google has something else.
        """
        texts: dict[str, str] = {}
        rows: dict[Name, SheetRow] = {}
        for tab in answer.sheets:
            lines = list(tab.lines())
            header = headers.get(tab.properties.title)
            if header is None:
                texts |= {name: text for name, (_, text) in table.pairs(lines).items()}
            elif header != table.header_of(tab, lines, schema, self._where):
                raise WorkbookChanged(self._where)  # columns moved while we wrote: the rows are torn
            else:
                rows |= {row.name: row for _, row in table.rows(tab, lines, header, schema, call.statuses)}
        for row in call.rows:
            self._expect(schema, row, rows.get(row.name))
        if any(texts.get(name, "") != text for name, text in call.statuses.items()):
            raise WorkbookChanged(self._where)
        return [rows[row.name] for row in call.rows]

    def _expect(self, schema: Schema, row: Row, found: SheetRow | None) -> None:
        if found is None:
            raise WorkbookChanged(self._where)
        if found.fingerprint != fingerprint(schema, row.cells):
            raise ReadBackDiffers(self._where, f"the row {row.key} does not hold what was written")

    def _decoded(
        self, content: bytes, kind: type[Answer], failure: type[WriteUncertain | GoogleUnreachable]
    ) -> Answer:
        try:
            return msgspec.json.decode(content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise failure(self._where, "an answer that makes no sense") from None
