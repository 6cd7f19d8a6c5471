"""What is wrong with the jobs now: those whose last run failed, what was missed of late, and what nobody runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from opc_kernel.flow.presence import is_gone
from opc_kernel.sql import load_sql
from workbench.company import Company
from workbench.jobs.known import Known, known_jobs
from workbench.jobs.slots import STALE, next_slot

LATELY = timedelta(days=7)
PATIENCE = timedelta(minutes=15)
"""So long what is due may wait for the runs before it."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What a person should know of."""

    failing: tuple[Row, ...]
    missed: tuple[Row, ...]
    """What was due so long ago that it was not made; a run that a newer one stood in for is no loss."""
    overdue: Mapping[str, datetime]
    """Since when a job is due that nobody runs: no 'workbench up', and nothing that calls 'workbench job due'."""

    @property
    def is_nothing(self) -> bool:
        """Whether all is well."""
        return not (self.failing or self.missed or self.overdue)


def trouble(company: Company) -> Trouble:
    """Return what is wrong with the jobs of a company now."""
    since = company.now - LATELY
    return Trouble(
        failing=tuple(company.query(load_sql("workbench.jobs", "failing")).dicts()),
        missed=tuple(
            company.query(load_sql("workbench.jobs", "missed_since"), since=since, reason=STALE).dicts()
        ),
        overdue=overdue(company),
    )


def sentences(found: Trouble, zone: ZoneInfo) -> Iterator[tuple[str, str | None]]:
    """Yield what is wrong in words, the worst first, each with the run it is about."""
    for name, since in found.overdue.items():
        yield (
            f"{name} was due {_at(since, zone)}, and nobody ran it: 'workbench up' keeps the schedule.",
            None,
        )
    for row in found.failing:
        yield f"{row['job']} failed {_at(row['started_at'], zone)}: {row['reason']}", row["run"]
    for row in found.missed:
        yield (
            f"{row['job']}: {row['count']} missed of late, the last {_at(row['last'], zone)}: {row['reason']}.",
            None,
        )


def _at(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%d %b %H:%M}"


def overdue(company: Company) -> dict[str, datetime]:
    """Return since when each job waits that is due and that nobody runs; while a run goes on, somebody does."""
    known = known_jobs(company).values()
    if any(each.running is not None and not is_gone(each.running.worker) for each in known):
        return {}
    return dict(_waiting(known, before=company.now - PATIENCE))


def _waiting(known: Iterable[Known], *, before: datetime) -> Iterator[tuple[str, datetime]]:
    for each in known:
        slot = _first(each)
        if slot is not None and slot <= before:
            yield each.name, slot


def _first(known: Known) -> datetime | None:
    if known.cron is None or known.zone is None or known.handled_until is None:
        return None
    return next_slot(known.cron, ZoneInfo(known.zone), after=known.handled_until)
