"""`workbench invoice`: invoices by command; lists of them come in through `workbench ingest`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.shell import HERE, CompanyOption, JsonOption, command, opened, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Invoices you wrote and bills you got.")


@app.command()
@command
def add(
    number: Annotated[str, typer.Option(help="Its number.")],
    customer: Annotated[str, typer.Option(help="Who owes it, or for a bill who is owed.")],
    amount: Annotated[str, typer.Option(help="What is asked, positive, such as 1190.00.")],
    issued: Annotated[str, typer.Option(help="The day it was written: YYYY-MM-DD.")],
    due: Annotated[str, typer.Option(help="The day it is due; by default the day it was written.")] = "",
    currency: Annotated[str, typer.Option(help="By default the base currency.")] = "",
    direction: Annotated[str, typer.Option(help="out: yours; in: a bill to you.")] = "out",
    note: Annotated[str, typer.Option(help="Anything.")] = "",
    company: CompanyOption = HERE,
) -> None:
    """Record one invoice."""
    from workbench.recording import record_invoice

    with opened(company) as opened_company:
        fields = {
            "number": number,
            "customer": customer,
            "amount": amount,
            "issued_on": issued,
            "due_on": due,
            "currency": currency or opened_company.settings.base_currency,
            "direction": direction,
            "note": note,
        }
        typer.echo(record_invoice(opened_company, fields))


@app.command("list")
@command
def list_invoices(
    company: CompanyOption = HERE,
    every: Annotated[bool, typer.Option("--all", help="Settled ones too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Invoices that are not paid."""
    condition = "true" if every else "state = 'open'"
    with opened(company) as opened_company:
        rows = opened_company.query(
            "SELECT number, direction, party, issued_on, due_on, amount::DECIMAL(19, 2) AS amount, currency, state "
            f"FROM invoice WHERE {condition} ORDER BY due_on, number LIMIT 10000"
        )
    if as_json:
        for record in rows.dicts():
            print_json(record)
    else:
        print_table(rows.columns, rows.rows, empty="No invoice is open.")


@app.command()
@command
def reminders(company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """Reminders that went out for invoices that are open, and those that were rehearsed: yours to send."""
    from opc_kernel.sql import load_sql
    from workbench.capabilities.books.reminders.events import PACKAGE

    with opened(company) as opened_company:
        rows = opened_company.query(load_sql(PACKAGE, "letters"), number=None)
    if as_json:
        for record in rows.dicts():
            print_json(record)
    else:
        shown = len(rows.columns) - 2
        print_table(
            rows.columns[:shown], [row[:shown] for row in rows.rows], empty="No reminder is approved."
        )


@app.command()
@command
def reminder(
    number: Annotated[str, typer.Argument(help="The invoice's number.")],
    eml: Annotated[Path, typer.Option(help="Where to write the e-mail.")],
    company: CompanyOption = HERE,
) -> None:
    """Write the last reminder of an invoice as an e-mail draft. Nothing is sent by this."""
    from opc_kernel.log.files import write_whole
    from workbench.capabilities.books.reminders.draft import draft

    with opened(company) as opened_company:
        content = draft(opened_company, number)
    write_whole(eml, content)
    typer.echo(f"{eml} holds the reminder; open it in your mail program to send it.")
