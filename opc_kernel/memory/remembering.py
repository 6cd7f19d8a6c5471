"""Remembering: looks at each event once, finds out whom it speaks of, and stores what is new of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from opc_kernel.event import NEW_STREAM, EventData, Write
from opc_kernel.ids import derived_id
from opc_kernel.log.errors import VersionConflict
from opc_kernel.log.protocol import Company
from opc_kernel.memory.capture import Capture, Keeps, Says, Source, Who
from opc_kernel.memory.entity import EntityFound, entity_stream
from opc_kernel.memory.fact import PREDICATES, Fact
from opc_kernel.memory.judging import Assertion, ContradictionFound, contradiction_stream, judge
from opc_kernel.memory.normal import name_key, normal
from opc_kernel.sql import among, load_sql
from opc_kernel.text import canonical

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
    """What is to be stored of some events; entities and facts are as they will stand by then."""

    roots: dict[str, str]
    """Who speaks for each entity that is there."""
    known: dict[tuple[str, str], str]
    """Entities by what identifies them: predicate and value."""
    said: list[tuple[Source, Assertion]] = field(default_factory=list)
    kept: list[tuple[Source, Keeps, tuple[str, ...]]] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    expected: dict[str, int] = field(default_factory=dict)

    def store(
        self, stream: str, version: int, data: EventData, source: Source, at: datetime | None = None
    ) -> None:
        self.expected.setdefault(stream, version)
        self.writes.append(
            Write(
                stream=stream,
                data=data,
                actor=ACTOR,
                correlation_id=source.correlation_id,
                causation_id=source.event_id,
                occurred_at=at,
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
        while seen := self._look():
            looked += seen
        return looked

    def _look(self) -> int:
        place = self._company.query(
            "SELECT version, (data->>'up_to')::BIGINT AS up_to, data->>'captures' AS captures FROM event "
            "WHERE stream = $place ORDER BY version DESC LIMIT 1",
            place=PLACE,
        ).one()
        after = place["up_to"] if place and place["captures"] == self._table else 0
        ((end,),) = self._company.query(NEWEST).rows
        sources, up_to = self._sources(after, end)
        if not sources and end - after < SAVE_EVERY:
            return 0
        batch = self._remembered(sources)
        batch.expected[PLACE] = place["version"] if place else NEW_STREAM
        caught_up = MemoryCaughtUp(up_to=up_to, captures=self._table)
        writes = [*batch.writes, Write(stream=PLACE, data=caught_up, actor=ACTOR)]
        try:
            self._company.append(writes, expected=batch.expected)
        except VersionConflict:
            return 0  # another one looks at them, or a person decided something: the next look sees it
        return len(sources)

    def _sources(self, after: int, end: int) -> tuple[list[Source], int]:
        rows = self._company.query(
            load_sql("opc_kernel.memory", "observed"), after=after, types=[*self._captures], limit=BATCH
        ).rows
        sources = [
            Source(
                event_id=event_id,
                stream=stream,
                type=kind,
                data=self._captures[kind].event.model_validate_json(data),
                occurred_at=occurred_at,
                correlation_id=story,
            )
            for _, event_id, stream, kind, data, occurred_at, story in rows
        ]
        return sources, rows[-1][0] if len(rows) == BATCH else end

    def _remembered(self, sources: Sequence[Source]) -> _Batch:
        seen = [(source, each) for source in sources for each in self._captures[source.type].observe(source)]
        batch = self._known([who for _, each in seen for who in each.whos])
        for source, each in seen:
            met = tuple(filter(None, dict.fromkeys(self._met(batch, source, who) for who in each.whos)))
            if isinstance(each, Keeps):
                batch.kept.append((source, each, met))
            elif (
                met and isinstance(each, Says) and (value := normal(each.predicate, each.value, self._region))
            ):
                batch.said.append((source, _assertion(met[0], each.predicate, value, source, each)))
        self._judge(batch)
        self._keep(batch)
        return batch

    def _known(self, whos: Sequence[Who]) -> _Batch:
        """Read who is known by what these name, and by their names."""
        known: dict[tuple[str, str], str] = {}
        if values := sorted({value for who in whos for _, value in self._identifiers(who)}):
            predicates = [name for name, each in PREDICATES.items() if each.identifies]
            sql = load_sql("opc_kernel.memory", "known_as")
            rows = self._company.query(sql, predicates=predicates, values=values).rows
            known = {(predicate, value): root for predicate, value, root in rows}
        these, given = among("stream", sorted({_own_stream(who) for who in whos if who.name}))
        found = (
            self._company.query(f"SELECT stream, root FROM entity_now WHERE {these}", **given).rows
            if whos
            else ()
        )
        return _Batch(roots=dict(found), known=known)

    def _identifiers(self, who: Who) -> list[tuple[str, str]]:
        """Return what identifies somebody, in normal form; what can't be read identifies nobody."""
        read = ((name, normal(name, value, self._region)) for name, value in who.identifiers.items())
        return [(name, value) for name, value in read if value]

    def _met(self, batch: _Batch, source: Source, who: Who) -> str:
        """Return who is meant: whoever is proven by an identifier, else that name's; store whom nobody knew.

        Without a name any identifier says who it is; nothing where nobody is known by one.
        """
        identifiers, own = self._identifiers(who), _own_stream(who) if who.name else ""
        telling = [each for each in identifiers if not own or PREDICATES[each[0]].proves]
        entity = next(
            (batch.known[each] for each in telling if each in batch.known), batch.roots.get(own, own)
        )
        if entity and entity == own and own not in batch.roots:
            batch.roots[own] = own
            found = EntityFound(kind=who.kind, name=who.name, sources=(source.event_id,))
            batch.store(own, NEW_STREAM, found, source)
        if entity != own and who.name:
            batch.said.append((source, _assertion(entity, "name", canonical(who.name), source)))
        for predicate, value in identifiers if entity else ():
            batch.known.setdefault((predicate, value), entity)
            batch.said.append((source, _assertion(entity, predicate, value, source)))
        return entity

    def _judge(self, batch: _Batch) -> None:
        """Store what is new of what was said; what can't both be so becomes a question, once."""
        facts = self._facts([each.stream for _, each in batch.said])
        questions: dict[str, tuple[Source, ContradictionFound]] = {}
        for source, each in batch.said:
            stands = facts.get(each.stream)
            verdict = judge(stands, each)
            if verdict == "assert":
                version = stands.version if stands else NEW_STREAM
                batch.store(each.stream, version, each.event(), source)
                facts[each.stream] = each.as_fact(version + 1)
            elif verdict == "contradiction" and stands is not None:
                question = contradiction_stream(each.stream, each.value)
                questions.setdefault(question, (source, each.against(stands)))
        asked = self._there("contradiction", [*questions])
        for stream, (source, data) in questions.items():
            if stream not in asked:
                batch.store(stream, NEW_STREAM, data, source)

    def _keep(self, batch: _Batch) -> None:
        """Store the words that are not kept yet."""
        named = [
            (f"item/{derived_id(source.event_id, kept.kind, str(kept.place or 0))}", source, kept, met)
            for source, kept, met in batch.kept
        ]
        there = self._there("memory_item", [stream for stream, *_ in named])
        for stream, source, kept, met in named:
            if stream not in there:
                data = kept.event(met, (source.event_id,))
                batch.store(stream, NEW_STREAM, data, source, kept.occurred_at or source.occurred_at)

    def _there(self, table: str, streams: Sequence[str]) -> set[str]:
        if not streams:
            return set()
        these, given = among("stream", streams)
        return {
            stream
            for (stream,) in self._company.query(f"SELECT stream FROM {table} WHERE {these}", **given).rows
        }

    def _facts(self, streams: Sequence[str]) -> dict[str, Fact]:
        if not streams:
            return {}
        these, given = among("stream", sorted({*streams}))
        sql = f"SELECT stream, version, subject, predicate, value, valid_from, origin, stands FROM fact WHERE {these}"
        return {row["stream"]: Fact(**row) for row in self._company.query(sql, **given).dicts()}


def _own_stream(who: Who) -> str:
    return entity_stream(who.kind, name_key(who.kind, who.name))


def _assertion(
    entity: str, predicate: str, value: str, source: Source, says: Says | None = None
) -> Assertion:
    return Assertion(
        subject=entity,
        predicate=predicate,
        value=value,
        valid_from=says.valid_from if says else None,
        origin=says.origin if says else "document",
        sources=(source.event_id,),
        confidence=says.confidence if says else 1.0,
    )
