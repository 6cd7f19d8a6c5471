"""`workbench invoice`: invoices by command; lists of them come in through `workbench ingest`."""

from __future__ import annotations

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
