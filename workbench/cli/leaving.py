"""What would leave the machine now, word for word, as `workbench work --dry-run` shows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from workbench.cli.shell import opened, print_json

if TYPE_CHECKING:
    from opc_kernel.flow.dry_run import Leaving, Unsaid
    from workbench.hold import Held


def show_leaving(folder: Path, *, as_json: bool) -> None:
    """Print what would leave; nothing is stored and nothing sent."""
    from workbench.hold import standing

    with opened(folder) as company:
        found, held = company.dry_run(), standing(company)
    if as_json:
        for each in found:
            print_json(each)
    else:
        typer.echo("\n".join(_lines(found, held)))


def _lines(found: list[Leaving | Unsaid], held: Held | None) -> Iterator[str]:
    from opc_kernel.flow.dry_run import Leaving

    if held is not None:
        yield f"Effects are held by {held.account}: as long as that is so, nothing leaves at all.\n"
    for each in found:
        yield from _leaving(each) if isinstance(each, Leaving) else _unsaid(each)
    things = sum(isinstance(each, Leaving) for each in found)
    yield f"{things} would leave the machine now. Nothing was stored, nothing was sent."


def _leaving(each: Leaving) -> Iterator[str]:
    intent = each.intent
    how = {"do": "", "go on": "begun before, goes on: ", "take back": "is taken back: "}[each.does]
    yield f"{how}{intent.kind} → {intent.target} ({intent.action})"
    yield f"  {each.mode} · {each.account} · key {each.key}"
    why = f"approved in {each.approval}" if each.approval else "needs no approval"
    yield f"  {each.kind} by the {each.agent}, {each.task}" + (f"; {why}" if each.does == "do" else "")
    if not each.certain:
        yield "  unless its agent, which asks a model first, says something else now"
    yield from (f"  {name}: {value}" for name, value in intent.fields.items())
    if intent.money is not None:
        yield f"  amount: {intent.money.amount} {intent.money.currency}"
    yield from (f"  | {line}" for line in intent.content.splitlines())
    yield ""


def _unsaid(each: Unsaid) -> Iterator[str]:
    yield f"{each.kind} by the {each.agent}, {each.task}: a model is asked first, so nobody knows yet\n"
