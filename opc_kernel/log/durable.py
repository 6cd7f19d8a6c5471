"""The durable log: journal first, then DuckDB; opened, mended and checked as one thing."""

from __future__ import annotations

import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from opc_kernel.clock import Clock, SystemClock
from opc_kernel.event import Event, Registry, Write
from opc_kernel.log.append import Appended, Tail, check_expected, check_shape, encode_all, number, repeated
from opc_kernel.log.database import Database, Rows
from opc_kernel.log.errors import (
    DatabaseFailed,
    DatabaseUnreadable,
    DiskFull,
    ForkedLog,
    LogClosed,
    LogsDisagree,
    OutcomeUnknown,
)
from opc_kernel.log.journal import Crash, Journal, no_crash
from opc_kernel.log.lock import WAIT_S, FolderLock
from opc_kernel.log.read_model import ReadModel, ReadModels, View
from opc_kernel.log.sql_door import SqlDoor
from opc_kernel.log.verify import Verification, compare
from opc_kernel.telemetry import operation, warn

FREE_FLOOR_BYTES = 256 * 2**20
KNOWN_STREAMS = 100_000
MAX_ROWS = 200_000
TIMEOUT_S = 30.0
CATCH_UP_EVENTS = 50_000


class DurableLog:
    """The log of one company folder, held by this process until `close`.

    Thread-safe: appends take turns, questions run side by side on cursors of their own. `mended` says in plain
    words what opening had to put right.
    """

    def __init__(
        self,
        folder: Path,
        registry: Registry,
        *,
        read_models: Sequence[ReadModel] = (),
        views: Sequence[View] = (),
        clock: Clock | None = None,
        wait_s: float = WAIT_S,
        crash: Crash = no_crash,
        from_journal: bool = False,
    ) -> None:
        self._folder = folder
        self._registry = registry
        self._declared = (read_models, views)
        self._clock = clock or SystemClock()
        self._crash = crash
        self._pid = os.getpid()
        self._turn = threading.RLock()
        self._versions: OrderedDict[str, int] = OrderedDict()
        self._behind = False
        self.mended: tuple[str, ...] = ()
        self._lock: FolderLock | None = FolderLock(folder, wait_s=wait_s)
        try:
            self._open(from_journal=from_journal)
        except BaseException:
            self._lock.release()
            raise

    @property
    def company_id(self) -> str:
        """The id the company was given at its first opening."""
        return self._journal.company_id

    @property
    def tail(self) -> Tail:
        """Where the log ends."""
        return self._journal.tail

    def append(self, writes: Sequence[Write], *, expected: Mapping[str, int]) -> Appended:
        """See EventLog.append. The synced journal record is the commit; after it nothing is refused."""
        correlation_id = (writes[0].correlation_id or writes[0].event_id) if writes else None
        with operation("append", correlation_id=correlation_id, events=len(writes)) as line, self._turn:
            self._check_alive()
            check_shape(writes, expected)
            encoded = encode_all(writes, self._registry)
            self._complete()
            done = repeated(writes, encoded, self._database.stored([write.event_id for write in writes]))
            if done is None:
                done = self._commit(writes, encoded, expected)
            line["position"] = done.positions[-1]
            return done

    def read(self, *, after: int = 0, limit: int | None = None) -> Iterator[Event]:
        """See EventLog.read."""
        self._check_alive()
        self._complete()
        return self._database.events(after=after, limit=limit, table="event_now")

    def query(self, sql: str, /, **parameters: Any) -> Rows:  # noqa: ANN401 - SQL parameters are plain values of any kind
        """See Queryable.query; at most MAX_ROWS rows and TIMEOUT_S seconds."""
        self._check_alive()
        with operation("query"):
            self._catch_up()
            self._door.check(sql)
            return self._database.question(sql, parameters, max_rows=MAX_ROWS, timeout_s=TIMEOUT_S)

    def rebuild(self) -> None:
        """Fold every read model anew."""
        with operation("rebuild", position=self.tail.position), self._turn:
            self._check_alive()
            self._complete()
            self._read_models.rebuild(self.tail.position)

    def differences(self) -> dict[str, int]:
        """Compare live read models with their fold from nothing: rows that differ, by table."""
        with operation("rebuild --check", position=self.tail.position), self._turn:
            self._catch_up()
            return self._read_models.differences()

    def verify(self) -> Verification:
        """Compare journal, chain and database event by event."""
        with operation("verify", position=self.tail.position), self._turn:
            self._check_alive()
            self._complete()
            return compare(self._journal.inspect(), self._database.events())

    def unknown_types(self) -> dict[str, int]:
        """Return the stored event types nobody registered, with how often each occurs."""
        self._check_alive()
        return {kind: count for kind, count in self._database.types().items() if kind not in self._registry}

    def journal_files(self) -> list[tuple[Path, int]]:
        """Return each journal segment with the number of its bytes that are committed now."""
        with self._turn:
            self._check_alive()
            return self._journal.files()

    def close(self) -> None:
        """Close journal and database and let the folder go. Closing twice is fine."""
        with self._turn:
            if self._lock is None or os.getpid() != self._pid:
                return
            self._journal.close()
            self._database.close()
            self._lock.release()
            self._lock = None

    def __enter__(self) -> DurableLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _commit(
        self, writes: Sequence[Write], encoded: Sequence[bytes], expected: Mapping[str, int]
    ) -> Appended:
        versions = self._stream_versions(expected)
        check_expected(expected, versions)
        self._check_space()
        events = number(writes, encoded, self.tail, versions, self._clock.now().astimezone(UTC))
        try:
            self._journal.write(events)
        except OutcomeUnknown:
            self._abandon()
            raise
        for event in events:
            self._remember(event.stream, event.version)
        self._store(events)
        return Appended(positions=tuple(event.position for event in events))

    def _store(self, events: Sequence[Event]) -> None:
        """Put committed events into the database; if it fails they stay committed and are put in later."""
        try:
            self._crash("before database")
            self._database.insert(events)
            self._crash("after database")
        except DatabaseFailed as error:
            warn("database behind", position=self.tail.position, reason=error.reason)
            self._behind = True

    def _complete(self) -> None:
        """Open the database anew and complete it from the journal after it failed."""
        if not self._behind:
            return
        with self._turn:
            if self._behind:
                self._database.close()
                self._open_database()
                self._behind = False

    def _catch_up(self) -> None:
        self._complete()
        if self._read_models.position < self.tail.position:
            with self._turn:
                if self._read_models.position < self.tail.position:
                    self._read_models.catch_up(self.tail.position)

    def _open(self, *, from_journal: bool) -> None:
        with operation("open") as line:
            self._journal = Journal(self._folder / "journal", crash=self._crash)
            if from_journal:
                self._check_journal()
                self._set_aside(
                    "the database was moved to quarantine/ and rebuilt from the journal, as asked"
                )
            self._open_database()
            if self._journal.torn_bytes:
                self._mend(
                    f"an append that was never finished ({self._journal.torn_bytes} bytes) was moved to quarantine/"
                )
                self._journal.cut_torn(self._folder / "quarantine")
            line["position"] = self.tail.position

    def _open_database(self) -> None:
        try:
            self._database = Database(self._folder / "company.duckdb")
            tail, count = self._database.tail()
        except DatabaseUnreadable as error:
            warn("database set aside", reason=error.reason)
            self._set_aside(
                "the database could not be opened; it was moved to quarantine/ and rebuilt from the journal"
            )
            self._database = Database(self._folder / "company.duckdb")
            tail, count = Tail(), 0
        try:
            self._compare(tail, count)
            missing = self.tail.position - tail.position
            if missing:
                self._fill(tail.position)
                self._mend(f"{missing} events were put into the database from the journal")
            self._read_models = ReadModels(self._database, self._registry, *self._declared)
        except BaseException:
            self._database.close()
            raise
        self._door = SqlDoor(self._database)

    def _compare(self, tail: Tail, count: int) -> None:
        """Nothing is guessed: the database must be a prefix of the journal."""
        if count != tail.position:
            raise LogsDisagree(tail.position, f"the database holds {count} events up to it")
        if tail.position > self.tail.position:
            raise LogsDisagree(
                self.tail.position, f"the database goes on to {tail.position}, the journal ends here"
            )
        if tail.position == self.tail.position:
            expected = self.tail.chain_hash
        else:
            expected = (
                next(self._journal.read(tail.position - 1)).chain_hash if tail.position else tail.chain_hash
            )
        if tail.chain_hash != expected:
            raise LogsDisagree(tail.position, "their hashes differ")

    def _fill(self, after: int) -> None:
        batch: list[Event] = []
        for line in self._journal.read(after):
            batch.append(line)
            if len(batch) == CATCH_UP_EVENTS:
                self._database.insert(batch)
                batch = []
        if batch:
            self._database.insert(batch)

    def _set_aside(self, words: str) -> None:
        """Move the database to quarantine, whole: its write-ahead log is neither cut nor deleted."""
        aside = self._folder / "quarantine" / f"database-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        aside.mkdir(parents=True, exist_ok=True)
        for path in self._folder.glob("company.duckdb*"):
            shutil.move(path, aside / path.name)
        self._mend(words)

    def _check_journal(self) -> None:
        """Raise JournalDamaged unless every line is what was written."""
        for _ in self._journal.read():
            pass

    def _mend(self, words: str) -> None:
        self.mended = (*self.mended, words)

    def _abandon(self) -> None:
        """After an outcome nobody knows this object must not go on: the next opening reads what is stored."""
        self.close()

    def _stream_versions(self, streams: Mapping[str, int]) -> dict[str, int]:
        asked = [stream for stream in streams if stream not in self._versions]
        for stream, version in self._database.versions(asked).items():
            self._remember(stream, version)
        return {stream: self._versions[stream] for stream in streams}

    def _remember(self, stream: str, version: int) -> None:
        self._versions[stream] = version
        self._versions.move_to_end(stream)

    def _check_space(self) -> None:
        while len(self._versions) > 2 * KNOWN_STREAMS:
            self._versions.popitem(last=False)
        free = shutil.disk_usage(self._folder).free
        if free < FREE_FLOOR_BYTES:
            raise DiskFull(self._folder, free, FREE_FLOOR_BYTES)

    def _check_alive(self) -> None:
        if os.getpid() != self._pid:
            raise ForkedLog
        if self._lock is None:
            raise LogClosed
