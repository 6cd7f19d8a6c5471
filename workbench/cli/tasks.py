"""`workbench task`: the work, and why some of it is blocked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from opc_kernel.approvals.decide import Verdict
from opc_kernel.sql import load_sql
from workbench.cli.shell import (
    FAILED,
    HERE,
    USAGE,
    WAITING,
    CompanyOption,
    JsonOption,
    command,
    fail,
    one_of,
    opened,
    print_json,
    print_table,
)

app = typer.Typer(no_args_is_help=True, help="The work, and why some of it is blocked.")

Name = Annotated[str, typer.Argument(metavar="TASK", help="The task's id, or the first characters of it.")]
Note = Annotated[str, typer.Option("--note", help="Why; it stays with the decision.")]
LISTING = "workbench task list --all"
BESIDE = ("waits_for", "options", "outside", "story")


@app.command("list")
@command
def list_tasks(
    company: CompanyOption = HERE,
    every: Annotated[bool, typer.Option("--all", help="Finished ones too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Tasks that are not finished."""
    with opened(company) as opened_company:
        rows = opened_company.query(load_sql("workbench", "task_list"), all=every)
        zone = opened_company.settings.tz
    if as_json:
        for record in rows.dicts():
            print_json(record)
    else:
        lines = [
            (
                row[0][:10],
                *(
                    f"{cell.astimezone(zone):%d %b %H:%M}" if isinstance(cell, datetime) else cell
                    for cell in row[1:]
                ),
            )
            for row in rows
        ]
        print_table(rows.columns, lines, empty="No task is open.")


@app.command()
@command
def request(
    words: Annotated[str, typer.Argument(help="What shall be done, in your words.")],
    due: Annotated[
        datetime | None,
        typer.Option("--due", formats=["%Y-%m-%d"], help="The day by which it should be done."),
    ] = None,
    priority: Annotated[int, typer.Option("--priority", help="Higher goes first.")] = 0,
    company: CompanyOption = HERE,
) -> int:
    """Ask for work: its plan is shown, and runs when you approve it."""
    from workbench.planning.requesting import request_work
    from workbench.summary import row_text

    day = due.date() if due else None
    with opened(company) as opened_company:
        row = request_work(opened_company, words, due=day, priority=priority, channel="cli")
        if row is None:
            typer.echo("Nothing is left to be asked about it.")
            return 0
        opened_company.shown([row], channel="cli")
        typer.echo(row_text(opened_company, row))
    typer.echo(f"\nDecide: workbench queue {'approve' if row.kind == 'proposal' else 'answer'} {row.short}")
    return WAITING


@app.command()
@command
def show(
    task: Annotated[
        str, typer.Argument(metavar="TASK", help="The id of a task or a plan, or the first characters of it.")
    ],
    company: CompanyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """One task or plan whole: its steps, what it did outside, what it waits for, what can be done now."""
    from opc_kernel.flow.task import find_tasks
    from workbench.work_story import find_plans, plan_story, task_story
    from workbench.work_text import plan_text, task_text

    with opened(company) as opened_company:
        zone = opened_company.settings.tz
        found = [each.stream for each in find_tasks(opened_company, task)] + find_plans(opened_company, task)
        stream = one_of(found, task, "task or plan", listing=LISTING)
        if stream.startswith("plan/"):
            plan = plan_story(opened_company, stream)
            print_json(plan) if as_json else typer.echo(plan_text(plan, zone))
            return
        told = task_story(opened_company, stream, now=opened_company.now, zone=zone)
    if as_json:
        print_json({**told.task, **{name: getattr(told, name) for name in BESIDE}, "of_plan": told.plan})
    else:
        typer.echo(task_text(told, zone))


@app.command()
@command
def retry(task: Name, note: Note = "", company: CompanyOption = HERE) -> int:
    """Let the agent try a blocked task again."""
    return _go_on(company, task, "retry", note)


@app.command()
@command
def resolve(
    task: Name,
    done_by_hand: Annotated[bool, typer.Option("--done-by-hand", help="You did it yourself.")] = False,
    skip: Annotated[
        bool, typer.Option("--skip", help="It need not be done; a plan goes on without it.")
    ] = False,
    note: Note = "",
    company: CompanyOption = HERE,
) -> int:
    """Take a task off the list: a plan goes on without it, where `cancel` would end the plan."""
    if done_by_hand == skip:
        fail("Say which: --done-by-hand or --skip.", "One of the two.", USAGE)
    return _go_on(company, task, "done" if done_by_hand else "skip", note)


@app.command()
@command
def cancel(
    task: Annotated[
        str, typer.Argument(metavar="TASK", help="The id of a task or a plan, or the first characters of it.")
    ],
    note: Note = "",
    company: CompanyOption = HERE,
) -> int:
    """Drop a task, or a whole plan: what it did outside is taken back as the plan says."""
    from opc_kernel.flow.task import find_tasks
    from workbench.tasks import cancel_plan, go_on
    from workbench.work_story import find_plans

    with opened(company) as opened_company:
        found = {each.stream: each for each in find_tasks(opened_company, task)}
        stream = one_of([*found, *find_plans(opened_company, task)], task, "task or plan", listing=LISTING)
        if stream in found:
            return _told(go_on(opened_company, found[stream], "cancel", note, channel="cli"))
        return _told(cancel_plan(opened_company, stream, note, channel="cli"))


def _go_on(folder: CompanyOption, name: str, choice: str, note: str) -> int:
    from opc_kernel.flow.task import find_tasks
    from workbench.tasks import go_on

    with opened(folder) as company:
        task = one_of(find_tasks(company, name), name, "task", listing=LISTING)
        return _told(go_on(company, task, choice, note, channel="cli"))


def _told(verdict: Verdict) -> int:
    typer.secho(verdict.message, fg=None if verdict.accepted else "red", err=not verdict.accepted)
    return 0 if verdict.accepted else FAILED
