"""`workbench hold` and `workbench release`: the one switch over everything that leaves the machine."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.shell import HERE, CompanyOption, JsonOption, command, opened, print_json

Reason = Annotated[str, typer.Option("--reason", help="Why; it stays with the switch.")]


@command
def hold(reason: Reason = "", company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """Stop everything that would leave the machine, at once; work inside goes on."""
    from workbench.hold import hold as stop
    from workbench.hold import standing

    with opened(company) as opened_company:
        changed = stop(opened_company, reason=reason, channel="cli")
        held = standing(opened_company)
        since = f"{held.since.astimezone(opened_company.settings.tz):%d %b %Y, %H:%M}" if held else ""
    if as_json:
        print_json({"held": held, "changed": changed})
        return
    assert held is not None, "it was just held"
    how = "Held: nothing" if changed else f"Held already since {since}, by {held.account}: nothing"
    typer.echo(f"{how} leaves the machine until 'workbench release'.")


@command
def release(reason: Reason = "", company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """Let effects go on; each that was held is done once, in its turn."""
    from workbench.hold import barred
    from workbench.hold import release as go_on

    with opened(company) as opened_company:
        changed = go_on(opened_company, reason=reason, channel="cli")
        still = barred(opened_company)
    if as_json:
        print_json({"held": None, "changed": changed})
    else:
        typer.echo("Released: effects go on." if changed else "Nothing was held.")
        if still:
            typer.secho(still, fg="yellow", err=True)
