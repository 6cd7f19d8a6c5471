"""`workbench sheets`: the queue as a spreadsheet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.shell import HERE, CompanyOption, command, opened

app = typer.Typer(no_args_is_help=True, help="The queue as a spreadsheet.")


@app.command()
@command
def sync(
    company: CompanyOption = HERE,
    excel: Annotated[
        Path | None, typer.Option("--excel", help="The workbook; by default sheets/approvals.xlsx.")
    ] = None,
) -> None:
    """One two-way sync: your decisions come in, new rows go out."""
    from workbench.sheet import FILE, sync_excel

    with opened(company) as opened_company:
        report = sync_excel(opened_company, excel)
        if report.decisions:
            report_after = sync_excel(opened_company, excel)
            typer.echo(f"{report}\nafter the work that followed: {report_after}")
        else:
            typer.echo(str(report))
        typer.echo(f"The workbook is {excel or opened_company.folder / FILE}.")
