"""A sync of the Google spreadsheet beside gspread's plain reading of the same tab, both from a stand-in on loopback.

The stand-in keeps what it has encoded, so that it is the client that is measured.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import gspread
import requests
from google.oauth2.credentials import Credentials

from sheets_sync.google.transport import Transport
from sheets_sync.google.workbook import GoogleWorkbook
from sheets_sync.sync import synchronize
from sheets_sync.testing import MemoryBase, MemoryQueue
from sheets_sync.testing.google import OWNER
from tests.benchmarks.bench_sheets import CHANGED, SIZES, change, row
from tests.benchmarks.figures import Figure, interleaved
from workbench.sheets.schema import SCHEMA

ROUNDS = 5
MOST = 1.5
CALLS = 2


class Plain(gspread.HTTPClient):
    """gspread as it comes, but for where Google is."""

    origin = ""

    def request(self, method, endpoint, **named):
        path = endpoint.partition("://")[2].partition("/")[2]
        return super().request(method, f"{self.origin}/{path}", **named)


@contextmanager
def stand_in() -> Iterator[dict[str, str]]:
    child = subprocess.Popen(
        [sys.executable, "-m", "sheets_sync.testing.google"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        yield json.loads(child.stdout.readline())
        child.communicate()


def figures() -> Iterator[Figure]:
    for size in SIZES:
        with stand_in() as google:
            yield from of_size(google, size)


def of_size(google: dict[str, str], size: int) -> Iterator[Figure]:
    queue, base = MemoryQueue(*map(row, range(size))), MemoryBase()
    rounds, calls = count(1), []
    transport = Transport(Credentials(google["token"]), where="bench", account=OWNER, origin=google["url"])
    transport.session.hooks["response"].append(lambda answer, **_: calls.append(answer.request.path_url))
    workbook = GoogleWorkbook(transport, google["id"], where="bench", itself="", shared_with=[OWNER])
    plain = peer(google)

    def sync() -> None:
        synchronize(SCHEMA, queue, workbook, base)

    def changed() -> None:
        change(queue, next(rounds))
        sync()

    sync()
    tab = plain.open_by_key(google["id"]).worksheet(SCHEMA.sheet)
    changed()
    calls.clear()
    changed()
    asked = [each for each in calls if each.startswith("/v4/")]
    changed_s, peer_s = interleaved(ROUNDS, changed, lambda: read_all(tab, size))
    yield timed(f"Google sync, 1 % of {size:,} rows changed", changed_s, peer_s)
    sync()  # the first after a write learns what Google answers now
    unchanged_s, peer_s = interleaved(ROUNDS, sync, lambda: read_all(tab, size))
    yield timed(f"Google sync, nothing changed in {size:,} rows", unchanged_s, peer_s)
    yield Figure(
        name=f"calls of Sheets in a sync that changes {size // CHANGED or 1:,} of {size:,} rows",
        ours=str(len(asked)),
        peer=str(CALLS),
        ratio=len(asked) / CALLS,
        goal=f"at most {CALLS}",
        reached=len(asked) <= CALLS,
    )


def read_all(tab: gspread.Worksheet, size: int) -> None:
    assert len(tab.get_all_values()) == size + 1


def peer(google: dict[str, str]) -> gspread.Client:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {google['token']}"
    client = gspread.Client(None, session=session, http_client=Plain)
    client.http_client.origin = google["url"]
    return client


def timed(what: str, ours_s: float, peer_s: float) -> Figure:
    return Figure(
        name=f"{what}; gspread reads all",
        ours=f"{ours_s * 1000:.0f} ms",
        peer=f"{peer_s * 1000:.0f} ms",
        ratio=ours_s / peer_s,
        goal=f"at most {MOST:g}x",
        reached=ours_s <= MOST * peer_s,
    )
