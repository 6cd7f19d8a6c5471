"""One two-way sync: read, merge, decide, merge again, write, read back, remember.

A crash between any two steps is repaired by the next sync: decisions are named by their entry, and the base is only
what was seen in the workbook after it was written.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from sheets_sync.errors import WorkbookChanged, WorkbookHeld
from sheets_sync.merge import Conflict, Decision, Merge, Written, merge, remember
from sheets_sync.row import Row, hash_in
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What is known of a workbook: the rows written there, and the revision and queue that were in agreement."""

    written: tuple[Written, ...] = ()
    revision: str = ""
    queue: str = ""


class BaseStore(Protocol):
    """Where the base is kept. Losing it costs nothing but a few rows asked again."""

    def load(self) -> Base:
        """Return what was saved last, or an empty one."""
        ...

    def save(self, base: Base) -> None:
        """Replace it, whole."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one sync did. `waiting` counts the changes not written because of `held`."""

    added: int = 0
    updated: int = 0
    decisions: tuple[Decision, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    waiting: int = 0
    held: str = ""
    distrusted: str = ""
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return lines for a person."""
        if self.distrusted:
            return "\n".join([f"Nothing was taken and nothing written: {self.distrusted}.", *self.notes])
        counts = [
            _count(self.added, "row", "rows") + " added" if self.added else "",
            _count(self.updated, "status", "statuses") + " updated" if self.updated else "",
            _count(len(self.decisions), "decision", "decisions") + " taken" if self.decisions else "",
            _count(len(self.conflicts), "entry", "entries") + " not counted" if self.conflicts else "",
        ]
        done = ", ".join(filter(None, counts)) or ("" if self.waiting else "nothing new on either side")
        first = [f"{done[0].upper()}{done[1:]}."] if done else []
        waits = (
            [f"{_count(self.waiting, 'change', 'changes')} not written: {self.held}."] if self.waiting else []
        )
        taken = [f"  {decision.key}: {decision.word}" for decision in self.decisions]
        conflicts = [f"  {conflict.key}: not counted, {conflict.message}" for conflict in self.conflicts]
        return "\n".join([*first, *waits, *self.notes, *taken, *conflicts])


def synchronize(schema: Schema, queue: Queue, workbook: Workbook, store: BaseStore) -> Report:
    """Bring queue and workbook together once.

    Raises WorkbookBroken or ColumnsWrong before anything is decided; WorkbookChanged when others keep saving and
    ReadBackDiffers after the decisions were taken, with the workbook as it was.
    """
    base = store.load()
    decided: dict[str, Decision] = {}
    for attempt in range(1, ATTEMPTS + 1):
        ours = queue.rows()
        sheet = workbook.read(
            schema, unless=base.revision if base.revision and base.queue == digest(ours) else ""
        )
        if sheet is None:
            return Report()
        if sheet.distrusted:
            return Report(distrusted=sheet.distrusted, notes=sheet.notes)
        plan = merge(schema, base.written, ours, sheet.rows)
        refused: dict[str, str] = {}
        if plan.decisions:
            refused = _decide(queue, plan.decisions, decided)
            ours = queue.rows()
            plan = merge(schema, base.written, ours, sheet.rows, refused)
        try:
            after = _write(schema, workbook, sheet, plan)
        except (WorkbookChanged, WorkbookHeld):
            if attempt == ATTEMPTS:
                raise
            continue
        left = bool(refused) or (bool(sheet.held) and _changes(plan) > 0)
        fresh = _fresh(schema, base, ours, after, settled=not left)
        _remember(queue, store, base, ours, fresh)
        return _report(plan, sheet, tuple(decided.values()))
    raise AssertionError("the last attempt returns or raises")


def digest(rows: Sequence[Row]) -> str:
    """Name a state of the queue."""
    shown = [
        (
            row.key,
            row.hash,
            row.tab,
            row.status,
            row.open,
            row.decisions,
            row.choices,
            row.typed,
            sorted(row.taken),
        )
        for row in rows
    ]
    return sha256(json.dumps(shown).encode()).hexdigest()


def _decide(queue: Queue, decisions: Sequence[Decision], decided: dict[str, Decision]) -> dict[str, str]:
    """Hand decisions to the queue, note the accepted ones, and return why the others were refused."""
    verdicts = {verdict.key: verdict for verdict in queue.decide(decisions)}
    decided.update({one.id: one for one in decisions if verdicts[one.key].accepted})
    return {one.id: verdicts[one.key].message for one in decisions if not verdicts[one.key].accepted}


def _write(schema: Schema, workbook: Workbook, sheet: Sheet, plan: Merge) -> Sheet:
    is_made = bool(
        sheet.revision
    )  # one that isn't there yet is made, even for no rows: whoever asked looks for it
    if sheet.held or (is_made and not _changes(plan)):
        return sheet
    return workbook.write(schema, sheet, plan.append, plan.statuses)


def _fresh(schema: Schema, base: Base, ours: Sequence[Row], after: Sheet, *, settled: bool) -> Base:
    """Return the next base; only where nothing is left to do it says that workbook and queue agree."""
    written = remember(schema, base.written, ours, after.rows)
    agreed = settled and after.revision
    return Base(
        written=written, revision=after.revision if agreed else "", queue=digest(ours) if agreed else ""
    )


def _remember(queue: Queue, store: BaseStore, base: Base, ours: Sequence[Row], fresh: Base) -> None:
    """Tell the queue what is shown for the first time, then save the base: told twice is better than never."""
    first_seen = _contents(fresh) - _contents(base)
    if rows := [row for row in ours if row.open and (row.key, row.hash) in first_seen]:
        queue.shown(rows)
    if set(fresh.written) != set(base.written) or (fresh.revision, fresh.queue) != (
        base.revision,
        base.queue,
    ):
        store.save(fresh)


def _contents(base: Base) -> set[tuple[str, str]]:
    return {(entry.key, hash_in(entry.mark)) for entry in base.written}


def _report(plan: Merge, sheet: Sheet, decisions: tuple[Decision, ...]) -> Report:
    written = not sheet.held
    return Report(
        added=len(plan.append) if written else 0,
        updated=len(plan.statuses) if written else 0,
        decisions=decisions,
        conflicts=plan.conflicts,
        waiting=0 if written else _changes(plan),
        held=sheet.held,
        notes=sheet.notes,
    )


def _changes(plan: Merge) -> int:
    return len(plan.append) + len(plan.statuses)


def _count(number: int, noun: str, plural: str) -> str:
    return f"{number} {noun if number == 1 else plural}"
