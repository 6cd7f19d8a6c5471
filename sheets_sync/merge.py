"""The three-way merge of what was written, what the queue holds now and what stands in the sheet now. Pure.

A decision is taken only from a row that still shows, cell for cell, what was written for its key and hash.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Literal, TypeAlias

from sheets_sync.row import Cell, Name, Odd, Row, SheetRow, Value, as_shown, as_text, fingerprint
from sheets_sync.schema import CHOICE, DECISION, Column, Schema

NOT_COUNTED = "Not counted"  # how a status begins that asks for another look
MAX_SHOWINGS = (
    20  # of one content; a program that changes what it is given must not fill the sheet with copies
)
REPLACED = "replaced: the content has changed, see the newer row"
_TOO_LATE = {
    "unknown": "this row is not known here",
    "gone": "this item has left the queue",
    "replaced": "the content has changed since, asked again in a newer row",
    "closed": "this item is settled already",
}
_TORN = "cells of this row were changed or sorted apart from the rest, asked again in a newer row"
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NOT_KEPT = "its row was torn or not kept as it was written"
_TWICE = "this item stands here more than once, with different entries"

Standing = Literal["own", "unknown", "gone", "replaced", "closed", "torn", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The base: for one row, by key and mark, a fingerprint of the cells written and the decisions already taken."""

    key: str
    mark: str
    content: str
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person entered beside one item: `values` by human column, None where nothing was entered.

    `id` follows from key, hash and entry alone, so that the same entry read twice is the same decision.
    """

    id: str
    key: str
    hash: str
    values: Mapping[str, Value]

    @property
    def word(self) -> str:
        """The decision word, as the row allows it."""
        return str(self.values[DECISION.name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """An entry that was not counted, and why."""

    key: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What to do: rows to append, statuses to rewrite, decisions to take, conflicts not yet told.

    A status belongs to a name, so that it can be kept apart from the rows; copies of a row share it.
    """

    append: tuple[Row, ...]
    statuses: Mapping[Name, str]
    decisions: tuple[Decision, ...]
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """One row of the sheet beside what is known of its key and hash, and how it stands."""

    schema: Schema
    row: SheetRow
    written: Written | None
    current: Row | None
    standing: Standing

    @property
    def taken(self) -> frozenset[str]:
        now = self.current.taken if self.current else frozenset()
        return now | (self.written.taken if self.written else frozenset())

    @property
    def has_news(self) -> bool:
        """Whether a decision stands here that nobody has dealt with."""
        return bool(_trimmed(self.row.entered.get(DECISION.name))) and _entry_id(self.row) not in self.taken

    @property
    def status(self) -> str:
        """The text for the status; rows that are not ours keep theirs."""
        match self.standing:
            case "replaced":
                return REPLACED
            case "closed" | "open" | "torn" if self.current:
                return as_text(self.current.status)
            case _:
                return self.row.status


_Judged: TypeAlias = tuple[_Case, Decision | str]
"""A case of which something comes: a decision to take, or what is wrong."""


def merge(
    schema: Schema,
    base: Iterable[Written],
    ours: Sequence[Row],
    theirs: Iterable[SheetRow],
    refused: Mapping[str, str] | None = None,
) -> Merge:
    """Decide what to append, to rewrite, to take and to tell.

    `ours` has each key once: the open items and the recently settled ones. `refused` says, by decision id, why the
    queue did not take a decision of an earlier merge.
    """
    now = _by_key(ours)
    cases = _cases(schema, base, now, theirs)
    standing = {case.row.key for case in cases if case.standing == "open"}
    missing = _shown(schema, [row for row in ours if row.open and row.key not in standing], cases)
    judged = _judged(cases, refused or {})
    statuses = _statuses(cases, judged)
    return Merge(
        append=tuple(row for row in missing if row.showing <= MAX_SHOWINGS),
        statuses=statuses,
        decisions=tuple({one.id: one for _, one in judged if isinstance(one, Decision)}.values()),
        conflicts=tuple(dict.fromkeys((*_told(judged, statuses), *_given_up(missing)))),
    )


def remember(
    schema: Schema, base: Iterable[Written], ours: Sequence[Row], theirs: Iterable[SheetRow]
) -> tuple[Written, ...]:
    """Return the next base: an entry for each row now in the sheet that is known by key and hash."""
    kept: dict[Name, Written] = {}
    for case in _cases(schema, base, _by_key(ours), theirs):
        key, mark = case.row.name
        if case.written:
            kept[key, mark] = case.written if case.taken == case.written.taken else _taken(case)
        elif case.standing == "open" or (
            case.standing == "closed" and _is_intact(schema, case.row, case.current)
        ):
            kept[key, mark] = Written(key=key, mark=mark, content=case.row.fingerprint, taken=case.taken)
    return tuple(kept.values())


def _taken(case: _Case) -> Written:
    assert case.written
    return replace(case.written, taken=case.taken)


def _by_key(ours: Sequence[Row]) -> dict[str, Row]:
    now = {row.key: row for row in ours}
    assert len(now) == len(ours), "the queue shows each key once, with its current content"
    return now


def _cases(
    schema: Schema, base: Iterable[Written], now: Mapping[str, Row], theirs: Iterable[SheetRow]
) -> list[_Case]:
    known = {(entry.key, entry.mark): entry for entry in base}
    found = ((row, known.get(row.name), now.get(row.key)) for row in theirs)
    return [_Case(schema, *each, _standing(schema, *each)) for each in found]


def _standing(schema: Schema, row: SheetRow, written: Written | None, current: Row | None) -> Standing:
    if not row.key and not row.mark:
        return "own"
    if current is None:
        return "gone" if written else "unknown"
    if current.hash != row.hash:
        return "replaced"
    if not current.open:
        return "closed"
    intact = row.fingerprint == written.content if written else _is_intact(schema, row, current)
    return "open" if intact else "torn"


def _is_intact(schema: Schema, row: SheetRow, current: Row | None) -> bool:
    """Whether a row that nobody remembers writing shows what would be written now."""
    return current is not None and row.fingerprint == fingerprint(schema, as_shown(schema, current).cells)


def _shown(schema: Schema, rows: Sequence[Row], cases: Sequence[_Case]) -> tuple[Row, ...]:
    """Return rows as they are shown, and how often by then: a row of the same content may be there already, torn."""
    keys = {row.key for row in rows}
    last: dict[Name, int] = defaultdict(int)
    for row in (case.row for case in cases if case.row.key in keys):
        last[row.key, row.hash] = max(last[row.key, row.hash], row.showing)
    return tuple(replace(as_shown(schema, row), showing=last[row.key, row.hash] + 1) for row in rows)


def _judged(cases: Sequence[_Case], refused: Mapping[str, str]) -> list[_Judged]:
    """Return the cases of which something comes."""
    found = ((case, _verdict(case, refused)) for case in cases)
    judged = [(case, verdict) for case, verdict in found if verdict is not None]
    return _without_spoilt_copies(cases, _without_contradictions(judged))


def _statuses(cases: Sequence[_Case], judged: Sequence[_Judged]) -> dict[Name, str]:
    """Return the statuses that are to change; where a name has copies, what is wrong with one is said of all."""
    wrong = {
        case.row.name: f"{NOT_COUNTED}: {verdict}." for case, verdict in judged if isinstance(verdict, str)
    }
    told = ((case.row, wrong.get(case.row.name) or case.status) for case in cases)
    return {row.name: status for row, status in told if status != row.status}


def _verdict(case: _Case, refused: Mapping[str, str]) -> Decision | str | None:
    match case.standing:
        case "own":
            return None
        case "torn":
            return _TORN
        case _ if not case.has_news:
            return None
        case "open":
            found = _entry(case)
            return refused.get(found.id, found) if isinstance(found, Decision) else found
        case "closed" if case.current:
            return f"{_TOO_LATE['closed']}, {case.current.status}"
        case standing:
            return _TOO_LATE[standing]


def _without_contradictions(
    judged: Sequence[_Judged],
) -> list[_Judged]:
    """Where copies of one open row say different things, none of them counts."""
    said: dict[str, set[str]] = defaultdict(set)
    for case, verdict in judged:
        if case.standing == "open":
            said[case.row.key].add(verdict.id if isinstance(verdict, Decision) else verdict)
    return [
        (case, _TWICE if case.standing == "open" and len(said[case.row.key]) > 1 else verdict)
        for case, verdict in judged
    ]


def _without_spoilt_copies(cases: Sequence[_Case], judged: Sequence[_Judged]) -> list[_Judged]:
    """A torn copy in which nothing was entered is not worth a word where the row itself still stands."""
    torn = {case.row.name for case, _ in judged if case.standing == "torn"}
    whole = {case.row.name for case in cases if case.standing == "open" and case.row.name in torn}
    return [
        (case, verdict)
        for case, verdict in judged
        if case.standing != "torn" or case.has_news or case.row.name not in whole
    ]


def _told(judged: Sequence[_Judged], statuses: Mapping[Name, str]) -> Iterator[Conflict]:
    for case, verdict in judged:
        if isinstance(verdict, str) and case.row.name in statuses:
            yield Conflict(key=case.row.key or "(no key)", message=verdict)


def _given_up(rows: Sequence[Row]) -> Iterator[Conflict]:
    for row in rows:
        if row.showing > MAX_SHOWINGS:
            yield Conflict(key=row.key, message=f"{_NOT_KEPT} {MAX_SHOWINGS} times; decide it elsewhere")


def _entry(case: _Case) -> Decision | str:
    """Read what was entered beside an open item; a value that is not clear makes the whole entry a problem."""
    assert case.current
    shown = as_shown(case.schema, case.current)
    values: dict[str, Value] = {}
    for column in case.schema.human:
        values[column.name], problem = _read(column, case.row.entered.get(column.name), shown)
        if problem:
            return problem
    if values[DECISION.name] == "answer" and not values.get(CHOICE.name) and not shown.typed:
        return f"“answer” needs an entry in the column {CHOICE.title}"
    return Decision(id=_entry_id(case.row), key=case.row.key, hash=case.row.hash, values=values)


def _read(column: Column, cell: Cell, row: Row) -> tuple[Value, str]:
    """Return the value of one human cell and what is wrong with it, if anything."""
    match column.kind, cell:
        case _, Odd(what=what):
            return None, f"{column.title} holds {what}, type it as plain text"
        case _ if not _trimmed(cell):
            return None, ""
        case "choice", _:
            return _word(column, _trimmed(cell), row)
        case "text", _:
            return _trimmed(cell), ""
        case ("number", Decimal() as value) | ("date", date() as value):
            return value, ""
        case "date", str() as text if _ISO_DAY.fullmatch(text.strip()):
            return _day(column, text.strip())
        case "date", _:
            return None, f"{column.title} is not a date, type it like 2026-12-31"
        case _:
            return None, f"{column.title} is not a {column.kind}"


def _day(column: Column, text: str) -> tuple[Value, str]:
    """Read a day that stands there as text, as in a cell somebody pasted into; no other spelling is clear."""
    try:
        return date.fromisoformat(text), ""
    except ValueError:
        return None, f"{column.title} names no day: {text}"


def _word(column: Column, text: str, row: Row) -> tuple[Value, str]:
    words = {DECISION.name: row.decisions, CHOICE.name: row.choices}.get(column.name, column.choices)
    if column.name == CHOICE.name and not words:
        return text, ""  # a question without options takes any value
    if text in words:
        return text, ""
    alike = [word for word in words if word.casefold() == text.casefold()]
    if len(alike) == 1:
        return alike[0], ""
    return None, f"“{text[:40]}” is not one of: {', '.join(words) or 'nothing, this cannot be decided here'}"


def _entry_id(row: SheetRow) -> str:
    """Name an entry by what a person would call the same: case and spaces around a word do not matter."""
    entry = {name: _trimmed(cell) for name, cell in row.entered.items()}
    for name in {DECISION.name, CHOICE.name} & entry.keys():
        entry[name] = entry[name].casefold()
    return sha256(json.dumps([row.key, row.hash, entry], sort_keys=True).encode()).hexdigest()


def _trimmed(cell: Cell) -> str:
    return as_text(cell).strip()
