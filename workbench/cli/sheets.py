"""`workbench sheets`: the queue as spreadsheets."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.shell import (
    FAILED,
    HERE,
    CompanyOption,
    JsonOption,
    command,
    opened,
    print_json,
)

if TYPE_CHECKING:
    from workbench.sheets.sync import FaceReport

app = typer.Typer(no_args_is_help=True, help="The queue as spreadsheets.")


@app.command()
@command
def sync(
    company: CompanyOption = HERE,
    excel: Annotated[
        Path | None, typer.Option("--excel", help="This workbook; by default sheets/approvals.xlsx.")
    ] = None,
    google: Annotated[
        str | None, typer.Option("--google", help="This Google spreadsheet: its address or its id.")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """One two-way sync of every spreadsheet that is set up: your decisions come in, new rows go out."""
    from workbench.sheets.sync import sync_faces

    with opened(company, briefly=False) as opened_company:
        reports = sync_faces(opened_company, excel=excel, google=google)
    for report in reports:
        if as_json:
            print_json(_record(report))
        else:
            _say(report)
    return FAILED if any(report.trouble for report in reports) else 0


@app.command()
@command
def connect(
    file: Annotated[Path, typer.Argument(help="The JSON file that Google gave you.")],
    company: CompanyOption = HERE,
) -> None:
    """Keep Google credentials for this company, outside its folder and readable for you alone."""
    from workbench.company import company_folder
    from workbench.sheets.credentials import connect as keep

    kept = keep(company_folder(company.resolve()), file)
    typer.echo(f"Connected as {kept.kind}{f' {kept.account}' if kept.account else ''}.")
    if kept.kind == "service account":
        typer.echo(f"Share the spreadsheet with {kept.account}, as an editor.")
    typer.echo("Next: name the spreadsheet and who may see it in workbench.toml, under [sheets.google].")
    typer.echo(f"The copy is kept; {file} is no longer needed here.")


def _say(told: FaceReport) -> None:
    typer.echo(f"{told.face.title}, {told.face.address}")
    if told.report is not None:
        typer.echo(indent(str(told.report), "  "))
    if told.after is not None:
        typer.echo(indent(f"After the work that followed: {told.after}", "  "))
    if told.error is not None:
        typer.secho(f"  {told.error.happened}", fg="red", err=True)
        typer.echo(f"  {told.error.todo}", err=True)


def _record(told: FaceReport) -> dict[str, Any]:
    return {
        "face": told.face.channel,
        "sheet": told.face.address,
        "added": sum(each.added for each in told.reports),
        "updated": sum(each.updated for each in told.reports),
        "decisions": [
            {"key": each.key, "decision": each.word} for report in told.reports for each in report.decisions
        ],
        "conflicts": [
            {"key": each.key, "message": each.message} for report in told.reports for each in report.conflicts
        ],
        "waiting": told.reports[-1].waiting if told.reports else 0,
        "held": told.reports[-1].held if told.reports else "",
        "notes": [note for report in told.reports for note in report.notes],
        "trouble": told.trouble,
    }
