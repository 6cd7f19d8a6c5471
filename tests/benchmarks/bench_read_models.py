"""Rebuilding every read model of the product over 1,000,000 events: beside eventsourcing's replay and bare DuckDB."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.flow.task import TaskCompleted, TaskRequested, TaskStarted
from opc_kernel.log.durable import DurableLog
from opc_kernel.money import Money
from tests.benchmarks.figures import Figure, interleaved
from tests.benchmarks.peer import Peer
from workbench import composition
from workbench.capabilities.books.events import TransactionCategorised
from workbench.connectors.bank.events import TransactionBooked

EVENTS = int(os.environ.get("BENCH_EVENTS", "1000000"))
EVENTS_A_TRANSACTION = 5
BATCH = 20_000
ROUNDS = 3
REPLAYED = 50_000


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        log = composition.open_log(Path(folder))
        fill(log, EVENTS // EVENTS_A_TRANSACTION)
        ours, bare = interleaved(ROUNDS, log.rebuild, lambda: bare_rebuild(log))
        yield caught_up(log)
        log.close()
        replay = Peer(Path(folder)).replay(REPLAYED)
    speed, peer_speed = EVENTS / ours, REPLAYED / replay
    yield Figure(
        name=f"rebuild all read models, {EVENTS:,} events, beside replay",
        ours=f"{speed:,.0f}/s",
        peer=f"{peer_speed:,.0f}/s",
        ratio=speed / peer_speed,
        goal="at least 15x",
        reached=speed >= 15 * peer_speed,
    )
    yield Figure(
        name="the same beside bare DuckDB with the same folds",
        ours=f"{ours:.2f} s",
        peer=f"{bare:.2f} s",
        ratio=ours / bare,
        goal="at most 1.5x",
        reached=ours <= 1.5 * bare,
    )


def caught_up(log: DurableLog) -> Figure:
    """One append and a question that must see it, beside the append alone."""
    numbers = iter(range(10**9))

    def append() -> None:
        stream = f"bank_transaction/late-{next(numbers)}"
        log.append([Write(stream=stream, data=booked(0), actor="bench")], expected={stream: NEW_STREAM})

    def append_and_ask() -> None:
        append()
        log.query("SELECT count(*) FROM task")

    append_and_ask()
    both, alone = interleaved(50, append_and_ask, append)
    return Figure(
        name=f"append and a question that sees it, at {EVENTS:,} events",
        ours=f"{both * 1000:.1f} ms",
        peer=f"{alone * 1000:.1f} ms",
        ratio=both / alone,
        goal="(to watch)",
        reached=True,
    )


def bare_rebuild(log: DurableLog) -> None:
    with log._database.transaction() as cursor:
        for model in composition.READ_MODELS:
            folded = f"SELECT * FROM event WHERE starts_with(stream, '{model.category}/')"
            cursor.execute(f"CREATE OR REPLACE TABLE bare AS WITH folded AS ({folded}) FROM ({model.fold}\n)")


def fill(log: DurableLog, transactions: int) -> None:
    for start in range(0, transactions, BATCH):
        writes = [
            write for number in range(start, min(start + BATCH, transactions)) for write in story(number)
        ]
        log.append(writes, expected={write.stream: NEW_STREAM for write in writes})


def story(number: int) -> list[Write]:
    """One transaction with its task, from the bank's line to its category."""
    transaction, task = f"bank_transaction/{number}", f"task/{number}"
    return [
        Write(stream=transaction, data=booked(number), actor="bench"),
        Write(stream=task, data=REQUESTED, actor="conductor"),
        Write(stream=task, data=TaskStarted(worker="bench"), actor="bookkeeper"),
        Write(stream=transaction, data=CATEGORISED, actor="bookkeeper"),
        Write(stream=task, data=TaskCompleted(result="booked as software"), actor="bookkeeper"),
    ]


def booked(number: int) -> TransactionBooked:
    return TransactionBooked(
        account="DE67900501200004187720",
        booked_on=date(2026, 1 + number % 12, 1 + number % 28),
        money=Money.of(f"-{number % 900}.50", "EUR"),
        counterparty="Hetzner Online GmbH",
        text=f"Rechnung R{number:08d}",
        ordinal=1,
        statement="bank_statement/bench",
    )


REQUESTED = TaskRequested(kind="books.settle_transaction", agent="bookkeeper", subject="x", trigger="y")
CATEGORISED = TransactionCategorised(
    category="software", decided_by="automatic", reason="your rule covers it"
)
