"""`workbench month`: how a month stands, closing it, and what the accountant gets of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.shell import (
    DONE,
    HERE,
    WAITING,
    CompanyOption,
    JsonOption,
    command,
    fail,
    opened,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from workbench.closing import Asked
    from workbench.company import Company

app = typer.Typer(
    no_args_is_help=True, help="Months: how they stand, closing them, the accountant's package."
)

Month = Annotated[str, typer.Argument(metavar="MONTH", help="Such as 2026-10.")]


@app.command("list")
@command
def list_months(company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """Every month with its result in the base currency, and what of it is open."""
    from opc_kernel.sql import load_sql
    from workbench.capabilities.books.months.events import PACKAGE

    with opened(company) as opened_company:
        rows = opened_company.query(load_sql(PACKAGE, "list"))
    if as_json:
        for record in rows.dicts():
            print_json(record)
    else:
        print_table(rows.columns[:-1], [row[:-1] for row in rows], empty="There is no month yet.")


@app.command()
@command
def show(month: Month, company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """The plan of closing a month, step by step with its state, and what the month comes to."""
    from workbench.capabilities.books.months.plan import some
    from workbench.capabilities.books.months.words import headline, summary_text
    from workbench.closing import look_at

    with opened(company) as opened_company:
        facts, steps = look_at(opened_company, month)
        names = {each.id: each.name for each in opened_company.settings.account}
    state = "closed" if facts.is_closed else "open"
    if as_json:
        listed = [
            {"title": step.title, "state": step.state, "missing": step.missing, "note": step.note}
            for step in steps
        ]
        print_json({"month": month, "state": state, "steps": listed, "summary": facts.summary.model_dump()})
        return
    typer.echo(f"{headline(facts.summary)} ({state})")
    for step in steps if not facts.is_closed else ():
        typer.echo(f"  {'–' if step.missing else '✓'} {step.title}" + (f": {step.note}" if step.note else ""))
        for line in [*some(step.missing), step.todo] if step.missing else ():
            typer.echo(f"      {line}")
    typer.echo(summary_text(facts.summary, names))


@app.command()
@command
def close(month: Month, company: CompanyOption = HERE) -> int:
    """Close a month: its plan is worked through, and what it comes to waits for your approval."""
    from workbench.closing import request_close

    with opened(company, briefly=False) as opened_company:
        return _tell(opened_company, request_close(opened_company, month, channel="cli"), closing=True)


@app.command()
@command
def reopen(
    month: Month,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays with the month.")],
    company: CompanyOption = HERE,
) -> int:
    """Open a closed month again, once you approve it; what it was closed with stays in the log."""
    from workbench.closing import request_reopen

    with opened(company, briefly=False) as opened_company:
        asked = request_reopen(opened_company, month, reason, channel="cli")
        return _tell(opened_company, asked, closing=False)


@app.command()
@command
def package(
    month: Month,
    folder: Annotated[
        Path, typer.Argument(help="Where the package goes, in a folder named after the month.")
    ],
    company: CompanyOption = HERE,
) -> None:
    """Write what the accountant needs: workbook, CSV files, papers, evidence, and a manifest over all."""
    from workbench.packaging import package_month

    with opened(company, briefly=False) as opened_company:
        packed = package_month(opened_company, month, folder)
    typer.echo(f"{packed.files} files in {packed.path}, of a month that is {packed.state}.")
    for name in packed.missing:
        typer.secho(f"Its paper {name} is no longer there.", fg="yellow", err=True)


def _tell(company: Company, asked: Asked, *, closing: bool) -> int:
    from workbench.capabilities.books.months.lock import in_words
    from workbench.summary import row_text

    if asked.row is not None:
        typer.echo(row_text(company, asked.row))
        typer.echo(f"\nIt waits for you: workbench queue show {asked.row.short}")
        return WAITING
    if asked.is_closed is not closing:
        fail(f"{in_words(asked.month)} is still being worked on.", "See 'workbench task list'.")
    typer.echo(f"{in_words(asked.month)} is {'closed' if closing else 'open again'}.")
    return DONE
