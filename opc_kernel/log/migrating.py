"""Migrations: the database's own tables come from numbered files, forward only; a newer database is left alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from opc_kernel.log.crash import Crash
from opc_kernel.log.errors import CompanyTooNew
from opc_kernel.log.files import disk_told, make_folder, sync_folder

if TYPE_CHECKING:
    from opc_kernel.log.database import Cursor

CREATE = """
CREATE TABLE migration (
    number      INTEGER NOT NULL,
    name        VARCHAR NOT NULL,
    applied_at  TIMESTAMPTZ NOT NULL
)
"""
UNNUMBERED = 1
"""What a database holds that is older than the table `migration`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step forward: statements that take the tables from the number before to this one."""

    number: int
    name: str
    statements: str


@lru_cache(maxsize=1)
def known() -> tuple[Migration, ...]:
    """Return every migration of this release in order, from 1 without a gap."""
    paths = sorted(
        (path for path in files("opc_kernel.log").joinpath("migrations").iterdir() if ".sql" in path.name),
        key=lambda path: path.name,
    )
    found = tuple(
        Migration(
            number=int(path.name[:4]),
            name=path.name[5:].removesuffix(".sql"),
            statements=path.read_text(encoding="utf-8"),
        )
        for path in paths
    )
    assert [each.number for each in found] == list(range(1, len(found) + 1)), "migrations have a gap"
    return found


def newest() -> int:
    """Return the number of this release's newest migration."""
    return known()[-1].number


def migrate(
    connection: Cursor, path: Path, *, reopen: Callable[[], Cursor], aside: Path, crash: Crash
) -> Cursor:
    """Bring a database to this release's tables and return the connection to go on with.

    One that holds events is closed and copied to `aside` first. Each step is a transaction of its own, and unless
    the database is new a checkpoint follows the last: DDL in a write-ahead log is DuckDB's weak spot.

    Raises CompanyTooNew, before anything is changed.
    """
    number, numbered = _state(connection)
    pending = known()[number:]
    if numbered and not pending:
        return connection
    if pending and number and _holds_events(connection):
        connection.close()
        _copy_aside(path, aside / f"before-migration-{pending[-1].number}", crash)
        connection = reopen()
    if not numbered:
        _begin_numbering(connection, known()[:number])
    for migration in pending:
        _apply(connection, migration, crash)
    if number:
        crash("before checkpoint")
        connection.execute("CHECKPOINT")
        crash("after checkpoint")
    return connection


def refuse_newer(connection: Cursor) -> None:
    """Raise CompanyTooNew when a later release has owned this database."""
    _state(connection)


def _state(connection: Cursor) -> tuple[int, bool]:
    """Return the number a database is at, and whether it says so itself."""
    tables = {
        name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
    }
    if "migration" not in tables:
        return (UNNUMBERED if "event" in tables else 0), False
    number = connection.execute("SELECT coalesce(max(number), 0) FROM migration").fetchall()[0][0]
    if number > newest():
        raise CompanyTooNew(number, newest())
    return number, True


def _holds_events(connection: Cursor) -> bool:
    return bool(connection.execute("SELECT 1 FROM event LIMIT 1").fetchall())


def _copy_aside(path: Path, target: Path, crash: Crash) -> None:
    """Copy the closed database; a copy that is whole already was made before a crash, and is the older one."""
    if target.exists():
        return
    unfinished = target.with_name(f"{target.name}.unfinished")
    with disk_told(unfinished):
        shutil.rmtree(unfinished, ignore_errors=True)
        make_folder(unfinished)
        crash("before copy")
        for each in path.parent.glob(f"{path.name}*"):
            shutil.copy2(each, unfinished / each.name)
        sync_folder(unfinished)
        unfinished.rename(target)
        sync_folder(target.parent)
    crash("after copy")


def _begin_numbering(connection: Cursor, held: tuple[Migration, ...]) -> None:
    connection.execute("BEGIN")
    connection.execute(CREATE)
    for migration in held:
        _note(connection, migration)
    connection.execute("COMMIT")


def _apply(connection: Cursor, migration: Migration, crash: Crash) -> None:
    connection.execute("BEGIN")
    connection.execute(migration.statements)
    crash("in migration")
    _note(connection, migration)
    connection.execute("COMMIT")
    crash("after migration")


def _note(connection: Cursor, migration: Migration) -> None:
    connection.execute("INSERT INTO migration VALUES (?, ?, now())", [migration.number, migration.name])
