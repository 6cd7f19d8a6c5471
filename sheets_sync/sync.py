"""One two-way sync: read, merge, decide, merge again, write, read back, remember.

A crash between any two steps is repaired by the next sync: decisions are named by their entry, and the base is only
what was seen in the workbook after it was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sheets_sync.errors import WorkbookChanged, WorkbookHeld
from sheets_sync.merge import Conflict, Decision, Merge, Written, merge, remember
from sheets_sync.row import Row
from sheets_sync.schema import Schema
from sheets_sync.workbook import Sheet, Workbook

ATTEMPTS = 5  # rounds while somebody else keeps saving


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the queue says to one decision; `message` says why it was not accepted."""

    key: str
    accepted: bool
    message: str = ""


class Queue(Protocol):
    """What is asked of the queue."""

    def rows(self) -> Sequence[Row]:
        """Return the open items and the recently settled ones, each key once, in the order to show them.

        Never less than what `decide` has answered: an accepted decision is in its row's `taken` at once.
        """
        ...

    def decide(self, decisions: Sequence[Decision]) -> Sequence[Verdict]:
        """Take decisions one by one, never all or nothing; one already taken, by its id, is accepted again."""
        ...

    def shown(self, rows: Sequence[Row]) -> None:
        """Record that these stand in the workbook now; may be told again after a crash."""
        ...


class BaseStore(Protocol):
    """Where the base is kept. Losing it costs nothing but a few rows asked again."""

    def load(self) -> Sequence[Written]:
        """Return what was saved last, or nothing."""
        ...

    def save(self, base: Sequence[Written]) -> None:
        """Replace it, whole."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one sync did. `waiting` counts the changes not written because of `held`."""

    added: int
    updated: int
    decisions: tuple[Decision, ...]
    conflicts: tuple[Conflict, ...]
    waiting: int = 0
    held: str = ""

    def __str__(self) -> str:
        """Return lines for a person."""
        counts = ", ".join(
            [
                _count(self.added, "row") + " added",
                _count(self.updated, "status", "es") + " updated",
                _count(len(self.decisions), "decision") + " taken",
                _count(len(self.conflicts), "conflict"),
            ]
        )
        waits = [f"{_count(self.waiting, 'change')} not written: {self.held}"] if self.held else []
        taken = [f"{decision.key}: {decision.word}" for decision in self.decisions]
        conflicts = [f"{conflict.key}: not counted, {conflict.message}" for conflict in self.conflicts]
        return "\n".join([counts, *waits, *taken, *conflicts])


def synchronize(schema: Schema, queue: Queue, workbook: Workbook, base: BaseStore) -> Report:
    """Bring queue and workbook together once.

    Raises WorkbookBroken or ColumnsWrong before anything is decided; WorkbookChanged when others keep saving and
    ReadBackDiffers after the decisions were taken, with the workbook as it was.
    """
    known = base.load()
    decided: dict[str, Decision] = {}
    for attempt in range(1, ATTEMPTS + 1):
        sheet = workbook.read(schema)
        first = merge(schema, known, queue.rows(), sheet.rows)
        refused = _decide(queue, first.decisions, decided)
        ours = queue.rows()
        final = merge(schema, known, ours, sheet.rows, refused)
        try:
            after = _write(schema, workbook, sheet, final)
        except (WorkbookChanged, WorkbookHeld):
            if attempt == ATTEMPTS:
                raise
            continue
        _remember(queue, base, known, ours, remember(schema, known, ours, after.rows))
        return _report(final, sheet, tuple(decided.values()))
    raise AssertionError("the last attempt returns or raises")


def _decide(queue: Queue, decisions: Sequence[Decision], decided: dict[str, Decision]) -> dict[str, str]:
    """Hand decisions to the queue, note the accepted ones, and return why the others were refused."""
    if not decisions:
        return {}
    verdicts = {verdict.key: verdict for verdict in queue.decide(decisions)}
    decided.update({one.id: one for one in decisions if verdicts[one.key].accepted})
    return {one.id: verdicts[one.key].message for one in decisions if not verdicts[one.key].accepted}


def _write(schema: Schema, workbook: Workbook, sheet: Sheet, plan: Merge) -> Sheet:
    if sheet.held or not (plan.append or plan.statuses):
        return sheet
    return workbook.write(schema, sheet, plan.append, plan.statuses)


def _remember(
    queue: Queue, base: BaseStore, known: Sequence[Written], ours: Sequence[Row], fresh: Sequence[Written]
) -> None:
    """Tell the queue what is shown for the first time, then save the base: told twice is better than never."""
    before = {(entry.key, entry.hash) for entry in known}
    first_seen = {(entry.key, entry.hash) for entry in fresh} - before
    if rows := [row for row in ours if row.open and (row.key, row.hash) in first_seen]:
        queue.shown(rows)
    if set(fresh) != set(known):
        base.save(fresh)


def _report(plan: Merge, sheet: Sheet, decisions: tuple[Decision, ...]) -> Report:
    changes = (len(plan.append), len(plan.statuses))
    added, updated = (0, 0) if sheet.held else changes
    return Report(
        added=added,
        updated=updated,
        decisions=decisions,
        conflicts=plan.conflicts,
        waiting=sum(changes) if sheet.held else 0,
        held=sheet.held,
    )


def _count(number: int, noun: str, plural: str = "s") -> str:
    return f"{number} {noun}{'' if number == 1 else plural}"
