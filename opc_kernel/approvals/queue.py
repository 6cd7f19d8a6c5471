"""Reading the queue: its open rows in the order in which they deserve attention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from opc_kernel.approvals.row import Option
from opc_kernel.effects.intent import Intent
from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql

Kind = Literal["proposal", "question", "blocked"]

ALLOWED: dict[Kind, tuple[str, ...]] = {
    "proposal": ("approve", "edit", "reject", "defer", "ask"),
    "question": ("answer", "reject", "defer", "ask"),
    "blocked": ("answer",),
}
"""The decisions each kind of row takes; `edit` only where the row is editable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One row of the queue as a person sees it. Money is in `currency`; `at_stake` in the base currency."""

    key: str
    kind: Kind
    version: int
    state: str
    hash: str
    task: str
    capability: str
    summary: str
    reason: str
    content: str | None
    editable: bool
    options: tuple[Option, ...]
    typed: str | None
    """What may be typed in place of an option."""
    facts: tuple[str, ...]
    memories: tuple[str, ...] = ()
    """Streams of the facts and items of memory that were used."""
    confidence: float | None
    risk: str
    amount: Decimal | None
    currency: str | None
    at_stake: Decimal | None
    expires_at: datetime | None
    undo: str | None
    mode: str | None
    effects: tuple[Intent, ...] = ()
    """What leaves the machine if this is approved."""
    decision: str | None
    answer: str
    note: str | None
    deferred_until: date | None
    channel: str | None
    account: str | None
    entries: tuple[str, ...]
    """What the sheets' entries that were taken are called there."""
    decided_at: datetime | None
    first_shown_at: datetime | None
    replaced_by: str | None
    asked_at: datetime
    asked_position: int
    correlation_id: str

    @property
    def decisions(self) -> tuple[str, ...]:
        """The decision words this row takes."""
        return tuple(word for word in ALLOWED[self.kind] if word != "edit" or self.editable)

    @property
    def short(self) -> str:
        """The first characters of the id, enough to name the row in a shell."""
        return self.key.partition("/")[2][:10]


def open_rows(company: Queryable, *, today: date, most: int | None = None) -> list[QueueRow]:
    """Return what waits for the operator, most money at risk first; deferred rows come back on their day.

    At most so many of them, where `most` says so.
    """
    return _rows(company.query(load_sql("opc_kernel.approvals", "open_rows"), today=today, most=most).dicts())


def open_keys(company: Queryable, *, today: date) -> set[tuple[str, str]]:
    """Return the keys of what waits, each with its hash: enough to see what is new or gone."""
    return {*map(tuple, company.query(load_sql("opc_kernel.approvals", "open_keys"), today=today).rows)}


def rows_of(company: Queryable, keys: Sequence[str]) -> list[QueueRow]:
    """Return these rows, open or not."""
    return _rows(
        company.query(
            "SELECT * FROM queue WHERE key IN (SELECT unnest($keys::VARCHAR[]))", keys=list(keys)
        ).dicts()
    )


def find_row(company: Queryable, name: str) -> list[QueueRow]:
    """Return the rows whose id begins with `name`, or whose key does; a kind alone names no row."""
    kind, _, id_ = name.rpartition("/")
    if not id_.strip():
        return []
    sql = (
        "SELECT * FROM queue WHERE starts_with(split_part(key, '/', 2), $id) "
        "AND ($kind = '' OR split_part(key, '/', 1) = $kind) ORDER BY asked_position"
    )
    return _rows(company.query(sql, id=id_, kind=kind).dicts())


def _rows(records: Sequence[dict[str, Any]]) -> list[QueueRow]:
    return [
        QueueRow(
            **{
                **record,
                "options": tuple(
                    Option(**option) for option in msgspec.json.decode(record["options"] or "[]")
                ),
                "entries": tuple(record["entries"]),
                "facts": tuple(msgspec.json.decode(record["facts"] or "[]")),
                "memories": tuple(msgspec.json.decode(record["memories"] or "[]")),
                "effects": tuple(
                    Intent.model_validate(each) for each in msgspec.json.decode(record["effects"] or "[]")
                ),
            }
        )
        for record in records
    ]


def option_id(row: QueueRow, choice: str) -> str:
    """Return the id of the option a person named by its number, its id or its label; else what they wrote."""
    wanted = choice.strip()
    for number, option in enumerate(row.options, start=1):
        if wanted in (str(number), option.id, option.label):
            return option.id
    return wanted
