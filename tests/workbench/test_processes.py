"""Commands beside a server, and what is left when processes are killed: real processes, real signals."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from shop import SETTINGS, Shop, rate, statement, unreadable

from opc_kernel.event import NEW_STREAM
from opc_kernel.log.errors import EventIdTaken, QueryRefused, VersionConflict
from workbench.address import Address, read_address, remove_address, write_address
from workbench.client import ClientLog
from workbench.company import company_id, open_briefly, open_company, own_company
from workbench.owner import OtherProtocol, serving
from workbench.wire import PROTOCOL

WORKBENCH = Path(sys.executable).with_name("workbench")
SANDTOR = "RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR"
PAYMENTS = """
2026-10-10, 1187.50, Sandtor GmbH, RE-2026-001
2026-10-11, 5.00, Kiosk, change
2026-10-12, -7.00, Kiosk, coffee
"""


def run(*arguments, company=None, **more):
    given = [*arguments] if company is None else [*arguments, "--company", company]
    return subprocess.run([WORKBENCH, *given], capture_output=True, check=False, timeout=60, **more)


@pytest.mark.parametrize(("words", "code"), [(("queue", "list"), 3), (("dance",), 2)])
def test_a_program_without_a_place_for_its_words_is_still_run(words, code, folder):
    command = 'exec "$@" >&- 2>&-'
    done = subprocess.run(["sh", "-c", command, "sh", WORKBENCH, *words, "--company", folder], check=False)
    assert done.returncode == code


@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_a_port_that_is_none_is_wrong_usage(port, folder):
    assert run("up", "--port", port, company=folder).returncode == 2


def told(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


class Server:
    """`workbench up` as a child; it is there when its first lines are."""

    def __init__(self, folder):
        self.child = subprocess.Popen(
            [WORKBENCH, "up", "--port", "0", "--no-browser", "--company", folder],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said = [self.child.stdout.readline() for _ in range(2)]
        address = read_address(company_id(folder), folder)
        assert address is not None, self.said
        self.url = address.url
        with httpx.Client(transport=httpx.HTTPTransport(retries=6), trust_env=False) as http:
            http.get(self.url)  # waits, with growing pauses, until it listens

    def kill(self, sign=signal.SIGKILL):
        self.child.send_signal(sign)
        self.child.wait(timeout=30)
        self.child.stdout.close()


@pytest.fixture(scope="module")
def runtime(tmp_path_factory):
    """One place for addresses for the servers of this file."""
    return tmp_path_factory.mktemp("runtime")


@pytest.fixture(autouse=True)
def shared_runtime(runtime, runtime_folder, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    shop = Shop(tmp_path_factory.mktemp("worked") / "acme", SETTINGS)
    shop.invoices(SANDTOR)
    shop.pay(PAYMENTS)
    shop.work()
    shop.company.close()
    return shop.folder


@pytest.fixture
def folder(worked, tmp_path):
    return shutil.copytree(worked, tmp_path / "acme")


@pytest.fixture(scope="module")
def served(worked, tmp_path_factory, runtime):
    """One served company for the tests that only add to it."""
    folder = shutil.copytree(worked, tmp_path_factory.mktemp("served") / "acme")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        server = Server(folder)
    yield folder
    server.kill(signal.SIGTERM)
    assert "Traceback" not in "".join(server.said)


# beside a server


def test_the_queue_is_the_same_beside_a_server_as_without(served, folder):
    direct, through = (
        run("queue", "list", "--json", company=folder),
        run("queue", "list", "--json", company=served),
    )

    assert (direct.returncode, through.returncode) == (3, 3)
    assert [row["key"] for row in told(through)] == [row["key"] for row in told(direct)]
    assert [set(row) for row in told(through)] == [set(row) for row in told(direct)]


@pytest.mark.parametrize(
    "question",
    [
        "SELECT * FROM bank_transaction ORDER BY stream",
        "SELECT * FROM settlement ORDER BY stream",
        "SELECT * EXCLUDE (version, first_shown_at) FROM queue ORDER BY key",
        "SELECT * FROM event WHERE position <= 20 ORDER BY position",
        "SELECT 170141183460469231731687303715884105727 AS a, 'nan'::DOUBLE IS NULL AS b, '\\xAA\\x00'::BLOB AS c",
        "SELECT DATE '2026-11-02' AS a, 12.5000::DECIMAL(19, 4) AS b, {'x': [1, NULL]} AS c, [DATE '2026-11-02'] AS d",
        "SELECT 1 WHERE false",
    ],
)
def test_a_question_has_the_same_answer_beside_a_server_as_without(served, worked, question):
    with open_company(served) as through, own_company(worked) as direct:
        assert isinstance(through.log, ClientLog)
        assert through.query(question) == direct.query(question)


def test_an_append_through_a_server_is_stored_and_its_retry_adds_nothing(served):
    write = rate("2026-01-01", event_id="rate-1")
    with open_company(served) as company:
        first = company.append([write], expected={write.stream: NEW_STREAM})
        again = company.append([write], expected={write.stream: NEW_STREAM})
        stored = [event.event_id for event in company.read(after=first.positions[0] - 1, limit=1)]

    assert (again.positions, again.repeated, stored) == (first.positions, True, ["rate-1"])


def test_a_refusal_through_a_server_is_the_same_refusal(served):
    write = rate("2026-01-02", event_id="rate-2")
    with open_company(served) as company:
        company.append([write], expected={write.stream: NEW_STREAM})
        with pytest.raises(EventIdTaken) as taken:
            company.append([rate("2026-01-02", "0.99", "rate-2")], expected={write.stream: NEW_STREAM})
        with pytest.raises(VersionConflict) as conflict:
            company.append([rate("2026-01-02")], expected={write.stream: NEW_STREAM})
        with pytest.raises(QueryRefused):
            company.query("DROP TABLE event")

    assert taken.value.event_id == "rate-2"
    assert (conflict.value.stream, conflict.value.expected, conflict.value.actual) == (write.stream, 0, 1)


def test_all_events_come_through_a_server_in_order(served):
    with open_company(served) as company:
        events = list(company.read())

    assert [event.position for event in events] == list(range(1, len(events) + 1))


def test_a_decision_through_a_server_is_taken_and_its_work_done(served):
    row = next(
        row for row in told(run("queue", "list", "--json", company=served)) if row["kind"] == "proposal"
    )

    done = run("queue", "approve", row["key"], company=served)
    again = run("queue", "approve", row["key"], company=served)

    assert (done.returncode, again.returncode) == (0, 0)
    assert b"was recorded before" in again.stdout
    books = told(
        run(
            "sql",
            "SELECT invoice, decided_by FROM ledger WHERE invoice IS NOT NULL",
            "--json",
            company=served,
        )
    )
    assert books == [{"invoice": "RE-2026-001", "decided_by": "operator"}]


def test_verify_rebuild_and_backup_go_through_the_server(served, tmp_path):
    verified = run("log", "verify", "--json", company=served)
    checked = run("log", "rebuild", "--check", company=served)
    backed = run("log", "backup", tmp_path / "backup", company=served)
    inside = run("log", "backup", served / "raw" / "backup", company=served)

    assert [each.returncode for each in (verified, checked, backed, inside)] == [0, 0, 0, 1]
    assert told(verified)[0]["findings"] == []
    assert b"it lies inside the company's own folder" in inside.stderr
    restored = run("log", "restore", tmp_path / "backup", tmp_path / "restored")
    assert restored.returncode == 0, restored.stderr


def test_the_doctor_looks_beside_a_server(served):
    looked = run("doctor", "--full", "--json", company=served)
    moved = run("doctor", "--moved", company=served)

    found = {each["check"] for each in told(looked)}
    assert {"place", "backup"} <= found, "it is a copy nobody has backed up"
    assert found.isdisjoint({"opening", "journal", "verify", "read models", "holder"})
    assert (moved.returncode, b"is in use by" in moved.stderr) == (1, True)


def test_an_encrypted_backup_through_a_server_grows(served, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_BACKUP_PASSPHRASE", "four words and more")
    for _ in range(2):
        made = run("log", "backup", "--encrypt", "--quick", tmp_path / "sealed", company=served)
        assert made.returncode == 0, made.stderr
    restored = run("log", "restore", tmp_path / "sealed", tmp_path / "unsealed")
    assert restored.returncode == 0, restored.stderr
    assert run("log", "verify", company=tmp_path / "unsealed").returncode == 0


def test_two_processes_with_the_same_file_at_once_book_it_once(served, tmp_path):
    path = tmp_path / "more.csv"
    path.write_text(statement("\n".join(f"2026-10-{day:02d}, {day}.11, Bakery, x" for day in range(1, 29))))
    command = [WORKBENCH, "ingest", path, "--company", served]

    children = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    said = [child.communicate(timeout=60) for child in children]

    assert [child.returncode for child in children] == [0, 0], said
    with open_company(served) as company:
        assert company.query("SELECT count(*) FROM bank_transaction WHERE text = 'x'").rows == [(28,)]


# without a server


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_under_the_log_file_prints_no_traceback(folder, monkeypatch):
    monkeypatch.setenv("WORKBENCH_LOG", "/dev/full")
    done = run("sql", "SELECT 1", company=folder)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)


def test_two_processes_at_once_wait_for_each_other(folder, tmp_path):
    path = tmp_path / "more.csv"
    path.write_text(statement("2026-10-01, 1.11, Kiosk, x"))
    command = [WORKBENCH, "ingest", path, "--company", folder]

    children = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    said = [child.communicate(timeout=60) for child in children]

    assert [child.returncode for child in children] == [0, 0], said
    assert sorted(b"1 added" in out for out, _ in said) == [False, True]


def test_a_broken_pipe_ends_a_command_quietly(folder):
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(
        [WORKBENCH, "log", "tail", "-n", "10000", "--json", "--company", folder],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (1, b"")


def test_a_name_that_is_no_text_does_not_stop_a_command(folder, tmp_path):
    good, bad = unreadable(tmp_path), unreadable(tmp_path).with_suffix(".dat")
    good.write_text(statement("2026-10-01, 1.11, Kiosk, x"))
    bad.write_text("a letter")

    spoken = run("ingest", "--dry-run", os.fsencode(good), os.fsencode(bad), company=folder)
    asked = run("ingest", "--dry-run", "--json", os.fsencode(good), os.fsencode(bad), company=folder)

    assert (spoken.returncode, asked.returncode) == (1, 1)
    assert b"Traceback" not in spoken.stderr + asked.stderr
    assert [record["status"] for record in told(asked)] == ["read", "refused"]
    assert os.fsencode(told(asked)[0]["path"]) == os.fsencode(good)


def test_log_lines_carry_correlation_ids_and_no_payload(folder, tmp_path):
    path = tmp_path / "secret-customer.csv"
    path.write_text(statement("2026-10-01, 4711.11, Geheim GmbH, Vertraulich"))

    run("ingest", path, company=folder)
    run("work", "--until-idle", company=folder)

    text = (folder / "workbench.log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    appends = [line for line in lines if line["event"] == "append"]
    assert {line["event"] for line in lines} >= {"open", "ingest", "append", "query", "work"}
    assert appends
    assert all(line["correlation_id"] and line["position"] and line["duration_ms"] >= 0 for line in appends)
    assert not any(word in text for word in ("Geheim", "Vertraulich", "4711", "secret-customer"))
    with open_company(folder) as company:
        stories = {story for (story,) in company.query("SELECT DISTINCT correlation_id FROM event").rows}
    assert {line["correlation_id"] for line in appends} <= stories


# what is left


def test_after_kill_9_of_the_server_the_next_command_works_alone(folder):
    server = Server(folder)
    assert read_address(company_id(folder), folder) is not None
    server.kill(signal.SIGKILL)

    assert read_address(company_id(folder), folder) is not None  # nobody took it back
    done = run("queue", "list", "--json", company=folder)

    assert (done.returncode, len(told(done))) == (3, 3)
    assert b"Traceback" not in done.stderr
    assert run("log", "verify", company=folder).returncode == 0


def test_an_ended_server_takes_its_address_back(folder):
    server = Server(folder)

    server.kill(signal.SIGINT)

    assert read_address(company_id(folder), folder) is None


def an_address(url, folder, *, pid=1, protocol=PROTOCOL):
    return Address(
        url=url,
        token="t",
        pid=pid,
        role="up",
        release="0.1.0",
        schema=1,
        protocol=protocol,
        folder=str(folder),
    )


class Stranger:
    """Something else that listens where a server once did."""

    def __init__(self, body=b"hello", status=200):
        import threading
        from http.server import BaseHTTPRequestHandler, HTTPServer

        asked = self.asked = []

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Be quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.parametrize("body", [b"hello", b"[]", b"{}", b'{"company": "another"}', b"null", b"\xff\xfe"])
def test_a_stranger_at_a_stale_address_is_not_taken_for_the_server(folder, body):
    stranger = Stranger(body)
    identity = company_id(folder)
    write_address(identity, an_address(stranger.url, folder))

    assert serving(folder, identity) is None
    stranger.close()


def test_a_stale_address_where_nobody_listens_is_passed_over(folder):
    stranger = Stranger()
    stranger.close()
    identity = company_id(folder)
    write_address(identity, an_address(stranger.url, folder))

    with open_briefly(folder) as company:
        assert not isinstance(company.log, ClientLog)


def test_a_server_of_another_release_is_named(folder):
    identity = company_id(folder)
    stranger = Stranger(json.dumps({"company": identity}).encode())
    write_address(identity, an_address(stranger.url, folder, protocol=99))

    with pytest.raises(OtherProtocol, match="speaks protocol 99"):
        serving(folder, identity)
    stranger.close()


def test_a_server_is_asked_once_whether_it_is_there(folder):
    server = Stranger(json.dumps({"company": company_id(folder)}).encode())
    write_address(company_id(folder), an_address(server.url, folder))

    for opening in (open_briefly, open_company):
        with opening(folder) as company:
            assert isinstance(company.log, ClientLog)
    assert server.asked == ["/api/health"] * 2
    server.close()


def test_a_torn_address_file_is_no_address(folder):
    identity = company_id(folder)
    path = write_address(identity, an_address("http://x", folder))
    path.write_bytes(b'{"url": ')

    assert read_address(identity, folder) is None
    assert path.stat().st_mode & 0o077 == 0


def test_the_server_of_a_copy_does_not_hide_the_originals(tmp_path):
    def address(name, pid):
        return an_address(f"http://{name}", tmp_path / name, pid=pid)

    for name, pid in (("original", 1), ("copy", 2)):
        write_address("same-id", address(name, pid))

    remove_address("same-id", 2)

    assert read_address("same-id", tmp_path / "original") == address("original", 1)
    assert read_address("same-id", tmp_path / "copy") is None


def test_a_copied_folder_does_not_talk_to_the_originals_server(served, tmp_path):
    copy = shutil.copytree(served, tmp_path / "copy")

    assert company_id(copy) == company_id(served)
    with open_briefly(copy) as company:
        assert not isinstance(company.log, ClientLog)


def test_a_company_closed_here_can_be_opened_here_again(folder):
    first = own_company(folder)
    first.close()

    with own_company(folder) as again:
        assert again.query("SELECT 1").rows == [(1,)]


def test_a_company_held_here_is_lent_and_not_closed_by_whoever_borrowed_it(folder):
    with own_company(folder) as holder:
        with open_company(folder) as borrower:
            assert borrower.query("SELECT 1").rows == [(1,)]
        assert holder.query("SELECT 2").rows == [(2,)]


def test_wrong_settings_do_not_keep_a_folder_locked(folder):
    good = (folder / "workbench.toml").read_text()
    (folder / "workbench.toml").write_text("zone = 7")
    refused = run("queue", "list", company=folder)
    (folder / "workbench.toml").write_text(good)

    assert refused.returncode == 1
    assert run("queue", "list", company=folder).returncode == 3
