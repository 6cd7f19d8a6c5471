"""The door lets requests in as there are places: what is too much waits outside, and nothing else has to."""

import shutil
import socket
import threading

import httpx
import pytest
from shop import rate

from opc_kernel.event import NEW_STREAM
from workbench import door
from workbench.address import read_address
from workbench.company import company_id, open_company


@pytest.fixture
def served(blank, tmp_path):
    folder = shutil.copytree(blank, tmp_path / "acme")
    with open_company(folder):
        yield folder


class Stalled:
    """A client that announces a request and does not send it."""

    def __init__(self, folder, verb, length):
        address = read_address(company_id(folder), folder)
        host, port = address.url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)))
        head = (
            f"POST /api/{verb} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {address.token}\r\n"
        )
        self.socket.sendall(f"{head}Content-Length: {length}\r\n\r\n".encode())

    def close(self):
        self.socket.close()


def append_aside(folder):
    """Append from a thread; return it, and what will hold the answer."""
    answers = []

    def append():
        with open_company(folder) as company:
            write = rate("2026-01-01")
            answers.append(company.append([write], expected={write.stream: NEW_STREAM}))

    thread = threading.Thread(target=append)
    thread.start()
    return thread, answers


def test_an_append_waits_for_a_place_while_questions_are_answered(served):
    stalled = [Stalled(served, "append", 100) for _ in range(door.PLACES["append"])]
    waiting, answers = append_aside(served)
    with open_company(served) as company:
        assert company.query("SELECT 1").rows == [(1,)]
    waiting.join(0.5)
    assert answers == []
    for each in stalled:
        each.close()
    waiting.join(30)
    assert [answer.positions for answer in answers] == [(1,)]


def test_a_large_one_that_does_not_come_keeps_no_small_one_waiting(served):
    stalled = [Stalled(served, "append", 10 * door.LARGE_BYTES) for _ in range(3)]
    waiting, answers = append_aside(served)
    waiting.join(30)
    assert [answer.positions for answer in answers] == [(1,)]
    for each in stalled:
        each.close()


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("append", b"", 400),
        ("query", b"[]", 400),
        ("query", b"{}", 400),
        ("nothing", b"{}", 404),
        ("read", b"\xff", 400),
    ],
)
def test_what_is_no_request_of_ours_is_refused_in_words(served, verb, body, status):
    address = read_address(company_id(served), served)
    headers = {"Authorization": f"Bearer {address.token}"}

    response = httpx.post(f"{address.url}/api/{verb}", content=body, headers=headers, trust_env=False)

    assert response.status_code == status
    assert response.json()["facts"]["todo"]
