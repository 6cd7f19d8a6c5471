"""Traffic over the log: the breaker's state is events, so every thread and process sees the same one."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import uniform
from typing import TYPE_CHECKING

from opc_kernel.clock import Clock
from opc_kernel.effects.breaker import LONGEST_PROBE, Breaker, Policy, admission, consequences, doubled
from opc_kernel.effects.connector import Acted, Connector
from opc_kernel.effects.standing import BreakerHalfOpened, connector_stream
from opc_kernel.effects.traffic import Wait
from opc_kernel.event import EventData, Write
from opc_kernel.ids import new_id
from opc_kernel.log.errors import EventIdTaken, VersionConflict
from opc_kernel.log.protocol import Company

if TYPE_CHECKING:
    from pyrate_limiter import InMemoryBucket

TRIES = 50
"""How often others may be quicker in recording what came of a call."""
STANDING = (
    "SELECT breaker AS state, version, failures, openings, until, probe, not_before, coalesce(reason, '') AS reason "
    "FROM connector WHERE stream = $stream"
)
DEFAULT = Policy()


@dataclass(slots=True)
class _Probing(threading.local):
    """The probes that this thread has on its way, by stream: whoever is admitted tells in the same thread."""

    at: dict[str, str] = field(default_factory=dict)


class AccountTraffic:
    """The policy of every connector's accounts. Thread-safe; the pace is the process's own, the breaker everybody's."""

    def __init__(
        self, company: Company, *, clock: Clock, policies: Mapping[str, Policy] | None = None
    ) -> None:
        self._company = company
        self._clock = clock
        self._policies = policies or {}
        self._paces: dict[str, InMemoryBucket] = {}
        self._counting = threading.Lock()
        self._probing = _Probing()

    def admit(self, connector: Connector) -> Wait | None:
        """See Traffic.admit. A probe is recorded before it passes; of several who would be it, one is."""
        stream = connector_stream(connector)
        breaker = self._breaker(stream)
        match admission(breaker, self._clock.now()):
            case Wait() as wait:
                return wait
            case "call":
                return self._paced(stream, connector)
            case "probe":
                return self._paced(stream, connector) or self._try(stream, breaker)

    def told(self, connector: Connector, acted: Acted | None) -> None:
        """See Traffic.told. What is recorded is decided anew when somebody else was quicker."""
        stream = connector_stream(connector)
        probe = self._probing.at.pop(stream, None)
        if acted is None:
            return  # a probe that was not made makes room when its time is over
        for left in reversed(range(TRIES)):
            breaker = self._breaker(stream)
            events = consequences(
                breaker,
                acted,
                self._clock.now(),
                policy=self._policy(connector),
                connector=connector.name,
                account=connector.account,
                is_probe=breaker.state == "half-open" and probe is not None and breaker.probe == probe,
            )
            if not events or self._record(stream, breaker, *events, last=not left):
                return

    def pause(self, connector: Connector, attempt: int, after: timedelta | None) -> timedelta | None:
        """See Traffic.pause: full jitter under a doubling bound; attempts are counted from 1."""
        policy = self._policy(connector)
        if attempt >= policy.attempts or (after is not None and after > policy.longest_after):
            return None
        bound = doubled(policy.first_wait, attempt - 1, policy.longest_wait)
        return (after or timedelta(0)) + bound * uniform(0, 1)  # noqa: S311 - jitter is no secret

    def _policy(self, connector: Connector) -> Policy:
        return self._policies.get(connector.name, DEFAULT)

    def _breaker(self, stream: str) -> Breaker:
        row = self._company.query(STANDING, stream=stream).one()
        return Breaker(**row) if row else Breaker()

    def _paced(self, stream: str, connector: Connector) -> Wait | None:
        from pyrate_limiter import Duration, InMemoryBucket, Rate, RateItem

        with self._counting:
            pace = self._paces.get(stream)
            if pace is None:
                rate = Rate(self._policy(connector).calls_per_minute, Duration.MINUTE)
                pace = self._paces[stream] = InMemoryBucket([rate])
            now_ms = int(self._clock.now().timestamp() * 1000)
            pace.leak(now_ms)
            call = RateItem(stream, now_ms)
            if pace.put(call):
                return None
            return Wait(reason="its calls for this minute are used up", after=_ms(pace.waiting(call)))

    def _try(self, stream: str, breaker: Breaker) -> Wait | None:
        probe = new_id()
        until = self._clock.now() + LONGEST_PROBE
        if self._record(stream, breaker, BreakerHalfOpened(probe=probe, until=until)):
            self._probing.at[stream] = probe
            return None
        return Wait(reason="another call is trying it", after=timedelta(seconds=1))

    def _record(self, stream: str, breaker: Breaker, *events: EventData, last: bool = False) -> bool:
        writes = [Write(stream=stream, data=event, actor="traffic") for event in events]
        try:
            self._company.append(writes, expected={stream: breaker.version})
        except (VersionConflict, EventIdTaken):
            if last:
                raise
            return False
        return True


def _ms(waiting: object) -> timedelta:
    """Return what the limiter says in milliseconds, never less than one: it may round down."""
    return timedelta(milliseconds=max(1, int(waiting) + 1 if isinstance(waiting, int) else 1))
