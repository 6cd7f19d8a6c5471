"""What was called, and how often one may call: a record of every request and the real one's quotas."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

from sheets_sync.testing.google.errors import QuotaExceeded

Kind = Literal["read", "write", "drive", "token"]
MINUTE_S = 60.0
_METRICS: dict[Kind, str] = {"read": "Read requests", "write": "Write requests"}


@dataclass(slots=True, kw_only=True)
class Call:
    """One request, and what became of it; the last three are known once it is answered. `number` counts from 1."""

    number: int
    method: str
    path: str
    query: str = ""
    kind: Kind
    at: float
    """By the stand-in's clock, in seconds."""
    bytes_in: int
    user: str = ""
    status: int = 0
    bytes_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How many calls a minute the Sheets API takes, of each kind."""

    per_user: int = 60
    per_project: int = 300


class Meter:
    """Counts the calls of the last minute."""

    def __init__(self, quota: Quota) -> None:
        self.quota = quota
        self._recent: dict[tuple[Kind, str], deque[float]] = {}

    def count(self, call: Call) -> None:
        """Count a call, or refuse it; a refused one does not count."""
        if call.kind not in _METRICS:
            return
        own = self._last_minute((call.kind, call.user), call.at)
        everyone = self._last_minute((call.kind, ""), call.at)
        if len(own) >= self.quota.per_user:
            raise QuotaExceeded(_METRICS[call.kind], " per user")
        if len(everyone) >= self.quota.per_project:
            raise QuotaExceeded(_METRICS[call.kind], "")
        own.append(call.at)
        everyone.append(call.at)

    def _last_minute(self, who: tuple[Kind, str], now: float) -> deque[float]:
        times = self._recent.setdefault(who, deque())
        while times and times[0] <= now - MINUTE_S:
            times.popleft()
        return times
