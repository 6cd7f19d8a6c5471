"""Disks that fill up and fail, databases that die, interrupts and greedy questions: nothing acknowledged is lost."""

import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest
from log_examples import append, note, opened, segment, texts

from opc_kernel.log import database as database_module
from opc_kernel.log import durable as durable_module
from opc_kernel.log import journal as journal_module
from opc_kernel.log import questions as questions_module
from opc_kernel.log.append import Appended
from opc_kernel.log.errors import (
    AppendRefused,
    DatabaseFailed,
    DiskFull,
    JournalUnwritable,
    LogClosed,
    LogError,
    OutcomeUnknown,
    QueryFailed,
    VersionConflict,
)
from opc_kernel.log.failures import failure
from opc_kernel.testing import FaultyDisk


@pytest.fixture
def disk(folder):
    with FaultyDisk(folder) as disk:
        yield disk


class TestDisk:
    def test_too_little_space_is_refused_before_a_byte_is_written(self, durable, folder, disk):
        size = segment(folder).stat().st_size
        disk.has_free(2**27)
        with pytest.raises(DiskFull, match="Only 128 MiB are free") as refusal:
            append(durable, note("a"))
        assert isinstance(refusal.value, AppendRefused)
        assert segment(folder).stat().st_size == size
        disk.heal()
        assert append(durable, note("a")).positions == (1,)

    def test_a_large_append_needs_more_space(self, durable, disk):
        disk.has_free(257 * 2**20)
        append(durable, note("a"))
        with pytest.raises(DiskFull):
            append(durable, note("a", "x" * 900_000))

    @pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=errno.errorcode.get)
    def test_a_failing_sync_takes_every_byte_back(self, durable, folder, disk, error):
        append(durable, note("a", "one"))
        before = segment(folder).read_bytes()
        disk.fail("fdatasync", error)
        with pytest.raises(JournalUnwritable, match=os.strerror(error)):
            append(durable, note("a", "two", event_id="two"))
        assert segment(folder).read_bytes() == before
        disk.heal()
        assert append(durable, note("a", "two", event_id="two"), a=1) == Appended(positions=(2,))
        assert durable.verify().findings == ()

    @pytest.mark.parametrize("at", [1, 2, 3], ids="write {}".format)
    def test_a_write_that_stops_half_way_takes_every_byte_back(self, durable, folder, disk, at):
        append(durable, note("a", "one"))
        before = segment(folder).read_bytes()
        disk.stop_short(at=at)
        with pytest.raises(JournalUnwritable, match="No space left"):
            append(durable, *(note("a", str(n)) for n in range(800)))
        assert disk.failed == 2
        assert segment(folder).read_bytes() == before
        disk.heal()
        append(durable, note("a", "two"))
        assert len(texts(durable)) == 2
        assert durable.verify().findings == ()

    def test_when_the_bytes_cannot_be_taken_back_the_outcome_is_unknown_and_the_log_closes(
        self, folder, disk
    ):
        log = opened(folder)
        append(log, note("a", "one"))
        disk.fail("fdatasync", errno.EIO)
        disk.fail("ftruncate", errno.EIO)
        with pytest.raises(OutcomeUnknown, match="retry with the same event ids"):
            append(log, note("a", "two", event_id="two"))
        disk.heal()
        with pytest.raises(LogClosed):
            append(log, note("a", "three"))
        with opened(folder) as log:
            assert append(log, note("a", "two", event_id="two")) == Appended(positions=(2,), repeated=True)
            assert log.verify().findings == ()

    @pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
    def test_a_segment_that_cannot_be_begun_refuses_the_append(self, durable, disk, call, monkeypatch):
        append(durable, note("a"))
        monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 1)
        disk.fail(call)
        with pytest.raises(JournalUnwritable):
            append(durable, note("a"))
        disk.heal()
        assert append(durable, note("a")).positions == (2,)
        assert durable.verify().findings == ()


class Interrupt(KeyboardInterrupt):
    pass


class InterruptAt:
    """A crash hook that interrupts the program instead of ending it."""

    def __init__(self, step):
        self.step = step

    def __call__(self, step):
        if step == self.step:
            self.step = None
            raise Interrupt


@pytest.mark.parametrize("count", [1, 3, 600], ids=["one", "a few", "many"])
@pytest.mark.parametrize(
    ("step", "stored"),
    [
        ("before journal", False),
        ("half journal", False),
        ("before sync", False),
        ("after sync", True),
        ("before database", True),
        ("after database", True),
    ],
)
def test_an_interrupt_leaves_an_append_whole_or_undone(folder, step, stored, count):
    writes = [note("a", str(n), event_id=f"id-{n}") for n in range(count)]
    with opened(folder, crash=InterruptAt(step)) as log:
        with pytest.raises(Interrupt):
            append(log, *writes, a=0)
        assert append(log, *writes, a=0).repeated is stored
        assert append(log, note("a", "next"), a=count).positions == (count + 1,)
        assert log.query("SELECT events FROM note").rows == [(count + 1,)]
        assert log.verify().findings == ()
    with opened(folder) as log:
        assert len(texts(log)) == count + 1


def kill(log):
    """Invalidate the database as a failed checkpoint does."""
    log._database._connection.execute("SELECT 1")
    log._database.failed = DatabaseFailed("FATAL Error: database has been invalidated")
    log._database._connection.close()


class FatalInserts:
    """Lets inserts fail as DuckDB does when the disk fails: before or after they are stored."""

    def __init__(self, monkeypatch, *, stored):
        self.failures = 1
        real = database_module.Database._ask_in_turn

        def ask(database, sql, parameters):
            if "INSERT INTO event" not in sql or not self.failures:
                return real(database, sql, parameters)
            self.failures -= 1
            if stored:
                real(database, sql, parameters)
            raise database._failure(
                duckdb.FatalException(
                    "FATAL Error: Transaction COMMIT succeeded and is durable, but the autocheckpoint failed"
                )
            )

        monkeypatch.setattr(database_module.Database, "_ask_in_turn", ask)


class TestDatabase:
    @pytest.mark.parametrize("stored", [False, True], ids=["lost", "stored"])
    def test_a_fatal_failure_after_the_commit_still_answers_with_the_position(
        self, durable, monkeypatch, stored
    ):
        append(durable, note("a", "one"))
        FatalInserts(monkeypatch, stored=stored)
        assert append(durable, note("a", "two"), a=1) == Appended(positions=(2,))
        assert durable.query("SELECT text, events FROM note").rows == [("two", 2)]
        assert append(durable, note("a", "three"), a=2) == Appended(positions=(3,))
        assert durable.verify().findings == ()

    def test_many_events_are_completed_too(self, durable, monkeypatch):
        def fail(*_):
            raise failure(duckdb.FatalException("FATAL Error: fsync failed!"))

        monkeypatch.setattr(database_module, "insert_rows", fail)
        writes = [note("a", str(n), event_id=f"id-{n}") for n in range(600)]
        assert append(durable, *writes).positions[-1] == 600
        monkeypatch.undo()
        assert append(durable, *writes).repeated
        assert durable.query("SELECT events FROM note").rows == [(600,)]

    def test_every_verb_goes_on_after_the_database_died(self, durable):
        append(durable, note("a", "one", event_id="one"))
        for verb in (
            lambda: append(durable, note("b", "two")),
            lambda: durable.query("FROM note"),
            lambda: texts(durable),
            durable.verify,
            durable.rebuild,
            durable.differences,
            durable.unknown_types,
        ):
            kill(durable)
            verb()
        assert len(texts(durable)) == 2
        assert durable.verify().findings == ()

    def test_a_reader_goes_on_where_the_database_died(self, durable, monkeypatch):
        monkeypatch.setattr(database_module, "LOOK_UP_ROWS", 2)
        append(durable, *(note("a", str(n)) for n in range(7)))
        reader = durable.read(limit=6)
        first = [next(reader).position for _ in range(2)]
        kill(durable)
        assert first + [event.position for event in reader] == [1, 2, 3, 4, 5, 6]

    def test_a_failure_that_lasts_refuses_and_then_heals_by_itself(self, durable, monkeypatch):
        append(durable, note("a", "one"))
        kill(durable)
        real = database_module._connect

        def fail(*_, **__):
            raise DatabaseFailed("IO Error: No space left on device")

        monkeypatch.setattr(database_module, "_connect", fail)
        for _ in range(2):
            with pytest.raises(DatabaseFailed):
                append(durable, note("a", "two", event_id="two"))
        monkeypatch.setattr(database_module, "_connect", real)
        assert append(durable, note("a", "two", event_id="two")) == Appended(positions=(2,))

    def test_an_index_with_entries_of_rows_that_are_not_there_is_made_anew(self, durable, monkeypatch):
        """As an insert that ran out of memory may leave it, through a new opening too."""
        append(durable, note("a", "one"))
        durable.query("SELECT 1")
        real = database_module.Database._rows

        def rows(database, cursor, sql, parameters):
            if "INSERT INTO event" in sql and not durable.mended:
                raise database._failure(duckdb.ConstraintException('Duplicate key "position: 2"'))
            return real(database, cursor, sql, parameters)

        monkeypatch.setattr(database_module.Database, "_rows", rows)
        assert append(durable, note("a", "two")).positions == (2,)
        assert durable.query("SELECT events FROM note").rows == [(2,)]
        assert durable.mended[0].startswith("the database could not be read")
        assert durable.verify().findings == ()

    def test_a_database_whose_blocks_rot_under_us_is_set_aside_and_made_anew(self, durable, folder):
        append(durable, note("a", "one"))
        durable._database.failed = failure(
            duckdb.Error("Corrupt database file: computed checksum 1 does not match stored checksum 2")
        )
        assert texts(durable) == ['{"text":"one"}']
        assert durable.mended[0].startswith("the database could not be read")
        assert list((folder / "quarantine").glob("database-*/company.duckdb"))


class TestThreads:
    def test_appends_of_many_threads_take_turns(self, durable):
        won, lost = [], []

        def race(name):
            for version in range(15):
                try:
                    append(durable, note("a", name), a=version)
                except VersionConflict as conflict:
                    lost.append(conflict.actual > version)
                else:
                    won.append(version)

        threads = [threading.Thread(target=race, args=(str(n),)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) + len(lost) == 60
        assert all(lost)
        assert len(set(won)) == len(won)
        assert [event.version for event in durable.read()] == list(range(1, len(won) + 1))
        assert durable.verify().findings == ()

    def test_a_question_sees_what_was_acknowledged_before_it(self, durable):
        missing = []

        def ask(stream):
            for n in range(1, 13):
                append(durable, note(stream))
                (events,) = durable.query(
                    "SELECT events FROM note WHERE stream = $stream", stream=f"note/{stream}"
                ).rows[0]
                missing.extend([n] if events < n else [])

        threads = [threading.Thread(target=ask, args=(f"s{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert missing == []
        assert durable.differences() == {"note": 0, "account": 0}

    def test_a_question_that_waits_for_an_append_sees_it_though_the_database_failed(
        self, folder, monkeypatch
    ):
        """The journal is ahead while the insert is under way; then it fails. Folding must not skip the event."""
        inserting, answers = threading.Event(), []

        def ask():
            inserting.wait(5)
            answers.append(log.query("SELECT events FROM note").rows)

        def crash(step):
            if step == "before database" and log.tail.position == 2:
                inserting.set()
                asking.join(0.2)
                raise DatabaseFailed("FATAL Error: fsync failed!")

        with opened(folder, crash=crash) as log:
            asking = threading.Thread(target=ask)
            asking.start()
            append(log, note("a"))
            append(log, note("a"))
            asking.join(5)
            assert answers == [[(2,)]]
            assert log.differences() == {"note": 0, "account": 0}


LONG = "SELECT count(*) FROM range(20000) a, range(10000) b WHERE (a.range * b.range) % 7 = 3"
GREEDY = "SELECT count(DISTINCT hash(a.range, b.range)) FROM range(10000) a, range(10000) b"


class TestGreedyQuestions:
    def test_appends_go_on_during_one(self, durable):
        outcome = []

        def ask():
            try:
                durable.query(GREEDY)
            except QueryFailed as failure:
                outcome.append(failure.reason)

        greedy = threading.Thread(target=ask)
        greedy.start()
        for n in range(20):
            append(durable, note("a", str(n)))
        assert greedy.is_alive()
        durable.close()
        greedy.join(5)
        assert outcome == ["it was stopped because an append needed the memory, or the company was closed."]

    def test_one_that_takes_the_memory_is_stopped_for_an_append(self, folder, monkeypatch):
        monkeypatch.setattr(database_module, "MEMORY_SHARE", 0.0)
        monkeypatch.setattr(database_module, "LEAST_MEMORY_MIB", 120)
        outcome = []
        with opened(folder) as log:

            def ask():
                while not done.is_set():
                    try:
                        log.query("SELECT list(range) FROM range(30000000)")
                    except QueryFailed as failure:
                        outcome.append(failure.reason)

            done = threading.Event()
            greedy = threading.Thread(target=ask)
            greedy.start()
            for n in range(10):
                append(log, *(note(f"s{n}", "x" * 1000) for _ in range(600)))
            done.set()
            greedy.join(20)
            assert outcome
            assert len(texts(log)) == 6000
            assert log.verify().findings == ()

    def test_long_ones_are_answered_one_after_the_other_and_short_ones_meanwhile(self, durable, monkeypatch):
        monkeypatch.setattr(questions_module, "HEAVY_AFTER_S", 0.05)
        with ThreadPoolExecutor(3) as pool:
            long = [pool.submit(durable.query, LONG) for _ in range(3)]
            for n in range(20):
                append(durable, note("a", str(n)))
                assert durable.query("SELECT events FROM note").rows == [(n + 1,)]
            answers = {each.result(60).rows[0] for each in long}
        assert len(answers) == 1

    def test_one_that_waits_too_long_for_the_others_says_so(self, durable, monkeypatch):
        monkeypatch.setattr(questions_module, "HEAVY_AFTER_S", 0.05)
        monkeypatch.setattr(durable_module, "TIMEOUT_S", 0.3)
        with ThreadPoolExecutor(3) as pool:
            asked = [pool.submit(durable.query, GREEDY) for _ in range(3)]
        assert {each.exception(0).reason for each in asked} == {
            "it took longer than 0.3 s.",
            "other long questions took the 0.3 s before it.",
        }

    def test_three_greedy_ones_let_every_append_pass(self, folder, monkeypatch):
        assert beside_greedy_ones(folder, monkeypatch, appends=15) == []

    @pytest.mark.soak
    def test_x12_three_greedy_ones_let_a_thousand_appends_pass(self, folder, monkeypatch):
        assert beside_greedy_ones(folder, monkeypatch, appends=1_000) == []


def beside_greedy_ones(folder, monkeypatch, *, appends):
    """Append beside three statements that take all the memory there is; return what failed."""
    monkeypatch.setattr(database_module, "MEMORY_SHARE", 0.0)
    monkeypatch.setattr(database_module, "LEAST_MEMORY_MIB", 256)
    failures, greedy_ones, done = [], [], threading.Event()
    with opened(folder) as log, ThreadPoolExecutor(3) as pool:

        def ask():
            while not done.is_set():
                try:
                    log.query(
                        "SELECT count(DISTINCT a.range::VARCHAR || b.range) FROM range(9000) a, range(4000) b"
                    )
                except QueryFailed as failure:
                    greedy_ones.append(failure.reason)

        asking = [pool.submit(ask) for _ in range(3)]
        for n in range(appends):
            try:
                append(log, note(f"s{n % 7}", "x" * 2000))
                assert len(log.query("SELECT events FROM note WHERE stream = $s", s=f"note/s{n % 7}")) == 1
            except LogError as failure:
                failures.append(str(failure))
        done.set()
        log._database._questions.interrupt()
        for each in asking:
            each.result(60)
        assert log.tail.position == appends
    assert greedy_ones, "nobody was greedy enough"
    return failures
