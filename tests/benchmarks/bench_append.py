"""One durable append beside a bare DuckDB insert, and 100,000 events at once beside the eventsourcing library."""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb

from opc_kernel.event import NEW_STREAM, EventData, Registry, Write
from opc_kernel.log.durable import DurableLog
from opc_kernel.log.migrating import known
from opc_kernel.money import AmountText, Currency
from opc_kernel.text import Text
from tests.benchmarks.figures import Figure, interleaved
from tests.benchmarks.peer import EVENTS_AN_AGGREGATE, Peer

SINGLES = 300
BULK = 100_000
BULK_ROUNDS = 5


class Booked(EventData, type="bench.booked"):
    """The same five facts that the peer stores."""

    booked_on: date
    amount: AmountText
    currency: Currency
    text: Text
    counterparty: Text


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        yield single(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        yield bulk(Path(folder))


def single(folder: Path) -> Figure:
    """Journal and database, against the same row into the same table with the same indexes."""
    numbers = iter(range(10**9))
    log = DurableLog(new_folder(folder), Registry([Booked]))
    bare = duckdb.connect(str(folder / "bare.duckdb"))
    bare.execute(known()[0].statements)
    columns = [name for name, *_ in bare.execute("DESCRIBE event").fetchall()]
    insert = f"INSERT INTO event ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"

    def append() -> None:
        stream = f"account/{next(numbers)}"
        log.append([Write(stream=stream, data=booked(), actor="bench")], expected={stream: NEW_STREAM})

    def bare_insert() -> None:
        number = next(numbers)
        row = bare_row(number)
        bare.execute(insert, [row[name] for name in columns])

    ours, peer = interleaved(SINGLES, append, bare_insert)
    log.close()
    bare.close()
    return Figure(
        name="one durable append (journal and database), beside a bare insert",
        ours=f"{ours * 1000:.2f} ms",
        peer=f"{peer * 1000:.2f} ms",
        ratio=ours / peer,
        goal="at most 2x",
        reached=ours <= 2 * peer,
    )


def bulk(folder: Path) -> Figure:
    """Made, validated, chained, synced and queryable, against made and stored in one transaction."""
    rounds = [(ours_in_bulk(folder), peer_in_bulk(folder)) for _ in range(BULK_ROUNDS)]
    ours, peer = (statistics.median(times) for times in zip(*rounds, strict=True))
    return Figure(
        name=f"bulk append of {BULK:,} events, beside eventsourcing on SQLite",
        ours=f"{BULK / ours:,.0f}/s",
        peer=f"{BULK / peer:,.0f}/s",
        ratio=peer / ours,
        goal="at least 2x",
        reached=peer >= 2 * ours,
    )


def ours_in_bulk(folder: Path) -> float:
    with DurableLog(new_folder(folder), Registry([Booked])) as log:
        streams = [f"account/{number}" for number in range(BULK // EVENTS_AN_AGGREGATE)]
        gc.collect()
        started = time.perf_counter()
        writes = (
            Write(stream=stream, data=booked(), actor="bench")
            for stream in streams
            for _ in range(EVENTS_AN_AGGREGATE)
        )
        log.append(writes, expected=dict.fromkeys(streams, NEW_STREAM))
        return time.perf_counter() - started


def peer_in_bulk(folder: Path) -> float:
    peer = Peer(folder)
    gc.collect()
    started = time.perf_counter()
    peer.bulk(BULK)
    return time.perf_counter() - started


def booked() -> Booked:
    return Booked(
        booked_on=date(2026, 1, 1),
        amount="-12.34",
        currency="EUR",
        text="Rechnung 2026-001 vielen Dank",
        counterparty="Muster GmbH",
    )


def bare_row(number: int) -> dict[str, object]:
    """The row that an append stores, made beforehand."""
    return {
        "position": number + 1,
        "stream": f"account/{number}",
        "version": 1,
        "event_id": f"{number:026x}",
        "type": "bench.booked",
        "schema_version": 1,
        "data": booked().encoded().decode(),
        "salt": "0" * 32,
        "data_hash": "0" * 64,
        "source": "workbench",
        "source_id": None,
        "actor": "bench",
        "consent": None,
        "correlation_id": f"{number:026x}",
        "causation_id": None,
        "occurred_at": "2026-01-01T00:00:00Z",
        "recorded_at": "2026-01-01T00:00:00Z",
        "chain_hash": "0" * 64,
    }


def new_folder(folder: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=folder))
