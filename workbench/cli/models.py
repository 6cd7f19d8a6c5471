"""`workbench model`: which models are set, what they cost, and whether they answer."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from opc_kernel.models.settings import ModelSettings

app = typer.Typer(no_args_is_help=True, help="Models: which are set, what they cost, whether they answer.")


@app.command("list")
@command
def list_models(company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """Tiers, purposes, what was spent today and this month, and the caps."""
    from workbench.models import records, spend_now

    with opened(company) as opened_company:
        settings = opened_company.settings.models
        if as_json:
            for record in records(opened_company):
                print_json(record)
            return
        spent = spend_now(opened_company)
    _print_tiers(settings)
    print_table(
        ("purpose", "tier"), sorted(settings.purposes.items()), empty="No purpose has a tier of its own."
    )
    print_table(
        ("spent", "calls", "reused", "refused", settings.currency),
        [(one.time, one.calls, one.reused, one.refused, f"{one.cost:f}") for one in spent],
    )
    caps = settings.caps
    money = {
        "one call": caps.call,
        "a task": caps.task,
        "a day": caps.day,
        **caps.capability,
        **caps.customer,
    }
    counts = {"calls of a task": caps.calls_per_task, "calls a day": caps.calls_per_day}
    print_table(
        ("cap", "at most"),
        [
            *((name, f"{cap} {settings.currency}") for name, cap in money.items()),
            *((name, str(cap)) for name, cap in counts.items()),
        ],
    )


@app.command()
@command
def check(
    tiers: Annotated[
        list[str] | None, typer.Argument(metavar="[TIER]…", help="small, medium or large.")
    ] = None,
    company: CompanyOption = HERE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say who would be asked, ask nobody.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Ask for one word, with nothing of the company in it."""
    from workbench.models import check as check_models
    from workbench.models import routes

    with opened(company, briefly=False) as opened_company:
        if dry_run:
            for route in routes(opened_company.settings.models, tiers or ()):
                typer.echo(
                    f"{route.name}: {route.tier.model} at {route.tier.host} would be asked for one word."
                )
            return 0
        silent = 0
        for checked in check_models(opened_company, tiers or ()):
            silent += not checked.answered
            if as_json:
                print_json(asdict(checked))
            else:
                typer.echo(
                    f"{checked.tier}: {checked.model} at {checked.host}: {checked.told} ({checked.duration_ms} ms)"
                )
    return FAILED if silent else 0


@app.command()
@command
def connect(
    host: Annotated[str, typer.Argument(help="Host of the endpoint, as in workbench.toml: api.openai.com")],
    company: CompanyOption = HERE,
) -> None:
    """Keep an endpoint's key as the secret `model.HOST`; it is asked for, or read from a pipe."""
    from workbench.company import company_folder
    from workbench.model_keys import host_of, keep_key
    from workbench.secrets import WHERE
    from workbench.settings import load_settings

    folder, host = company_folder(company.resolve()), host_of(host)
    known = {tier.host for tier in load_settings(folder).models.tiers.values()}
    key = typer.prompt("Key", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    typer.echo(f"Kept for {host} alone, in {WHERE[keep_key(folder, host, key)]}.")
    if host not in known:
        typer.echo(f"No tier in workbench.toml is at {host} yet.")


def _print_tiers(settings: ModelSettings) -> None:
    rows = [
        (name, tier.model, tier.endpoint, "yes" if settings.is_local(tier) else "no", *_prices(tier.prices))
        for name, tier in settings.tiers.items()
    ]
    header = ("tier", "model", "endpoint", "own", f"{settings.currency} per million in", "out")
    print_table(header, rows, empty="No endpoint is set: everything runs on rules and templates.")


def _prices(prices: tuple[object, object]) -> tuple[str, str]:
    return f"{prices[0]}", f"{prices[1]}"
