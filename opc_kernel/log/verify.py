"""Verification: journal, chain and database compared event by event, and each fault named by its position."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Literal

from opc_kernel.event import Event
from opc_kernel.log.chain import GENESIS, chain_hash, changed_data, envelope
from opc_kernel.log.database import BEFORE_ALL, Database
from opc_kernel.log.errors import DatabaseFailed, DatabaseUnreadable
from opc_kernel.log.inspection import Line, inspect
from opc_kernel.log.journal import segment_paths
from opc_kernel.log.opening import DATABASE, JOURNAL

MAX_FINDINGS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place that is not what was written."""

    position: int
    where: Literal["journal", "database"]
    what: str

    def __str__(self) -> str:
        return f"position {self.position}, {self.where}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a verification saw: `head` is the hash to keep elsewhere; `findings` is empty when all is well."""

    events: int
    head: str
    findings: tuple[Finding, ...]


def verify_folder(folder: Path) -> Verification:
    """Verify a company nobody holds, even one that refuses to open; changes nothing.

    The caller has the folder's lock.
    """
    lines = inspect((path, None) for path in segment_paths(folder / JOURNAL))
    try:
        database = Database(folder / DATABASE, read_only=True)
    except DatabaseFailed as error:
        unusable = Finding(position=0, where="database", what=f"it can't be opened: {error.reason}")
        return _verification(_Walk(None), lines, unusable)
    try:
        return compare(lines, database.events(after=BEFORE_ALL))
    finally:
        database.close()


def compare(lines: Iterable[Line], rows: Iterator[Event]) -> Verification:
    """Walk journal and database in step and stop after MAX_FINDINGS."""
    return _verification(_Walk(rows), lines)


def _verification(walk: _Walk, lines: Iterable[Line], *before: Finding) -> Verification:
    findings = tuple(islice(chain(before, walk.findings(lines)), MAX_FINDINGS))
    return Verification(events=walk.position, head=walk.head, findings=findings)


class _Walk:
    """How far a verification has come: the last position of the journal, and the database's next row."""

    def __init__(self, rows: Iterator[Event] | None) -> None:
        self.position, self.head = 0, GENESIS
        self._rows = self._readable(rows) if rows is not None else None
        self._row: Event | None = None
        self._damage: Finding | None = None
        self._row_before = GENESIS
        """Chain hash of the row before the next one."""

    def findings(self, lines: Iterable[Line]) -> Iterator[Finding]:
        self._next_row()
        for line in lines:
            if line.problem is not None:
                yield Finding(position=line.position, where="journal", what=line.problem.reason)
            if line.position > self.position:  # else its row was compared when the position came first
                self.position = line.position
                self.head = line.event.chain_hash if line.event else self.head
                yield from self._compared(line)
        yield from self._rows_up_to(None)
        if self._damage is not None:
            yield self._damage

    def _readable(self, rows: Iterator[Event]) -> Iterator[Event]:
        """Yield rows up to a block that does not fit its checksum: opening reads few of them."""
        try:
            yield from rows
        except DatabaseUnreadable as error:
            position = self._row.position + 1 if self._row else 1
            what = f"it can't be read from here on: {error.reason}"
            self._damage, self._rows = Finding(position=position, where="database", what=what), None

    def _compared(self, line: Line) -> Iterator[Finding]:
        yield from self._rows_up_to(line.position)
        if self._rows is None:
            return
        if self._row is None or self._row.position > line.position:
            yield Finding(position=line.position, where="database", what="this row is missing")
            return
        what = _row_fault(self._row, line, self._row_before)
        if what:
            yield Finding(position=line.position, where="database", what=what)
        self._row_before = self._row.chain_hash
        self._next_row()

    def _rows_up_to(self, position: int | None) -> Iterator[Finding]:
        while self._row is not None and (position is None or self._row.position < position):
            yield Finding(position=self._row.position, where="database", what="the journal has no such event")
            self._next_row()

    def _next_row(self) -> None:
        self._row = next(self._rows, None) if self._rows is not None else None


def _row_fault(row: Event, line: Line, previous: str) -> str | None:
    """Hold a row against its journal line; where that line is damaged, against its digest and the chain."""
    event = line.event if line.problem is None else None
    if event is None:
        broken = changed_data(row) or chain_hash(previous, envelope(row)) != row.chain_hash
        return "it does not fit the chain" if broken else None
    if row == event:
        return None
    same_envelope = envelope(row) == envelope(event) and row.chain_hash == event.chain_hash
    return "its data was changed" if same_envelope else "its envelope was changed"
