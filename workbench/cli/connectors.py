"""`workbench connector`: the accounts outside, rehearsed until you switch one on."""

from __future__ import annotations

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
    print_table,
)

if TYPE_CHECKING:
    from workbench.connecting import Standing

app = typer.Typer(
    no_args_is_help=True, help="The accounts outside: each is rehearsed until you switch it on."
)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Such as mail; see 'connector list'.")]


@app.command("list")
@command
def list_connectors(company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """Every connector: account, mode, whether it answers, and what it did in sandbox and production."""
    from workbench.connecting import standings

    with opened(company) as opened_company:
        found = standings(opened_company)
    if as_json:
        for each in found:
            print_json(_record(each))
    else:
        print_table(
            ("connector", "account", "mode", "breaker", "last check", "sandbox", "production"),
            [_row(each) for each in found],
        )


@app.command()
@command
def check(name: NameArgument, company: CompanyOption = HERE) -> int:
    """Talk to the provider without changing anything there."""
    from workbench.connecting import check as check_connector

    with opened(company, briefly=False) as opened_company:
        checked = check_connector(opened_company, name)
    typer.echo(checked.told)
    return 0 if checked.ok else FAILED


@app.command()
@command
def production(name: NameArgument, company: CompanyOption = HERE) -> None:
    """Let a connector act for real, once its check passes. What waits for approval in the sandbox stays there."""
    from workbench.connecting import to_production

    with opened(company, briefly=False) as opened_company:
        checked = to_production(opened_company, name)
    typer.echo(checked.told)
    typer.echo(f"{name} acts for real from now on; 'workbench connector sandbox {name}' ends that.")


@app.command()
@command
def sandbox(name: NameArgument, company: CompanyOption = HERE) -> None:
    """Let a connector only rehearse: what would go out is laid into the folder sandbox/ and goes nowhere."""
    from workbench.connecting import to_sandbox

    with opened(company) as opened_company:
        to_sandbox(opened_company, name)
    typer.echo(f"{name} rehearses from now on; see the company's folder sandbox/{name}.")


def _row(each: Standing) -> tuple[object, ...]:
    checked = "never"
    if each.checked_at is not None:
        checked = f"{each.checked_at:%Y-%m-%d %H:%M} {'passed' if each.check_ok else 'failed'}"
    return (
        each.name,
        each.account,
        each.mode,
        each.breaker,
        checked,
        _counted(each.sandbox),
        _counted(each.production),
    )


def _counted(effects: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(effects.items())) or "none"


def _record(each: Standing) -> dict[str, Any]:
    return {
        "connector": each.name,
        "account": each.account,
        "set_up": each.set_up,
        "mode": each.mode,
        "breaker": each.breaker,
        "until": each.until,
        "failures": each.failures,
        "check_ok": each.check_ok,
        "check_told": each.check_told,
        "checked_at": each.checked_at,
        "sandbox": dict(each.sandbox),
        "production": dict(each.production),
    }
