"""What the log knows of jobs and their runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from pydantic import JsonValue

from opc_kernel.ids import new_id
from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql
from workbench.jobs.errors import NotResumable, UnknownRun
from workbench.jobs.events import JobRequested, JobStarted
from workbench.jobs.rule import Missed, Mode
from workbench.jobs.slots import next_slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A job as the log knows it."""

    name: str
    version: int
    cron: str | None
    zone: str | None
    missed: Missed | None
    stale_after_s: int | None
    time_limit_s: int | None
    mode: Mode | None
    parameters: Mapping[str, JsonValue]
    handled_until: datetime | None
    """What was due up to then was seen to."""
    running: JobStarted | None
    running_since: datetime | None
    last_run: str | None
    last_state: str | None
    last_at: datetime | None
    requested: tuple[JobRequested, ...]

    @property
    def rule(self) -> dict[str, Any]:
        """Its rule, as `rule.said` has it."""
        names = ("cron", "missed", "stale_after_s", "time_limit_s", "mode", "parameters")
        return {name: getattr(self, name) for name in names}

    def next_at(self, now: datetime) -> datetime | None:
        """When it is due next; None for one that runs only when it is asked for."""
        if self.cron is None or self.zone is None or self.handled_until is None:
            return None
        return next_slot(self.cron, ZoneInfo(self.zone), after=max(self.handled_until, now))


def known_jobs(company: Queryable) -> dict[str, Known]:
    """Return what the log knows of each job, by name."""
    rows = company.query(load_sql("workbench.jobs", "known_job")).dicts()
    return {row["name"]: Known(**{**row, **_decoded(row)}) for row in rows}


def found_run(company: Queryable, run: str | None) -> dict[str, Any]:
    """Return the one run whose id begins so, with the columns of `job_run`. Raises UnknownRun."""
    rows = list(company.query("SELECT * FROM job_run WHERE starts_with(run, $run)", run=run or "").dicts())
    if len(rows) != 1:
        raise UnknownRun(run or "", len(rows))
    return rows[0]


def resuming(company: Queryable, run: str, *, account: str) -> JobRequested:
    """Return what asks for a run that goes on from a failed one. Raises UnknownRun, NotResumable."""
    found = found_run(company, run)
    if found["state"] != "failed":
        raise NotResumable(found["run"], f"is {found['state']}")
    later = company.query("SELECT run FROM job_run WHERE resumes = $run", run=found["run"]).rows
    if later:
        raise NotResumable(found["run"], f"was gone on from by {later[0][0][:12]}")
    return JobRequested(
        run=new_id(),
        mode=found["mode"],
        parameters=msgspec.json.decode(found["parameters"] or "{}"),
        resumes=found["run"],
        account=account,
    )


def _decoded(row: Mapping[str, Any]) -> dict[str, Any]:
    running = row["running"]
    return {
        "parameters": msgspec.json.decode(row["parameters"] or "{}"),
        "running": JobStarted.model_validate_json(running) if running else None,
        "requested": tuple(JobRequested.model_validate_json(each) for each in row["requested"] or ()),
    }
