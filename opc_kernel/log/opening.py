"""Opening: the database must be a prefix of the journal; what is missing is put in, what disagrees is shown."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from opc_kernel.event import Event
from opc_kernel.log.crash import Crash, no_crash
from opc_kernel.log.database import Database
from opc_kernel.log.errors import CompanyBusy, LogsDisagree
from opc_kernel.log.files import disk_told
from opc_kernel.log.journal import Journal, segment_paths
from opc_kernel.log.lock import STEP_S

DATABASE = "company.duckdb"
JOURNAL = "journal"
QUARANTINE = "quarantine"
CATCH_UP_EVENTS = 50_000


def open_journal(folder: Path, *, crash: Crash = no_crash) -> Journal:
    """Open the journal of a company folder, a new one in a new folder.

    Raises LogsDisagree when there is a database and no journal: an empty one would make everything in it disappear.
    """
    if (folder / DATABASE).exists() and not segment_paths(folder / JOURNAL):
        raise LogsDisagree(0, "there is a database, but no journal")
    with disk_told(folder / JOURNAL):
        return Journal(folder / JOURNAL, crash=crash)


def open_database(folder: Path, *, wait_s: float) -> Database:
    """Open the database of a company folder; one that another program holds is waited for.

    A killed process may let our lock go a moment before DuckDB's.
    """
    deadline = time.monotonic() + wait_s
    while True:
        try:
            return Database(folder / DATABASE, aside=folder / QUARANTINE)
        except CompanyBusy:
            if time.monotonic() >= deadline:
                raise
            time.sleep(STEP_S)


def complete(database: Database, journal: Journal) -> int:
    """Put what only the journal holds into the database and return how many events that were.

    Raises LogsDisagree, before anything is changed, when the database is not a prefix of the journal.
    """
    tail = database.tail
    if tail.position > journal.tail.position:
        raise LogsDisagree(
            journal.tail.position, f"the database goes on to {tail.position}, the journal ends here"
        )
    if tail.position == journal.tail.position:
        following: Iterator[Event] = iter(())
        known = journal.tail.chain_hash
    else:
        following = journal.read(max(0, tail.position - 1))
        known = next(following).chain_hash if tail.position else tail.chain_hash
    if tail.chain_hash != known:
        raise LogsDisagree(tail.position, "their hashes differ")
    while batch := list(islice(following, CATCH_UP_EVENTS)):
        database.insert(batch)
    return journal.tail.position - tail.position


def set_aside(folder: Path) -> None:
    """Move the database to quarantine, whole: its write-ahead log is neither cut nor deleted."""
    aside = folder / QUARANTINE / f"database-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    aside.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in folder.glob(f"{DATABASE}*"):
        shutil.move(path, aside / path.name)
