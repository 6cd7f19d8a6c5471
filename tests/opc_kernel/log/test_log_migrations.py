"""The database's tables come from numbered files: forward only, all or none, the file from before kept aside."""

import multiprocessing
import os
import shutil
import signal

import duckdb
import pytest
from log_examples import append, note, opened, texts

from opc_kernel.log import migrating
from opc_kernel.log.database import Database
from opc_kernel.log.errors import CompanyTooNew, DatabaseFailed
from opc_kernel.log.migrating import Migration

SECOND = Migration(
    number=2, name="weight", statements="ALTER TABLE event ADD COLUMN weight INTEGER DEFAULT 7"
)
THIRD = Migration(
    number=3, name="shelf", statements="CREATE TABLE shelf (a INTEGER); INSERT INTO shelf VALUES (1)"
)
FIRST = migrating.known()
COLUMNS = "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'event' AND column_name = 'weight'"


def release_with(monkeypatch, *later):
    monkeypatch.setattr(migrating, "known", lambda: (*FIRST, *later))


@pytest.fixture
def company(folder):
    with opened(folder) as log:
        append(log, note("a", "one"), note("a", "two"))
    return folder


def ask(folder, question):
    """Look into the closed database as a stranger would."""
    with duckdb.connect(str(folder / "company.duckdb"), read_only=True) as connection:
        return connection.execute(question).fetchall()


def applied(folder):
    return ask(folder, "SELECT number, name FROM migration ORDER BY number")


def aside(folder):
    return sorted(path.name for path in (folder / "quarantine").glob("*"))


def test_the_files_are_numbered_from_one_without_a_gap():
    assert [each.number for each in FIRST] == list(range(1, len(FIRST) + 1))
    assert FIRST[0].name == "event_and_read_model"


def test_a_new_company_has_every_migration_and_nothing_aside(folder, monkeypatch):
    release_with(monkeypatch, SECOND)
    with opened(folder):
        pass
    assert applied(folder) == [(1, "event_and_read_model"), (2, "weight")]
    assert aside(folder) == []


def test_an_opening_that_finds_nothing_to_do_writes_nothing(company):
    before = (company / "company.duckdb").read_bytes()
    Database(company / "company.duckdb").close()
    assert (company / "company.duckdb").read_bytes() == before
    assert aside(company) == []


def test_a_company_goes_forward_and_keeps_the_database_from_before(company, monkeypatch):
    release_with(monkeypatch, SECOND, THIRD)
    with opened(company) as log:
        assert len(texts(log)) == 2
        append(log, note("a", "three"))
        assert log.verify().findings == ()
    assert applied(company) == [(1, "event_and_read_model"), (2, "weight"), (3, "shelf")]
    assert aside(company) == ["before-migration-3"]
    kept = company / "quarantine" / "before-migration-3"
    assert ask(kept, "SELECT count(*) FROM event") == [(2,)]
    assert ask(kept, COLUMNS) == [(0,)]


def test_nothing_of_a_migration_is_left_to_the_write_ahead_log(company, monkeypatch):
    release_with(monkeypatch, SECOND)
    sizes = {}

    def look(step):
        log = company / "company.duckdb.wal"
        sizes[step] = log.stat().st_size if log.exists() else 0

    Database(company / "company.duckdb", aside=company / "quarantine", crash=look).close()
    assert sizes["before checkpoint"] > 0
    assert sizes["after checkpoint"] == 0


def test_a_company_without_events_goes_forward_without_a_copy(folder, monkeypatch):
    with opened(folder):
        pass
    release_with(monkeypatch, SECOND)
    with opened(folder):
        pass
    assert applied(folder)[-1] == (2, "weight")
    assert aside(folder) == []


def test_a_database_from_before_the_numbers_is_at_the_first(company, monkeypatch):
    with duckdb.connect(str(company / "company.duckdb")) as connection:
        connection.execute("DROP TABLE migration")
    with opened(company) as log:
        assert len(texts(log)) == 2
        assert log.mended == ()
    assert applied(company) == [(1, "event_and_read_model")]
    assert aside(company) == []
    with duckdb.connect(str(company / "company.duckdb")) as connection:
        connection.execute("DROP TABLE migration")
    release_with(monkeypatch, SECOND)
    with opened(company) as log:
        assert log.verify().findings == ()
    assert applied(company)[-1] == (2, "weight")
    assert aside(company) == ["before-migration-2"]


def test_a_database_that_is_rebuilt_has_every_migration(company, monkeypatch):
    release_with(monkeypatch, SECOND)
    (company / "company.duckdb").unlink()
    with opened(company) as log:
        assert len(texts(log)) == 2
    assert applied(company)[-1] == (2, "weight")


@pytest.mark.parametrize("with_note", [True, False], ids=["noted", "without its note"])
def test_an_older_release_leaves_a_newer_company_alone(company, monkeypatch, with_note):
    with monkeypatch.context() as newer:
        release_with(newer, SECOND)
        with opened(company):
            pass
    if not with_note:
        (company / ".place").unlink()
    before = (company / "company.duckdb").read_bytes()
    for _ in range(2):
        with pytest.raises(CompanyTooNew, match="number 2, this release knows 1") as refusal:
            opened(company)
        assert refusal.value.todo.startswith("Update the workbench")
    with pytest.raises(CompanyTooNew):
        Database(company / "company.duckdb", read_only=True)
    assert (company / "company.duckdb").read_bytes() == before


def test_a_step_that_fails_changes_nothing_and_leaves_the_copy(company, monkeypatch):
    broken = Migration(
        number=3, name="broken", statements="CREATE TABLE shelf (a INTEGER); INSERT INTO nowhere VALUES (1)"
    )
    release_with(monkeypatch, SECOND, broken)
    with pytest.raises(DatabaseFailed, match="nowhere"):
        opened(company)
    assert applied(company)[-1] == (2, "weight")
    assert ask(company, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'shelf'") == [(0,)]
    release_with(monkeypatch, SECOND, THIRD)
    with opened(company) as log:
        assert log.verify().findings == ()
    assert applied(company)[-1] == (3, "shelf")


STEPS = [
    "before copy",
    "after copy",
    "in migration",
    "after migration",
    "before checkpoint",
    "after checkpoint",
]
CLEAN = multiprocessing.get_context("forkserver")


class KillAt:
    """Ends the process, as `kill -9` does, when a migration comes to a step for the n-th time."""

    def __init__(self, step, left):
        self.step, self.left = step, left

    def __call__(self, step):
        self.left -= step == self.step
        if step == self.step and self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _migrate_and_die(folder, step, left):
    migrating.known = lambda: (*FIRST, SECOND, THIRD)
    Database(folder / "company.duckdb", aside=folder / "quarantine", crash=KillAt(step, left))


@pytest.fixture(scope="module")
def to_migrate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("migrations") / "acme"
    with opened(folder) as log:
        append(log, note("a", "one"), note("a", "two"))
    return folder


@pytest.mark.parametrize(
    ("step", "left"), [*((step, 1) for step in STEPS), ("in migration", 2), ("after migration", 2)]
)
def test_a_crash_at_any_step_is_safe(to_migrate, folder, monkeypatch, step, left):
    shutil.copytree(to_migrate, folder)
    child = CLEAN.Process(target=_migrate_and_die, args=(folder, step, left))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    release_with(monkeypatch, SECOND, THIRD)
    with opened(folder) as log:
        assert len(texts(log)) == 2
        assert log.mended == ()
        assert log.verify().findings == ()
        append(log, note("a", "three"))
    assert applied(folder) == [(1, "event_and_read_model"), (2, "weight"), (3, "shelf")]
    assert aside(folder) == ["before-migration-3"]
    assert ask(folder / "quarantine" / "before-migration-3", COLUMNS) == [(0,)]
