"""`workbench log export` and `import`: the log as lines, as a table, or as a database for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.shell import HERE, USAGE, CompanyOption, JsonOption, command, fail, opened, print_json

if TYPE_CHECKING:
    from opc_kernel.log.export import Form

FORMS: dict[str, Form] = {".jsonl": "jsonl", ".parquet": "parquet", "": "jsonl"}
STDOUT = Path("-")


@command
def export(
    target: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="A .jsonl or .parquet file, or - for standard output; by default one in the company's exports/.",
        ),
    ] = None,
    replica: Annotated[
        bool,
        typer.Option(
            "--replica",
            help="The whole database, read-only, for the DuckDB shell or DBeaver; by default as replica.duckdb.",
        ),
    ] = False,
    company: CompanyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Write every event as it is stored, or a copy of the database; the company works on meanwhile."""
    from workbench.exporting import export as write_export

    suffix = "" if target is None or target == STDOUT else target.suffix
    form = "replica" if replica else FORMS.get(suffix)
    if form is None or (target == STDOUT and (replica or as_json)):
        fail(
            "That can't be written.", "Name a .jsonl or .parquet file, - for lines, or say --replica.", USAGE
        )
    with opened(company, briefly=False) as opened_company:
        done = write_export(opened_company, form, target)
    if as_json:
        print_json(done)
    elif done.path is not None:
        typer.echo(f"{done.path} holds everything up to position {done.position}.")


@command
def take_in(
    file: Annotated[Path, typer.Argument(help="Lines of JSON, each with stream, type and data at least.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every line, append nothing.")] = False,
    company: CompanyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Append the events in a file of JSON lines; every line is checked before the first is stored."""
    from workbench.exporting import import_lines

    with opened(company, briefly=False) as opened_company:
        done = import_lines(opened_company, file, dry_run=dry_run)
    if as_json:
        print_json(done)
        return
    would = "would be added" if dry_run else "added"
    erased = f", {done.erased} without data (erased)" if done.erased else ""
    typer.echo(f"{done.lines} lines: {done.new} {would}, {done.known} known{erased}.")
