"""`workbench log`: the log itself: look, verify, rebuild, back up, restore."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from workbench.cli.shell import (
    FAILED,
    HERE,
    CompanyOption,
    JsonOption,
    command,
    opened,
    print_json,
    print_table,
)

app = typer.Typer(no_args_is_help=True, help="The log itself: look, verify, rebuild, back up, restore.")


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
    target: Annotated[
        Path | None,
        typer.Argument(
            help="A new folder outside the company's, or the backup there; else [backup] folder of the settings."
        ),
    ] = None,
    company: CompanyOption = HERE,
    encrypt: Annotated[
        bool,
        typer.Option(
            "--encrypt", help="Seal a new backup; the passphrase is asked, or WORKBENCH_BACKUP_PASSPHRASE."
        ),
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Check it by reading it again, without opening the copy.")
    ] = False,
) -> None:
    """Copy the company while it works, or what came since; the copy is restored and verified before it counts."""
    from workbench.company import company_folder
    from workbench.maintenance import back_up, backup_folder
    from workbench.settings import load_settings

    folder = company_folder(company.resolve())
    place = target.resolve() if target else backup_folder(folder, load_settings(folder))
    passphrase = passphrase_for(place, wanted=encrypt)
    done, noted = back_up(folder, place, passphrase=passphrase, quick=quick)
    typer.echo(
        f"{done.folder} holds everything up to position {done.position}. Keep this hash elsewhere: {done.head}"
    )
    if done.same_disk:
        typer.echo("It lies on the disk of the company itself: keep another one elsewhere.")
    if not noted:
        typer.echo("The disk is too full to note the backup in the log; it counts all the same.", err=True)


@app.command()
@command
def restore(
    source: Annotated[Path, typer.Argument(help="A backup.")],
    target: Annotated[Path, typer.Argument(help="A new folder.")],
) -> None:
    """Make a company of a backup; nothing leaves it until you say what it is."""
    from workbench import maintenance

    made = maintenance.restore(
        source.resolve(), target.resolve(), passphrase=passphrase_for(source, wanted=False)
    )
    typer.echo(
        f"{target} is the company as it was at {made.made_at:%Y-%m-%d %H:%M} UTC, position {made.position}."
    )
    name = quote(str(target))
    typer.echo("Nothing leaves it until you say what it is:")
    typer.echo(f"  workbench doctor --moved  --company {name}   it takes the place of the one it was made of")
    typer.echo(f"  workbench doctor --copied --company {name}   the other one goes on too")


def passphrase_for(target: Path, *, wanted: bool) -> str | None:
    """Return the passphrase of a backup that is encrypted or shall be: from the environment, else typed."""
    from opc_kernel.backup.store import NotABackup, PassphraseNeeded, summary

    try:
        exists, encrypted = True, summary(target).encrypted
    except NotABackup:
        exists, encrypted = False, False
    if not (encrypted or wanted):
        return None
    from workbench.maintenance import PASSPHRASE

    given = os.environ.get(PASSPHRASE) or (_typed(twice=not exists) if sys.stdin.isatty() else "")
    if not given:
        raise PassphraseNeeded(target)
    return given


def _typed(*, twice: bool) -> str:
    return str(typer.prompt("Passphrase of the backup", hide_input=True, confirmation_prompt=twice, err=True))
