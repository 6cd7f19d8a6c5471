"""Remembering: looks at each event once, finds out whom it speaks of, and stores what is new, with where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from opc_kernel.event import ANY_VERSION, NEW_STREAM, EventData, Write
from opc_kernel.ids import derived_id
from opc_kernel.log.errors import VersionConflict
from opc_kernel.log.protocol import Company
from opc_kernel.memory.capture import Capture, Keeps, Observation, Says, Source, Who
from opc_kernel.memory.entity import EntityFound, Kind, entity_stream
from opc_kernel.memory.fact import PREDICATES, Fact
from opc_kernel.memory.item import ItemKept
from opc_kernel.memory.judging import Assertion, contradiction_stream, judge
from opc_kernel.memory.normal import name_key, normal
from opc_kernel.sql import among, load_sql

BATCH = 500
SAVE_EVERY = 2_000
PLACE = "memory/place"
ACTOR = "memory"
NEWEST = "SELECT coalesce(max(position), 0) FROM event"


class MemoryCaughtUp(EventData, type="memory.caught_up"):
    """Everything up to a position was looked at, with this table of captures."""

    up_to: int
    captures: str


EVENTS: tuple[type[EventData], ...] = (MemoryCaughtUp,)


@dataclass(slots=True)
class _Batch:
    """What is to be stored of some events; `facts` and `entities` are as they will stand by then."""

    entities: dict[str, tuple[Kind, str]] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    known: dict[tuple[str, str], str] = field(default_factory=dict)
    """Entities by what identifies them: predicate and value."""
    roots: dict[str, str] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)
    expected: dict[str, int] = field(default_factory=dict)

    def store(self, stream: str, version: int, data: EventData, source: Source, **more: Any) -> None:  # noqa: ANN401 - the rest of the envelope
        self.expected.setdefault(stream, version)
        self.writes.append(
            Write(
                stream=stream,
                data=data,
                actor=ACTOR,
                event_id=derived_id(stream, data.event_type, source.event_id, str(len(self.writes))),
                correlation_id=source.event_id,
                causation_id=source.event_id,
                **more,
            )
        )


class Remembering:
    """What feeds memory: events and nothing else. Two at once take turns; what was looked at is not looked at again."""

    def __init__(self, company: Company, captures: Sequence[Capture], *, region: str) -> None:
        """`region` (as DE) is the country of phone numbers without one."""
        self._company, self._region = company, region
        self._captures = {capture.event.event_type: capture for capture in captures}
        self._table = derived_id(*sorted(self._captures))

    def catch_up(self) -> int:
        """Look at every event since the last time; return how many said something."""
        looked = 0
        while rows := self._batch():
            looked += len(rows)
        return looked

    def _batch(self) -> list[Source]:
        place = self._company.query(
            "SELECT version, (data->>'up_to')::BIGINT AS up_to, data->>'captures' AS captures FROM event "
            "WHERE stream = $place ORDER BY version DESC LIMIT 1",
            place=PLACE,
        ).one()
        after = place["up_to"] if place and place["captures"] == self._table else 0
        ((end,),) = self._company.query(NEWEST).rows
        sources, up_to = self._sources(after, end)
        if not sources and end - after < SAVE_EVERY:
            return []
        batch = self._remembered(sources)
        batch.expected[PLACE] = place["version"] if place else NEW_STREAM
        caught_up = MemoryCaughtUp(up_to=up_to, captures=self._table)
        writes = [*batch.writes, Write(stream=PLACE, data=caught_up, actor=ACTOR)]
        try:
            self._company.append(writes, expected=batch.expected)
        except VersionConflict:
            return []  # another one looks at them, or a person decided something: the next look sees it
        return sources

    def _sources(self, after: int, end: int) -> tuple[list[Source], int]:
        rows = self._company.query(
            load_sql("opc_kernel.memory", "observed"), after=after, types=[*self._captures], limit=BATCH
        ).rows
        sources = [
            Source(
                event_id=event_id,
                stream=stream,
                type=kind,
                data=msgspec.json.decode(data),
                occurred_at=occurred_at,
            )
            for _, event_id, stream, kind, data, occurred_at in rows
        ]
        return sources, rows[-1][0] if len(rows) == BATCH else end

    def _remembered(self, sources: Sequence[Source]) -> _Batch:
        seen = [(source, each) for source in sources for each in self._captures[source.type].observe(source)]
        batch = _Batch()
        self._know(batch, [each for _, each in seen])
        said = [(source, self._assertion(batch, source, each)) for source, each in seen if isinstance(each, Says)]
        self._know_facts(batch, [each for _, each in said if each is not None])
        for source, each in seen:
            for who in _whos(each):
                self._identify(batch, source, who)
        for source, each in said:
            if each is not None:
                _judged(batch, source, each)
        for source, kept in seen:
            if isinstance(kept, Keeps):
                self._keep(batch, source, kept)
        return batch

    def _know(self, batch: _Batch, observations: Iterable[Observation]) -> None:
        """Read who is known by what these name, and by their names."""
        whos = [who for each in observations for who in _whos(each)]
        values = sorted({value for who in whos for _, value in self._identifiers(who)})
        if values:
            predicates = [name for name, each in PREDICATES.items() if each.identifies]
            rows = self._company.query(
                load_sql("opc_kernel.memory", "known_as"), predicates=predicates, values=values
            ).rows
            batch.known = {(predicate, value): root for predicate, value, root in rows}
        streams = sorted({self._own_stream(who) for who in whos})
        if streams:
            these, given = among("stream", streams)
            found = self._company.query(f"SELECT stream, kind, name, root FROM entity_now WHERE {these}", **given).rows
            batch.entities = {stream: (kind, name) for stream, kind, name, _ in found}
            batch.roots = {stream: root for stream, _, _, root in found}

    def _identifiers(self, who: Who) -> list[tuple[str, str]]:
        """Return what identifies somebody, in normal form; what can't be read identifies nobody."""
        read = ((name, normal(name, value, self._region)) for name, value in who.identifiers.items())
        return [(name, value) for name, value in read if value]

    def _own_stream(self, who: Who) -> str:
        return entity_stream(who.kind, name_key(who.kind, who.name))

    def _entity(self, batch: _Batch, who: Who) -> str:
        """Return who is meant: whoever is known by an identifier, else by that name."""
        for identifier in self._identifiers(who):
            if identifier in batch.known:
                return batch.known[identifier]
        own = self._own_stream(who)
        return batch.roots.get(own, own)

    def _identify(self, batch: _Batch, source: Source, who: Who) -> None:
        """Store that somebody was met, and what identifies them, where that is new."""
        entity = self._entity(batch, who)
        if entity not in batch.entities and entity == self._own_stream(who):
            batch.entities[entity] = (who.kind, who.name)
            batch.roots[entity] = entity
            found = EntityFound(kind=who.kind, name=who.name, sources=(source.event_id,))
            batch.store(entity, NEW_STREAM, found, source)
        for predicate, value in self._identifiers(who):
            batch.known.setdefault((predicate, value), entity)
            _judged(batch, source, _assertion_of(entity, predicate, value, source))

    def _assertion(self, batch: _Batch, source: Source, says: Says) -> Assertion | None:
        value = normal(says.predicate, says.value, self._region)
        if not value:
            return None
        return Assertion(
            subject=self._entity(batch, says.who),
            predicate=says.predicate,
            value=value,
            valid_from=says.valid_from,
            origin=says.origin,
            sources=(source.event_id,),
            confidence=says.confidence,
        )
