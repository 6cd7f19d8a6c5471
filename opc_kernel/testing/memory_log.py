"""The log's twin in memory: the same promises, nothing on disk; one contract suite runs on both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from opc_kernel.clock import Clock, SystemClock
from opc_kernel.event import Event, Registry, Write
from opc_kernel.log.append import Appended, Stored, Tail, check_expected, draft, number, repeated


class MemoryLog:
    """The log's twin in memory: the same promises to a caller, nothing on disk.

    It never holds an event of an older schema: what it holds was appended in this process.
    """

    def __init__(self, registry: Registry, *, clock: Clock | None = None) -> None:
        self._registry = registry
        self._clock = clock or SystemClock()
        self._events: list[Event] = []
        self._by_id: dict[str, Event] = {}
        self._versions: dict[str, int] = defaultdict(int)

    def append(self, writes: Iterable[Write], *, expected: Mapping[str, int]) -> Appended:
        """See EventLog.append."""
        drafts = draft(writes, expected, self._registry)
        known = {one.event_id: self._by_id[one.event_id] for one in drafts if one.event_id in self._by_id}
        done = repeated(drafts, {event_id: _stored(event) for event_id, event in known.items()})
        if done is not None:
            return done
        check_expected(expected, self._versions)
        events = list(number(drafts, self._tail(), self._versions, self._clock.now()))
        self._events += events
        self._by_id |= {event.event_id: event for event in events}
        return Appended(positions=tuple(event.position for event in events))

    def read(self, *, after: int = 0, limit: int | None = None) -> Iterator[Event]:
        """See EventLog.read."""
        return islice(self._events, after, None if limit is None else after + limit)

    def _tail(self) -> Tail:
        return (
            Tail(position=len(self._events), chain_hash=self._events[-1].chain_hash)
            if self._events
            else Tail()
        )


def _stored(event: Event) -> Stored:
    return Stored(
        position=event.position,
        stream=event.stream,
        type=event.type,
        salt=event.salt,
        data_hash=event.data_hash,
    )
