"""Exports hold one position whole while appends go on, for other tools; no question reaches them."""

import stat
import subprocess
import sys
import threading

import duckdb
import pytest
from log_examples import append, booking, note, opened

from opc_kernel.log.erase import Order
from opc_kernel.log.errors import DatabaseFailed, QueryFailed, QueryRefused
from opc_kernel.log.lines import decode_event

FORMS = ["jsonl", "parquet", "replica"]


@pytest.fixture
def log(folder):
    with opened(folder) as log:
        append(log, note("a", 'Ä\n"one"'), booking("giro", "1.00", consent="c", source_id="s"))
        append(log, note("a", "two"))
        yield log


def test_lines_are_the_stored_events_word_for_word(log):
    done = log.export("jsonl")
    lines = done.path.read_bytes().splitlines(keepends=True)
    assert list(map(decode_event, lines)) == list(log.read())
    assert done.position == 3
    assert stat.S_IMODE(done.path.stat().st_mode) == 0o600


def test_a_parquet_file_is_the_table_of_events(log):
    done = log.export("parquet")
    with duckdb.connect() as other:
        found = other.execute("SELECT position, data->>'text' FROM read_parquet(?)", [str(done.path)])
        assert found.fetchall() == [(1, 'Ä\n"one"'), (2, ""), (3, "two")]


def test_a_replica_has_events_read_models_and_views_and_says_its_position(log):
    append(log, note("b", "not folded yet"))
    done = log.export("replica")
    with duckdb.connect(str(done.path), read_only=True) as other:
        assert other.execute("SELECT stream, text FROM note ORDER BY stream").fetchall() == [
            ("note/a", "two"),
            ("note/b", "not folded yet"),
        ]
        assert other.execute("FROM summary").fetchall() == [(2, 3)]
        assert other.execute("SELECT count(*) FROM event_now").fetchall() == [(4,)]
        assert other.execute("SELECT position, company FROM replica").fetchall() == [(4, log.company_id)]
    assert [path.name for path in done.path.parent.iterdir()] == [done.path.name], "nothing lies beside it"


def test_another_process_reads_it_while_the_owner_works(log):
    path = log.export("replica").path
    connect = f"import duckdb; replica = duckdb.connect({str(path)!r}, read_only=True)"
    ask = f"{connect}; print(replica.execute('FROM replica').fetchall()[0][0])"
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, check=True, text=True, timeout=60)
    append(log, note("a", "three"))
    assert told.stdout.strip() == "3"


@pytest.mark.parametrize("form", FORMS)
def test_it_holds_one_position_while_appends_go_on(log, form):
    stop = threading.Event()

    def go_on():
        number = 0
        while not stop.is_set():
            append(log, note("busy", str(number)), note(f"n{number}"))
            number += 1

    busy = threading.Thread(target=go_on)
    busy.start()
    try:
        for _ in range(3):
            before = log.tail.position
            done = log.export(form)
            with duckdb.connect(":memory:" if form != "replica" else str(done.path)) as other:
                table = {
                    "jsonl": f"read_json('{done.path}')",
                    "parquet": f"read_parquet('{done.path}')",
                    "replica": "event",
                }[form]
                (held,) = other.execute(f"SELECT (count(*), max(position)) FROM {table}").fetchone()
                assert tuple(held.values() if isinstance(held, dict) else held) == (done.position,) * 2
                assert done.position >= before
                if form == "replica":
                    folded = "SELECT max(position) FROM note"
                    assert other.execute(folded).fetchone() == (done.position,)
    finally:
        stop.set()
        busy.join()


@pytest.mark.parametrize("form", FORMS)
def test_one_that_fails_leaves_nothing_and_the_log_goes_on(log, folder, form, monkeypatch):
    def fail(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("opc_kernel.log.export._sync", fail)
    with pytest.raises(OSError, match="No space"):
        log.export(form)
    monkeypatch.undo()
    assert list((folder / "exports").iterdir()) == []
    append(log, note("a", "on"))
    assert log.export(form).position == 4
    assert log.query("SELECT count(*) FROM event").rows == [(4,)]


def test_one_that_the_database_refuses_leaves_nothing_attached(log, folder, monkeypatch):
    monkeypatch.setattr("opc_kernel.log.export.fresh_path", lambda _: None)
    monkeypatch.setattr("opc_kernel.log.durable.fresh_path", lambda _: folder / "elsewhere.duckdb")
    with pytest.raises((QueryFailed, DatabaseFailed)):
        log.export("replica")
    assert not (folder / "elsewhere.duckdb").exists()
    monkeypatch.undo()
    assert log.export("replica").position == 3


def test_a_copy_that_breaks_off_is_taken_away(log, folder, monkeypatch):
    class Stop(Exception):
        pass

    class Stopping:
        def __init__(self, cursor):
            self._cursor = cursor

        def execute(self, sql, *parameters):
            if sql.startswith("CREATE TABLE"):
                raise Stop
            return self._cursor.execute(sql, *parameters)

    from opc_kernel.log import export as export_module

    write = export_module.WRITERS["replica"]
    monkeypatch.setitem(
        export_module.WRITERS, "replica", lambda cursor, *rest: write(Stopping(cursor), *rest)
    )
    with pytest.raises(Stop):
        log.export("replica")
    monkeypatch.undo()
    assert list((folder / "exports").iterdir()) == []
    assert log.query("SELECT DISTINCT table_catalog FROM information_schema.tables").rows == [("company",)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_json('{path}')",
        "SELECT * FROM read_text('{path}')",
        "SELECT * FROM '{path}'",
        "COPY event TO '{path}.csv'",
        "ATTACH '{path}.duckdb' AS x",
        "EXPORT DATABASE '{path}'",
        "SELECT * FROM glob('{folder}/*')",
    ],
)
def test_a_question_reaches_no_export(log, sql):
    path = log.export("jsonl").path
    with pytest.raises(QueryRefused):
        log.query(sql.format(path=path, folder=path.parent))


def test_nothing_else_can_be_touched_even_past_the_door(log, folder, tmp_path):
    (tmp_path / "secret.txt").write_text("x")
    for place in (tmp_path / "secret.txt", folder / "journal" / "000000000001.jsonl"):
        with pytest.raises(QueryFailed, match="disabled by configuration"):
            log._database.question(f"SELECT * FROM read_text('{place}')", {}, max_rows=1, timeout_s=5)
    for statement in ("SET enable_external_access = true", "SET allowed_directories = ['/']"):
        with pytest.raises(QueryFailed, match="locked"):
            log._database.question(statement, {}, max_rows=1, timeout_s=5)


def test_what_was_erased_is_in_no_later_export(folder):
    from log_examples import REGISTRY

    from opc_kernel.event import Registry
    from opc_kernel.log.erase import PayloadErased

    with opened(folder, Registry([*REGISTRY, PayloadErased])) as log:
        append(log, note("a", "Anna Vogelsang", event_id="secret"), note("b", "stays"))
        log.erase(lambda: Order(events=("secret",)))
        content = {form: log.export(form).path for form in FORMS}
        assert b"Vogelsang" not in b"".join(path.read_bytes() for path in content.values())
        assert decode_event(content["jsonl"].read_bytes().splitlines()[0]).erased
