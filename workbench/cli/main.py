"""The command `workbench` and what stands directly under it."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from shlex import quote
from typing import Annotated, TextIO

import typer

from workbench.cli import (
    agents,
    books,
    connectors,
    doctoring,
    erasing,
    exporting,
    health,
    holding,
    invoices,
    jobs,
    laboratory,
    logs,
    memory,
    models,
    months,
    queue,
    rates,
    rules,
    secrets,
    sheets,
    tasks,
)
from workbench.cli.shell import (
    HERE,
    CompanyOption,
    CsvOption,
    JsonOption,
    command,
    opened,
    print_csv,
    print_json,
    print_table,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="An operations workbench for a company of one person: a company is a folder, "
    "whatever matters waits in one queue.",
)
app.add_typer(queue.app, name="queue")
app.add_typer(sheets.app, name="sheets")
app.add_typer(tasks.app, name="task")
app.add_typer(jobs.app, name="job")
app.add_typer(logs.app, name="log")
logs.app.command()(exporting.export)
logs.app.command("import")(exporting.take_in)
logs.app.command()(erasing.erase)
app.add_typer(invoices.app, name="invoice")
app.add_typer(rates.app, name="rate")
app.add_typer(rules.app, name="rule")
app.add_typer(months.app, name="month")
app.add_typer(books.app, name="books")
app.add_typer(agents.app, name="agent")
app.add_typer(connectors.app, name="connector")
app.add_typer(secrets.app, name="secret")
app.add_typer(models.app, name="model")
app.add_typer(memory.app, name="memory")
app.command()(doctoring.doctor)
app.command()(health.health)
app.command()(holding.hold)
app.command()(holding.release)
app.command()(laboratory.lab)


@app.command()
@command
def init(
    folder: Annotated[Path, typer.Argument(help="Where the company shall live; a new or empty folder.")],
    demo: Annotated[bool, typer.Option("--demo", help="A sample company with real-format inputs.")] = False,
) -> None:
    """Make a new company."""
    from workbench.founding import found

    founded = found(folder, demo=demo)
    typer.echo(f"{founded.name} lives in {folder}.")
    doctoring.say_where(folder)
    ingesting = f"workbench ingest --company {quote(str(folder))}"
    if founded.inputs:
        inputs = folder / "inputs"
        typer.echo(f"Its papers wait in {inputs}. Next: {ingesting} {quote(str(inputs))}")
    else:
        typer.echo(f"Next: put a bank statement into it: {ingesting} STATEMENT")


@app.command()
@command
def ingest(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH…", help="Files, or folders of files.")
    ] = None,
    company: CompanyOption = HERE,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be appended, append nothing.")
    ] = False,
    account: Annotated[
        str | None, typer.Option(help="Whose statement it is, where the file does not say.")
    ] = None,
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Read every kept file anew and show what that adds, before it is added."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --again: add it without asking.")] = False,
    as_json: JsonOption = False,
) -> int | None:
    """Take in bank statements, invoices, rates and receipts, recognised by content."""
    from workbench.cli.ingesting import take_again, take_in
    from workbench.company import account as who
    from workbench.ingest import Ingestion

    if bool(paths) == again:
        raise typer.BadParameter("name files or folders, or say --again for those that are kept.")
    with opened(company, briefly=False) as opened_company:
        taker = Ingestion(
            opened_company, opened_company.folder, opened_company.settings, actor=who(), account=account
        )
        if again:
            return take_again(taker, dry_run=dry_run, yes=yes, as_json=as_json)
        return take_in(taker, paths or (), dry_run=dry_run, as_json=as_json)


@app.command()
@command
def work(
    company: CompanyOption = HERE,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="Go on with what that leads to, until nothing is due.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show word for word what would leave the machine; do nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Do what can be done without you: match, categorise, check; the rest goes into the queue."""
    if dry_run:
        from workbench.cli.leaving import show_leaving

        show_leaving(company, as_json=as_json)
        return
    from workbench.hold import why_stopped

    with opened(company, briefly=False) as opened_company:
        summary = opened_company.work(until_idle=until_idle)
        waiting, stopped = len(opened_company.queue()), why_stopped(opened_company)
    if as_json:
        print_json({"tasks": summary.changed, "outcomes": dict(summary.outcomes), "waiting": waiting})
    else:
        typer.echo(
            f"{summary.changed} tasks moved; {waiting} rows wait for you."
            + (" See 'workbench queue list'." if waiting else "")
        )
        if stopped:
            typer.secho(stopped, fg="yellow", err=True)


@app.command()
@command
def sql(
    statement: Annotated[
        str, typer.Argument(help="One SELECT over the log and its read models; try 'SHOW TABLES'.")
    ],
    company: CompanyOption = HERE,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Ask the company anything: SELECT over event, task, queue, bank_transaction, invoice, ledger, …"""
    with opened(company) as opened_company:
        rows = opened_company.query(statement)
    if as_csv:
        print_csv(rows.columns, rows.rows)
    elif as_json:
        for record in rows.dicts():
            print_json(record)
    else:
        print_table(rows.columns, rows.rows, empty="No rows.")


@app.command()
@command
def up(
    company: CompanyOption = HERE,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Port on 127.0.0.1; by default 8765, or any free one where that is taken."
        ),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Serve the company: views in the browser, and one door for every other shell."""
    from workbench.cli.shell import log_to_file
    from workbench.company import company_folder
    from workbench.server import serve

    log_to_file(company_folder(company.resolve()))
    doctoring.say_where(company.resolve())
    serve(company.resolve(), port=port, browser=not no_browser, say=typer.echo)


@app.command(hidden=True)
@command
def own(company: CompanyOption = HERE) -> None:
    """Hold the company for its clients; started by whoever needs it, ends a minute after the last one left."""
    from workbench.cli.shell import log_to_file
    from workbench.company import company_folder
    from workbench.server import IDLE_S
    from workbench.server import own as own_for_clients

    def say(words: str) -> None:
        """Tell who started us, once; after that nobody listens."""
        typer.echo(words)
        sys.stdout.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    log_to_file(company_folder(company.resolve()))
    own_for_clients(company.resolve(), idle_s=float(os.environ.get("WORKBENCH_IDLE_S", IDLE_S)), say=say)


@app.command(hidden=True)
@command
def summary(company: CompanyOption = HERE) -> None:
    """Print what the company looks like now, for a person."""
    from workbench.summary import summary_text

    with opened(company) as opened_company:
        typer.echo(summary_text(opened_company))


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def main() -> None:
    """Run the command line."""
    # whoever started us may have closed them: without a place of their own their numbers would go to our files
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files may be no text
    app(prog_name="workbench")
