"""The durable log: journal first, then DuckDB; opened, mended and checked as one thing."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import ExitStack
from datetime import UTC
from itertools import chain, islice
from pathlib import Path
from typing import Any

from opc_kernel.clock import Clock, SystemClock
from opc_kernel.event import Event, Registry, Write
from opc_kernel.log.append import Appended, Draft, Stored, Tail, draft, number
from opc_kernel.log.crash import Crash, no_crash
from opc_kernel.log.database import BEFORE_ALL, STOPPED
from opc_kernel.log.erase import Order, begin, finish
from opc_kernel.log.errors import (
    DatabaseFailed,
    DatabaseUnreadable,
    DiskFull,
    ForkedLog,
    JournalUnwritable,
    LogClosed,
    LogsDisagree,
    OutcomeUnknown,
    QueryFailed,
    RowsTaken,
)
from opc_kernel.log.export import NOW_AT, Export, Form, Stamp, fresh_path, write_export
from opc_kernel.log.group import Line, Waiting, is_new, judge
from opc_kernel.log.inspection import inspect
from opc_kernel.log.lock import WAIT_S, FolderLock
from opc_kernel.log.opening import QUARANTINE, complete, open_database, open_journal, set_aside
from opc_kernel.log.place import refuse_foreign, take_place
from opc_kernel.log.read_model import ReadModel, ReadModels, View
from opc_kernel.log.rows import Rows
from opc_kernel.log.sql_door import SqlDoor
from opc_kernel.log.verify import Verification, compare
from opc_kernel.telemetry import operation, warn

FREE_FLOOR_BYTES = 256 * 2**20
BYTES_ON_DISK = 4
"""How many bytes a byte of data takes until it rests: in the journal, write-ahead log, table and checkpoint."""
KNOWN_STREAMS = 100_000
MAX_ROWS = 200_000
TIMEOUT_S = 30.0
TRIES = 4
"""So often is a question asked of a database that fails, or is made anew, meanwhile."""
EVENT_NOW = "event_now"
"""The view that shows each event in its type's present schema."""


class DurableLog:
    """The log of one company folder, held by this process until `close`.

    Thread-safe: appends that wait for each other are committed together, questions run side by side on cursors of
    their own. `mended` says in plain
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
        self._wait_s = wait_s
        self._pid = os.getpid()
        self._turn = threading.RLock()
        self._line = Line()
        self._versions: dict[str, int] = {}
        self.mended: tuple[str, ...] = ()
        self.displaced: str | None = None
        """Why nobody can say that this folder is the company and no copy of it; effects are held until it is told."""
        self._lock: FolderLock | None = FolderLock(folder, wait_s=wait_s)
        with ExitStack() as undo:
            undo.callback(self._lock.release)
            self._open(undo, from_journal=from_journal)
            undo.pop_all()

    @property
    def company_id(self) -> str:
        """The company's id; a copy that goes on beside the first has one of its own."""
        return self._journal.company_id

    @property
    def tail(self) -> Tail:
        """Where the log ends."""
        return self._journal.tail

    @property
    def closed(self) -> bool:
        """Whether it was closed, by its owner or because the disk failed."""
        return self._lock is None

    @property
    def in_place(self) -> bool:
        """Whether the folder still lies where it was opened."""
        return self._lock is not None and self._lock.in_place

    def append(self, writes: Iterable[Write], *, expected: Mapping[str, int]) -> Appended:
        """See EventLog.append. The synced journal record is the commit; after it nothing is refused."""
        pending = iter(writes)
        first = list(islice(pending, 1))
        with operation("append", correlation_id=_story(first)) as line:
            drafts = draft(chain(first, pending), expected, self._registry)
            done = self._in_turn(Waiting(drafts, expected))
            line |= {"events": len(drafts), "position": done.positions[-1], "repeated": done.repeated}
            return done

    def read(self, *, after: int = 0, limit: int | None = None) -> Iterator[Event]:
        """See EventLog.read."""
        self._check_alive()
        self._mend_database()
        return self._events(after, limit)

    def query(self, sql: str, /, **parameters: Any) -> Rows:  # noqa: ANN401 - SQL parameters are plain values of any kind
        """See Queryable.query; at most MAX_ROWS rows and TIMEOUT_S seconds."""
        with operation("query"):
            for _ in range(TRIES - 1):
                try:
                    return self._answer(sql, parameters)
                except DatabaseFailed as failure:  # once more, on a database opened anew
                    if self.closed:
                        raise QueryFailed(STOPPED) from failure
            return self._answer(sql, parameters)

    def rebuild(self) -> None:
        """Fold every read model anew."""
        with operation("rebuild", position=self.tail.position), self._turn:
            self._check_alive()
            self._mend_database()
            self._read_models.rebuild(self.tail.position)

    def remake(self) -> None:
        """Set the database aside and make it anew from the journal; questions wait meanwhile."""
        with operation("remake", position=self.tail.position), self._turn:
            self._check_alive()
            self._check_journal()
            self._database.close()
            self._set_aside("is rebuilt as asked")
            self._open_database()

    def erase(self, chosen: Callable[[], Order]) -> Order:
        """Take the data of some events out of every file, see opc_kernel.log.erase; everybody else waits meanwhile.

        `chosen` says what shall go when nobody can append any more; what it raises erases nothing. When a step fails
        the log is closed, and the next opening goes on.
        """
        with operation("erase") as line, self._turn:
            self._check_alive()
            self._mend_database()
            self._check_journal()
            order = chosen()
            line["events"] = len(order.events)
            try:
                self._carry_out(order)
            except BaseException:
                self.close()
                raise
            return order

    def export(self, form: Form) -> Export:
        """Write every event as it is stored, or the whole database, as of one position; appends go on meanwhile."""
        with operation("export", form=form) as line:
            path = fresh_path(self._folder)
            with ExitStack() as copying:
                with self._turn:  # events and read models at the same position
                    self._catch_up()
                    cursor = copying.enter_context(self._database.transaction())
                    position, name = cursor.execute(NOW_AT).fetchall()[0]
                line["position"] = position
                stamp = Stamp(position=position, made_at=self._clock.now(), company=self.company_id)
                write_export(cursor, name, path, form, stamp)
            return Export(path=path, form=form, position=position)

    def differences(self) -> dict[str, int]:
        """Compare live read models with their fold from nothing: rows that differ, by table."""
        with operation("rebuild --check", position=self.tail.position), self._turn:
            self._catch_up()
            return self._read_models.differences()

    def verify(self) -> Verification:
        """Compare journal, chain and database event by event, as of one position; appends go on meanwhile."""
        with operation("verify", position=self.tail.position), ExitStack() as reading:
            with self._turn:
                self._check_alive()
                self._mend_database()
                journal, segments = self._journal, list(self._journal.segments_after(0))
                cursor = reading.enter_context(self._database.snapshot())
            found = compare(inspect(segments), self._database.events(after=BEFORE_ALL, cursor=cursor))
        return found if journal is self._journal else self.verify()  # an erasure rewrote what we read

    def unknown_types(self) -> dict[str, int]:
        """Return the stored event types nobody registered, with how often each occurs."""
        self._check_alive()
        self._mend_database()
        return {kind: count for kind, count in self._database.types().items() if kind not in self._registry}

    def journal_files(self) -> list[tuple[Path, int]]:
        """Return each journal segment with the number of its bytes that are committed now."""
        with self._turn:
            self._check_alive()
            return list(self._journal.segments_after(0))

    def close(self) -> None:
        """Close journal and database and let the folder go. Closing twice is fine."""
        with self._turn:
            if self._lock is None or os.getpid() != self._pid:
                return
            with ExitStack() as closing:
                closing.callback(self._lock.release)
                closing.callback(self._database.close)
                closing.callback(self._journal.close)
                self._lock = None

    def __enter__(self) -> DurableLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _in_turn(self, mine: Waiting) -> Appended:
        """Wait until somebody has served us, or serve everybody who waits."""
        with self._line.turn(mine):
            if mine.leads:
                with self._turn:
                    self._check_alive()
                    self._mend_database()
                    self._serve(self._line.group())
        return mine.answer()

    def _serve(self, group: Sequence[Waiting]) -> None:
        """Judge some appends and commit what passes. Whoever is not settled by this is judged again."""
        stored, versions = self._look_up(group)
        drafts, verdicts = judge(group, stored, versions, self.tail.position, erased=self._erased(group))
        try:
            if drafts:
                self._commit(drafts)
        except (DiskFull, JournalUnwritable, OutcomeUnknown) as error:
            verdicts = [(one, error) for one, verdict in verdicts if is_new(verdict)]
        for one, verdict in verdicts:
            one.settle(verdict)

    def _look_up(self, group: Sequence[Waiting]) -> tuple[Mapping[str, Stored], MutableMapping[str, int]]:
        """Return what is stored of the events of some appends, and the versions of their streams."""
        if len(self._versions) > KNOWN_STREAMS:
            self._versions.clear()
        unknown = {stream for one in group for stream in one.expected if stream not in self._versions}
        event_ids = [each.event_id for one in group for each in one.drafts]
        taken, versions = self._database.look_up(event_ids, list(unknown))
        self._versions |= versions
        return self._database.stored(list(taken)) if taken else {}, self._versions

    def _erased(self, group: Sequence[Waiting]) -> frozenset[str]:
        """Return those streams of some appends whose data was erased."""
        if not self._read_models.has_erased:
            return frozenset()
        return self._database.erased_streams([*{stream for one in group for stream in one.expected}])

    def _commit(self, drafts: Sequence[Draft]) -> None:
        self._check_space(drafts)
        try:
            self._store(drafts)
        except OutcomeUnknown:
            self.close()  # this object must not go on: the next opening reads what is stored
            raise
        except BaseException:
            self._versions.clear()  # an interrupt may have come on either side of the commit
            raise

    def _store(self, drafts: Sequence[Draft]) -> None:
        """Commit events. If the database fails they stay committed, and are put in before the next answer."""
        events = number(drafts, self.tail, self._versions, self._clock.now().astimezone(UTC))
        try:
            with self._database.inserting(events, len(drafts)) as passing:
                self._journal.write(passing)
                self._crash("before database")
            self._crash("after database")
        except (DatabaseFailed, QueryFailed) as error:
            warn("database behind", reason=type(error.__cause__).__name__, position=self.tail.position)

    def _events(self, after: int, limit: int | None) -> Iterator[Event]:
        """Read on where the database failed, once it is opened anew."""
        last = after
        for tries_left in reversed(range(TRIES)):
            rest = None if limit is None else limit - (last - after)
            try:
                for event in self._database.events(after=last, limit=rest, table=EVENT_NOW):
                    last = event.position
                    yield event
            except (DatabaseFailed, QueryFailed):  # the latter when another thread closed our cursor
                if not tries_left:
                    raise
                self._check_alive()
                self._mend_database()
            else:
                return

    def _answer(self, sql: str, parameters: Mapping[str, Any]) -> Rows:
        self._catch_up()
        self._door.check(sql)
        return self._database.question(sql, parameters, max_rows=MAX_ROWS, timeout_s=TIMEOUT_S)

    def _catch_up(self) -> None:
        """Fold what was appended: events come into the database in turns, so whoever waits here sees them."""
        self._check_alive()
        self._mend_database()
        if self._read_models.position < self.tail.position:
            with self._turn:
                self._mend_database()
                self._read_models.catch_up(self.tail.position)

    def _mend_database(self) -> None:
        """Complete a database that is behind from the journal; open one that failed anew first."""
        if self._database.failed is None and self._database.tail.position >= self.tail.position:
            return
        with self._turn:
            failed = self._database.failed
            if failed is None:
                complete(self._database, self._journal)
                return
            self._database.close()
            if isinstance(failed, DatabaseUnreadable):
                self._set_aside("could not be read")
            self._open_database()

    def _open(self, undo: ExitStack, *, from_journal: bool) -> None:
        with operation("open") as line:
            refuse_foreign(self._folder)
            if finished := finish(self._folder, crash=self._crash):
                self._mend(finished)
            self._journal = open_journal(self._folder, crash=self._crash)
            undo.callback(self._journal.close)
            if from_journal:
                self._check_journal()
                self._set_aside("is rebuilt as asked")
            self._open_database()
            undo.callback(self._database.close)
            torn_bytes = self._journal.torn_bytes
            if torn_bytes:
                self._journal.cut_torn(self._folder / QUARANTINE)
                self._mend(
                    f"an append that was never finished ({torn_bytes} bytes) was moved to {QUARANTINE}/"
                )
            self.displaced = take_place(self._folder, self.company_id, fresh=self.tail.position == 0)
            line |= {"position": self.tail.position, "mended": self.mended}

    def _check_journal(self) -> None:
        """Raise JournalDamaged: a database is not set aside before the journal is known to be whole."""
        for _ in self._journal.read():
            pass

    def _open_database(self) -> None:
        try:
            self._use_database()
        except (DatabaseUnreadable, RowsTaken):
            self._set_aside("could not be read")
            self._use_database()

    def _use_database(self) -> None:
        database = open_database(self._folder, wait_s=self._wait_s)
        try:
            if database.count != database.tail.position:
                raise LogsDisagree(
                    database.tail.position, f"the database holds {database.count} events up to it"
                )
            missing = complete(database, self._journal)
            self._read_models = ReadModels(database, self._registry, *self._declared)
        except BaseException:
            database.close()
            raise
        self._database, self._door = database, SqlDoor(database)
        if missing:
            self._mend(f"{missing} events were put into the database from the journal")

    def _carry_out(self, order: Order) -> None:
        drafts = draft(order.writes(), order.expected, self._registry)
        begin(self._folder, order)
        self._crash("erase record")
        self._versions |= order.expected
        self._commit(drafts)
        self._database.close()
        self._journal.close()
        finish(self._folder, crash=self._crash)
        self._journal = open_journal(self._folder, crash=self._crash)
        self._crash("erase rebuild")
        mended = self.mended
        self._open_database()
        self.mended = mended  # nothing was broken

    def _set_aside(self, why: str) -> None:
        set_aside(self._folder)
        self._mend(f"the database {why}: it was moved to {QUARANTINE}/ and made anew from the journal")

    def _mend(self, words: str) -> None:
        self.mended = (*self.mended, words)

    def _check_space(self, drafts: Sequence[Draft]) -> None:
        needed = FREE_FLOOR_BYTES + BYTES_ON_DISK * sum(len(one.data) for one in drafts)
        free = shutil.disk_usage(self._folder).free
        if free < needed:
            raise DiskFull(self._folder, free, needed)

    def _check_alive(self) -> None:
        if os.getpid() != self._pid:
            raise ForkedLog
        if self._lock is None:
            raise LogClosed


def _story(first: Sequence[Write]) -> str | None:
    return first[0].correlation_id or first[0].event_id if first else None
