"""What every command shares: which company, how errors become words and exit codes, and how records are printed."""

from __future__ import annotations

import functools
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, ParamSpec

import typer

if TYPE_CHECKING:
    from workbench.company import Company

DONE, FAILED, USAGE, WAITING = 0, 1, 2, 3
MAX_SHOWN = 60
CHECK_FILE = "Check that it exists, is yours to read and write, and that the disk is well."

CompanyOption = Annotated[
    Path,
    typer.Option(
        "--company", envvar="WORKBENCH_COMPANY", help="The company's folder; by default the current one."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line, for scripts.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="A CSV file; redirect it into one: > books.csv")]
HERE = Path()

P = ParamSpec("P")


def command(body: Callable[P, int | None]) -> Callable[P, None]:
    """Turn a function that returns an exit code into a command that fails with words, never a traceback."""

    @functools.wraps(body)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        from opc_kernel.errors import KernelError

        _check_text(kwargs.values())
        try:
            code = body(*args, **kwargs)
        except KernelError as error:
            fail(error.happened, error.todo)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = FAILED
        except OSError as error:
            fail(f"{error.filename or 'The machine'}: {error.strerror or type(error).__name__}.", CHECK_FILE)
        raise typer.Exit(code or DONE)

    return run


def _check_text(values: Iterable[object]) -> None:
    """Refuse bytes that are no text, before anything is opened; names of files may be any bytes."""
    from opc_kernel.text import is_text

    for value in values:
        for text in value if isinstance(value, list) else (value,):
            if isinstance(text, str) and not is_text(text):
                fail(f"{text[:MAX_SHOWN]!r} is no text.", "Type it again in UTF-8.", USAGE)


def fail(happened: str, todo: str, code: int = FAILED) -> NoReturn:
    """Say what happened and what to do, and end."""
    typer.secho(happened, fg="red", err=True)
    if todo:
        typer.echo(todo, err=True)
    raise typer.Exit(code)


@contextmanager
def opened(folder: Path, *, briefly: bool = True) -> Iterator[Company]:
    """Open the company for one command; one that may take long is a client, so that others go on meanwhile."""
    from workbench.company import company_folder, open_briefly, open_company

    log_to_file(company_folder(folder.resolve()))
    with open_briefly(folder) if briefly else open_company(folder) as company:
        for words in getattr(company.log, "mended", ()):
            typer.secho(f"Mended while opening: {words}.", fg="yellow", err=True)
        yield company


def log_to_file(folder: Path) -> None:
    """Write the structured lines where WORKBENCH_LOG says; by default into the company's `workbench.log`."""
    from opc_kernel.telemetry import LOGGER

    target = os.environ.get("WORKBENCH_LOG", str(folder / "workbench.log"))
    logger = logging.getLogger(LOGGER)
    if any(isinstance(each, logging.StreamHandler) for each in logger.handlers):
        return
    handler = logging.StreamHandler() if target == "stderr" else logging.FileHandler(target, delay=True)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    logging.raiseExceptions = False  # a full disk must not print a traceback for each line
    logger.setLevel(logging.INFO)
    logger.propagate = False
    for chatty in ("httpx", "httpcore", "httpx2", "httpcore2"):
        logging.getLogger(chatty).setLevel(logging.WARNING)  # they log whole URLs


def print_json(record: Any) -> None:  # noqa: ANN401 - any record of ours
    """Print one record as a line of JSON."""
    from workbench.wire import plain

    typer.echo(json.dumps(plain(record), ensure_ascii=False))


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows as a CSV file that a spreadsheet program opens with every text as the text it is."""
    from sheets_sync.csv_file import write

    texts = (["" if cell is None else str(cell) for cell in row] for row in rows)
    typer.echo(write(chain([columns], texts)), nl=False)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, empty: str = "Nothing.") -> None:
    """Print rows under their headers, numbers to the right; tab-separated where no terminal reads it."""
    if not rows:
        typer.echo(empty)
        return
    if not sys.stdout.isatty():
        for row in (columns, *rows):
            typer.echo("\t".join(" ".join(str("" if cell is None else cell).split()) for cell in row))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for index, name in enumerate(columns):
        numeric = all(not isinstance(row[index], str) for row in rows if row[index] is not None)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console(markup=False).print(table)


def one_of(rows: Sequence[Any], name: str, noun: str, *, listing: str) -> Any:  # noqa: ANN401 - rows or tasks
    """Return the only match for a name given in a shell; `listing` is the command that shows them all."""
    if not rows:
        fail(f"There is no {noun} {name!r}.", f"See '{listing}'.", USAGE)
    if len(rows) > 1:
        fail(f"{name!r} could be {len(rows)} of them.", "Type more of its id.", USAGE)
    return rows[0]
