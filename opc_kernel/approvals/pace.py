"""How long a row takes to decide: learnt from the decisions so far, estimated from its text until there are some."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from opc_kernel.approvals.queue import Kind, QueueRow
from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql

LOOKED_AT = 500
"""How many of the latest decisions are asked for."""
ENOUGH = 5
"""Fewer decisions of a kind teach nothing."""
SHORTEST_S, LONGEST_S = 1.0, 900.0
"""A decision that came quicker was one of several typed at once; one that came later waited for a person elsewhere."""
LEAST_S = 5
THINKING_S: Mapping[Kind, int] = {"proposal": 30, "question": 45, "blocked": 90}
READ_CHARACTERS_A_SECOND = 18
"""About two hundred words a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The median seconds of each kind that was decided often enough."""

    learnt_s: Mapping[Kind, int]

    def seconds(self, row: QueueRow) -> int:
        """Return how long this row will take: the operator's own median, else some thought and the time to read it."""
        return self.learnt_s.get(row.kind) or THINKING_S[row.kind] + reading_s(row)


def learn(company: Queryable) -> Pace:
    """Return the pace at which this company's rows were decided."""
    return pace(company.query(load_sql("opc_kernel.approvals", "deciding_times"), samples=LOOKED_AT).rows)


def pace(samples: Iterable[tuple[Kind, float]]) -> Pace:
    """Return the medians of what a person can have taken; whole seconds, never fewer than LEAST_S."""
    seconds = defaultdict[Kind, list[float]](list)
    for kind, taken in samples:
        if SHORTEST_S <= taken <= LONGEST_S:
            seconds[kind].append(taken)
    enough = {kind: each for kind, each in seconds.items() if len(each) >= ENOUGH}
    return Pace(learnt_s={kind: max(LEAST_S, round(median(each))) for kind, each in enough.items()})


def reading_s(row: QueueRow) -> int:
    """Return how long its text takes to read."""
    texts = (row.summary, row.reason, row.content or "", *(option.label for option in row.options))
    return -(-sum(map(len, texts)) // READ_CHARACTERS_A_SECOND)
