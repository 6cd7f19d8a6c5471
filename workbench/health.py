"""How the company runs, from its read models and recall's indexes: what waits, works, leaves, and goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.recall.condition import Condition
from opc_kernel.sql import load_sql
from workbench.company import Company
from workbench.hold import Held, barred, standing
from workbench.jobs.trouble import Trouble, trouble

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How it runs, at one instant. Each field is the answer to the question in `health_<field>.sql`."""

    at: datetime
    held: Held | None
    barred: str | None
    """Why nothing real can leave from this folder."""
    queue: tuple[Row, ...]
    tasks: tuple[Row, ...]
    plans: tuple[Row, ...]
    leases: tuple[Row, ...]
    effects: tuple[Row, ...]
    spend: tuple[Row, ...]
    connectors: tuple[Row, ...]
    models: tuple[Row, ...]
    memory: Condition
    """How recall's indexes are."""
    jobs: Trouble
    """What is wrong with the jobs."""

    @property
    def waiting(self) -> int:
        """How many rows wait for the operator."""
        return sum(row["rows"] for row in self.queue)

    @property
    def oldest_at(self) -> datetime | None:
        """Since when the oldest row waits."""
        return min((row["oldest_at"] for row in self.queue), default=None)

    @property
    def breakers(self) -> tuple[Row, ...]:
        """The accounts that are left alone for now."""
        return tuple(row for row in self.connectors if row["breaker"] != "closed")

    def total(self, field: str, rows: tuple[Row, ...]) -> int:
        """Return the sum of a column."""
        return sum(int(row[field] or 0) for row in rows)


def look(company: Company) -> Health:
    """Return how a company runs now."""
    now, today = company.now, company.today
    return Health(
        at=now,
        held=standing(company),
        barred=barred(company),
        queue=_ask(company, "queue", now=now, today=today),
        tasks=_ask(company, "tasks"),
        plans=_ask(company, "plans"),
        leases=_ask(company, "leases", now=now),
        effects=_ask(company, "effects"),
        spend=_ask(company, "spend"),
        connectors=_ask(company, "connectors"),
        models=_ask(company, "models", today=today),
        memory=company.recaller.condition(),
        jobs=trouble(company),
    )


def again_at(row: Row, now: datetime) -> datetime | None:
    """Return until when an account is left alone; None where the next call tries it."""
    until: datetime | None = row["until"]
    return until if until is not None and until > now else None


def error_rate(row: Row) -> float | None:
    """Return the share of attempts that came to nothing; None where nothing was attempted."""
    return row["failed_attempts"] / row["attempts"] if row["attempts"] else None


def memory_line(memory: Condition) -> str:
    """Say how many items are found, and by what."""
    items = f"{memory.items:,} items"
    if memory.model is None:
        return f"{items}, found by words only: no model of meaning is set up"
    if not memory.waiting:
        return f"{items}, found by words and by meaning ({memory.model})"
    why = f", which failed: {memory.trouble}" if memory.trouble else ""
    meanwhile = f"; {memory.serving} serves meanwhile" if memory.serving != memory.model else ""
    return f"{items}, {memory.waiting:,} of them wait for {memory.model}{why}{meanwhile}"


def _ask(company: Queryable, question: str, **parameters: Any) -> tuple[Row, ...]:  # noqa: ANN401 - SQL parameters are plain values of any kind
    return tuple(company.query(load_sql("workbench", f"health_{question}"), **parameters).dicts())
