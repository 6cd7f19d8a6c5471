"""One process holds a company, whoever asks first; when it dies the next one to ask starts another."""

import json
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from shop import rate

from opc_kernel.errors import KernelError
from opc_kernel.event import NEW_STREAM
from opc_kernel.log.errors import CompanyBusy, LogClosed, LogsDisagree, QueryFailed
from opc_kernel.log.lock import FolderLock
from workbench import owner
from workbench.address import Address, read_address, write_address
from workbench.client import ClientLog
from workbench.company import company_id, open_briefly, open_company
from workbench.exporting import export
from workbench.wire import PROTOCOL

WORKBENCH = [sys.executable, "-P", "-m", "workbench"]


@pytest.fixture
def folder(blank, tmp_path):
    return shutil.copytree(blank, tmp_path / "acme")


@pytest.fixture(autouse=True)
def nobody_left(folder):
    yield
    with suppress(ProcessLookupError, AttributeError):
        os.kill(address_of(folder).pid, signal.SIGKILL)


def address_of(folder):
    return read_address(company_id(folder), folder)


def gone(pid):
    """Wait until a process that is not our child is gone."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def store(company, write):
    return company.append([write], expected={write.stream: NEW_STREAM})


# who serves


def test_the_first_to_ask_starts_a_server_and_the_others_share_it(folder):
    with open_company(folder) as first, open_company(folder) as second:
        store(first, rate("2026-01-01"))
        assert isinstance(first.log, ClientLog)
        assert second.query("SELECT count(*) FROM rate").rows == [(1,)]
        assert address_of(folder).role == "own"


def test_eight_that_ask_at_once_find_the_same_one(folder):
    with ThreadPoolExecutor(8) as pool:
        companies = list(pool.map(lambda _: open_company(folder), range(8)))
    assert len({str(company.log._server.address.url) for company in companies}) == 1
    for company in companies:
        company.close()


def test_a_short_command_opens_a_free_folder_itself_and_else_asks_its_server(folder):
    with open_briefly(folder) as company:
        assert not isinstance(company.log, ClientLog)
    with open_company(folder), open_briefly(folder) as company:
        assert isinstance(company.log, ClientLog)


def test_it_ends_when_nobody_has_been_there_for_a_while_but_not_before(folder):
    with open_company(folder) as company:
        server = address_of(folder).pid
        time.sleep(2.5)  # longer than it stays alone
        company.query("SELECT 1")
        assert address_of(folder).pid == server
    assert gone(server)
    assert address_of(folder) is None


def test_it_outlives_the_program_that_started_it(folder, monkeypatch):
    monkeypatch.setenv("WORKBENCH_IDLE_S", "20")
    ask = f"from workbench.company import open_company; open_company({str(folder)!r}).query('SELECT 1')"
    subprocess.run([sys.executable, "-c", ask], check=True, timeout=60)
    with open_company(folder) as company:
        assert company.query("SELECT 1").rows == [(1,)]


# when it dies


def test_after_a_kill_the_next_question_starts_another(folder):
    with open_company(folder) as company:
        store(company, rate("2026-01-01"))
        first = address_of(folder).pid
        os.kill(first, signal.SIGKILL)
        started = time.monotonic()
        assert company.query("SELECT count(*) FROM rate").rows == [(1,)]
        assert time.monotonic() - started < 20
        assert address_of(folder).pid != first


@pytest.mark.parametrize(
    ("step", "repeated"), [("before-journal", False), ("after-sync", True), ("after-database", True)]
)
def test_an_append_whose_server_dies_under_it_is_stored_once(folder, monkeypatch, step, repeated):
    monkeypatch.setenv("CRASH_AT", f"{step}:1")
    with open_company(folder) as company:
        monkeypatch.delenv("CRASH_AT")
        done = store(company, rate("2026-01-01"))
        assert done.repeated is repeated
        assert company.query(
            "SELECT count(*) FROM event WHERE position = $at", at=done.positions[0]
        ).rows == [(1,)]
        assert company.log.verify().findings == ()


def test_many_threads_go_on_through_a_kill(folder):
    """Each thread's appends are all there, once and in order."""
    with open_company(folder) as company:

        def work(name):
            for n in range(12):
                store(company, rate(f"2026-{name:02}-{n + 1:02}", event_id=f"{name}-{n}"))

        with ThreadPoolExecutor(6) as pool:
            working = [pool.submit(work, name) for name in range(1, 7)]
            time.sleep(0.2)  # the instant of the kill does not matter
            os.kill(address_of(folder).pid, signal.SIGKILL)
            for each in working:
                each.result(60)
        events = [event.event_id for event in company.read()]
        for name in range(1, 7):
            assert [each for each in events if each.startswith(f"{name}-")] == [
                f"{name}-{n}" for n in range(12)
            ]
        assert company.log.verify().findings == ()


# who else holds it


def test_up_takes_over_from_a_server_for_clients_and_they_go_on(folder):
    with open_company(folder) as company:
        store(company, rate("2026-01-01"))
        first = address_of(folder)
        up = subprocess.Popen(
            [*WORKBENCH, "up", "--port", "0", "--no-browser", "--company", folder],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert "is open at" in up.stdout.readline()
        assert address_of(folder).role == "up"
        assert company.query("SELECT count(*) FROM rate").rows == [(1,)]
        assert gone(first.pid)
        up.terminate()
        up.wait(20)
        up.stdout.close()


def test_a_second_up_names_the_first_and_ends(folder):
    up = [*WORKBENCH, "up", "--port", "0", "--no-browser", "--company", folder]
    first = subprocess.Popen(up, stdout=subprocess.PIPE, text=True)
    first.stdout.readline()
    second = subprocess.run(up, capture_output=True, text=True, check=False, timeout=60)
    first.terminate()
    first.wait(20)
    first.stdout.close()
    assert second.returncode == 1
    assert f"(process {first.pid} on " in second.stderr


def test_a_folder_that_is_held_and_not_served_is_named_with_its_holder(folder):
    with FolderLock(folder), pytest.raises(CompanyBusy, match=f"process {os.getpid()} on"):
        open_company(folder)


def test_what_keeps_a_company_from_opening_is_told_to_whoever_asked(folder):
    shutil.rmtree(folder / "journal")
    (folder / "journal").mkdir()
    with pytest.raises(LogsDisagree, match="there is a database, but no journal"):
        open_company(folder)


# what lies around


def a_stale_address(folder, *, url, pid):
    write_address(
        company_id(folder),
        Address(
            url=url,
            token="t",
            pid=pid,
            role="up",
            release="0.1.0",
            schema=1,
            protocol=PROTOCOL,
            folder=str(folder),
        ),
    )


def test_a_stale_address_whose_process_id_is_somebody_elses_now_hurts_nobody(folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    a_stale_address(folder, url=f"http://127.0.0.1:{port}", pid=os.getpid())
    with open_company(folder) as company:
        assert company.query("SELECT 1").rows == [(1,)]
        assert address_of(folder).pid != os.getpid()


def test_a_client_whose_servers_port_was_taken_by_a_stranger_finds_the_next(folder):
    with open_company(folder) as company:
        served = address_of(folder)
        os.kill(served.pid, signal.SIGKILL)
        assert gone(served.pid)
        with socket.create_server(
            ("127.0.0.1", int(served.url.rpartition(":")[2])), reuse_port=True
        ) as stranger:
            threading.Thread(target=refuse_one, args=(stranger,), daemon=True).start()
            assert company.query("SELECT 1").rows == [(1,)]


def refuse_one(stranger):
    with suppress(OSError):
        while True:
            connection, _ = stranger.accept()
            connection.recv(65536)
            connection.sendall(
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
            )
            connection.close()


def test_a_moved_folder_is_let_go_and_served_where_it_lies_now(folder, tmp_path):
    with open_company(folder):
        server = address_of(folder).pid
        folder.rename(tmp_path / "moved")
        with open_company(tmp_path / "moved") as moved:
            assert moved.query("SELECT 1").rows == [(1,)]
            os.kill(address_of(tmp_path / "moved").pid, signal.SIGKILL)
    assert gone(server)
    shutil.move(tmp_path / "moved", folder)


def test_a_removed_folder_ends_its_server(folder):
    with open_company(folder):
        server = address_of(folder).pid
        shutil.move(folder, folder.with_name("away"))
        assert gone(server)
    shutil.move(folder.with_name("away"), folder)


def ask_in_child(company, pipe):
    pipe.send(company.query("SELECT 7").rows)


def test_a_client_works_on_in_a_forked_child(folder):
    with open_company(folder) as company:
        company.query("SELECT 1")
        hearing, telling = multiprocessing.Pipe(duplex=False)
        child = multiprocessing.get_context("fork").Process(target=ask_in_child, args=(company, telling))
        child.start()
        assert hearing.poll(20)
        assert hearing.recv() == [(7,)]
        child.join()
        assert company.query("SELECT 8").rows == [(8,)]


def test_a_question_that_is_no_text_is_refused_and_one_after_the_end_too(folder):
    with open_company(folder) as company:
        for sql, parameters in (("SELECT '\udcff'", {}), ("SELECT $a", {"a": "\udcff"})):
            with pytest.raises(QueryFailed, match="half a character"):
                company.query(sql, **parameters)
    with pytest.raises(LogClosed):
        company.query("SELECT 1")


def test_what_the_machine_refuses_the_server_is_told_in_words(folder):
    (folder / "exports").write_text("no folder")
    with open_company(folder) as company:
        server = address_of(folder).pid
        with pytest.raises(KernelError, match="exports: File exists"):
            export(company, "jsonl")
        assert address_of(folder).pid == server


def test_a_server_that_ends_without_a_word_is_told_as_such(folder, monkeypatch):
    monkeypatch.setattr(owner.sys, "executable", shutil.which("false"))
    with pytest.raises(owner.NotServed, match="ended without a word"):
        open_company(folder)


def test_own_says_its_address_as_one_line_and_no_token_stands_in_the_process_list(folder):
    child = subprocess.Popen([*WORKBENCH, "own", "--company", folder], stdout=subprocess.PIPE, text=True)
    said = json.loads(child.stdout.readline())
    assert said["role"] == "own"
    listed = subprocess.run(
        ["ps", "-o", "args=", "-p", str(child.pid)], capture_output=True, text=True, check=True
    )
    assert said["token"] not in listed.stdout
    assert child.wait(20) == 0
    child.stdout.close()
