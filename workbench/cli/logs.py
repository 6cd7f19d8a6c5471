"""`workbench log`: the log itself: look, verify, rebuild, back up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.shell import (
    FAILED,
    HERE,
    CompanyOption,
    JsonOption,
    command,
    fail,
    opened,
    print_json,
    print_table,
)

app = typer.Typer(no_args_is_help=True, help="The log itself: look, verify, rebuild, back up.")


@app.command()
@command
def tail(
    company: CompanyOption = HERE,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=10_000, help="How many events.")] = 20,
    story: Annotated[
        str | None, typer.Option("--story", help="Only the events with this correlation id.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """The last events, oldest first."""
    with opened(company) as opened_company:
        rows = opened_company.query(
            "SELECT position, recorded_at, type, stream, actor, correlation_id, data FROM event_now "
            "WHERE $story IS NULL OR correlation_id = $story ORDER BY position DESC LIMIT $lines",
            story=story,
            lines=lines,
        )
    records = rows.dicts()[::-1]
    if as_json:
        for record in records:
            print_json(record)
    else:
        table = [
            (
                each["position"],
                f"{each['recorded_at']:%Y-%m-%d %H:%M:%S}",
                each["type"],
                each["stream"],
                each["actor"],
            )
            for each in records
        ]
        print_table(
            ("position", "recorded (UTC)", "type", "stream", "actor"), table, empty="The log is empty."
        )


@app.command()
@command
def verify(company: CompanyOption = HERE, as_json: JsonOption = False) -> int:
    """Compare journal, chain and database event by event; name each place that was touched."""
    from workbench.maintenance import verify_company

    verification = verify_company(company.resolve())
    if as_json:
        print_json(verification)
    else:
        for finding in verification.findings:
            typer.secho(str(finding), fg="red")
        state = (
            "all is as it was written"
            if not verification.findings
            else f"{len(verification.findings)} places differ"
        )
        typer.echo(f"{verification.events} events checked: {state}. Head {verification.head}")
    return FAILED if verification.findings else 0


@app.command()
@command
def rebuild(
    company: CompanyOption = HERE,
    check: Annotated[
        bool, typer.Option("--check", help="Only compare the live read models with their fold.")
    ] = False,
    from_journal: Annotated[
        bool, typer.Option("--from-journal", help="Make the whole database anew.")
    ] = False,
) -> int:
    """Fold every read model anew."""
    from workbench.maintenance import check_read_models, rebuild_read_models, remake_database

    if check:
        differences = {name: count for name, count in check_read_models(company.resolve()).items() if count}
        for name, count in differences.items():
            typer.secho(f"{name}: {count} rows differ", fg="red")
        typer.echo(
            "Live read models equal their fold." if not differences else "Run 'workbench log rebuild'."
        )
        return FAILED if differences else 0
    if from_journal:
        remake_database(company.resolve())
        typer.echo("The database is made anew from the journal; the old one lies in quarantine/.")
    else:
        rebuild_read_models(company.resolve())
        typer.echo("Every read model is folded anew.")
    return 0


@app.command()
@command
def backup(
    target: Annotated[Path, typer.Argument(help="A new folder outside the company's.")],
    company: CompanyOption = HERE,
) -> None:
    """Copy the company while it works; the copy is read again before it counts."""
    from workbench.maintenance import back_up

    done = back_up(company.resolve(), target.resolve())
    typer.echo(
        f"{done.folder} holds everything up to position {done.position}. Keep this hash elsewhere: {done.head}"
    )


@app.command()
@command
def restore(
    source: Annotated[Path, typer.Argument(help="A backup.")],
    target: Annotated[Path, typer.Argument(help="A new folder.")],
) -> None:
    """Make a company of a backup."""
    import shutil

    from workbench.company import company_folder

    if target.exists():
        fail(f"{target} exists already.", "Name a new folder.")
    shutil.copytree(company_folder(source), target)
    with opened(target) as company:
        rows = company.query("SELECT coalesce(max(position), 0) FROM event").rows
    typer.echo(f"{target} is open at position {rows[0][0]}.")
