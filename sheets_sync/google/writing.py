"""The requests of one write: rows go below whatever stands there, statuses onto their page, name and text together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from secrets import randbelow
from typing import Any

import msgspec

from sheets_sync.google import look
from sheets_sync.google.cells import put
from sheets_sync.google.look import Request, column_letter
from sheets_sync.google.table import STATUSES, Reading, Statuses, Table, label, lines_of
from sheets_sync.header import Header
from sheets_sync.row import Name, Row
from sheets_sync.schema import CHOICE, DECISION, HASH, KEY, STATUS, Schema

MAX_BYTES = 1_800_000  # of one call; Google advises against more than 2 MB
_LOOK_UP_BYTES = 300  # the formula in a row's status cell
_SHEET_IDS = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: what it asks for, the rows and the statuses (by label) it writes, where these are read back."""

    requests: tuple[Request, ...]
    rows: tuple[Row, ...]
    statuses: Mapping[str, str]
    ranges: tuple[str, ...]


@dataclass(slots=True)
class Writer:
    """Turns a merge into calls. It counts on where each tab ends by now, as far as our own writing goes."""

    schema: Schema
    tables: dict[str, Table]
    statuses: Statuses
    before: list[Request] = field(default_factory=list)

    def calls(self, append: Sequence[Row], statuses: Mapping[Name, str]) -> Iterator[Call]:
        """Yield the calls: one, unless there is more than fits."""
        for number, part in enumerate(_parts(self.schema, append)):
            texts = {**(statuses if number == 0 else {}), **{row.name: row.status for row in part}}
            yield self._call(part, {label(name): text for name, text in texts.items()})

    def _call(self, rows: Sequence[Row], texts: Mapping[str, str]) -> Call:
        requests, self.before = self.before, []
        ranges = []
        for tab in dict.fromkeys(row.tab for row in rows):
            own = [row for row in rows if row.tab == tab]
            table = self.tables[tab]
            ranges += [_header_line(table), _below(table)]
            requests += _append(self.schema, table, own, self.statuses)
            self.tables[tab] = _grown(table, len(own))
        known = self.statuses.lines
        first = min((known[name] for name in texts if name in known), default=None)
        start = self.statuses.last + 1 if first is None else first
        ranges.append(f"{quoted(self.statuses.title)}!A{start + 1}:B")
        requests += self._state(texts)
        return Call(requests=tuple(requests), rows=tuple(rows), statuses=texts, ranges=tuple(ranges))

    def _state(self, texts: Mapping[str, str]) -> Iterator[Request]:
        """Rewrite the pairs that are there, name and all: where the page was sorted meanwhile, a pair stays a pair."""
        page = self.statuses
        known = sorted((page.lines[name], (name, text)) for name, text in texts.items() if name in page.lines)
        for _, run in groupby(enumerate(known), key=lambda numbered: numbered[1][0] - numbered[0]):
            pairs = [pair for _, pair in run]
            yield _pairs(page.sheet_id, pairs[0][0], [pair for _, pair in pairs])
        new = [pair for pair in texts.items() if pair[0] not in page.lines]
        if new:
            rows = [{"values": _pair(*pair)} for pair in new]
            yield {"appendCells": {"sheetId": page.sheet_id, "rows": rows, "fields": "userEnteredValue"}}
            lines = {name: page.last + at for at, (name, _) in enumerate(new, 1)}
            self.statuses = page._replace(lines={**page.lines, **lines}, last=page.last + len(new))


def writer(schema: Schema, reading: Reading, append: Sequence[Row]) -> Writer:
    """Return a writer for a spreadsheet as it was read; what is missing is made before the first row goes out."""
    before: list[Request] = []
    statuses = reading.statuses
    if statuses is None:
        statuses = Statuses(_new_id(), STATUSES, {}, {}, 0)
        before += look.status_page(statuses.sheet_id)
        before += _look_ups(reading.tables, statuses)
    tables = {table.header.tab: table for table in reversed(reading.tables)}
    wanted = dict.fromkeys(row.tab for row in append) or {"": None}
    for tab in wanted if append or not tables else ():
        if tab not in tables:
            number = sum(row.tab == tab for row in append)
            tables[tab] = _new_table(schema, tab, number)
            before += look.new_tab(schema, tab, tables[tab].sheet_id, number)
    if not reading.tables and look.GUIDE not in reading.titles:
        before += look.guide(schema, _new_id())
    return Writer(schema, tables, statuses, before)


def quoted(title: str) -> str:
    """Return a tab's title as it stands in a formula or a range."""
    return "'" + title.replace("'", "''") + "'"


def _new_id() -> int:
    return 1 + randbelow(_SHEET_IDS)


def _new_table(schema: Schema, tab: str, rows: int) -> Table:
    columns = {column.name: at for at, column in enumerate(schema.columns)}
    return Table(
        sheet_id=_new_id(),
        title=tab or schema.sheet,
        header=Header(0, tab, columns),
        last=0,
        capacity=rows + look.ROOM,
    )


def _grown(table: Table, rows: int) -> Table:
    last = table.last + rows
    more = last + look.ROOM if last >= table.capacity else table.capacity
    return table._replace(last=last, capacity=more)


def _parts(schema: Schema, append: Sequence[Row]) -> list[list[Row]]:
    """Part the rows into what one call may carry; without rows there is one call all the same."""
    parts: list[list[Row]] = [[]]
    size = 0
    for row in append:
        more = (
            len(msgspec.json.encode((_cells(schema, row), _pair(label(row.name), row.status))))
            + _LOOK_UP_BYTES
        )
        if parts[-1] and size + more > MAX_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(row)
        size += more
    return parts


def _append(schema: Schema, table: Table, rows: Sequence[Row], statuses: Statuses) -> Iterator[Request]:
    short = table.last + 1 + len(rows) - table.capacity
    if short > 0:
        room = short + look.ROOM
        places = [table.header.columns[column.name] for column in schema.columns]
        yield {"appendDimension": {"sheetId": table.sheet_id, "dimension": "ROWS", "length": room}}
        yield from look.formats(schema.columns, places, table.sheet_id, first=table.capacity)
    lines = [{"values": _line(schema, table, row, statuses)} for row in rows]
    fields = "userEnteredValue,dataValidation"
    yield {"appendCells": {"sheetId": table.sheet_id, "rows": lines, "fields": fields}}


def _line(schema: Schema, table: Table, row: Row, statuses: Statuses) -> list[Request]:
    """Return a row's cells from column A on; columns of the operator's own stay empty."""
    cells: list[Request] = [{} for _ in range(max(table.header.columns.values()) + 1)]
    for name, cell in _cells(schema, row).items():
        cells[table.header.columns[name]] = cell
    cells[table.header.columns[STATUS.name]] = _look_up(table, statuses)
    return cells


def _cells(schema: Schema, row: Row) -> dict[str, Request]:
    key, mark = row.name
    values = {**row.cells, KEY.name: key, HASH.name: mark}
    cells = {column.name: put(values.get(column.name)) for column in schema.columns if column is not STATUS}
    for column, words in ((DECISION, row.decisions), (CHOICE, row.choices)):
        if column.name in cells:
            cells[column.name] = _dropdown(words)
    return cells


def _dropdown(words: Iterable[str]) -> Request:
    """Offer a row's words and warn of others; the merge has the last say. A list takes nothing like a formula."""
    plain = [word for word in words if not word.startswith("=")]
    if not plain:
        return {}
    condition = {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": word} for word in plain]}
    return {"dataValidation": {"condition": condition, "showCustomUi": True, "strict": False}}


def _look_up(table: Table, statuses: Statuses) -> Request:
    """Return the status cell: the same formula in every row, wherever it is moved."""
    key, mark = (column_letter(table.header.columns[name]) for name in (KEY.name, HASH.name))
    name = f'INDEX(${key}:${key};ROW())&" "&INDEX(${mark}:${mark};ROW())'
    formula = f'=IFNA(VLOOKUP({name};{quoted(statuses.title)}!$A:$B;2;FALSE);"")'
    return {"userEnteredValue": {"formulaValue": formula}}


def _look_ups(tables: Iterable[Table], statuses: Statuses) -> Iterator[Request]:
    """Point the status cells of our rows at a new page: the old one was deleted, and its formulas with it."""
    for table in tables:
        place = table.header.columns[STATUS.name]
        for first, last in lines_of(table.ours):
            area = {
                "sheetId": table.sheet_id,
                "startRowIndex": first,
                "endRowIndex": last,
                "startColumnIndex": place,
                "endColumnIndex": place + 1,
            }
            yield {
                "repeatCell": {
                    "range": area,
                    "cell": _look_up(table, statuses),
                    "fields": "userEnteredValue",
                }
            }


def _pairs(sheet_id: int, line: int, pairs: Sequence[tuple[str, str]]) -> Request:
    start = {"sheetId": sheet_id, "rowIndex": line, "columnIndex": 0}
    rows = [{"values": _pair(name, text)} for name, text in pairs]
    return {"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}}


def _pair(name: str, text: str) -> list[dict[str, Any]]:
    return [put(name), put(text)]


def _header_line(table: Table) -> str:
    line = table.header.line + 1
    return f"{quoted(table.title)}!{line}:{line}"


def _below(table: Table) -> str:
    return f"{quoted(table.title)}!A{table.last + 2}:{column_letter(max(table.header.columns.values()))}"
