"""The door to DuckDB: opening with safe settings, the `event` table, and questions on a cursor each."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, LiteralString, TypeVar

import duckdb
import msgspec

from opc_kernel.event import Event
from opc_kernel.log import event_row
from opc_kernel.log.append import Stored, Tail
from opc_kernel.log.crash import Crash, no_crash
from opc_kernel.log.errors import (
    DatabaseFailed,
    LogError,
    QueryFailed,
)
from opc_kernel.log.failures import failure, not_opened, short_of_memory
from opc_kernel.log.inserting import BULK_ROWS, Passing, batches, insert_rows
from opc_kernel.log.migrating import migrate, refuse_newer
from opc_kernel.log.pending import Pending
from opc_kernel.log.questions import STOP_STEP_S, STOP_WAIT_S, Questions
from opc_kernel.log.rows import Rows
from opc_kernel.sql import load_sql

FEW = 64
"""Up to this many keys are named one by one in a statement, which then uses their index; more are joined."""
LOOK_UP_ROWS = 20_000
MEMORY_SHARE = 0.5
LEAST_MEMORY_MIB = 1024
"""Below this one greedy question makes appends fail."""
BEFORE_ALL = -(2**63)
"""Reading after this position shows rows that should not be there, too."""

Cursor = duckdb.DuckDBPyConnection
"""What statements of ours run on."""

Answer = TypeVar("Answer")

DUCKDB = "2.0.0"
"""The one release this was tried with: older ones lose rows on a full disk or keep a wrong index after a kill."""
CHECKPOINT_AT = "64MB"
"""A checkpoint costs as much as the insert before it; replaying this much after a crash takes half a second."""

EXPORTS = "exports"
"""The one folder beside its own files that DuckDB may touch; the SQL door lets no statement through that would."""
SETTINGS = ("SET TimeZone = 'UTC'", "SET enable_external_access = false", "SET lock_configuration = true")
STOPPED = "it was stopped because an append needed the memory, or the company was closed."
CLOSED = "it was closed."


class Database:
    """A DuckDB file with an `event` table. One process, one object; every question runs on a cursor of its own.

    Opening brings it to this release's tables; the one from before is kept in `aside`. Raises CompanyTooNew.
    `failed` keeps the first failure that has nothing to do with a question: from then on this object is of no use.
    """

    def __init__(
        self, path: Path, *, read_only: bool = False, aside: Path | None = None, crash: Crash = no_crash
    ) -> None:
        self.failed: DatabaseFailed | None = None
        self._questions = Questions()
        self._pending = Pending(self._insert_now)
        self._connection = _connect(path, read_only=read_only)
        try:
            if read_only:
                refuse_newer(self._connection)
            else:
                self._migrate(path, aside or path.parent, crash)
            self.tail, self.count = self._tail()
        except duckdb.Error as error:
            self._connection.close()
            raise not_opened(path, error) from error
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Stop the questions under way and close the file; DuckDB writes a checkpoint. Closing twice is fine.

        What still waits goes in if that is possible; if not, the next opening takes it from the journal.
        """
        if self.failed is None:
            with suppress(LogError):
                self._pending.flush()
        self._pending.drop()
        self.failed = self.failed or DatabaseFailed(CLOSED)  # who comes now waits until it is opened anew
        deadline = time.monotonic() + STOP_WAIT_S
        while True:
            self._questions.interrupt()
            try:
                self._connection.close()
            except duckdb.Error as error:
                if time.monotonic() > deadline:
                    raise self._failure(error) from error
                time.sleep(STOP_STEP_S)
            else:
                return

    def look_up(
        self, event_ids: Sequence[str], streams: Sequence[str]
    ) -> tuple[dict[str, int], dict[str, int]]:
        """Return the positions of those of the ids that are stored, and each stream's version, 0 for a new one."""
        waiting = {event_id: each.position for event_id, each in self._pending.stored(event_ids).items()}
        newer = self._pending.versions(streams)
        if len(event_ids) + len(streams) <= FEW:
            taken, versions = self._look_up_few(event_ids, streams)
        else:
            taken = dict(self._by_key("event_id, position", "event_id", event_ids))
            versions = dict(self._by_key("stream, max(version)", "stream", streams, "GROUP BY stream"))
        return taken | waiting, {**dict.fromkeys(streams, 0), **versions, **newer}

    def stored(self, event_ids: Sequence[str]) -> dict[str, Stored]:
        """Return what is known of those of the ids that are stored."""
        self._pending.flush()
        rows = self._by_key("event_id, position, stream, type, salt, data_hash", "event_id", event_ids)
        return {
            event_id: Stored(position=position, stream=stream, type=kind, salt=salt, data_hash=digest)
            for event_id, position, stream, kind, salt, digest in rows
        }

    def insert(self, events: Sequence[Event]) -> None:
        """Add events that the journal holds, all or none."""
        self._pending.flush()
        self._insert_now(events)
        self.tail = Tail(position=events[-1].position, chain_hash=events[-1].chain_hash)

    def _insert_now(self, events: Sequence[Event]) -> None:
        if len(events) == 1:
            insert = load_sql("opc_kernel.log", "insert_event")
            self._with_room(
                lambda: self._rows(self._connection.cursor(), insert, event_row.values(events[0]))
            )
        else:
            self._with_room(lambda: self._insert_batches(batches(events)))

    @contextmanager
    def inserting(self, events: Iterable[Event], count: int) -> Iterator[Iterable[Event]]:
        """Pass events on to the block, which writes them into the journal, and add them.

        They are added after the block, or not at all: many at once, few together with others, before anybody asks.
        Raises DatabaseFailed or QueryFailed only after it.
        """
        if count < BULK_ROWS:
            few = list(events)
            yield few
            self.tail = Tail(position=few[-1].position, chain_hash=few[-1].chain_hash)
            self._pending.add(few)
            return
        passing = Passing(events)
        with ThreadPoolExecutor(max_workers=1) as beside:
            inserted = beside.submit(self._insert_after_pending, passing.batches())
            with passing.taken():
                yield passing
            try:
                inserted.result()
            except QueryFailed:
                self.insert(passing.passed)  # memory was short: once more, with room made for it
        last = passing.passed[-1]
        self.tail = Tail(position=last.position, chain_hash=last.chain_hash)

    def events(
        self, *, after: int = 0, limit: int | None = None, table: str = "event", cursor: Cursor | None = None
    ) -> Iterator[Event]:
        """Yield events after a position, in order; with a cursor as its snapshot shows them."""
        bound = "" if limit is None else f" LIMIT {limit:d}"
        select = f"SELECT {event_row.COLUMNS} FROM {table} WHERE position > ? ORDER BY position{bound}"
        self._pending.flush()
        try:
            cursor = cursor or self._cursor()
            cursor.execute(select, [after])
            while rows := cursor.fetchmany(LOOK_UP_ROWS):
                yield from map(event_row.event, rows)
        except duckdb.Error as error:
            raise self._failure(error) from error

    @contextmanager
    def snapshot(self) -> Iterator[Cursor]:
        """Give a cursor that goes on seeing what there is now."""
        self._pending.flush()
        try:
            cursor = self._cursor()
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM event LIMIT 1").fetchall()  # only now it begins
        except duckdb.Error as error:
            raise self._failure(error) from error
        try:
            yield cursor
        finally:
            _roll_back(cursor)

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """Run statements of ours all or none."""
        self._pending.flush()
        with self._transaction() as cursor:
            yield cursor

    @contextmanager
    def _transaction(self) -> Iterator[Cursor]:
        try:
            cursor = self._cursor()
            cursor.execute("BEGIN")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                _roll_back(cursor)
                raise
        except duckdb.Error as error:
            raise self._failure(error) from error

    def question(self, sql: str, parameters: Mapping[str, Any], *, max_rows: int, timeout_s: float) -> Rows:
        """Answer one SELECT within limits of rows and seconds; long ones are answered one at a time.

        Raises QueryFailed for a question that can't be answered, DatabaseFailed when the database itself fails.
        """
        self._pending.flush()
        answer = self._run(sql, parameters, max_rows, timeout_s, heavy=False)
        if answer is None:
            answer = self._run(sql, parameters, max_rows, timeout_s, heavy=True)
            assert answer is not None, "whoever has the turn is not postponed"
        return answer

    def _run(
        self, sql: str, parameters: Mapping[str, Any], max_rows: int, timeout_s: float, *, heavy: bool
    ) -> Rows | None:
        """Return the answer, None when it must wait for another long one."""
        cursor = self._cursor()
        try:
            with self._questions.watched(cursor, heavy=heavy, timeout_s=timeout_s) as watch:
                cursor.execute(sql, dict(parameters) or None)
                rows = cursor.fetchmany(max_rows + 1)
                description = cursor.description or []
        except TimeoutError as error:
            raise QueryFailed(f"other long questions took the {timeout_s:g} s before it.") from error
        except duckdb.InterruptException as error:
            if watch.postponed:
                return None
            if self.failed is not None and not watch.expired:
                raise self.failed from error
            raise QueryFailed(
                f"it took longer than {timeout_s:g} s." if watch.expired else STOPPED
            ) from error
        except duckdb.Error as error:
            raise self._failure(error) from error
        except OverflowError as error:
            raise QueryFailed("it has an interval that is too long to be handed out.") from error
        if len(rows) > max_rows:
            raise QueryFailed(f"it has more than {max_rows:,} rows; add a LIMIT or a narrower WHERE.")
        return Rows(
            columns=tuple(c[0] for c in description), types=tuple(str(c[1]) for c in description), rows=rows
        )

    def syntax_tree(self, sql: str) -> dict[str, Any]:
        """Return DuckDB's own parse of a statement; it knows only SELECT."""
        tree: dict[str, Any] = msgspec.json.decode(
            self._ask("SELECT json_serialize_sql(?::VARCHAR)", [sql])[0][0]
        )
        return tree

    def types(self) -> dict[str, int]:
        """Return how many events there are of each type."""
        return dict(self._ask("SELECT type, count(*) FROM event GROUP BY type ORDER BY type"))

    def has_erased(self) -> bool:
        """Whether the data of any event was erased."""
        return bool(self._ask("SELECT count(*) > 0 FROM event WHERE data IS NULL")[0][0])

    def erased_streams(self, streams: Sequence[str]) -> frozenset[str]:
        """Return those of some streams whose beginning was erased."""
        self._pending.flush()
        rows = self._by_key("stream", "stream", streams, "AND version = 1 AND data IS NULL")
        return frozenset(stream for (stream,) in rows)

    def functions(self) -> frozenset[str]:
        """Return the names of all scalar, aggregate, window and macro functions there are."""
        rows = self._ask(
            "SELECT DISTINCT function_name FROM duckdb_functions() "
            "WHERE function_type IN ('scalar', 'aggregate', 'macro', 'window')"
        )
        return frozenset(name for (name,) in rows)

    def tables(self) -> frozenset[str]:
        """Return the names of our tables and views."""
        rows = self._ask("SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'")
        return frozenset(name for (name,) in rows)

    def system_tables(self) -> frozenset[str]:
        """Return the names of DuckDB's own views."""
        rows = self._ask("SELECT view_name FROM duckdb_views() WHERE internal")
        return frozenset(name for (name,) in rows)

    def _look_up_few(
        self, event_ids: Sequence[str], streams: Sequence[str]
    ) -> tuple[dict[str, int], dict[str, int]]:
        """Ask for ids and streams at once: planning takes most of the time, and max() would add a third to it."""
        statement = f"SELECT true, event_id, position FROM event WHERE event_id IN ({_marks(event_ids)})"
        if streams:
            versions_of = f"SELECT false, stream, version FROM event WHERE stream IN ({_marks(streams)})"
            statement = f"{statement} UNION ALL {versions_of}"
        taken: dict[str, int] = {}
        versions = dict.fromkeys(streams, 0)
        for is_id, key, number in self._ask_in_turn(statement, [*event_ids, *streams]):
            found = taken if is_id else versions
            found[key] = max(found.get(key, 0), number)
        return taken, versions

    def _migrate(self, path: Path, aside: Path, crash: Crash) -> None:
        self._connection = migrate(
            self._connection,
            path,
            reopen=lambda: _connect(path, read_only=False),
            aside=aside,
            crash=crash,
        )

    def _tail(self) -> tuple[Tail, int]:
        """Return the last event's position and hash, and how many events there are."""
        rows = self._connection.execute(
            "SELECT position, chain_hash, (SELECT count(*) FROM event) FROM event ORDER BY position DESC LIMIT 1"
        ).fetchall()
        return (Tail(position=rows[0][0], chain_hash=rows[0][1]), rows[0][2]) if rows else (Tail(), 0)

    def _by_key(
        self, columns: LiteralString, key: LiteralString, keys: Sequence[str], tail: LiteralString = ""
    ) -> list[tuple[Any, ...]]:
        if not keys:
            return []
        if len(keys) <= FEW:
            among = f"{key} IN ({_marks(keys)})"
            return self._ask_in_turn(f"SELECT {columns} FROM event WHERE {among} {tail}", keys)
        statement = f"SELECT {columns} FROM event WHERE {key} IN (SELECT unnest(?::VARCHAR[])) {tail}"
        return [
            row
            for start in range(0, len(keys), LOOK_UP_ROWS)
            for row in self._ask_in_turn(statement, [list(keys[start : start + LOOK_UP_ROWS])])
        ]

    def _insert_after_pending(self, every: Iterable[Sequence[Event]]) -> None:
        # beside the journal, never before it: what fails here keeps nothing from being stored
        self._pending.flush()
        self._insert_batches(every)

    def _insert_batches(self, every: Iterable[Sequence[Event]]) -> None:
        with self._transaction() as cursor:
            for batch in every:
                insert_rows(cursor, batch)

    def _ask(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement of ours on a cursor of its own."""
        self._pending.flush()
        return self._with_room(lambda: self._rows(self._cursor(), sql, parameters))

    def _ask_in_turn(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run a statement of an append: appends take turns, so one cursor serves them all, and faster."""
        return self._with_room(lambda: self._rows(self._connection, sql, parameters))

    def _cursor(self) -> Cursor:
        """Return a cursor; another thread may just have closed the database to open it anew."""
        try:
            return self._connection.cursor()
        except duckdb.Error as error:
            raise self._failure(error) from error

    def _rows(self, cursor: Cursor, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        try:
            return cursor.execute(sql, parameters).fetchall()
        except duckdb.Error as error:
            raise self._failure(error) from error

    def _with_room(self, statement: Callable[[], Answer]) -> Answer:
        """Run a statement of ours; when memory is short, once more after the questions under way were stopped."""
        try:
            return statement()
        except QueryFailed as error:
            if not short_of_memory(error):
                raise
        self._questions.stop_all()
        return statement()

    def _failure(self, error: duckdb.Error) -> LogError:
        """Say what an error means, and remember the first that makes this object useless."""
        failed = failure(error)
        if isinstance(failed, DatabaseFailed):
            self.failed = self.failed or failed
        return failed


def _marks(keys: Sequence[str]) -> str:
    return ", ".join("?" * len(keys))


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    memory_mib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20
    limit_mib = max(LEAST_MEMORY_MIB, int(MEMORY_SHARE * memory_mib))
    try:
        connection = duckdb.connect(
            str(path),
            read_only=read_only,
            config={
                "memory_limit": f"{limit_mib}MiB",
                "temp_directory": str(path.parent / ".duckdb-temporary"),
                "wal_autocheckpoint": CHECKPOINT_AT,
                "python_enable_replacements": "false",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "allow_community_extensions": "false",
            },
        )
        exports = str(path.absolute().parent / EXPORTS).replace("'", "''")
        connection.execute(f"SET allowed_directories = ['{exports}']")
        for setting in SETTINGS:
            connection.execute(setting)
    except duckdb.Error as error:
        raise not_opened(path, error) from error
    return connection


def _roll_back(cursor: Cursor) -> None:
    """After an error DuckDB's COMMIT would answer without an error and store nothing."""
    try:
        cursor.execute("ROLLBACK")
    except duckdb.Error:
        return  # a FATAL error has ended the transaction with the database
