"""`workbench rule`: what is booked without asking because you said so."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.shell import (
    HERE,
    CompanyOption,
    JsonOption,
    command,
    one_of,
    opened,
    print_json,
    print_table,
)

app = typer.Typer(no_args_is_help=True, help="What is booked without asking because you said so.")

LISTING = "workbench rule list"


@app.command("list")
@command
def list_rules(company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """The rules in the order in which they are tried, and how often each has booked."""
    from workbench.rules import rules_in_force

    with opened(company) as opened_company:
        found = rules_in_force(opened_company)
    if as_json:
        for each in found:
            rule = each.standing.rule.model_dump()
            print_json({"rule": each.standing.id, **rule, "from": each.source, "used": each.used})
    else:
        rows = [
            (
                each.short,
                each.standing.category,
                each.standing.rule.direction,
                ", ".join(each.standing.rule.contains),
                each.source,
                each.used,
            )
            for each in found
        ]
        print_table(
            ("rule", "category", "direction", "contains", "from", "used"), rows, empty="There are no rules."
        )


@app.command()
@command
def drop(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The rule's id, or its first characters.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays with the rule.")] = "",
    company: CompanyOption = HERE,
) -> None:
    """End a rule that you adopted; what it has booked stays booked, and it is not proposed again."""
    from workbench.rules import drop_rule, rules_in_force

    with opened(company) as opened_company:
        begins = rule.removeprefix("rule/").strip()
        named = [
            each for each in rules_in_force(opened_company) if begins and each.standing.id.startswith(begins)
        ]
        found = one_of(named, rule, "rule", listing=LISTING)
        drop_rule(opened_company, found, reason)
    typer.echo(f"{found.short}: the rule for {found.standing.category!r} is dropped")
