"""A sync of the workbook beside plain openpyxl, which loads and saves the same file: time, and memory of a process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import openpyxl

from sheets_sync.excel import ExcelWorkbook
from sheets_sync.row import Row
from sheets_sync.sync import synchronize
from sheets_sync.testing import MemoryBase, MemoryQueue
from tests.benchmarks.figures import Figure, interleaved
from workbench.sheets.schema import SCHEMA

SIZES = tuple(int(size) for size in os.environ.get("BENCH_SHEET_ROWS", "100,1000,10000").split(","))
FEWEST_ROUNDS, ROWS_IN_ALL = 3, 3_000
CHANGED = 100  # every so manieth row
MOST_CHANGED, MOST_UNCHANGED, MOST_MEMORY = 1.5, 0.1, 1.5
CHILD = """
import sys
from pathlib import Path
from tests.benchmarks import bench_sheets
getattr(bench_sheets, sys.argv[1])(Path(sys.argv[2]), int(sys.argv[3]))
status = Path("/proc/self/status").read_text()  # ru_maxrss would count the parent's memory before exec
print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


def figures() -> Iterator[Figure]:
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            yield from of_size(Path(folder) / "approvals.xlsx", size)


def of_size(path: Path, size: int) -> Iterator[Figure]:
    queue, base = MemoryQueue(*map(row, range(size))), MemoryBase()
    rounds = count(1)

    def sync() -> None:
        synchronize(SCHEMA, queue, ExcelWorkbook(path), base)

    def changed() -> None:
        change(queue, next(rounds))
        sync()

    sync()
    changed_s, unchanged_s, peer_s = interleaved(rounds_of(size), changed, sync, lambda: peer(path, size))
    yield timed(f"sync, 1 % of {size:,} rows changed", changed_s, peer_s, MOST_CHANGED)
    yield timed(f"sync, nothing changed in {size:,} rows", unchanged_s, peer_s, MOST_UNCHANGED)
    ours, peers = memory("ours", path, size), memory("peer", path, size)
    yield Figure(
        name=f"memory of a process that syncs {size:,} rows",
        ours=f"{ours:.0f} MiB",
        peer=f"{peers:.0f} MiB",
        ratio=ours / peers,
        goal=f"at most {MOST_MEMORY:g}x",
        reached=ours <= MOST_MEMORY * peers,
    )


def rounds_of(size: int) -> int:
    """Return more rounds for a small workbook, which a busy moment disturbs most."""
    return max(FEWEST_ROUNDS, ROWS_IN_ALL // size)


def timed(what: str, ours_s: float, peer_s: float, most: float) -> Figure:
    return Figure(
        name=f"{what}; openpyxl load + save",
        ours=f"{ours_s * 1000:.0f} ms",
        peer=f"{peer_s * 1000:.0f} ms",
        ratio=ours_s / peer_s,
        goal=f"at most {most:g}x",
        reached=ours_s <= most * peer_s,
    )


def memory(who: str, path: Path, size: int) -> float:
    told = subprocess.run(
        [sys.executable, "-c", CHILD, who, str(path), str(size)], capture_output=True, check=True, text=True
    )
    return float(told.stdout)


def ours(path: Path, size: int) -> None:
    queue = MemoryQueue(*map(row, range(size)))
    change(queue, 0)
    assert synchronize(SCHEMA, queue, ExcelWorkbook(path), MemoryBase()).updated >= size // CHANGED


def peer(path: Path, size: int) -> None:
    book = openpyxl.load_workbook(path)
    assert book[SCHEMA.sheet].max_row == size + 1
    book.save(path.with_name("peer.xlsx"))


def change(queue: MemoryQueue, number: int) -> None:
    for key, item in list(queue.items.items())[::CHANGED]:
        queue.items[key] = replace(item, status=f"deferred, {number}")


def row(number: int) -> Row:
    return Row(
        key=f"proposal/{number}",
        hash=f"{number:064x}",
        cells={
            "at_stake": Decimal(f"{number}.50"),
            "kind": "proposal",
            "summary": f"Book transfer {number} to Muster GmbH?",
            "reason": f"The amount fits to invoice {number}. The name is alike. Nothing else has this amount.\n"
            * 2,
            "content": f"invoice: {number}\nbank transaction: {number}",
            "confidence": Decimal("0.87"),
            "risk": ("low", "medium", "high")[number % 3],
            "asked_on": date(2026, 5, 1) + timedelta(number % 30),
            "undo": "soften",
        },
        status="waits for you",
        open=True,
        decisions=("approve", "edit", "reject", "defer", "ask"),
    )
