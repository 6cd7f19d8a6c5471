"""An effect as it stands: what was intended, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from opc_kernel.effects.intent import Intent, Mode, Undo
from opc_kernel.log.protocol import Queryable

State = Literal["intended", "claimed", "sent", "confirmed", "unknown", "failed", "undoing", "compensated"]
HAPPENED: frozenset[State] = frozenset(("sent", "confirmed"))
COLUMNS = (
    "stream, version, position, state, task, capability, account, intent, mode, undo, reference, tentative, attempts, "
    "undo_attempts, reason, not_before, claimed_at, claimed_by, sent_at, correlation_id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One effect. Its stream's id is its idempotency key."""

    stream: str
    version: int
    position: int
    state: State
    task: str
    capability: str
    account: str
    intent: Intent
    mode: Mode
    undo: Undo
    reference: str | None
    tentative: bool
    attempts: int
    undo_attempts: int
    reason: str | None
    not_before: datetime | None
    claimed_at: datetime | None
    claimed_by: str | None
    """The task under whose lease it was begun last; two tasks may want the same effect."""
    sent_at: datetime | None
    correlation_id: str

    @property
    def key(self) -> str:
        """The idempotency key."""
        return self.stream.partition("/")[2]

    @property
    def says(self) -> str:
        """What it is, in a line."""
        return f"{self.intent.kind} to {self.intent.target} ({self.intent.action})"


def effects_of(company: Queryable, streams: Sequence[str]) -> list[Effect]:
    """Return these effects in the order in which they are named; one that is not intended yet is left out."""
    rows = company.query(
        f"SELECT {COLUMNS} FROM effect WHERE list_contains($streams::VARCHAR[], stream)",
        streams=list(streams),
    ).dicts()
    found = {
        row["stream"]: Effect(**{**row, "intent": Intent.model_validate_json(row["intent"])}) for row in rows
    }
    return [found[stream] for stream in streams if stream in found]
