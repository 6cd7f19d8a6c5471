"""`workbench rate`: what a currency is worth; lists come in through `workbench ingest`."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.shell import HERE, CompanyOption, command, opened

app = typer.Typer(no_args_is_help=True, help="What a currency is worth.")


@app.command()
@command
def add(
    base: Annotated[str, typer.Argument(help="The foreign currency, such as USD.")],
    rate: Annotated[str, typer.Argument(help="What one unit of it is worth, such as 0.8621.")],
    on: Annotated[str, typer.Option(help="The day: YYYY-MM-DD.")],
    quote: Annotated[str, typer.Option(help="In which currency; by default the base currency.")] = "",
    company: CompanyOption = HERE,
) -> None:
    """Record a rate."""
    from workbench.recording import record_rate

    with opened(company) as opened_company:
        fields = {
            "date": on,
            "base": base,
            "quote": quote or opened_company.settings.base_currency,
            "rate": rate,
        }
        typer.echo(record_rate(opened_company, fields))
