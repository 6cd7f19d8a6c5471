"""Traffic: whether a connector may be called now, and what its answers mean for the calls after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from opc_kernel.effects.connector import Acted, Connector


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Not now: the breaker is open, or the quota is used up."""

    reason: str
    after: timedelta


class Traffic(Protocol):
    """One policy per connector and account: pace, breaker and the time between attempts."""

    def admit(self, connector: Connector) -> Wait | None:
        """Let one call pass, or say when to come back; who is admitted reports what came of it."""
        ...

    def told(self, connector: Connector, acted: Acted | None) -> None:
        """Hear what came of an admitted call, in the thread that was admitted; None: it was not made after all."""
        ...

    def pause(self, connector: Connector, attempt: int, after: timedelta | None) -> timedelta | None:
        """Return how long to wait after this failed attempt, never less than `after`; None: a person is asked."""
        ...
