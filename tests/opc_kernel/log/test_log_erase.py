"""Erasure: afterwards no byte of it in any file, everything else as it was, and a crash at any step goes on."""

import re
import shutil
import signal
import stat
import threading
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest
from log_examples import Booked, Noted, append, booking, note, opened

from opc_kernel.event import ANY_VERSION, Registry
from opc_kernel.log import journal as journal_module
from opc_kernel.log.crash import KillAt
from opc_kernel.log.erase import MARKER, NothingToErase, Order, PayloadErased
from opc_kernel.log.errors import EventIdTaken, JournalDamaged, StreamErased, VersionConflict
from opc_kernel.testing.lives import CLEAN

TYPES = Registry([Noted, Booked, PayloadErased])
SECRET = "Anna Vogelsang lives here"
ORDER = Order(events=("secret", "half"), digests=("d" * 64,), files=("sheets/a.txt",), id="0" * 26)


def company(folder, **options):
    return opened(folder, TYPES, **options)


@pytest.fixture
def acme(folder, monkeypatch):
    """A folder with three journal segments, a secret in the first, and half of another stream's."""
    monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 2000)
    with company(folder) as log:
        append(log, note("a", "one"), note("b", SECRET, event_id="secret"), note("a", "two"))
        append(log, note("c", "three", event_id="whole"), note("c", SECRET.upper(), event_id="half"))
        for number in range(12):
            append(log, note("d", f"text {number}"), booking("giro", "1.00"))
        log.query("FROM note")
    for name in ("raw/" + "d" * 64, "sheets/a.txt", "sheets/b.txt"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("b" if path.name == "b.txt" else SECRET)
    assert len(list((folder / "journal").glob("*.jsonl"))) > 2
    return folder


def bytes_of(folder):
    """Every byte of every file, in lower case; of a folder that nobody has open."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()).lower()


def test_afterwards_no_byte_of_it_is_in_any_file(acme):
    assert SECRET.lower().encode() in bytes_of(acme)
    with company(acme) as log:
        log.erase(lambda: ORDER)
        assert log.verify().findings == ()
        assert log.differences() == {"note": 0, "account": 0}
    assert b"vogelsang" not in bytes_of(acme)
    assert not (acme / MARKER).exists()
    assert [path.name for path in (acme / "sheets").iterdir()] == ["b.txt"]
    assert list((acme / "raw").iterdir()) == []
    assert list((acme / "journal").glob(".*")) == []


def test_everything_else_is_as_it_was(acme):
    with company(acme) as log:
        before = {event.event_id: event for event in log.read()}
        log.erase(lambda: ORDER)
        after = {event.event_id: event for event in log.read()}
        assert log.mended == ()
    gone = {"secret", "half"}
    for event_id, event in before.items():
        if event_id in gone:
            assert after[event_id].erased
            assert (after[event_id].chain_hash, after[event_id].data_hash) == (
                event.chain_hash,
                event.data_hash,
            )
        else:
            assert after[event_id] == event
    (recorded,) = [event for event_id, event in after.items() if event_id not in before]
    assert (recorded.stream, recorded.type) == (ORDER.stream, "log.payload_erased")
    assert "vogelsang" not in recorded.text.lower()


def test_only_the_segments_that_held_it_are_written_anew(acme):
    paths = sorted((acme / "journal").glob("*.jsonl"))
    before = [path.stat().st_ino for path in paths]
    with company(acme) as log:
        log.erase(lambda: ORDER)
    changed = [old != path.stat().st_ino for old, path in zip(before, paths, strict=True)]
    assert changed == [True, *[False] * (len(paths) - 1)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}


def test_a_stream_without_its_beginning_leaves_the_read_models_and_half_of_one_stays(acme):
    with company(acme) as log:
        log.erase(lambda: ORDER)
        rows = log.query("SELECT stream, version, text FROM note ORDER BY stream").rows
        assert rows == [("note/a", 2, "two"), ("note/c", 2, "three"), ("note/d", 12, "text 11")]
        append(log, note("c", "on"))
        rows = log.query("SELECT stream, version, text FROM note ORDER BY stream").rows
        assert rows == [("note/a", 2, "two"), ("note/c", 3, "on"), ("note/d", 12, "text 11")]
        assert log.differences() == {"note": 0, "account": 0}
        assert log.query("SELECT version, data FROM event_now WHERE event_id = 'secret'").rows == [(1, None)]


def test_a_version_counts_what_was_erased_and_an_erased_id_adds_nothing_again(acme):
    with company(acme) as log:
        log.erase(lambda: ORDER)
        with pytest.raises(VersionConflict, match="note/b is at version 1"):
            append(log, note("b", "x"), b=0)
        assert append(log, note("b", SECRET, event_id="secret")).repeated
        with pytest.raises(EventIdTaken):
            append(log, note("elsewhere", SECRET, event_id="secret"))


def test_nothing_is_written_to_what_was_erased_nor_rests_on_it(acme):
    with company(acme) as log:
        log.erase(lambda: ORDER)
        for writes, expected in (([note("b", "again")], {}), ([note("c", "on")], {"b": 1})):
            with pytest.raises(StreamErased, match="note/b was erased"):
                append(log, *writes, **expected)


def test_it_goes_on_appending_and_opens_again(acme):
    with company(acme) as log:
        log.erase(lambda: ORDER)
        append(log, note("e", "after"))
        head = log.verify().head
    with company(acme) as log:
        assert log.verify().head == head
        assert log.mended == ()
    shutil.rmtree(acme / "quarantine", ignore_errors=True)
    (acme / "company.duckdb").unlink()
    with company(acme) as log:
        assert log.verify().findings == ()


def test_what_is_refused_while_choosing_erases_nothing(acme):
    def nothing():
        raise NothingToErase("no")

    with company(acme) as log:
        before = bytes_of(acme / "journal")
        with pytest.raises(NothingToErase):
            log.erase(nothing)
        assert bytes_of(acme / "journal") == before
        append(log, note("e"))


def test_a_damaged_journal_is_not_rewritten(acme):
    with company(acme) as log:
        first = sorted((acme / "journal").glob("*.jsonl"))[0]
        first.write_bytes(first.read_bytes().replace(b'"one"', b'"eno"'))
        before = bytes_of(acme / "journal")
        with pytest.raises(JournalDamaged):
            log.erase(lambda: ORDER)
        assert bytes_of(acme / "journal") == before


def test_a_disk_that_fails_in_between_closes_the_log_and_the_next_opening_goes_on(acme):
    def fail(step):
        if step == "erase before rename":
            raise OSError(5, "Input/output error")

    log = company(acme, crash=fail)
    with pytest.raises(OSError, match="Input/output error"):
        log.erase(lambda: ORDER)
    assert log.closed
    with company(acme) as log:
        assert "an erasure that was broken off was finished" in log.mended
        assert log.verify().findings == ()
    assert b"vogelsang" not in bytes_of(acme)


def test_whoever_asks_appends_or_reads_meanwhile_waits_and_misses_nothing(acme):
    stop = threading.Event()
    stored = []

    def appending(name):
        number = 0
        while not stop.is_set():
            stored.append(append(log, note(f"{name}{number}", "x")).positions[0])
            number += 1

    def asking():
        while not stop.is_set():
            (count,) = log.query("SELECT count(*) FROM event").rows[0]
            assert count >= 30

    def reading():
        while not stop.is_set():
            positions = [event.position for event in log.read()]
            assert positions == list(range(1, len(positions) + 1))

    with company(acme) as log, ThreadPoolExecutor(5) as pool:
        under_way = [pool.submit(appending, "p"), pool.submit(appending, "q")]
        under_way += [pool.submit(asking), pool.submit(asking), pool.submit(reading)]
        try:
            for number, event_id in enumerate(("secret", "half")):
                log.erase(
                    lambda event_id=event_id, number=number: Order(events=(event_id,), id=f"{number:026}")
                )
        finally:
            stop.set()
        for each in under_way:
            each.result()
        assert len(stored) > 2
        assert len(set(stored)) == len(stored)
        assert {event.position for event in log.read()} >= set(stored)
        assert log.verify().findings == ()


# killed


def _erase(folder, crash):
    with company(folder, crash=crash, wait_s=5.0) as log:
        log.erase(lambda: ORDER)


def killed(target, *args):
    child = CLEAN.Process(target=target, args=args)
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL


NOT_BEGUN = [("erase record", 1), ("before journal", 1), ("half journal", 1)]
BEGUN = [
    ("before sync", 1),  # what is written survives the process
    ("after sync", 1),
    ("before database", 1),
    ("after database", 1),
    ("erase files", 1),
    ("erase between files", 1),
    ("erase between files", 2),
    ("erase journal", 1),
    ("erase before rename", 1),
    ("erase before rename", 2),
    ("erase journal", 2),
    ("erase database", 1),
    ("erase marker", 1),
    ("erase rebuild", 1),
]


@pytest.mark.parametrize(("step", "nth"), NOT_BEGUN)
def test_killed_before_it_is_recorded_nothing_is_erased(acme, step, nth):
    killed(_erase, acme, KillAt(step, nth))
    with company(acme) as log:
        assert "an erasure had not begun yet" in log.mended
        assert [event.event_id for event in log.read() if event.erased] == []
        assert log.verify().findings == ()
        assert not (acme / MARKER).exists()
        log.erase(lambda: ORDER)
        assert log.verify().findings == ()
    for torn in acme.glob("quarantine/*"):
        torn.unlink()
    assert b"vogelsang" not in bytes_of(acme)


@pytest.mark.parametrize(("step", "nth"), BEGUN)
def test_killed_after_it_is_recorded_the_next_opening_finishes_it(acme, step, nth):
    killed(_erase, acme, KillAt(step, nth))
    with company(acme) as log:
        assert sorted(event.event_id for event in log.read() if event.erased) == ["half", "secret"]
        assert log.verify().findings == ()
        assert log.differences() == {"note": 0, "account": 0}
        assert not (acme / MARKER).exists()
    assert b"vogelsang" not in bytes_of(acme)


def _open(folder, crash):
    company(folder, crash=crash, wait_s=5.0)


@pytest.mark.parametrize("step", ["erase files", "erase before rename", "erase database", "erase marker"])
def test_killed_again_while_it_goes_on_it_goes_on_again(acme, step):
    killed(_erase, acme, KillAt("erase files"))
    killed(_open, acme, KillAt(step))
    with company(acme) as log:
        assert log.verify().findings == ()
        assert sum(event.erased for event in log.read()) == 2
    assert b"vogelsang" not in bytes_of(acme)


def test_its_marker_says_nothing_to_an_outsider(acme):
    killed(_erase, acme, KillAt("erase files"))
    marker = (acme / MARKER).read_text()
    assert re.fullmatch(r'\{"stream":"erasure/0{26}","files":\["[0-9a-f]{26}"\]\}', marker)
    assert stat.S_IMODE((acme / MARKER).stat().st_mode) == 0o600


def test_a_large_erasure_is_several_events_of_one_stream(folder):
    ids = [f"{number:026x}" for number in range(9_000)]
    with company(folder) as log:
        writes = [note("many", SECRET, event_id=each) for each in ids]
        log.append(writes, expected={"note/many": ANY_VERSION})
        log.erase(lambda: Order(events=tuple(ids), id="1" * 26))
        assert log.query("SELECT count(*) FROM event WHERE type = 'log.payload_erased'").rows == [(3,)]
        assert log.query("SELECT count(*) FROM event WHERE data IS NULL").rows == [(9_000,)]
        assert log.verify().findings == ()
    assert b"vogelsang" not in bytes_of(folder)


def test_an_unerased_row_in_the_database_is_found_by_verify(acme):
    with company(acme) as log:
        log.erase(lambda: ORDER)
    with duckdb.connect(str(acme / "company.duckdb")) as connection:
        connection.execute("""UPDATE event SET data = '{"text":"x"}' WHERE event_id = 'secret'""")
    with company(acme) as log:
        assert [(each.position, each.what) for each in log.verify().findings] == [(2, "its data was changed")]
