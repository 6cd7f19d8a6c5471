"""`workbench queue`: what waits for you, and your decisions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.shell import (
    FAILED,
    HERE,
    WAITING,
    CompanyOption,
    JsonOption,
    command,
    one_of,
    opened,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from opc_kernel.approvals.queue import QueueRow
    from workbench.company import Company

app = typer.Typer(no_args_is_help=True, help="What waits for you, and your decisions.")

LISTING = "workbench queue list"

Name = Annotated[str, typer.Argument(metavar="ROW", help="The row's id, or the first characters of it.")]
Names = Annotated[list[str], typer.Argument(metavar="ROW…", help="Ids, or the first characters of them.")]
Note = Annotated[str, typer.Option("--note", "--reason", help="Why; it stays with the decision.")]


@app.command("list")
@command
def list_rows(
    company: CompanyOption = HERE,
    minutes: Annotated[
        int | None, typer.Option("--minutes", min=1, help="Only what fits into so many, and what can wait.")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """What waits, most money at risk first. Exit code 3 when something waits."""
    with opened(company) as opened_company:
        rows = opened_company.queue()
        if minutes is not None:
            return _list_fitting(opened_company, rows, minutes, as_json=as_json)
        opened_company.shown(rows, channel="cli")
        base = opened_company.settings.base_currency
    if as_json:
        for row in rows:
            print_json(row)
    else:
        stake = [
            (row.short, row.kind, None if row.at_stake is None else f"{abs(row.at_stake):,.2f}", row.summary)
            for row in rows
        ]
        print_table(("row", "kind", f"at stake ({base})", "what"), stake, empty="Nothing waits for you.")
    return WAITING if rows else 0


def _list_fitting(company: Company, rows: list[QueueRow], minutes: int, *, as_json: bool) -> int:
    from opc_kernel.approvals.pace import learn
    from opc_kernel.approvals.triage import plan
    from workbench.summary import plan_text

    chosen = plan(rows, minutes=minutes, pace=learn(company), now=company.now)
    company.shown([each.row for each in (*chosen.fits, *chosen.due)], channel="cli")
    if as_json:
        totals = {"seconds": chosen.seconds, "at_stake": chosen.at_stake, "worth_unknown": chosen.unknown}
        print_json({**asdict(chosen), **totals})
    else:
        typer.echo(plan_text(chosen, company.settings))
    return WAITING if rows else 0


@app.command()
@command
def show(row: Name, company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """One row whole: what, why, which options, and what it rests on."""
    from opc_kernel.approvals.queue import find_row
    from workbench.summary import row_text

    with opened(company) as opened_company:
        found = one_of(find_row(opened_company, row), row, "row", listing=LISTING)
        opened_company.shown([found], channel="cli")
        text = row_text(opened_company, found)
    if as_json:
        print_json(found)
    else:
        typer.echo(text)


@app.command()
@command
def approve(rows: Names, note: Note = "", company: CompanyOption = HERE) -> int:
    """Approve proposals exactly as they are shown."""
    return _decide(company, rows, "approve", note=note)


@app.command()
@command
def edit(
    row: Name,
    content: Annotated[
        str, typer.Option("--content", help="What is approved in place of what was proposed.")
    ],
    note: Note = "",
    company: CompanyOption = HERE,
) -> int:
    """Approve a proposal with other content: what you write is what is approved."""
    return _decide(company, [row], "edit", content=content, note=note)


@app.command()
@command
def reject(rows: Names, note: Note = "", company: CompanyOption = HERE) -> int:
    """Say no; a question is asked again without what you declined."""
    return _decide(company, rows, "reject", note=note)


@app.command()
@command
def defer(
    rows: Names,
    until: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="The day it comes back.")],
    note: Note = "",
    company: CompanyOption = HERE,
) -> int:
    """Put rows aside until a day."""
    return _decide(company, rows, "defer", until=until, note=note)


@app.command()
@command
def ask(row: Name, note: Note, company: CompanyOption = HERE) -> int:
    """Ask the agent back; its answer comes as a new row."""
    return _decide(company, [row], "ask", note=note)


@app.command()
@command
def answer(
    row: Name,
    choice: Annotated[
        str, typer.Option("--choice", help="An option's number, id or label; see 'queue show'.")
    ] = "",
    typed: Annotated[
        str, typer.Option("--typed", help="An answer in words of your own, where the row takes one.")
    ] = "",
    note: Note = "",
    company: CompanyOption = HERE,
) -> int:
    """Answer a question, or say how a blocked task goes on."""
    return _decide(company, [row], "answer", choice=choice, content=typed, note=note)


def _decide(
    folder: CompanyOption,
    names: list[str],
    decision: str,
    *,
    choice: str = "",
    content: str = "",
    note: str = "",
    until: datetime | None = None,
) -> int:
    """Decide rows one by one, each bound to the hash it has now."""
    from opc_kernel.approvals.decide import Decided
    from opc_kernel.approvals.queue import find_row, option_id
    from workbench.company import account

    refused = 0
    with opened(folder) as company:
        for row in [one_of(find_row(company, name), name, "row", listing=LISTING) for name in names]:
            company.shown([row], channel="cli")
            row = one_of(find_row(company, row.key), row.key, "row", listing=LISTING)  # noqa: PLW2901 - showing it moved its version
            decided = Decided(
                key=row.key,
                hash=row.hash,
                decision=decision,
                channel="cli",
                account=account(),
                choice=option_id(row, choice),
                content=content,
                note=note,
                until=until.date() if until else None,
            )
            verdict = company.decide(decided)
            typer.secho(
                f"{row.short}: {verdict.message}",
                fg=None if verdict.accepted else "red",
                err=not verdict.accepted,
            )
            refused += not verdict.accepted
    return FAILED if refused else 0
