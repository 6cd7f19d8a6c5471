"""Opening holds the database against the journal: it completes what is missing and shows what disagrees."""

import os
import random
import signal
import subprocess
import sys
import time

import duckdb
import pytest
from log_examples import NOTE, REGISTRY, append, note, opened, segment, texts
from msgspec import structs

from opc_kernel.log.durable import DurableLog
from opc_kernel.log.errors import CompanyBusy, ForkedLog, JournalDamaged, LogClosed, LogsDisagree, RowsTaken
from opc_kernel.log.lock import FolderLock
from opc_kernel.log.opening import CATCH_UP_EVENTS


@pytest.fixture
def company(folder):
    with opened(folder) as log:
        append(log, note("a", "one"), note("b", "two"))
        append(log, note("a", "three"))
        log.query("FROM note")
    return folder


ALL = ['{"text":"one"}', '{"text":"two"}', '{"text":"three"}']


def database(folder):
    return folder / "company.duckdb"


def change(folder, statement):
    """Change the database as a stranger would: with a plain connection."""
    with duckdb.connect(str(database(folder))) as connection:
        connection.execute(statement)


def test_a_company_opens_as_it_was_closed(company):
    with opened(company) as log:
        assert texts(log) == ALL
        assert log.query("SELECT stream, text, events FROM note ORDER BY stream").rows == [
            ("note/a", "three", 2),
            ("note/b", "two", 1),
        ]
        assert log.mended == ()


def test_a_company_keeps_its_id(company):
    with opened(company) as log:
        first = log.company_id
    with opened(company) as log:
        assert log.company_id == first


class TestADatabase:
    def test_that_is_missing_is_made_anew(self, company):
        database(company).unlink()
        with opened(company) as log:
            assert texts(log) == ALL
            assert log.mended == ("3 events were put into the database from the journal",)
            assert log.verify().findings == ()

    @pytest.mark.parametrize("appends", [1, 600], ids=["one event", "more than one insert"])
    def test_that_is_behind_is_completed(self, company, appends, monkeypatch):
        monkeypatch.setattr("opc_kernel.log.opening.CATCH_UP_EVENTS", 250)
        older = database(company).read_bytes()
        with opened(company) as log:
            append(log, *(note("c", str(n)) for n in range(appends)))
        database(company).write_bytes(older)
        with opened(company) as log:
            assert log.mended == (f"{appends} events were put into the database from the journal",)
            assert log.query("SELECT events FROM note WHERE stream = 'note/c'").rows == [(appends,)]
            assert log.verify().findings == ()
        assert CATCH_UP_EVENTS > 250

    def test_that_is_ahead_is_shown(self, company):
        lines = segment(company).read_bytes().splitlines(keepends=True)
        segment(company).write_bytes(b"".join(lines[:4]))  # header, first append, its commit
        with pytest.raises(LogsDisagree, match="disagree at position 2: the database goes on to 3"):
            opened(company)

    def test_with_other_hashes_is_shown(self, company):
        change(company, "UPDATE event SET chain_hash = repeat('0', 64) WHERE position = 3")
        with pytest.raises(LogsDisagree, match="disagree at position 3: their hashes differ"):
            opened(company)

    def test_with_other_hashes_is_shown_when_it_is_behind(self, company):
        change(company, "UPDATE event SET chain_hash = repeat('0', 64) WHERE position = 3")
        older = database(company).read_bytes()
        change(company, "UPDATE event SET chain_hash = (SELECT chain_hash FROM event WHERE position = 3)")
        database(company).unlink()
        with opened(company) as log:
            append(log, note("c"))
        database(company).write_bytes(older)
        with pytest.raises(LogsDisagree, match="disagree at position 3"):
            opened(company)

    def test_without_one_of_its_rows_is_shown(self, company):
        change(company, "DELETE FROM event WHERE position = 1")
        with pytest.raises(LogsDisagree, match="the database holds 2 events up to it"):
            opened(company)

    def test_without_a_journal_is_shown_and_no_journal_is_begun(self, company):
        segment(company).unlink()
        with pytest.raises(LogsDisagree, match="there is a database, but no journal"):
            opened(company, from_journal=True)
        assert database(company).exists()
        assert list((company / "journal").iterdir()) == []

    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param(
                lambda content: b"not a database at all, but long enough to look at" * 400, id="other bytes"
            ),
            pytest.param(lambda content: content[: len(content) // 2], id="cut in half"),
            pytest.param(lambda content: content[:4096] + bytes(len(content) - 4096), id="zeroed"),
        ],
    )
    def test_that_cannot_be_read_is_set_aside_whole_and_made_anew(self, company, damage):
        damaged = damage(database(company).read_bytes())
        database(company).write_bytes(damaged)
        with opened(company) as log:
            assert texts(log) == ALL
            assert log.mended[0].startswith("the database could not be read: it was moved to quarantine/")
            assert log.verify().findings == ()
        (kept,) = (company / "quarantine").glob("database-*/company.duckdb")
        assert kept.read_bytes() == damaged

    def test_with_any_flipped_bytes_is_right_or_reported(self, company):
        healthy, chance = database(company).read_bytes(), random.Random(7)
        for _ in range(12):
            content = bytearray(healthy)
            for _ in range(20):
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            database(company).write_bytes(content)
            try:
                with opened(company) as log:
                    assert texts(log) == ALL or log.verify().findings
            except LogsDisagree:
                pass

    def test_never_takes_an_event_twice(self, company):
        """Whatever forgets to look an id up, and whatever makes two positions of one event, stops here."""
        with opened(company) as log:
            again = [structs.replace(event, position=event.position + 10) for event in log.read(limit=1)]
            with pytest.raises(RowsTaken, match="Duplicate key"):
                log._database.insert(again)

    def test_is_rebuilt_from_the_journal_when_asked(self, company):
        change(company, 'UPDATE event SET data = \'{"text":"forged"}\' WHERE position = 1')
        with opened(company, from_journal=True) as log:
            assert texts(log) == ALL
            assert log.mended[0].startswith("the database is rebuilt as asked")

    def test_is_not_set_aside_for_a_damaged_journal(self, company):
        content = bytearray(segment(company).read_bytes())
        content[content.index(b'"one"') + 1] ^= 1
        segment(company).write_bytes(content)
        with pytest.raises(JournalDamaged, match="Line 2"):
            opened(company, from_journal=True)
        assert database(company).exists()
        with opened(company):
            pass


LOCK = """
from pathlib import Path
from opc_kernel.log.lock import FolderLock
lock = FolderLock(Path("{folder}"), wait_s=0.0)
"""
HOLD = """
import sys
{hold}
print("held", flush=True)
sys.stdin.read()
"""


def held_by_another_process(program):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD.replace("{hold}", program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    return process


def let_go(process):
    process.communicate(timeout=20)


class TestTwoProcesses:
    def test_a_folder_that_another_process_holds_is_refused_with_its_name(self, company):
        other = held_by_another_process(LOCK.format(folder=company))
        with pytest.raises(CompanyBusy, match=f"process {other.pid} on"):
            opened(company)
        let_go(other)
        with opened(company) as log:
            assert texts(log) == ALL

    def test_a_database_that_a_shell_holds_is_refused_and_not_set_aside(self, company):
        other = held_by_another_process(f"import duckdb; shell = duckdb.connect({str(database(company))!r})")
        with pytest.raises(CompanyBusy, match="the DuckDB shell"):
            opened(company)
        let_go(other)
        with opened(company) as log:
            assert texts(log) == ALL
            assert log.mended == ()

    def test_the_lock_outlives_whatever_this_process_does_with_the_files(self, company):
        with opened(company) as log:
            for path in [database(company), company / ".lock", segment(company)]:
                path.read_bytes()
            append(log, note("a", "four"))
            attempt = subprocess.run(
                [sys.executable, "-c", LOCK.format(folder=company)],
                capture_output=True,
                text=True,
                check=False,
            )
            assert "CompanyBusy" in attempt.stderr
            assert log.verify().findings == ()

    def test_a_closed_company_is_free_even_while_a_forked_child_lives(self, company):
        log = opened(company)
        child = fork(lambda: time.sleep(20))
        log.close()
        with FolderLock(company, wait_s=0.0):
            pass
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def fork(body):
    """Run `body` in a forked child that ends without a trace; return its id."""
    child = os.fork()
    if child == 0:
        try:
            body()
        finally:
            os._exit(0)
    return child


class TestAfterAFork:
    def test_every_verb_refuses_in_the_child(self, durable, tmp_path):
        def attempts():
            for verb in (
                lambda: append(durable, note("a")),
                lambda: list(durable.read()),
                lambda: durable.query("SELECT 1"),
                durable.verify,
                durable.rebuild,
                durable.differences,
                durable.unknown_types,
                durable.journal_files,
            ):
                with pytest.raises(ForkedLog):
                    verb()
            durable.close()
            (tmp_path / "refused").touch()

        append(durable, note("a", "before"))
        os.waitpid(fork(attempts), 0)
        assert (tmp_path / "refused").exists()
        append(durable, note("a", "after"))
        assert durable.verify().findings == ()

    def test_a_child_that_ends_properly_leaves_the_company_alone(self, company):
        log = opened(company)
        os.waitpid(fork(log.close), 0)
        append(log, note("a", "four"))
        assert log.verify().findings == ()
        log.close()
        with opened(company) as log:
            assert len(texts(log)) == 4
            assert log.mended == ()


class TestAClosedLog:
    def test_refuses_every_verb(self, company):
        log = opened(company)
        log.close()
        log.close()
        for verb in (
            lambda: append(log, note("a")),
            lambda: log.query("SELECT 1"),
            log.verify,
            log.differences,
            log.rebuild,
            lambda: list(log.read()),
        ):
            with pytest.raises(LogClosed):
                verb()

    def test_lets_the_folder_go_while_a_reader_is_half_way(self, company):
        log = opened(company)
        reader = log.read()
        next(reader)
        log.close()
        with opened(company) as log:
            assert texts(log) == ALL

    def test_lets_the_folder_go_when_opening_failed(self, company):
        change(company, "DELETE FROM event WHERE position = 1")
        for _ in range(2):
            with pytest.raises(LogsDisagree):
                DurableLog(company, REGISTRY, read_models=[NOTE], wait_s=0.0)
