"""What stays as fast when a company grows: one stream, an append that is read at once, the queue, opening, memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from opc_kernel.approvals.queue import open_rows
from opc_kernel.approvals.row import Proposal, ProposalMade, content_hash
from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.log.durable import DurableLog
from tests.benchmarks.bench_read_models import EVENTS_A_TRANSACTION, booked, fill
from tests.benchmarks.figures import Figure, interleaved
from workbench import composition

SIZES = tuple(int(size) for size in os.environ.get("BENCH_SIZES", "10000,100000,1000000").split(","))
OPEN_ROWS = 30
ROUNDS = 30
OPENINGS = 3
ONE_STREAM = "SELECT position, type, data FROM event_now WHERE stream = $stream ORDER BY version"
ITS_ROW = "SELECT version, amount FROM bank_transaction WHERE stream = $stream"
OPENING = """
import json, sys, time
from pathlib import Path
from workbench import composition
started = time.perf_counter()
with composition.open_log(Path(sys.argv[1])) as log:
    opened_s = time.perf_counter() - started
    log.query("SELECT count(*) FROM queue WHERE state = 'open'")
    status = Path("/proc/self/status").read_text()  # ru_maxrss would count the parent's memory before exec
print(json.dumps([opened_s, int(status.split("VmHWM:")[1].split()[0]) / 1024]))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Seconds, and MiB of memory, at one size."""

    one_stream: float
    append_and_read: float
    queue: float
    opening: float
    memory: float


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        measured = [measure(Path(folder) / str(size), size) for size in SIZES]
    for name, what, unit in (
        ("one_stream", "the events of one stream", 1000),
        ("append_and_read", "an append and its row in the read model", 1000),
        ("queue", f"what needs me ({OPEN_ROWS} open rows)", 1000),
    ):
        yield figure(what, [getattr(each, name) * unit for each in measured], "ms", goal=2.0)
    yield figure("opening", [each.opening * 1000 for each in measured], "ms", goal=None)
    yield figure(
        "memory of a process that opened it and asked", [each.memory for each in measured], "MiB", goal=None
    )


def figure(what: str, values: list[float], unit: str, *, goal: float | None) -> Figure:
    between = "/".join(f"{value:.1f}" for value in values[1:])
    ratio = values[-1] / values[0]
    sizes = "/".join(f"{size:,}" for size in SIZES)
    return Figure(
        name=f"{what}, {sizes} events",
        ours=f"{between} {unit}",
        peer=f"{values[0]:.1f} {unit}",
        ratio=ratio,
        goal="(to watch)" if goal is None else f"at most {goal:g}x",
        reached=goal is None or ratio <= goal,
    )


def measure(folder: Path, size: int) -> Measured:
    folder.mkdir()
    with composition.open_log(folder) as log:
        fill(log, size // EVENTS_A_TRANSACTION)
        asked = [proposal(number) for number in range(OPEN_ROWS)]
        log.append(asked, expected={each.stream: NEW_STREAM for each in asked})
        one_stream, append_and_read, queue = alive(log)
    opening, memory = zip(*[opened(folder) for _ in range(OPENINGS)], strict=True)
    return Measured(
        one_stream=one_stream,
        append_and_read=append_and_read,
        queue=queue,
        opening=min(opening),
        memory=min(memory),
    )


def alive(log: DurableLog) -> list[float]:
    numbers = iter(range(10**9))

    def append_and_read() -> None:
        stream = f"bank_transaction/late-{next(numbers)}"
        log.append([Write(stream=stream, data=booked(0), actor="bench")], expected={stream: NEW_STREAM})
        assert len(log.query(ITS_ROW, stream=stream)) == 1

    def one_stream() -> None:
        assert len(log.query(ONE_STREAM, stream=f"task/{next(numbers)}")) > 1

    def queue() -> None:
        assert len(open_rows(log, today=booked(0).booked_on)) == OPEN_ROWS

    bodies = (one_stream, append_and_read, queue)
    interleaved(3, *bodies)
    return interleaved(ROUNDS, *bodies)


def opened(folder: Path) -> tuple[float, float]:
    told = subprocess.run(
        [sys.executable, "-c", OPENING, str(folder)], capture_output=True, check=True, text=True
    )
    opened_s, memory = json.loads(told.stdout)
    return opened_s, memory


def proposal(number: int) -> Write:
    shown = Proposal(
        summary=f"Book {number}?", reason="it may be", facts=(), action="books.settle", content="x"
    )
    made = ProposalMade(task=f"task/{number}", capability="books", hash=content_hash(shown), proposal=shown)
    return Write(stream=f"proposal/{number}", data=made, actor="bench")
