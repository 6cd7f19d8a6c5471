"""`workbench task`: the work, and why some of it is blocked."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.shell import (
    FAILED,
    HERE,
    USAGE,
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
OPEN = "('requested', 'in-progress', 'blocked')"


@app.command("list")
@command
def list_tasks(
    company: CompanyOption = HERE,
    every: Annotated[bool, typer.Option("--all", help="Finished ones too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Tasks that are not finished."""
    condition = "true" if every else f"state IN {OPEN}"
    with opened(company) as opened_company:
        rows = opened_company.query(
            "SELECT split_part(stream, '/', 2) AS task, state, kind, agent, "
            "coalesce(nullif(reason, ''), 'waits for ' || waiting_on) AS why "
            f"FROM task WHERE {condition} ORDER BY requested_at, stream LIMIT 10000"
        )
    if as_json:
        for record in rows.dicts():
            print_json(record)
    else:
        print_table(rows.columns, [(row[0][:10], *row[1:]) for row in rows], empty="No task is open.")


@app.command()
@command
def show(task: Name, company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """One task whole, with its story."""
    from opc_kernel.flow.task import find_tasks

    with opened(company) as opened_company:
        found = one_of(find_tasks(opened_company, task), task, "task", listing=LISTING)
        record = opened_company.query(
            "SELECT * FROM task WHERE stream = $stream", stream=found.stream
        ).dicts()[0]
        story = opened_company.query(
            "SELECT position, recorded_at, type, actor FROM event WHERE correlation_id = $story ORDER BY position",
            story=found.correlation_id,
        )
    if as_json:
        print_json({**record, "story": story.dicts()})
        return
    for name, value in record.items():
        if value not in (None, "", "[]"):
            typer.echo(f"{name:20} {value}")
    print_table(story.columns, [(row[0], f"{row[1]:%Y-%m-%d %H:%M}", *row[2:]) for row in story.rows])


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
    skip: Annotated[bool, typer.Option("--skip", help="It need not be done.")] = False,
    note: Note = "",
    company: CompanyOption = HERE,
) -> int:
    """Take a blocked task off the list."""
    if done_by_hand == skip:
        fail("Say which: --done-by-hand or --skip.", "One of the two.", USAGE)
    return _go_on(company, task, "done" if done_by_hand else "cancel", note)


@app.command()
@command
def cancel(task: Name, note: Note = "", company: CompanyOption = HERE) -> int:
    """Drop a task."""
    return _go_on(company, task, "cancel", note)


def _go_on(folder: CompanyOption, name: str, choice: str, note: str) -> int:
    from opc_kernel.flow.task import find_tasks
    from workbench.tasks import go_on

    with opened(folder) as company:
        task = one_of(find_tasks(company, name), name, "task", listing=LISTING)
        verdict = go_on(company, task, choice, note, channel="cli")
        typer.secho(verdict.message, fg=None if verdict.accepted else "red", err=not verdict.accepted)
    return 0 if verdict.accepted else FAILED
