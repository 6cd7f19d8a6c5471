"""`workbench memory forget`: shows everything about somebody that would go, and forgets exactly what was shown."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.erasing import show, tell
from workbench.cli.shell import (
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
    from workbench.company import Company
    from workbench.erasure.erasing import Preview
    from workbench.erasure.traces import Wanted

REQUEST = "request"


@command
def forget(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A name, an e-mail address, an account number, or the id.")
    ] = "",
    company: CompanyOption = HERE,
    also_records: Annotated[
        bool, typer.Option("--also-records", help="Invoices and bookings too, which the law wants kept.")
    ] = False,
    containing: Annotated[
        list[str] | None, typer.Option("--containing", help="Also every event of others with this text.")
    ] = None,
    confirm: Annotated[
        str, typer.Option("--confirm", metavar="HASH", help="Forget what the preview with this hash showed.")
    ] = "",
    reason: Annotated[
        str, typer.Option("--reason", help="Why. It is kept for ever: write no name into it.")
    ] = "",
    due: Annotated[bool, typer.Option("--due", help="Show whom the policies would propose now.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Forget somebody for good: what memory holds of them, their mails and notes. Shows first what would go."""
    if bool(name) is due:
        fail("Say whom, or --due for what the policies find.", "One of them.", USAGE)
    with opened(company, briefly=False) as opened_company:
        opened_company.remember()
        if due:
            return _show_due(opened_company, as_json=as_json)
        wanted = _wanted(opened_company, name, also_records=also_records, containing=containing or ())
        return _forget(opened_company, wanted, confirm, reason, as_json=as_json)


def _wanted(company: Company, name: str, *, also_records: bool, containing: list[str] | tuple[()]) -> Wanted:
    from opc_kernel.memory.profile import find_entity
    from workbench.erasure.traces import Wanted

    entity = find_entity(company, name)
    return Wanted(entities=(entity,), also_records=also_records, containing=tuple(containing))


def _forget(company: Company, wanted: Wanted, confirm: str, reason: str, *, as_json: bool) -> int:
    from workbench.erasure.erasing import erase_payload, preview_erasure

    preview = preview_erasure(company, wanted)
    if confirm:
        erased = erase_payload(company, wanted, confirmed=confirm, reason=reason, policy=REQUEST)
        return tell(erased, preview, as_json=as_json)
    if as_json:
        print_json({"hash": preview.hash, "preview": preview})
        return 0
    _show(preview, reason)
    return 0


def _show(preview: Preview, reason: str) -> None:
    counts = Counter(each.stream.partition("/")[0] for each in preview.events)
    typer.echo(f"By kind: {', '.join(f'{count} {what}' for what, count in sorted(counts.items()))}.\n")
    show(preview, reason, as_json=False)
    if preview.stays:
        typer.echo("\nThese name them and stay:")
        rows = [(each.position, each.type, each.stream, each.why) for each in preview.stays]
        print_table(("position", "type", "stream", "why"), rows)
    typer.echo(f"\nNothing was forgotten. Once this is what you want: the same with --confirm {preview.hash}")


def _show_due(company: Company, *, as_json: bool) -> int:
    from workbench.memory.forgetting_policy import due_now

    found = due_now(company, company.settings.memory.forget, now=company.now)
    if as_json:
        for each in found:
            print_json(each)
    else:
        rows = [(each.policy, each.last_on, ", ".join(each.names)) for each in found]
        print_table(("policy", "last", "who or what"), rows, empty="Nothing is due, or no policy is set.")
    return 0
