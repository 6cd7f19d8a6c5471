"""Reads one workbook from stdin in a process of its own: on some damaged ones calamine aborts or never ends."""

from __future__ import annotations

import io
import resource
import sys
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LOCKED = 3
"""The exit code for a workbook with a password."""
MAX_BYTES = 2**30
"""Of the process, its libraries included."""

Cell = str | float | int | bool
Read = list[tuple[str, int, list[list[Cell]]]]
"""Name, number of the first row and rows of each sheet that is not empty."""


def main(seconds: int) -> int:
    """Write the sheets to stdout as msgpack; end before it takes more than so many seconds of computing."""
    limit(resource.RLIMIT_CPU, seconds)
    limit(resource.RLIMIT_AS, MAX_BYTES)
    limit(resource.RLIMIT_CORE, 0)
    import msgspec
    from python_calamine import PasswordError, load_workbook

    try:
        book = load_workbook(io.BytesIO(sys.stdin.buffer.read()))
    except PasswordError:
        return LOCKED
    sys.stdout.buffer.write(msgspec.msgpack.encode(_sheets(book)))
    return 0


def limit(what: int, most: int) -> None:
    """Lower a limit of this process; one that is lower already stays."""
    _, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def _sheets(book: Any) -> Read:  # noqa: ANN401 - calamine has no types
    read: Read = []
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        if sheet.start is not None:
            rows = [[_PLAIN.get(type(value), _same)(value) for value in row] for row in sheet.iter_rows()]
            read.append((name, sheet.start[0] + 1, rows))
    return read


def _same(value: Cell) -> Cell:
    return value


def _moment(value: datetime) -> str:
    return value.isoformat(sep=" ") if value.time() != time() else value.date().isoformat()


_PLAIN: dict[type, Callable[[Any], Cell]] = {
    date: date.isoformat,
    datetime: _moment,
    time: time.isoformat,
    timedelta: str,
}

if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
