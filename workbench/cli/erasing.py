"""`workbench log erase`: shows everything that would go, and erases it once that is confirmed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.shell import (
    FAILED,
    HERE,
    USAGE,
    CompanyOption,
    JsonOption,
    command,
    fail,
    opened,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from workbench.erasure.erasing import Erased, Preview

CONFIRM = "erase"
MAX_WORDS_SHOWN = 20


@command
def erase(
    company: CompanyOption = HERE,
    stream: Annotated[
        list[str] | None, typer.Option("--stream", help="All events of a stream, such as invoice/….")
    ] = None,
    event: Annotated[list[str] | None, typer.Option("--event", help="One event, by its id.")] = None,
    story: Annotated[
        list[str] | None, typer.Option("--story", help="A whole story, by its correlation id.")
    ] = None,
    containing: Annotated[
        list[str] | None,
        typer.Option("--containing", help="Every event with this text, in whatever case."),
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", help="Why. It is kept for ever: write no name into it.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking. It can't be taken back.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Take somebody's data out of every file for good. Without --yes it shows first what would go."""
    from workbench.erasure.erasing import erase_payload, preview_erasure
    from workbench.erasure.traces import Wanted

    wanted = Wanted(
        streams=tuple(stream or ()),
        events=tuple(event or ()),
        stories=tuple(story or ()),
        containing=tuple(containing or ()),
    )
    if not (stream or event or story or containing):
        fail("Say what: --stream, --event, --story or --containing.", "One of them, or several.", USAGE)
    with opened(company, briefly=False) as opened_company:
        preview = preview_erasure(opened_company, wanted)
        show(preview, reason, as_json=as_json)
        if not (yes or _confirmed(as_json=as_json)):
            return 0
        erased = erase_payload(opened_company, wanted, confirmed=preview.hash, reason=reason)
    return tell(erased, preview, as_json=as_json)


def _confirmed(*, as_json: bool) -> bool:
    if not sys.stdin.isatty():
        if not as_json:
            typer.echo("Nothing was erased. Once this is what you want: the same with --yes.")
        return False
    if typer.prompt(f"It can't be taken back. Type '{CONFIRM}' to go on", default="", err=as_json) == CONFIRM:
        return True
    typer.echo("Nothing was erased.", err=as_json)
    return False


def show(preview: Preview, reason: str, *, as_json: bool) -> None:
    """Show what would go."""
    if as_json:
        print_json(preview)
        return
    typer.echo(f"{len(preview.events)} events lose their data:")
    rows = [(each.position, each.type, each.stream, each.why) for each in preview.events]
    print_table(("position", "type", "stream", "why"), rows)
    if preview.files:
        typer.echo("\nThese files go whole, with everything else in them, your own columns too:")
        print_table(("file", "why"), [(each.path, each.why) for each in preview.files])
    typer.echo("\nThe database is made anew. Questions wait meanwhile.")
    if preview.shared:
        typer.echo(f"Other facts hold these as well, and keep them: {_some(preview.shared)}.")
    if preview.yours:
        typer.echo(f"These are yours to look through: {_some(preview.yours)}.")
    typer.echo("Backups keep it until they are made anew; one that is restored loses it again.")
    if reason:
        typer.echo(f"Kept for ever, as the reason: {reason!r}")


def tell(erased: Erased, preview: Preview, *, as_json: bool) -> int:
    """Tell what went; return the exit code."""
    left = [path for path in erased.left if path not in preview.yours]
    if as_json:
        print_json(erased)
    elif erased.repeated:
        typer.echo("It was erased before this answer came.")
    else:
        typer.echo(f"Erased: {erased.events} events, {erased.files} files.")
        if left:
            typer.secho(f"Some of its words are still found in {_some(left)}.", fg="red")
        else:
            but = " but what others hold as well, shown above" if preview.shared else ""
            typer.echo(f"No byte of it was found in any file of the folder{but}.")
    return FAILED if left else 0


def _some(texts: tuple[str, ...] | list[str]) -> str:
    more = len(texts) - MAX_WORDS_SHOWN
    shown = ", ".join(map(repr, texts[:MAX_WORDS_SHOWN]))
    return shown if more <= 0 else f"{shown} and {more} more"
