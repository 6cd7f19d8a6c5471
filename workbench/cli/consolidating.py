"""`workbench memory consolidate` and `restore`: memory made smaller, and what that touched brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.shell import HERE, CompanyOption, JsonOption, command, print_json, print_table

if TYPE_CHECKING:
    from opc_kernel.memory.consolidating import Change

WORDS = {"fold": "folded", "sum up": "summed up", "fade": "faded", "restore": "brought back"}
COLUMNS = ("what", "items", "into", "why")


@command
def consolidate(
    company: CompanyOption = HERE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fold what says the same, sum up what is over, let fade what nobody used; a job does it every night."""
    from workbench import composition
    from workbench.cli.memory import remembered

    with remembered(company) as opened_company:
        consolidation = composition.consolidation(
            opened_company, opened_company.settings, opened_company.folder, clock=opened_company.clock
        )
        changes = list(consolidation.preview() if dry_run else consolidation.steps())
    if as_json:
        for change in changes:
            print_json(_record(change))
    else:
        print_table(COLUMNS, [tuple(_line(change).values()) for change in changes], empty="Nothing to do.")


@command
def restore(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="The id of an item, or of a summary.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays with the change.")] = "",
    company: CompanyOption = HERE,
) -> None:
    """Bring a folded or faded item back, or all that a summary stands for; no policy touches it again."""
    from workbench.cli.memory import remembered
    from workbench.company import account
    from workbench.memory.consolidation import brought_back

    with remembered(company) as opened_company:
        stream = f"item/{item.removeprefix('item/')}"
        change = brought_back(opened_company, stream, reason=reason, account=account())
        opened_company.append(change.writes, expected=change.expected)
    count = len(change.items)
    typer.echo("It is recalled again." if change.items == (stream,) else f"{count} items are recalled again.")


def _record(change: Change) -> dict[str, Any]:
    return {**_line(change), "items": list(change.items)}


def _line(change: Change) -> dict[str, Any]:
    return {
        "what": WORDS[change.does],
        "items": len(change.items),
        "into": change.into,
        "why": change.reason,
    }
