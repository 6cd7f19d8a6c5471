"""Twins of the ports, for tests here and in the product: a queue, a workbook and a base store in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from sheets_sync.errors import WorkbookChanged, WorkbookHeld
from sheets_sync.merge import Decision
from sheets_sync.row import Cell, Name, Row, SheetRow, as_text, sheet_row
from sheets_sync.schema import HASH, KEY, STATUS, Schema
from sheets_sync.sync import Base, Verdict
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
    """A workbook as tabs of lines, each a dict by column title: edit `lines`, the first tab, as a person would."""

    def __init__(self) -> None:
        self.tabs: dict[str, list[Line]] = {"": []}
        self.held = ""
        self.distrusted = ""
        self.saves = 0

    @property
    def lines(self) -> list[Line]:
        """The lines of the first tab."""
        return self.tabs[""]

    @lines.setter
    def lines(self, lines: list[Line]) -> None:
        self.tabs[""] = lines

    def read(self, schema: Schema, *, unless: str = "") -> Sheet | None:
        """Return the lines that bear a key or a hash."""
        revision = repr(self.tabs)
        if revision == unless:
            return None
        return Sheet(
            rows=tuple(self._rows(schema)), revision=revision, held=self.held, distrusted=self.distrusted
        )

    def write(
        self, schema: Schema, sheet: Sheet, append: Sequence[Row], statuses: Mapping[Name, str]
    ) -> Sheet:
        """Append and update, if nobody changed a line since."""
        if self.held:
            raise WorkbookHeld("memory", self.held)
        if repr(self.tabs) != sheet.revision:
            raise WorkbookChanged("memory")
        for line in chain.from_iterable(self.tabs.values()):
            name = as_text(line.get(KEY.title)), as_text(line.get(HASH.title))
            if name in statuses:
                line[_title(schema, STATUS.name)] = statuses[name]
        for row in append:
            self.tabs.setdefault(row.tab, []).append(_line(schema, row))
        self.saves += 1
        return Sheet(rows=tuple(self._rows(schema)), revision=repr(self.tabs))

    def _rows(self, schema: Schema) -> Iterator[SheetRow]:
        for tab, lines in self.tabs.items():
            rows = (_sheet_row(schema, tab, line) for line in lines)
            yield from (row for row in rows if row.key or row.mark)


class MemoryBase:
    """A base store that forgets with the process."""

    def __init__(self) -> None:
        self.base = Base()

    def load(self) -> Base:
        """Return what was saved."""
        return self.base

    def save(self, base: Base) -> None:
        """Replace it."""
        self.base = base


def _title(schema: Schema, name: str) -> str:
    return next(column.title for column in schema.columns if column.name == name)


def _line(schema: Schema, row: Row) -> Line:
    key, mark = row.name
    values = {**row.cells, KEY.name: key, HASH.name: mark, STATUS.name: row.status}
    return {column.title: values.get(column.name) for column in schema.columns}


def _sheet_row(schema: Schema, tab: str, line: Line) -> SheetRow:
    values = {column.name: line.get(column.title) for column in schema.columns}
    return sheet_row(schema, values, tab=tab, status=as_text(values[STATUS.name]))
