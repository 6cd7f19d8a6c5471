"""The page 'runs' in parts: the jobs and when each is due, what ran or was missed of late, and the wish to run one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from cronsim import CronSim

from opc_kernel.sql import load_sql
from opc_kernel.text import visible
from workbench.company import Company
from workbench.jobs.errors import NotAJob
from workbench.jobs.finding import Job, find_job, find_jobs
from workbench.jobs.known import Known, found_run, known_jobs
from workbench.jobs.notebook import read_notebook
from workbench.jobs.rule import JobRule, Mode
from workbench.jobs.runner import partial_path, run_path
from workbench.jobs.schedule import Schedule
from workbench.jobs.trouble import overdue
from workbench.jobs.verdict import cells_done
from workbench.view_page import counted

WATCH_EVERY = "3s"
"""A run that was asked for begins within a second: the page should say so while one looks."""
DAYS = 7
LISTED = 200
SHORT = 400
WORDS = {"completed": "done", "failed": "failed", "running": "running", "missed": "missed"}
TRIGGERS = {
    "schedule": "on schedule",
    "caught up": "caught up",
    "request": "asked for",
    "went on": "begun again",
}
MISSED = {
    "latest": "of missed runs the newest is made up for, up to {late} late",
    "each": "every missed run is made up for, up to {late} late",
    "skip": "a missed run is skipped",
}
MODES: dict[str, Mode] = {"sandbox": "sandbox", "production": "production"}
BEGINS = "it begins within a second while 'workbench up' runs"

Row = Mapping[str, Any]


def told(company: Company) -> list[str]:
    """Return what is wrong with the schedule itself."""
    return [
        f"Nobody keeps the schedule: {name} was due {clock(since, company)}. "
        "'workbench up' keeps it, or 'workbench job due' in cron: see 'workbench job install'."
        for name, since in overdue(company).items()
    ]


def jobs(company: Company) -> list[dict[str, Any]]:
    """Return each job: what it is for, by which rule it runs, when it is due, and how its last run ended."""
    known = known_jobs(company)
    found = find_jobs(company.folder, company.settings)
    return [_job(company, job, known.get(name)) for name, job in found.items()]


def _job(company: Company, job: Job, known: Known | None) -> dict[str, Any]:
    last = {"state": "", "last": "never ran"}
    if known is not None and known.last_state and known.last_at:
        last = {
            "state": known.last_state,
            "last": f"{WORDS[known.last_state]} {clock(known.last_at, company)}",
            "run": known.last_run or "",
        }
    shown = {"name": job.name, "own": job.is_own, "waits": bool(known and known.requested), **last}
    if problem := job.problem:
        return {**shown, "title": job.name, "purpose": problem, "rule": "", "next": "", "broken": True}
    rule = job.rule
    return {
        **shown,
        "title": visible(job.notebook.title),
        "purpose": visible(job.notebook.purpose),
        "rule": rule_words(rule),
        "next": _next(company, rule, known),
        "mode": rule.mode,
    }


def rule_words(rule: JobRule) -> str:
    """Return a rule as a sentence: when, what becomes of missed runs, and the longest it may take."""
    limit = f"ends after {spelt(rule.time_limit_s)} at the latest"
    if rule.cron is None:
        return f"Runs when it is asked for; {limit}"
    due = CronSim(rule.cron, datetime(2026, 1, 1)).explain()  # noqa: DTZ001 - only its words are wanted
    return f"{due}; {MISSED[rule.missed].format(late=spelt(rule.stale_after_s))}; {limit}"


def _next(company: Company, rule: JobRule, known: Known | None) -> str:
    if not rule.on:
        return "switched off"
    if rule.cron is None:
        return "when asked"
    at = known.next_at(company.now) if known else None
    return clock(at, company) if at else "once 'workbench up' runs"


def runs(company: Company) -> list[dict[str, Any]]:
    """Return what ran or was missed of late, the newest first."""
    rows, missed = of_late(company)
    longest = max((row["duration_s"] or 0.0 for row in rows), default=0.0) or 1.0
    shown = [(row["started_at"], _run(company, row, longest)) for row in rows]
    shown += [(row["last"], _missed(company, row)) for row in missed]
    return [each for _, each in sorted(shown, key=lambda pair: pair[0], reverse=True)][:LISTED]


def of_late(company: Company) -> tuple[list[Row], list[Row]]:
    """Return the runs, and what was missed, of the last days."""
    given = {"since": company.now - timedelta(days=DAYS), "limit": LISTED}
    rows = company.query(load_sql("workbench.jobs", "runs_since"), **given).dicts()
    missed = company.query(load_sql("workbench.jobs", "missed_listed"), **given).dicts()
    return [*rows], [*missed]


def _run(company: Company, row: Row, longest: float) -> dict[str, Any]:
    failed = row["state"] == "failed"
    return {
        "id": row["run"],
        "job": row["job"],
        "state": row["state"],
        "word": WORDS[row["state"]],
        "mode": row["mode"],
        "began": clock(row["started_at"], company),
        "trigger": TRIGGERS[row["trigger"]],
        "took": took(row["duration_s"]) or progress(company, row),
        "share": round(_share(company, row, longest), 3),
        "said": _short(row["reason"] if failed else row["summary"]),
        "cell": row["cell"] or 0,
        "source": _short(row["source"]),
        "error": _short(row["error"]),
        "later": bool(row["later"]),
    }


def _share(company: Company, row: Row, longest: float) -> float:
    """Of the longest run; of its cells while it goes on."""
    if row["state"] == "running":
        done, count = _cells(company, row)
        return done / count if count else 0.0
    return (row["duration_s"] or 0.0) / longest


def _missed(company: Company, row: Row) -> dict[str, Any]:
    until = "" if row["count"] == 1 else f" to {clock(row['last'], company)}"
    return {
        "id": f"missed {row['position']}",
        "job": row["job"],
        "state": "missed",
        "word": "missed",
        "began": f"{clock(row['first'], company)}{until}",
        "said": f"{counted(row['count'], 'run')} not made: {row['reason']}",
    }


def progress(company: Company, row: Row) -> str:
    """Return how far a run is that goes on: `cell 3 of 7`."""
    done, count = _cells(company, row)
    return f"cell {min(done + 1, count)} of {count}" if count else "begins"


def _cells(company: Company, row: Row) -> tuple[int, int]:
    """Return how many cells of a run are done, and how many there are, as its growing notebook tells."""
    try:
        growing = read_notebook(partial_path(run_path(company.folder, row["job"], row["run"])))
    except NotAJob:
        return 0, 0
    return cells_done(growing.content)


def standing(company: Company, run: str) -> str:
    """Return how a run stands: nothing about it has changed while that stays."""
    row = company.query(load_sql("workbench.jobs", "standing"), run=run).one()
    if row is None:
        return ""
    return progress(company, row) if row["state"] == "running" else f"{row['state']} {row['later'] or ''}"


def run_now(company: Company, name: str, mode: str) -> str:
    """Ask for a run of a job; return what becomes of it. Raises UnknownJob, NotAJob."""
    job = find_job(company.folder, company.settings, name)
    Schedule(company).request(job, mode=MODES[mode])
    return f"{name} was asked for in {_in(mode)}; {BEGINS}."


def go_on(company: Company, run: str) -> str:
    """Ask for a run that goes on from a failed one; return what becomes of it. Raises UnknownRun, NotResumable."""
    asked = Schedule(company).resume(run)
    return f"It goes on in {_in(asked.mode)}: what was done is not done again; {BEGINS}."


def anew(company: Company, run: str) -> str:
    """Ask for a run like another, from the beginning. Raises UnknownRun, UnknownJob, NotAJob, ParameterUnknown."""
    before = found_run(company, run)
    job = find_job(company.folder, company.settings, before["job"])
    given = msgspec.json.decode(before["parameters"] or "{}")
    Schedule(company).request(job, mode=MODES[before["mode"]], parameters=given)
    return f"{job.name} was asked for anew in {_in(before['mode'])}; {BEGINS}."


def _in(mode: str) -> str:
    return "the sandbox" if mode == "sandbox" else mode


def clock(instant: datetime, company: Company) -> str:
    """Return an instant on the company's clock with its weekday; of today the time alone."""
    there = instant.astimezone(company.settings.tz)
    days = (there.date() - company.today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days)
    return f"{near} {there:%H:%M}" if near else f"{there:%a} {there.day} {there:%b, %H:%M}"


def took(seconds: float | None) -> str:
    """Return how long something took, as short as it can be read."""
    if seconds is None:
        return ""
    return f"{seconds:.1f} s" if seconds < 60 else spelt(int(seconds))


def spelt(seconds: int) -> str:
    """Return `5400` seconds as `1 h 30 min`."""
    return " ".join(_spelt(seconds)) or "0 s"


def _spelt(seconds: int) -> Iterator[str]:
    """The two largest units."""
    parts = [
        ("d", seconds // 86_400),
        ("h", seconds // 3_600 % 24),
        ("min", seconds // 60 % 60),
        ("s", seconds % 60),
    ]
    first = next((at for at, (_, count) in enumerate(parts) if count), len(parts))
    for unit, count in parts[first : first + 2]:
        if count:
            yield f"{count} {unit}"


def _short(text: str | None) -> str:
    shown = visible(text or "")
    return shown if len(shown) <= SHORT else f"{shown[:SHORT]} …"
