"""`workbench secret`: passwords and keys, outside the company's folder; they are taken in and never shown."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from workbench.cli.shell import HERE, USAGE, CompanyOption, command, fail

app = typer.Typer(
    no_args_is_help=True, help="Passwords and keys, kept outside the company's folder; never shown."
)

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="What it is for: mail, payments, or another.")
]


@app.command("set")
@command
def keep(name: NameArgument, company: CompanyOption = HERE) -> None:
    """Keep a secret: typed here unseen, or one line from another program's output. Never an argument."""
    from workbench.company import company_folder
    from workbench.secrets import WHERE, keep_secret

    folder = company_folder(company.resolve())
    if sys.stdin.isatty():
        value = str(typer.prompt(f"The secret for {name}", hide_input=True))
    else:
        value = sys.stdin.readline().rstrip("\r\n")
    typer.echo(f"{name} is kept in {WHERE[keep_secret(folder, name, value)]}.")


@app.command()
@command
def drop(name: NameArgument, company: CompanyOption = HERE) -> None:
    """Remove a secret."""
    from workbench.company import company_folder
    from workbench.secrets import drop_secret

    if not drop_secret(company_folder(company.resolve()), name):
        fail(
            f"No secret {name!r} is kept here.", "A variable of the environment is not ours to remove.", USAGE
        )
    typer.echo(f"{name} is removed.")


@app.command()
@command
def show(name: NameArgument, company: CompanyOption = HERE) -> None:
    """Say whether a secret is set, and where it lies; not what it is."""
    from workbench.company import company_folder
    from workbench.secrets import WHERE, SecretMissing, find_secret

    found = find_secret(company_folder(company.resolve()), name)
    if found is None:
        raise SecretMissing(name)
    typer.echo(f"{name} is set, in {WHERE[found.source]}.")
