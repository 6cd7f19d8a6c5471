"""A lease: who holds a task, until when, and under which fencing token; a late holder can store nothing any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from opc_kernel.clock import Clock
from opc_kernel.errors import KernelError
from opc_kernel.event import EventData, Write
from opc_kernel.flow.task import TaskExtended
from opc_kernel.log.errors import VersionConflict
from opc_kernel.log.protocol import Company

LEASE = timedelta(seconds=60)
LONGEST = timedelta(minutes=10)
"""A lease that claims to run longer was written under a clock that was wrong; it is over."""


class LeaseLost(KernelError):
    """Somebody else holds the task now, or nobody knows."""

    def __init__(self, task: str) -> None:
        super().__init__(
            f"{task} is no longer held by this worker.", "Another goes on with it; nothing to do."
        )


class Lease:
    """A task that is held. Time is measured on the machine's monotonic clock: setting the clock changes nothing."""

    def __init__(
        self,
        company: Company,
        stream: str,
        version: int,
        write: Callable[[EventData], Write],
        *,
        token: int,
        clock: Clock,
        length: timedelta = LEASE,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stream = stream
        self.token = token
        """The version at which the task is taken: it rises with every worker that takes it."""
        self._company, self._version, self._write = company, version, write
        self._clock, self._length, self._monotonic = clock, length, monotonic
        self._ends = monotonic() + length.total_seconds()
        self._lock = threading.Lock()

    @property
    def version(self) -> int:
        """The task's version as this worker knows it: the guard of all it stores."""
        return self._version

    def require(self) -> None:
        """Let pass what must not be done late. Raises LeaseLost."""
        if self._monotonic() >= self._ends:
            raise LeaseLost(self.stream)

    def confirm(self) -> None:
        """Look whether this worker still holds the task. Raises LeaseLost."""
        rows = self._company.query(
            "SELECT max(version) FROM event WHERE stream = $stream", stream=self.stream
        )
        if rows.rows[0][0] != self._version:
            raise LeaseLost(self.stream)

    def store(
        self,
        events: Sequence[EventData],
        writes: Sequence[Write] = (),
        expected: Mapping[str, int] | None = None,
    ) -> None:
        """Append the task's own events and what goes with them, if this worker still holds it. Raises LeaseLost."""
        with self._lock:
            own = [self._write(event) for event in events]
            guards = {**(expected or {}), self.stream: self._version}
            try:
                self._company.append([*own, *writes], expected=guards)
            except VersionConflict as conflict:
                if conflict.stream == self.stream:
                    raise LeaseLost(self.stream) from conflict
                raise
            self._version += len(own)

    def extend(self) -> None:
        """Say that the worker lives; only where half of the lease is over. Raises LeaseLost."""
        left = self._ends - self._monotonic()
        if left > self._length.total_seconds() / 2:
            return
        self.require()
        started = self._monotonic()
        self.store([TaskExtended(until=self.until(self._clock, self._length))])
        self._ends = started + self._length.total_seconds()

    @staticmethod
    def until(clock: Clock, length: timedelta = LEASE) -> datetime:
        """Return when a lease that begins now runs out."""
        return clock.now() + length
