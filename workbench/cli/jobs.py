"""`workbench job`: notebooks on duty: what is due when, what became of it, and what runs now."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.shell import (
    HERE,
    USAGE,
    CompanyOption,
    JsonOption,
    command,
    fail,
    opened,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from workbench.company import Company
    from workbench.jobs.events import JobCompleted, JobFailed
    from workbench.jobs.rule import JobRule
    from workbench.jobs.schedule import Begun, Schedule

app = typer.Typer(no_args_is_help=True, help="Notebooks on duty: when each runs, and what became of it.")
RUNS = (
    "SELECT run, job, state, mode, trigger, started_at, duration_s, coalesce(summary, '') AS summary, "
    "coalesce(reason, '') AS reason FROM job_run WHERE $job IN ('', job) ORDER BY position DESC LIMIT $most"
)
ID_CHARS = 12
LOOK_S = 0.5
MAX_DUE = 1_000
"""So many runs one `job due` makes; the next one goes on."""

ParameterOption = Annotated[
    list[str] | None, typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="One that it declares.")
]


@app.callback()
def nouns() -> None:
    """Notebooks on duty: when each runs, and what became of it."""


@app.command("list")
@command
def list_jobs(
    company: CompanyOption = HERE,
    runs: Annotated[bool, typer.Option("--runs", help="What became of the last runs.")] = False,
    job: Annotated[str, typer.Option("--job", help="With --runs: of this job alone.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="With --runs: so many.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Each job: what it is for, when it is due next, and how its last run ended."""
    with opened(company) as opened_company:
        if runs:
            _list_runs(opened_company, job, limit, as_json=as_json)
        else:
            _list_jobs(opened_company, as_json=as_json)


@app.command()
@command
def run(
    name: Annotated[str, typer.Argument(metavar="JOB")],
    parameter: ParameterOption = None,
    mode: Annotated[str, typer.Option(help="sandbox reads and shows; production may change things.")] = "",
    company: CompanyOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Run a job now, and wait for its end."""
    from workbench.jobs.finding import find_job
    from workbench.jobs.schedule import Schedule

    if mode not in {"", "sandbox", "production"}:
        fail(f"{mode} is no mode.", "Say sandbox or production.", USAGE)
    with opened(company, briefly=False) as opened_company:
        job = find_job(opened_company.folder, opened_company.settings, name)
        given = job.notebook.typed(dict(map(_pair, parameter or ())))
        schedule = Schedule(opened_company)
        schedule.write_down()
        asked = schedule.request(job, mode=mode or None, parameters=given)  # type: ignore[arg-type]  # checked above
        return _to_its_end(opened_company, schedule, name, asked, as_json=as_json)


@app.command()
@command
def resume(
    failed: Annotated[str, typer.Argument(metavar="RUN", help="The id of a failed run, or its beginning.")],
    company: CompanyOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Go on from a run that failed: steps that were done are not done again."""
    from workbench.jobs.known import found_run
    from workbench.jobs.schedule import Schedule

    with opened(company, briefly=False) as opened_company:
        schedule = Schedule(opened_company)
        asked = schedule.resume(failed)
        name = found_run(opened_company, failed)["job"]
        return _to_its_end(opened_company, schedule, name, asked.run, as_json=as_json)


@app.command()
@command
def due(company: CompanyOption = HERE, as_json: JsonOption = False) -> int:
    """Run what is due now, one after the other, and end: for cron or systemd, where 'workbench up' does not run."""
    from workbench.jobs.schedule import Schedule

    with opened(company, briefly=False) as opened_company:
        schedule, worst, count = Schedule(opened_company), 0, 0
        schedule.look(places=0)
        schedule.write_down()
        while count < MAX_DUE and (begun := schedule.look(places=1)):
            worst = max(worst, _carried_out(opened_company, begun, as_json=as_json))
            count += 1
    if not count and not as_json:
        typer.echo("Nothing is due.")
    return worst


@app.command()
@command
def show(
    name: Annotated[str, typer.Argument(metavar="RUN", help="The id of a run, or its beginning.")],
    company: CompanyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Show a run whole: what it was given, what it did, where it failed, and its notebook as text."""
    from workbench.jobs.known import found_run
    from workbench.jobs.report_text import report_text

    with opened(company) as opened_company:
        found = found_run(opened_company, name)
        if as_json:
            print_json(found)
            return
        print_table(("run", found["run"]), _told(opened_company, found))
        typer.echo(report_text(opened_company.folder, found["notebook"]))


@app.command()
@command
def install(
    company: CompanyOption = HERE,
    cron: Annotated[
        bool, typer.Option("--cron", help="Lines for crontab instead of systemd's units.")
    ] = False,
) -> None:
    """Print what lets the machine itself keep the schedule: units for systemd, one for 'workbench up', too."""
    from workbench.company import company_folder
    from workbench.jobs.install import crontab, units

    folder = company_folder(company.resolve())
    typer.echo(crontab(folder) if cron else units(folder))


def _told(company: Company, found: dict[str, Any]) -> list[tuple[str, str]]:
    from datetime import datetime

    shown = {key: value for key, value in found.items() if value and key not in {"run", "worker", "position"}}
    zone = company.settings.tz
    return [
        (key, f"{value.astimezone(zone):%a %d %b %Y %H:%M:%S}" if isinstance(value, datetime) else str(value))
        for key, value in shown.items()
    ]


def _list_jobs(company: Company, *, as_json: bool) -> None:
    from workbench.jobs.finding import find_jobs, unused
    from workbench.jobs.known import known_jobs

    known = known_jobs(company)
    lines = []
    for name, job in find_jobs(company.folder, company.settings).items():
        problem, had = job.problem, known.get(name)
        rule = None if problem else job.rule
        lines.append(
            {
                "job": name,
                "due": "" if rule is None or not rule.on else rule.cron or "when asked",
                "next": _next(company, rule),
                "last run": had.last_state or "" if had else "",
                "mode": rule.mode if rule else "",
                "what for": problem or job.notebook.title,
            }
        )
    _print(lines, as_json=as_json, empty="No jobs.")
    for words in unused(company.folder, company.settings):
        typer.secho(words, fg="yellow", err=True)


def _list_runs(company: Company, job: str, limit: int, *, as_json: bool) -> None:
    rows = list(company.query(RUNS, job=job, most=limit).dicts())
    if as_json:
        for row in rows:
            print_json(row)
        return
    lines = [
        {
            "run": row["run"][:ID_CHARS],
            "job": row["job"],
            "state": row["state"],
            "mode": row["mode"],
            "began": f"{row['started_at'].astimezone(company.settings.tz):%d %b %H:%M}",
            "took": "" if row["duration_s"] is None else f"{row['duration_s']:.1f} s",
            "what came of it": row["summary"] or row["reason"],
        }
        for row in rows
    ]
    _print(lines, as_json=False, empty="No job ran yet.")


def _print(lines: Sequence[dict[str, Any]], *, as_json: bool, empty: str) -> None:
    if as_json:
        for line in lines:
            print_json(line)
    else:
        print_table(
            tuple(lines[0]) if lines else ("job",), [tuple(each.values()) for each in lines], empty=empty
        )


def _next(company: Company, rule: JobRule | None) -> str:
    from workbench.jobs.slots import next_slot

    if rule is None or not rule.on or rule.cron is None:
        return ""
    at = next_slot(rule.cron, company.settings.tz, after=company.now)
    return f"{at.astimezone(company.settings.tz):%a %d %b %H:%M}"


def _to_its_end(company: Company, schedule: Schedule, name: str, run: str, *, as_json: bool) -> int:
    """Carry a run out that was asked for, or wait for the end of the one that 'workbench up' began."""
    from workbench.jobs.known import found_run

    begun = schedule.begin(name, run)
    if begun is not None:
        return _carried_out(company, [begun], as_json=as_json)
    while (found := found_run(company, run))["state"] == "running":
        time.sleep(LOOK_S)
    if as_json:
        print_json(found)
    else:
        typer.echo(f"{name}: {found['state']}: {found['summary'] or found['reason']}")
    return int(found["state"] == "failed")


def _carried_out(company: Company, begun: Sequence[Begun], *, as_json: bool) -> int:
    """Carry out runs, and say what came of each; 1 when one failed."""
    from workbench.jobs.runner import Runner

    def progress(cell: int, of: int) -> None:
        if not as_json:
            typer.secho(f"  cell {cell} of {of}", dim=True, err=True)

    came = [(each, Runner(company).carry_out(each, progress=progress)) for each in begun]
    for each, end in came:
        if as_json:
            print_json({"job": each.job, "type": end.event_type, **end.model_dump(mode="json")})
        else:
            _tell(company.folder, each, end)
    failed = any(end.event_type == "job.failed" for _, end in came)
    if failed:
        company.work()  # it waits in the queue then, whether or not somebody serves the company
    return int(failed)


def _tell(folder: Path, begun: Begun, end: JobCompleted | JobFailed) -> None:
    head = f"{begun.job} ({begun.data.mode}, {end.duration_s:.1f} s)"
    if end.event_type == "job.completed":
        typer.echo(f"{head}: {getattr(end, 'summary', '')}")
    else:
        typer.secho(f"{head} failed: {getattr(end, 'reason', '').rstrip('.')}.", fg="red", err=True)
        typer.echo(f"Go on from there: workbench job resume {end.run[:ID_CHARS]}", err=True)
    if end.notebook:
        typer.echo(f"  {folder / end.notebook}")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        fail(f"{text} is no parameter.", "Say it as NAME=VALUE.", USAGE)
    return name.strip(), value
