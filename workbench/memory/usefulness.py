"""What use memory was: items behind rows that were approved come a little earlier, those behind rejected ones later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from opc_kernel.clock import Clock
from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql

DOUBT = 4
"""So many decisions it takes before half of what they say counts."""
FRESH = timedelta(minutes=1)
"""So long what was read is used on: a question does not wait for a count of decisions."""
DECIDED = "SELECT coalesce(sum(approved + rejected), 0) FROM memory_use"


class Usefulness:
    """Says of items how useful they were: -1 to 1, nothing of those that nobody used."""

    def __init__(self, company: Queryable, clock: Clock) -> None:
        self._company, self._clock = company, clock
        self._read_at, self._decided = datetime.fromtimestamp(0, UTC), 0
        self._useful: dict[str, float] = {}

    def __call__(self, streams: Sequence[str]) -> Mapping[str, float]:
        """Return what is known of these."""
        if self._clock.now() - self._read_at >= FRESH:
            self._read()
        return {stream: self._useful[stream] for stream in streams if stream in self._useful}

    def _read(self) -> None:
        self._read_at = self._clock.now()
        ((decided,),) = self._company.query(DECIDED).rows
        if decided != self._decided:
            rows = self._company.query(load_sql("workbench.memory", "useful")).rows
            self._useful = {stream: weighed(approved, rejected) for stream, approved, rejected in rows}
            self._decided = decided


def weighed(approved: float, rejected: float) -> float:
    """Return what decisions say of what was used: more of them are surer."""
    return (approved - rejected) / (approved + rejected + DOUBT)
