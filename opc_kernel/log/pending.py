"""Events that the journal holds and the database does not yet: they go in together, before the next question."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from opc_kernel.event import Event
from opc_kernel.log.append import Stored

MOST = 256
"""So many wait at most; the database of a process that was killed is behind its journal by no more."""


class Pending:
    """What waits, and what appends must know of it. Several threads may add and take."""

    def __init__(self, insert: Callable[[Sequence[Event]], None]) -> None:
        self._insert = insert
        self._events: list[Event] = []
        self._lock = threading.RLock()

    def add(self, events: Sequence[Event]) -> None:
        """Let some wait; when there are too many, all go in. What `insert` raises leaves them waiting."""
        with self._lock:
            self._events += events
            if len(self._events) >= MOST:
                self.flush()

    def flush(self) -> None:
        """Put in what waits, all or none; whoever comes meanwhile waits for it."""
        if not self._events:  # only who adds makes it longer, and they see to it themselves
            return
        with self._lock:
            if self._events:
                self._insert(self._events)
                self._events = []

    def drop(self) -> None:
        """Forget what waits: the journal has it."""
        with self._lock:
            self._events = []

    def stored(self, event_ids: Sequence[str]) -> dict[str, Stored]:
        """Return what is known of those of the ids that wait."""
        wanted = {*event_ids}
        return {
            each.event_id: Stored(
                position=each.position,
                stream=each.stream,
                type=each.type,
                salt=each.salt,
                data_hash=each.data_hash,
            )
            for each in self._events
            if each.event_id in wanted
        }

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """Return the versions of those of the streams that have events waiting."""
        wanted = {*streams}
        return {each.stream: each.version for each in self._events if each.stream in wanted}
