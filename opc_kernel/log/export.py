"""Exports: what the log held at one position, as lines, as a table or as a database; appends go on meanwhile.

They are written into the one folder beside its own files that the database may touch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from opc_kernel.ids import new_id
from opc_kernel.log import event_row
from opc_kernel.log.database import EXPORTS, Cursor
from opc_kernel.log.files import sync_folder, write_fully
from opc_kernel.log.lines import encode_events

Form = Literal["jsonl", "parquet", "replica"]

ROWS_AT_ONCE = 5_000
SELECT = f"SELECT {event_row.COLUMNS} FROM event ORDER BY position"
NOW_AT = "SELECT coalesce(max(position), 0), current_database() FROM event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A finished export, still under its temporary name; whoever asked for it puts it in its place."""

    path: Path
    form: Form
    position: int
    """It holds every event up to this one, and none after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a replica says of itself."""

    position: int
    made_at: datetime
    company: str


def fresh_path(folder: Path) -> Path:
    """Return where to write an export; a name of its own, hidden until it is finished."""
    exports = folder / EXPORTS
    exports.mkdir(mode=0o700, exist_ok=True)
    return exports / f".{new_id()}.tmp"


def write_export(cursor: Cursor, database: str, path: Path, form: Form, stamp: Stamp) -> None:
    """Write what a cursor sees within its transaction, whole or not at all."""
    try:
        WRITERS[form](cursor, database, path, stamp)
        path.chmod(0o600)
        _sync(path)
    except BaseException:
        for left in path.parent.glob(f"{path.name}*"):
            left.unlink()
        raise


def _write_lines(cursor: Cursor, _: str, path: Path, __: Stamp) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        for lines in _lines(cursor):
            write_fully(descriptor, lines)
    finally:
        os.close(descriptor)


def _lines(cursor: Cursor) -> Iterator[bytes]:
    cursor.execute(SELECT)
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        yield encode_events(list(map(event_row.event, rows)))


def _write_parquet(cursor: Cursor, _: str, path: Path, __: Stamp) -> None:
    cursor.execute(f"COPY (SELECT * FROM event ORDER BY position) TO {_quoted(path)} (FORMAT parquet)")


def _write_replica(cursor: Cursor, database: str, path: Path, stamp: Stamp) -> None:
    name = f"replica_{new_id()}"
    cursor.execute(f"ATTACH {_quoted(path)} AS {name}")
    try:
        cursor.execute(f'COPY FROM DATABASE "{database}" TO {name}')
        cursor.execute(
            f"CREATE TABLE {name}.replica AS SELECT "
            "?::BIGINT AS position, ?::TIMESTAMPTZ AS made_at, ? AS company",
            [stamp.position, stamp.made_at, stamp.company],
        )
        cursor.execute("COMMIT")
    except BaseException:
        cursor.execute("ROLLBACK")
        raise
    finally:  # it closes the copy: a checkpoint, and no write-ahead log beside it
        cursor.execute(f"DETACH DATABASE IF EXISTS {name}")
        cursor.execute("BEGIN")


WRITERS: Mapping[Form, Callable[[Any, str, Path, Stamp], None]] = {
    "jsonl": _write_lines,
    "parquet": _write_parquet,
    "replica": _write_replica,
}


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    sync_folder(path.parent)
