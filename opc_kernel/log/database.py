"""The one door to DuckDB: opening with safe settings, the `event` table, and questions on a cursor each."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, LiteralString

import duckdb
import msgspec

from opc_kernel.event import Event
from opc_kernel.log.append import Stored, Tail
from opc_kernel.log.errors import CompanyBusy, DatabaseFailed, DatabaseUnreadable, LogError, QueryFailed

BULK_ROWS = 500
"""From this many rows on an insert goes through numpy columns; below, importing numpy costs more than it saves."""
FEW = 8
"""Up to this many keys are looked up one by one through their index."""
LOOK_UP_ROWS = 20_000
INSERT_ROWS = 50_000

SETTINGS = ("SET TimeZone = 'UTC'", "SET enable_external_access = false", "SET lock_configuration = true")
LOCKED = "Could not set lock"
UNREADABLE = (
    "orrupt",
    "checksum",
    "WAL",
    "not a valid DuckDB",
    "erialization",
    "version number",
    "deserialize",
    "metadata",
)

COLUMNS = (
    "position, stream, version, event_id, type, schema_version, source, source_id, actor, consent, "
    "correlation_id, causation_id, epoch_us(occurred_at), epoch_us(recorded_at), data_hash, chain_hash, salt, data"
)
QUESTION_ERRORS = (
    duckdb.ParserException,
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.OutOfRangeException,
    duckdb.PermissionException,
    duckdb.NotImplementedException,
    duckdb.InterruptException,
    duckdb.OutOfMemoryException,
    duckdb.SyntaxException,
    duckdb.TypeMismatchException,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The answer to a question: column names, their SQL types, and rows with Python values (money as Decimal)."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def dicts(self) -> list[dict[str, Any]]:
        """Return each row as a dictionary."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def one(self) -> dict[str, Any] | None:
        """Return the only row, or None when there is none."""
        assert len(self.rows) <= 1, f"expected one row, got {len(self.rows)}"
        return self.dicts()[0] if self.rows else None


@lru_cache(maxsize=256)
def load_sql(package: str, name: str) -> str:
    """Return the statement in `package/sql/name.sql`."""
    return files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


class Database:
    """A DuckDB file with an `event` table. One process, one object; every question runs on a cursor of its own."""

    def __init__(self, path: Path) -> None:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
        try:
            self._connection = duckdb.connect(
                str(path),
                config={
                    "memory_limit": f"{memory // 2**20}MiB",
                    "temp_directory": str(path.parent / ".duckdb-temporary"),
                    "python_enable_replacements": "false",
                    "autoinstall_known_extensions": "false",
                    "autoload_known_extensions": "false",
                    "allow_community_extensions": "false",
                },
            )
            for setting in SETTINGS:
                self._connection.execute(setting)
            self._connection.execute(load_sql("opc_kernel.log", "create_event"))
        except duckdb.Error as error:
            raise _not_opened(path, str(error)) from error

    def close(self) -> None:
        """Close the file; DuckDB writes a checkpoint."""
        self._connection.close()

    def tail(self) -> tuple[Tail, int]:
        """Return the last event's position and hash, and how many events there are."""
        rows = self._ask(
            "SELECT position, chain_hash, (SELECT count(*) FROM event) FROM event ORDER BY position DESC LIMIT 1"
        )
        return (Tail(position=rows[0][0], chain_hash=rows[0][1]), rows[0][2]) if rows else (Tail(), 0)

    def chain_hash_at(self, position: int) -> str | None:
        """Return the stored hash of one event."""
        rows = self._ask("SELECT chain_hash FROM event WHERE position = ?", [position])
        return rows[0][0] if rows else None

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """Return each stream's version, 0 for one without events."""
        return {
            **dict.fromkeys(streams, 0),
            **dict(self._by_key("stream, max(version)", "stream", streams, "GROUP BY stream")),
        }

    def stored(self, event_ids: Sequence[str]) -> dict[str, Stored]:
        """Return what is known of those of the ids that are stored."""
        rows = self._by_key("event_id, position, stream, type, salt, data_hash", "event_id", event_ids)
        return {
            event_id: Stored(position=position, stream=stream, type=kind, salt=salt, data_hash=digest)
            for event_id, position, stream, kind, salt, digest in rows
        }

    def insert(self, events: Sequence[Event]) -> None:
        """Add events that the journal holds, all or none."""
        with self.transaction() as cursor:
            for start in range(0, len(events), INSERT_ROWS):
                _insert(cursor, events[start : start + INSERT_ROWS])

    def events(self, *, after: int = 0, limit: int | None = None, table: str = "event") -> Iterator[Event]:
        """Yield events after a position, in order."""
        cursor = self._connection.cursor()
        bound = "" if limit is None else f" LIMIT {limit:d}"
        try:
            cursor.execute(
                f"SELECT {COLUMNS} FROM {table} WHERE position > ? ORDER BY position{bound}", [after]
            )
            while rows := cursor.fetchmany(LOOK_UP_ROWS):
                yield from map(_event, rows)
        except duckdb.Error as error:
            raise DatabaseFailed(str(error)) from error

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Run statements of ours all or none."""
        cursor = self._connection.cursor()
        try:
            cursor.execute("BEGIN")
            yield cursor
            cursor.execute("COMMIT")
        except duckdb.Error as error:
            _roll_back(cursor)
            raise DatabaseFailed(str(error)) from error
        except BaseException:
            _roll_back(cursor)
            raise

    def question(self, sql: str, parameters: Mapping[str, Any], *, max_rows: int, timeout_s: float) -> Rows:
        """Answer one SELECT within limits of rows and seconds.

        Raises QueryFailed for a question that can't be answered, DatabaseFailed when the database itself fails.
        """
        cursor = self._connection.cursor()
        timer = threading.Timer(timeout_s, cursor.interrupt)
        timer.daemon = True
        timer.start()
        try:
            cursor.execute(sql, dict(parameters) or None)
            rows = cursor.fetchmany(max_rows + 1)
        except QUESTION_ERRORS as error:
            reason = (
                f"it took longer than {timeout_s:g} s."
                if isinstance(error, duckdb.InterruptException)
                else str(error)
            )
            raise QueryFailed(reason) from error
        except duckdb.Error as error:
            raise DatabaseFailed(str(error)) from error
        finally:
            timer.cancel()
            timer.join()  # it holds the cursor: a thread that lets go of it while Python ends aborts the process
        if len(rows) > max_rows:
            raise QueryFailed(f"it has more than {max_rows:,} rows; add a LIMIT or a narrower WHERE.")
        description = cursor.description or []
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

    def functions(self) -> frozenset[str]:
        """Return the names of all scalar, aggregate and macro functions there are."""
        rows = self._ask(
            "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate', 'macro')"
        )
        return frozenset(name for (name,) in rows)

    def tables(self) -> frozenset[str]:
        """Return the names of our tables and views."""
        rows = self._ask("SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'")
        return frozenset(name for (name,) in rows)

    def _by_key(
        self, columns: LiteralString, key: LiteralString, keys: Sequence[str], tail: LiteralString = ""
    ) -> list[tuple[Any, ...]]:
        if len(keys) <= FEW:
            statement = f"SELECT {columns} FROM event WHERE {key} = ? {tail}"
            return [row for each in keys for row in self._ask(statement, [each])]
        statement = f"SELECT {columns} FROM event WHERE {key} IN (SELECT unnest(?::VARCHAR[])) {tail}"
        return [
            row
            for start in range(0, len(keys), LOOK_UP_ROWS)
            for row in self._ask(statement, [list(keys[start : start + LOOK_UP_ROWS])])
        ]

    def _ask(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.cursor().execute(sql, list(parameters)).fetchall()
        except duckdb.Error as error:
            raise DatabaseFailed(str(error)) from error


def _not_opened(path: Path, reason: str) -> LogError:
    """Tell a file that another program holds, one whose bytes are damaged and a failing disk apart."""
    if LOCKED in reason:
        return CompanyBusy(
            path.parent, "another program that has opened company.duckdb, such as the DuckDB shell"
        )
    return (
        DatabaseUnreadable(reason) if any(word in reason for word in UNREADABLE) else DatabaseFailed(reason)
    )


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    """After an error DuckDB's COMMIT would answer without an error and store nothing."""
    try:
        cursor.execute("ROLLBACK")
    except duckdb.Error:
        return  # a FATAL error has ended the transaction with the database


def _insert(cursor: duckdb.DuckDBPyConnection, events: Sequence[Event]) -> None:
    columns = list(zip(*map(_row, events), strict=True))
    if len(events) < BULK_ROWS:
        cursor.execute(load_sql("opc_kernel.log", "insert_event"), [list(column) for column in columns])
        return
    import numpy as np

    names = [name.strip().removeprefix("epoch_us(").removesuffix(")") for name in COLUMNS.split(",")]
    numbers = {"position", "version", "schema_version", "occurred_at", "recorded_at"}
    cursor.register(
        "incoming",
        {
            name: np.array(column, dtype=np.int64 if name in numbers else object)
            for name, column in zip(names, columns, strict=True)
        },
    )
    cursor.execute(load_sql("opc_kernel.log", "insert_event_bulk"))
    cursor.unregister("incoming")


def _row(event: Event) -> tuple[Any, ...]:
    return (
        event.position,
        event.stream,
        event.version,
        event.event_id,
        event.type,
        event.schema_version,
        event.source,
        event.source_id,
        event.actor,
        event.consent,
        event.correlation_id,
        event.causation_id,
        _microseconds(event.occurred_at),
        _microseconds(event.recorded_at),
        event.data_hash,
        event.chain_hash,
        event.salt,
        event.text,
    )


def _event(row: tuple[Any, ...]) -> Event:
    data = row[17]
    return Event(
        position=row[0],
        stream=row[1],
        version=row[2],
        event_id=row[3],
        type=row[4],
        schema_version=row[5],
        source=row[6],
        source_id=row[7],
        actor=row[8],
        consent=row[9],
        correlation_id=row[10],
        causation_id=row[11],
        occurred_at=_instant(row[12]),
        recorded_at=_instant(row[13]),
        data_hash=row[14],
        chain_hash=row[15],
        salt=row[16],
        data=msgspec.Raw(b"null" if data is None else data.encode()),
    )


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _microseconds(instant: datetime) -> int:
    delta = instant - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _instant(microseconds: int) -> datetime:
    seconds, rest = divmod(microseconds, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
