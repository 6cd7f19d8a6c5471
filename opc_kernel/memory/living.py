"""Lives of a stream: what was erased is never written to again, so what is heard anew has a stream of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from opc_kernel.ids import derived_id
from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql

MAX_LIVES = 1_000
"""So often may one be forgotten and met again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Where an erased stream goes on, and up to which position nothing may be said of it again."""

    stream: str
    silent_up_to: int


def next_life(stream: str) -> str:
    """Return the stream on which an erased one goes on."""
    category, _, key = stream.partition("/")
    return f"{category}/{derived_id(key, 'again')}"


def lives(company: Queryable, streams: Iterable[str]) -> dict[str, Life]:
    """Return the present life of each of these streams that was erased; the others live their first."""
    found: dict[str, Life] = {}
    asked = {stream: stream for stream in streams}
    for _ in range(MAX_LIVES):
        erased = _erased(company, asked)
        for stream, position in erased.items():
            found[asked[stream]] = Life(stream=next_life(stream), silent_up_to=position)
        asked = {next_life(stream): asked[stream] for stream in erased}
        if not asked:
            break
    return found


def present(company: Queryable, stream: str) -> str:
    """Return the stream on which something lives now: its own, unless that was erased."""
    life = lives(company, [stream]).get(stream)
    return life.stream if life else stream


def _erased(company: Queryable, streams: Iterable[str]) -> dict[str, int]:
    each = sorted({*streams})
    return dict(company.query(load_sql("opc_kernel.memory", "erased"), streams=each).rows) if each else {}
