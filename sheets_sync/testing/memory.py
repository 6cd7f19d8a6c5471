"""Twins of the ports, for tests here and in the product: a queue, a workbook and a base store in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sheets_sync.errors import WorkbookChanged, WorkbookHeld
from sheets_sync.merge import Decision, Written
from sheets_sync.row import Cell, Row, SheetRow, as_text
from sheets_sync.schema import HASH, KEY, STATUS, Schema
from sheets_sync.sync import Verdict
from sheets_sync.workbook import Sheet

Line = dict[str, Cell]


class MemoryQueue:
    """A queue that settles an item by any word but `defer` and `ask`, and remembers each decision it took.

    `refusing` says, by key, why an item cannot be decided just now.
    """

    def __init__(self, *rows: Row) -> None:
        self.items = {row.key: row for row in rows}
        self.decisions: list[Decision] = []
        self.first_shown: list[tuple[str, str]] = []
        self.refusing: dict[str, str] = {}

    def rows(self) -> Sequence[Row]:
        """Return every item, open or not."""
        return list(self.items.values())

    def decide(self, decisions: Sequence[Decision]) -> Sequence[Verdict]:
        """Take each decision whose item is open and unchanged, once."""
        return [self._decide(decision) for decision in decisions]

    def shown(self, rows: Sequence[Row]) -> None:
        """Note what was shown, once."""
        names = [(row.key, row.hash) for row in rows]
        self.first_shown += [name for name in names if name not in self.first_shown]

    def put(self, row: Row) -> None:
        """Add an item, or replace it by one with other content."""
        self.items[row.key] = row

    def _decide(self, decision: Decision) -> Verdict:
        item = self.items[decision.key]
        if decision.id in item.taken:
            return Verdict(key=decision.key, accepted=True)
        changed = "" if item.open and item.hash == decision.hash else "the queue holds something else by now"
        if message := changed or self.refusing.get(item.key, ""):
            return Verdict(key=decision.key, accepted=False, message=message)
        self.decisions.append(decision)
        stays = decision.word in ("defer", "ask")
        status = f"open ({decision.word})" if stays else f"settled ({decision.word})"
        self.items[item.key] = replace(item, open=stays, status=status, taken=item.taken | {decision.id})
        return Verdict(key=decision.key, accepted=True)


class MemoryWorkbook:
    """A workbook as a list of lines, each a dict by column title: edit `lines` as a person would."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.held = ""
        self.saves = 0

    def read(self, schema: Schema) -> Sheet:
        """Return the lines that bear a key or a hash."""
        rows = [_sheet_row(schema, at, line) for at, line in enumerate(self.lines)]
        named = tuple(row for row in rows if row.key or row.hash)
        return Sheet(rows=named, revision=repr(self.lines), held=self.held)

    def write(
        self, schema: Schema, sheet: Sheet, append: Sequence[Row], statuses: Mapping[int, str]
    ) -> Sheet:
        """Append and update, if nobody changed a line since."""
        if self.held:
            raise WorkbookHeld("memory", self.held)
        if repr(self.lines) != sheet.revision:
            raise WorkbookChanged("memory")
        for at, text in statuses.items():
            self.lines[at][_title(schema, STATUS.name)] = text
        self.lines += [_line(schema, row) for row in append]
        self.saves += 1
        return self.read(schema)


class MemoryBase:
    """A base store that forgets with the process."""

    def __init__(self) -> None:
        self.entries: tuple[Written, ...] = ()

    def load(self) -> Sequence[Written]:
        """Return what was saved."""
        return self.entries

    def save(self, base: Sequence[Written]) -> None:
        """Replace it."""
        self.entries = tuple(base)


def _title(schema: Schema, name: str) -> str:
    return next(column.title for column in schema.columns if column.name == name)


def _line(schema: Schema, row: Row) -> Line:
    values = {**row.cells, KEY.name: row.key, HASH.name: row.hash, STATUS.name: row.status}
    return {column.title: values.get(column.name) for column in schema.columns}


def _sheet_row(schema: Schema, at: int, line: Line) -> SheetRow:
    return SheetRow(
        line=at,
        key=as_text(line.get(KEY.title)),
        hash=as_text(line.get(HASH.title)),
        status=as_text(line.get(_title(schema, STATUS.name))),
        content={column.name: line.get(column.title) for column in schema.content},
        entered={column.name: line.get(column.title) for column in schema.human},
    )
