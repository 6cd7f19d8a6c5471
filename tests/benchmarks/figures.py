"""A figure of a benchmark, and timing that a busy machine disturbs little: interleaved rounds, medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the report: a ratio, and whether it reaches its goal."""

    name: str
    ours: str
    peer: str
    ratio: float
    goal: str
    reached: bool


def interleaved(rounds: int, *bodies: Callable[[], object]) -> list[float]:
    """Return the median seconds of each body; they take turns, so that a slow minute hits all."""
    times: list[list[float]] = [[] for _ in bodies]
    for _ in range(rounds):
        for index, body in enumerate(bodies):
            started = time.perf_counter()
            body()
            times[index].append(time.perf_counter() - started)
    return [statistics.median(each) for each in times]
