"""`workbench health`: how the company runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from workbench.cli.shell import HERE, CompanyOption, JsonOption, command, opened, print_json, print_table

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from workbench.health import Health

TABLES = {
    "tasks": ("Work, by capability", "Nothing was ever asked for."),
    "plans": ("Plans under way", "None."),
    "leases": ("Tasks that a worker holds now", "None."),
    "effects": ("What left the machine, or was rehearsed", "Nothing, ever."),
    "spend": ("Money that effects moved", "None."),
    "connectors": ("Accounts outside", "None was ever called."),
    "models": ("Models", "None was ever asked."),
}
"""What each table is called, and what is said where it is empty."""


@command
def health(company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """How it runs: what waits, what works, what leaves, and what goes wrong."""
    from workbench.health import look

    with opened(company) as opened_company:
        found, zone = look(opened_company), opened_company.settings.tz
    if as_json:
        print_json(found)
        return
    typer.echo("\n".join(_head(found, zone)))
    for name, (title, empty) in TABLES.items():
        rows = getattr(found, name)
        typer.echo(f"\n{title}")
        columns = _columns(rows)
        print_table(columns, [_cells(row, columns, zone) for row in rows], empty=empty)


def _head(found: Health, zone: ZoneInfo) -> Iterator[str]:
    from workbench.health import again_at, memory_line
    from workbench.jobs.trouble import sentences

    if found.barred:
        yield found.barred
    if found.held is not None:
        why = f": {found.held.reason}" if found.held.reason else ""
        yield f"Effects are held since {_cell(found.held.since, zone)}, by {found.held.account}{why}."
    elif not found.barred:
        yield "Effects go on."
    oldest = f", the oldest since {_cell(found.oldest_at, zone)}" if found.oldest_at else ""
    yield f"{found.waiting} rows wait for you{oldest}."
    for row in found.breakers:
        until = again_at(row, found.at)
        left = (
            f"is left alone until {_cell(until, zone)}" if until else "failed; the next call tries it again"
        )
        yield f"{row['connector']} ({row['account']}) {left}: {row['reason']}"
    yield from (words for words, _ in sentences(found.jobs, zone))
    yield f"Memory: {memory_line(found.memory)}."
    yield from found.memory.refused


def _columns(rows: Iterable[dict[str, Any]]) -> list[str]:
    """Return the columns in which anything stands."""
    rows = [*rows]
    return [name for name in rows[0] if any(row[name] not in (None, "", 0) for row in rows)] if rows else []


def _cells(row: dict[str, Any], columns: Iterable[str], zone: ZoneInfo) -> list[Any]:
    return [_cell(row[name], zone) for name in columns]


def _cell(value: Any, zone: ZoneInfo) -> Any:  # noqa: ANN401 - a column of any kind
    return f"{value.astimezone(zone):%d %b %H:%M}" if isinstance(value, datetime) else value
