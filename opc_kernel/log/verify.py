"""Verification: journal, chain and database compared event by event, and each fault named by its position."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from opc_kernel.event import Event
from opc_kernel.log.chain import GENESIS, envelope, fault
from opc_kernel.log.database import Database
from opc_kernel.log.journal import Inspected, inspect, read_segments

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
    """Verify a company nobody holds, even one that refuses to open. The caller has the folder's lock."""
    database = Database(folder / "company.duckdb")
    try:
        return compare(inspect(read_segments(folder / "journal")), database.events())
    finally:
        database.close()


def compare(journal: Iterable[Inspected], database: Iterator[Event]) -> Verification:
    """Walk both in step; stop collecting after MAX_FINDINGS."""
    findings: list[Finding] = []
    events, head, previous_row = 0, GENESIS, GENESIS
    row = next(database, None)
    for line, problem in journal:
        position = (
            line.position if problem is None and line is not None else problem.position if problem else 0
        )
        assert position is not None
        if problem is not None:
            findings.append(Finding(position=position, where="journal", what=problem.reason))
        while row is not None and row.position < position:
            findings.append(
                Finding(position=row.position, where="database", what="this row stands twice or was added")
            )
            row = next(database, None)
        if row is None or row.position > position:
            findings.append(Finding(position=position, where="database", what="this row is missing"))
        else:
            what = _row_fault(previous_row, row, None if problem else line)
            if what:
                findings.append(Finding(position=position, where="database", what=what))
            previous_row, row = row.chain_hash, next(database, None)
        events, head = position, line.chain_hash if line is not None else head
        if len(findings) >= MAX_FINDINGS:
            return Verification(events=events, head=head, findings=tuple(findings))
    findings += [
        Finding(position=extra.position, where="database", what="the journal has no such event")
        for extra in ([row, *database] if row else [])
    ]
    return Verification(events=events, head=head, findings=tuple(findings[:MAX_FINDINGS]))


def _row_fault(previous: str, row: Event, line: Event | None) -> str | None:
    """Compare a row with its journal line; where the line itself is damaged, with the chain."""
    if line is None:
        return fault(previous, row)
    if (row.salt, bytes(row.data)) != (line.salt, bytes(line.data)):
        return "its data was changed"
    if envelope(row) != envelope(line) or row.chain_hash != line.chain_hash:
        return "its envelope was changed"
    return None
