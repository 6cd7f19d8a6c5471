"""The schedule: by what rule each job runs stands in the log, and so does every run that was due, begun or missed.

Each decision is one append that rests on the version of the job's stream: of two processes that look at once, one wins.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from opc_kernel.event import ANY_VERSION, NEW_STREAM, EventData, Write
from opc_kernel.flow.presence import is_gone, present
from opc_kernel.ids import derived_id, new_id
from opc_kernel.log.errors import VersionConflict
from opc_kernel.telemetry import warn
from workbench.company import Company, account
from workbench.jobs.errors import JobRunning, NotAJob, ParameterWrong, SecretGiven
from workbench.jobs.events import JobFailed, JobMissed, JobRequested, JobScheduled, JobStarted, stream_of
from workbench.jobs.finding import Job, find_job, find_jobs
from workbench.jobs.hiding import Hiding
from workbench.jobs.known import Known, found_run, known_jobs, resuming
from workbench.jobs.known_secrets import known_secrets
from workbench.jobs.rule import Mode, said
from workbench.jobs.slots import AT_ONCE, GRACE, Due, Passed, due, slots
from workbench.jobs.whole_tree import end_tree
from workbench.settings import Settings, SettingsInvalid, load_settings

ACTOR = "schedule"
MAX_ATTEMPTS = 3
"""So often a run is begun whose process was cut off; then a person is asked."""
CUT_OFF = "its process was cut off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A run that began, and is to be carried out."""

    job: str
    cause: str
    """The id of its event."""
    data: JobStarted


class Schedule:
    """Looks what is due, and begins it."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._told: dict[str, str] = {}
        """What is wrong with notebooks: it is told once."""

    def write_down(self) -> dict[str, Job]:
        """Write down by which rule each job runs, where that has changed; return the jobs.

        What is due by the former rule was to be looked at before. A notebook that can't be read keeps its rule.
        """
        settings = self._settings()
        jobs, known = find_jobs(self._company.folder, settings), known_jobs(self._company)
        for name, job in jobs.items():
            try:
                self._write_rule(name, {**said(job.rule), "zone": settings.zone}, known.get(name))
            except NotAJob as error:
                if self._told.get(name) != error.happened:
                    warn("a job can't be run", job=name, reason=error.happened)
                self._told[name] = error.happened
        for name, gone in known.items():
            if name not in jobs and gone.cron is not None:
                self._write_rule(name, {**gone.rule, "cron": None, "zone": gone.zone}, gone)
        return jobs

    def _settings(self) -> Settings:
        """Return the settings as they are now: who keeps the schedule for days follows them without a restart."""
        try:
            return load_settings(self._company.folder)
        except SettingsInvalid as error:
            if self._told.get("") != error.reason:
                warn("the settings can't be used", reason=error.reason)
            self._told[""] = error.reason
            return self._company.settings

    def look(self, *, places: int = 1) -> list[Begun]:
        """Begin what is due, as long as there is a place for it; tell what was missed or cut off."""
        begun: list[Begun] = []
        for known in known_jobs(self._company).values():
            if len(begun) < places and (found := self._look_at(known)) is not None:
                begun.append(found)
        return begun

    def request(
        self, job: Job, *, mode: Mode | None = None, parameters: Mapping[str, JsonValue] | None = None
    ) -> str:
        """Ask for a run; return its id.

        Raises NotAJob, ParameterUnknown, ParameterWrong, SecretGiven, JobRunning.
        """
        rule = job.rule
        given = job.notebook.given({**rule.parameters, **(parameters or {})})
        spoken = given.pop("mode", None) or mode or rule.mode
        if mode not in {None, spoken}:
            raise ParameterWrong(job.name, "mode", spoken, f"the mode {mode} that was asked for, too")
        self._refuse_secrets(job.name, given)
        running = self._running(job.name)
        if running is not None:
            raise JobRunning(job.name, running.run)
        asked = JobRequested.model_validate(
            {"run": new_id(), "mode": spoken, "parameters": given, "account": account()}
        )
        self._ask(job.name, asked)
        return asked.run

    def resume(self, run: str) -> JobRequested:
        """Ask for a run that goes on from one that failed. Raises UnknownRun, NotResumable, UnknownJob."""
        asked = resuming(self._company, run, account=account())
        name = found_run(self._company, run)["job"]
        find_job(self._company.folder, self._company.settings, name)
        self._ask(name, asked)
        return asked

    def begin(self, name: str, run: str) -> Begun | None:
        """Begin a run that was asked for; None where whoever serves the company did.

        Raises JobRunning while another goes on: it begins after that where somebody keeps the schedule.
        """
        while True:
            known = known_jobs(self._company)[name]
            asked = next((each for each in known.requested if each.run == run), None)
            if asked is None:
                return None
            if known.running is not None:
                raise JobRunning(name, known.running.run)
            if begun := self._begin(known, self._requested(asked, known)):
                return begun

    def _running(self, name: str) -> JobStarted | None:
        known = known_jobs(self._company).get(name)
        running = known.running if known else None
        return None if running is None or _is_gone(running.worker) else running

    def _refuse_secrets(self, name: str, given: Mapping[str, JsonValue]) -> None:
        hiding = Hiding(known_secrets(self._company.folder, self._company.settings))
        if secret := next((key for key, value in given.items() if hiding.anything(value) != value), None):
            raise SecretGiven(name, secret)

    def _ask(self, name: str, asked: JobRequested) -> None:
        write = Write(stream=stream_of(name), data=asked, actor=asked.account)
        self._company.append([write], expected={write.stream: ANY_VERSION})

    def _write_rule(self, name: str, rule: Mapping[str, Any], known: Known | None) -> None:
        """Write a changed rule down once nothing that was due by the former is left; one that is off holds at once."""
        if known is None:
            self._append(name, NEW_STREAM, JobScheduled.model_validate(rule))
        elif rule != {**known.rule, "zone": known.zone}:
            left = list(self._passed(known))
            if rule["cron"] is None or (known.running is None and not left):
                missed = [_missed(Passed(slots=tuple(left), reason="it was switched off"))] if left else []
                self._append(name, known.version, *missed, JobScheduled.model_validate(rule))

    def _look_at(self, known: Known) -> Begun | None:
        if known.running is not None:
            return self._cut_off(known)
        if known.requested:
            return self._begin(known, self._requested(known.requested[0], known))
        found = self._due(known)
        if found.is_nothing:
            return None
        missed = [_missed(each) for each in found.passed]
        started = [] if found.run is None else [self._scheduled(known, found.run)]
        return self._begin(known, *missed, *started)

    def _due(self, known: Known) -> Due:
        stale_after = timedelta(seconds=known.stale_after_s or 0)
        return due(
            known.missed or "latest", [*self._passed(known)], now=self._company.now, stale_after=stale_after
        )

    def _passed(self, known: Known) -> Iterator[datetime]:
        if known.cron is None or known.zone is None or known.handled_until is None:
            return iter(())
        passed = slots(known.cron, ZoneInfo(known.zone), after=known.handled_until, until=self._company.now)
        return islice(passed, AT_ONCE)

    def _cut_off(self, known: Known) -> Begun | None:
        """Tell of a run whose process is gone; begin it again, unless that was tried often enough."""
        lost = known.running
        if lost is None or not _is_gone(lost.worker):
            return None
        end_tree(lost.run)
        duration = (self._company.now - (known.running_since or self._company.now)).total_seconds()
        told = JobFailed(run=lost.run, duration_s=max(duration, 0.0), reason=CUT_OFF, lost=True)
        if lost.attempt >= MAX_ATTEMPTS or self._is_stale(lost, known):
            self._begin(known, told)
            return None
        again = lost.model_copy(
            update={
                "run": derived_id(lost.run, "went on"),
                "trigger": "went on",
                "resumes": lost.run,
                "attempt": lost.attempt + 1,
                **self._here(),
            }
        )
        return self._begin(known, told, again)

    def _is_stale(self, lost: JobStarted, known: Known) -> bool:
        stale_after = timedelta(seconds=known.stale_after_s or 0)
        return lost.slot is not None and self._company.now - lost.slot > max(stale_after, GRACE)

    def _scheduled(self, known: Known, slot: datetime) -> JobStarted:
        run = derived_id(stream_of(known.name), slot.isoformat())
        late = self._company.now - slot > GRACE
        return JobStarted(
            run=run,
            root=run,
            slot=slot,
            trigger="caught up" if late else "schedule",
            mode=known.mode or "sandbox",
            parameters=dict(known.parameters),
            **self._limits(known),
        )

    def _requested(self, asked: JobRequested, known: Known) -> JobStarted:
        before = found_run(self._company, asked.resumes) if asked.resumes else None
        return JobStarted(
            run=asked.run,
            root=before["root"] if before else asked.run,
            slot=None,
            trigger="request",
            mode=asked.mode,
            parameters=asked.parameters,
            resumes=asked.resumes,
            **self._limits(known),
        )

    def _limits(self, known: Known) -> dict[str, Any]:
        return {"time_limit_s": known.time_limit_s or 900, **self._here()}

    def _here(self) -> dict[str, Any]:
        ((last,),) = self._company.query("SELECT coalesce(max(position), 0) FROM event").rows
        return {"worker": present(), "after": last}

    def _begin(self, known: Known, *happened: EventData) -> Begun | None:
        """Append what happened, with its run at the end; None when somebody else was faster, or nothing begins."""
        cause, last = self._append(known.name, known.version, *happened), happened[-1]
        return (
            Begun(job=known.name, cause=cause, data=last) if cause and isinstance(last, JobStarted) else None
        )

    def _append(self, name: str, version: int, *happened: EventData) -> str | None:
        """Append what happened; return the id of its last event, None when somebody else was faster."""
        stream = stream_of(name)
        roots = (each.root if isinstance(each, JobStarted) else None for each in happened)
        writes = [
            Write(stream=stream, data=each, actor=ACTOR, correlation_id=root)
            for each, root in zip(happened, roots, strict=True)
        ]
        try:
            self._company.append(writes, expected={stream: version})
        except VersionConflict:
            return None
        return writes[-1].event_id


def _missed(passed: Passed) -> JobMissed:
    return JobMissed(
        first=passed.slots[0], last=passed.slots[-1], count=len(passed.slots), reason=passed.reason
    )


def _is_gone(worker: str) -> bool:
    """A folder is held on one machine: whoever watched over a run on another is gone with its hold."""
    return is_gone(worker) or worker.rsplit(":", 2)[0] != socket.gethostname()
