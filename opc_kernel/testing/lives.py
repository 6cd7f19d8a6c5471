"""Writers that are killed: each life appends in a process of its own, and whoever hears it is the oracle outside."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Protocol

from opc_kernel.event import ANY_VERSION, Event, Write
from opc_kernel.log.append import Appended
from opc_kernel.log.crash import STEPS, Crash, no_crash
from opc_kernel.log.protocol import EventLog

CLEAN = multiprocessing.get_context("forkserver")
"""Children come from a process that never opened a database: DuckDB does not outlive a fork."""
CLEAN.set_forkserver_preload(["opc_kernel.log.durable"])

IDLE = "idle"
"""The phase between an acknowledgement and the first step of the next append."""
OPENING = "opening"
PHASES = (OPENING, *STEPS, IDLE)

Acknowledged = Mapping[int, Sequence[int]]
"""The positions each append was answered with, by its number in the plan."""


class Opener(Protocol):
    """Opens the log of a life; it goes to the child process, so it can be pickled."""

    def __call__(self, *, crash: Crash) -> AbstractContextManager[EventLog]:
        """Open a log that calls `crash` at the steps of an append."""
        ...


class Plan(Protocol):
    """The appends of a life by number; the same ones, with the same ids, in every process and at every retry."""

    def __len__(self) -> int:
        """How many appends there are."""
        ...

    def __getitem__(self, number: int, /) -> Sequence[Write]:
        """Return the events of one append."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What was heard of a process until it ended."""

    acknowledged: dict[int, tuple[int, ...]] = field(default_factory=dict)
    phase: str
    """The last step it came to."""
    exitcode: int


def live(
    opener: Opener,
    plan: Plan,
    *,
    crash: Crash = no_crash,
    threads: int = 1,
    kill_after_s: float | None = None,
) -> Life:
    """Append a plan in a child process until it is done or killed; thread t of n sends every n-th append from t on.

    `kill_after_s` counts from the first acknowledgement; without it the child goes on until `crash` ends it.
    """
    hearing, telling = CLEAN.Pipe(duplex=False)
    phase = CLEAN.RawValue("b", 0)
    child = CLEAN.Process(target=_append_all, args=(opener, plan, crash, threads, telling, phase))
    child.start()
    telling.close()
    heard: list[tuple[int, tuple[int, ...]]] = []
    with suppress(EOFError):
        if kill_after_s is not None:
            heard.append(hearing.recv())
            time.sleep(kill_after_s)  # the instant of the kill is what varies here
            os.kill(child.pid or 0, signal.SIGKILL)
        while True:
            heard.append(hearing.recv())
    child.join()
    return Life(acknowledged=dict(heard), phase=PHASES[phase.value], exitcode=child.exitcode or 0)


def hold_against(
    log: EventLog, plan: Plan, acknowledged: Acknowledged, *, after: int = 0, threads: int = 1
) -> int:
    """Hold what a log stored against what was acknowledged; return how many appends it kept without a word.

    Raises AssertionError for an acknowledged append that is lost, a half one, a doubled event, a changed one, a gap.
    """
    stored = _by_id(log.read(after=after), after)
    silent, alive = 0, 0
    for number in range(min(len(plan), max(acknowledged, default=-1) + 1 + threads)):
        writes = plan[number]
        found = [stored[write.event_id] for write in writes if write.event_id in stored]
        assert len(found) in (0, len(writes)), f"half of append {number} is alive"
        assert [event.text for event in found] in ([], [_text(write) for write in writes]), (
            f"append {number} is stored with other words"
        )
        if number in acknowledged:
            assert [event.position for event in found] == [*acknowledged[number]], (
                f"append {number} was acknowledged and is lost"
            )
        silent += bool(found) and number not in acknowledged
        alive += len(found)
    assert alive == len(stored), "there are events that nobody sent"
    return silent


def send(log: EventLog, writes: Sequence[Write]) -> Appended:
    """Append without caring for versions."""
    return log.append(writes, expected={write.stream: ANY_VERSION for write in writes})


def retry(log: EventLog, plan: Plan, numbers: Iterable[int]) -> int:
    """Send appends again and return how many were stored only now."""
    return sum(not send(log, plan[number]).repeated for number in numbers)


def _append_all(
    opener: Opener,
    plan: Plan,
    crash: Crash,
    threads: int,
    telling: Connection,
    phase: Any,  # noqa: ANN401 - a shared byte
) -> None:
    turn = threading.Lock()

    def tell(number: int, positions: tuple[int, ...]) -> None:
        with turn:
            telling.send((number, positions))
            phase.value = PHASES.index(IDLE)

    with opener(crash=partial(_walk, phase, crash)) as log, ThreadPoolExecutor(threads) as senders:
        for done in [senders.submit(_append_some, log, plan, t, threads, tell) for t in range(threads)]:
            done.result()


def _append_some(
    log: EventLog, plan: Plan, first: int, threads: int, tell: Callable[[int, tuple[int, ...]], None]
) -> None:
    for number in range(first, len(plan), threads):
        positions = send(log, plan[number]).positions
        tell(number, positions)
        if number % 2 == 0:  # what was appended goes into the database when somebody asks
            next(log.read(after=positions[-1]), None)


def _walk(phase: Any, crash: Crash, step: str) -> None:  # noqa: ANN401 - a shared byte
    """Leave a footprint that outlives the process, then do what the crash hook does."""
    phase.value = PHASES.index(step)
    crash(step)


def _by_id(events: Iterable[Event], after: int) -> dict[str, Event]:
    found = list(events)
    assert [event.position for event in found] == list(range(after + 1, after + len(found) + 1)), (
        "positions have gaps"
    )
    stored = {event.event_id: event for event in found}
    assert len(stored) == len(found), "an event is stored twice"
    return stored


def _text(write: Write) -> str:
    return write.data.encoded().decode()
