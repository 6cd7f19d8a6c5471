"""`workbench doctor`: what is wrong with a company's folder or this machine, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.shell import (
    DONE,
    FAILED,
    HERE,
    CompanyOption,
    JsonOption,
    command,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from workbench.doctor import Finding


@command
def doctor(
    company: CompanyOption = HERE,
    full: Annotated[
        bool, typer.Option("--full", help="Compare every event, and every read model with its fold.")
    ] = False,
    moved: Annotated[
        bool, typer.Option("--moved", help="The company lies here now: let its effects go.")
    ] = False,
    copied: Annotated[
        bool, typer.Option("--copied", help="This is a copy beside the first: give it an id of its own.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Look for all that can be wrong with the folder or this machine, and say what to do about it."""
    from workbench import doctor as doctoring

    folder = company.resolve()
    if moved and copied:
        raise typer.BadParameter("say --moved or --copied, not both.")
    if moved:
        typer.echo(f"The company {doctoring.moved(folder)} lies in {folder} now.")
    if copied:
        typer.echo(f"This copy is a company of its own now: {doctoring.copied(folder)}.")
    if moved or copied:
        return DONE
    found = doctoring.examine(folder, full=full)
    if as_json:
        for finding in found:
            print_json(finding)
    else:
        _print(found)
    return FAILED if any(finding.severity == "error" for finding in found) else DONE


def say_where(folder: Path) -> None:
    """Say before work begins what speaks against the place a company lies in."""
    from workbench.doctor import about_the_place

    for finding in about_the_place(folder):
        typer.secho(f"{finding.what}.", fg="yellow", err=True)
        typer.echo(finding.todo, err=True)


def _print(found: Sequence[Finding]) -> None:
    if found:
        rows = [(each.severity, each.check, f"{each.what}.", each.todo) for each in found]
        print_table(("", "check", "what is so", "what to do"), rows)
    wrong = Counter(each.severity for each in found if each.severity != "note")
    told = [f"{count} {severity}{'s' if count > 1 else ''}" for severity, count in wrong.items()]
    typer.echo(f"{', '.join(told)}." if told else "Nothing is wrong.")
