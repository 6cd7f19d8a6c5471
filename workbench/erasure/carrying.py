"""Carrying on: what is stored with an erasure, so that no other loses a fact and nothing under way brings it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from opc_kernel.event import NEW_STREAM, EventData, Write
from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.capture import PLACE, MemoryCaughtUp
from opc_kernel.memory.fact import FactAsserted
from opc_kernel.memory.item import ItemRestored
from opc_kernel.memory.living import next_life
from workbench.erasure.traces import WHOLE, Trace

Changed = tuple[str, int, EventData]
"""A stream, its version, and what is stored there."""

ACTOR = "memory"
RESTORED = "the summary that spoke for it was erased"
STANDING = (
    "SELECT fact.stream, event_now.event_id, event_now.data FROM fact "
    "JOIN event_now ON event_now.event_id = fact.asserted_by "
    "WHERE fact.stands AND fact.stream IN (SELECT unnest($streams::VARCHAR[])) ORDER BY fact.stream"
)
LOOKED = "SELECT version, data FROM event_now WHERE stream = $place ORDER BY version DESC LIMIT 1"
FOLDED = (
    "SELECT stream, version FROM memory_item WHERE state = 'folded' "
    "AND folded_into IN (SELECT unnest($gone::VARCHAR[])) "
    "AND stream NOT IN (SELECT unnest($gone::VARCHAR[])) ORDER BY stream"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What is stored in the same append as the erasure, and the versions it rests on."""

    writes: tuple[Write, ...]
    expected: Mapping[str, int]


def carry_on(log: Queryable, traces: Sequence[Trace]) -> Carried:
    """Return the facts that go only because of an older line of their stream, each said again in a stream of its own.

    Items for which a summary spoke that goes speak for themselves again. The place of memory is noted once more:
    whoever read an event before it went, and stores what it says after, finds that somebody was there meanwhile.
    """
    changes = [*_facts_again(log, traces), *_items_again(log, traces), *_noted_again(log)]
    return Carried(
        writes=tuple(Write(stream=stream, data=data, actor=ACTOR) for stream, _, data in changes),
        expected={stream: version for stream, version, _ in changes},
    )


def _facts_again(log: Queryable, traces: Sequence[Trace]) -> Iterator[Changed]:
    blameless = {trace.event_id for trace in traces if trace.category == "fact" and trace.why == WHOLE}
    streams = sorted({trace.stream for trace in traces if trace.event_id in blameless})
    rows = log.query(STANDING, streams=streams).rows if streams else ()
    for stream, event_id, data in rows:
        if event_id in blameless:
            yield next_life(stream), NEW_STREAM, FactAsserted.model_validate_json(data)


def _items_again(log: Queryable, traces: Sequence[Trace]) -> Iterator[Changed]:
    gone = sorted({trace.stream for trace in traces if trace.category == "item" and trace.goes_whole})
    for stream, version in log.query(FOLDED, gone=gone).rows if gone else ():
        yield stream, version, ItemRestored(reason=RESTORED)


def _noted_again(log: Queryable) -> Iterator[Changed]:
    for version, data in log.query(LOOKED, place=PLACE).rows:
        yield PLACE, version, MemoryCaughtUp.model_validate_json(data)
