"""Appends that come at once: threads of the owner, and clients of a server, beside one that works alone."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.log.protocol import EventLog
from tests.benchmarks.bench_read_models import booked
from tests.benchmarks.figures import Figure, interleaved
from workbench.company import Company, open_company, own_company
from workbench.founding import found

APPENDS = 320
THREADS = (1, 4, 16)
ROUNDS = 5
SINGLES = 150


def figures() -> Iterator[Figure]:
    os.environ["WORKBENCH_IDLE_S"] = "2"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        for name in ("here", "served"):
            found(Path(folder) / name, demo=False)
        with own_company(Path(folder) / "here") as owner, open_company(Path(folder) / "served") as client:
            yield single(owner, client)
            yield together("in the owner", [owner] * max(THREADS), goal=5.0)
            clients = [open_company(Path(folder) / "served") for _ in range(max(THREADS))]
            yield together("as clients", clients, goal=3.0)
            for each in clients:
                each.close()


def single(owner: Company, client: Company) -> Figure:
    """One append after the other, through a client and on the owner."""
    through, direct = interleaved(SINGLES, appending(client), appending(owner))
    return Figure(
        name="one durable append through a client, beside one on the owner",
        ours=f"{through * 1000:.2f} ms",
        peer=f"{direct * 1000:.2f} ms",
        ratio=through / direct,
        goal="(to watch)",
        reached=True,
    )


def together(where: str, companies: list[Company], *, goal: float) -> Figure:
    speed(companies)  # connects, and fills what is filled at first
    speeds = {
        threads: statistics.median(speed(companies[:threads]) for _ in range(ROUNDS)) for threads in THREADS
    }
    alone, most = speeds[THREADS[0]], speeds[THREADS[-1]]
    return Figure(
        name=f"appends of {'/'.join(map(str, THREADS))} threads at once {where}",
        ours="/".join(f"{speeds[threads]:,.0f}" for threads in THREADS[1:]) + "/s",
        peer=f"{alone:,.0f}/s",
        ratio=most / alone,
        goal=f"at least {goal:g}x",
        reached=most >= goal * alone,
    )


def speed(companies: list[Company]) -> float:
    """Appends a second, one thread a company; the same company may stand there several times."""
    each = APPENDS // len(companies)
    with ThreadPoolExecutor(len(companies)) as pool:
        started = time.perf_counter()
        list(pool.map(lambda log: [append() for append in [appending(log)] for _ in range(each)], companies))
        return APPENDS / (time.perf_counter() - started)


_numbers = count()


def appending(log: EventLog) -> Callable[[], object]:
    def append() -> object:
        stream = f"bank_transaction/{next(_numbers)}"
        return log.append(
            [Write(stream=stream, data=booked(1), actor="bench")], expected={stream: NEW_STREAM}
        )

    return append
