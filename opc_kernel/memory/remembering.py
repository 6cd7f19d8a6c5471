"""Remembering: looks at each event once, finds out whom it speaks of, and stores what is new of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from opc_kernel.event import NEW_STREAM, EventData, Write
from opc_kernel.ids import derived_id
from opc_kernel.log.errors import StreamErased, VersionConflict
from opc_kernel.log.protocol import Company
from opc_kernel.memory.capture import (
    ACTOR,
    PLACE,
    Capture,
    Keeps,
    MemoryCaughtUp,
    Says,
    Source,
    Teaches,
    Who,
    sources_of,
)
from opc_kernel.memory.entity import EntityFound, entity_stream
from opc_kernel.memory.fact import PREDICATES, Fact
from opc_kernel.memory.identity.linkage import Find
from opc_kernel.memory.judging import Assertion, ContradictionFound, contradiction_stream, judge
from opc_kernel.memory.lesson import LessonFound, lesson_stream
from opc_kernel.memory.linking import Linking
from opc_kernel.memory.living import Life, lives
from opc_kernel.memory.normal import name_key, normal
from opc_kernel.sql import among, load_sql
from opc_kernel.telemetry import warn
from opc_kernel.text import canonical

BATCH = 500
SAVE_EVERY = 2_000
NEWEST = "SELECT coalesce(max(position), 0) FROM event"


@dataclass(slots=True)
class _Batch:
    """What is to be stored of some events; entities and facts are as they will stand by then."""

    there: set[str]
    """The entities that are there."""
    known: dict[tuple[str, str], str]
    """Entities by what identifies them: predicate and value."""
    lives: Mapping[str, Life]
    """The present lives of those of their streams that were erased."""
    said: list[tuple[Source, Assertion]] = field(default_factory=list)
    kept: list[tuple[Source, Keeps, tuple[str, ...]]] = field(default_factory=list)
    taught: list[tuple[Source, Teaches]] = field(default_factory=list)
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

    def __init__(
        self, company: Company, captures: Sequence[Capture], *, region: str, find: Find | None = None
    ) -> None:
        """`region` (as DE) is the country of phone numbers without one; for `find` see Linking."""
        self._company, self._region = company, region
        self._linking = Linking(company, region=region, find=find)
        self._captures = {capture.event.event_type: capture for capture in captures}
        self._table = derived_id(*sorted(self._captures))
        self._looked_at = 0

    def catch_up(self) -> int:
        """Look at every event since the last time, and for who may be the same; return how many said something."""
        looked = 0
        while seen := self._look():
            looked += seen
        return looked + self._linking.catch_up()

    def _look(self) -> int:
        place = self._company.query(load_sql("opc_kernel.memory", "place"), place=PLACE).one()
        after = max(place["up_to"] if place and place["captures"] == self._table else 0, self._looked_at)
        ((end,),) = self._company.query(NEWEST).rows
        sources, up_to = self._sources(after, end)
        if not sources and end - after < SAVE_EVERY:
            self._looked_at = up_to
            return 0
        batch = self._remembered(sources)
        batch.expected[PLACE] = place["version"] if place else NEW_STREAM
        caught_up = MemoryCaughtUp(up_to=up_to, captures=self._table)
        writes = [*batch.writes, Write(stream=PLACE, data=caught_up, actor=ACTOR)]
        try:
            self._company.append(writes, expected=batch.expected)
        except VersionConflict:
            return 0  # another looks at them, a person decided or forgot something: the next look sees it
        except StreamErased as error:  # forgotten at this very moment
            warn("memory waits", reason=type(error).__name__)
            return 0
        return len(sources)

    def _sources(self, after: int, end: int) -> tuple[list[Source], int]:
        rows = self._company.query(
            load_sql("opc_kernel.memory", "observed"), after=after, types=[*self._captures], limit=BATCH
        ).rows
        return sources_of(rows, self._captures), rows[-1][0] if len(rows) == BATCH else end

    def said(self) -> Iterator[tuple[Source, Assertion]]:
        """Yield what every event ever said of whom, the oldest first; nothing is stored."""
        ((end,),) = self._company.query(NEWEST).rows
        after = 0
        while after < end:
            sources, after = self._sources(after, end)
            yield from self._observed(sources).said

    def _remembered(self, sources: Sequence[Source]) -> _Batch:
        batch = self._observed(sources)
        self._judge(batch)
        self._keep(batch)
        self._teach(batch)
        return batch

    def _observed(self, sources: Sequence[Source]) -> _Batch:
        """Return what these events say, and of whom."""
        seen = [(source, each) for source in sources for each in self._captures[source.type].observe(source)]
        batch = self._known([who for _, each in seen for who in each.whos])
        for source, each in seen:
            met = tuple(filter(None, dict.fromkeys(self._met(batch, source, who) for who in each.whos)))
            if isinstance(each, Keeps):
                batch.kept.append((source, each, met))
            elif isinstance(each, Teaches):
                batch.taught.append((source, each))
            elif (
                met and isinstance(each, Says) and (value := normal(each.predicate, each.value, self._region))
            ):
                batch.said.append((source, _assertion(met[0], each.predicate, value, source, each)))
        return batch

    def _known(self, whos: Sequence[Who]) -> _Batch:
        """Read who is known by what these name, and by their names."""
        known: dict[tuple[str, str], str] = {}
        if values := sorted({value for who in whos for _, value in self._identifiers(who)}):
            predicates = [name for name, each in PREDICATES.items() if each.identifies]
            sql = load_sql("opc_kernel.memory", "known_as")
            rows = self._company.query(sql, predicates=predicates, values=values).rows
            known = {(predicate, value): subject for predicate, value, subject in rows}
        own = {_own_stream(who) for who in whos if who.name}
        anew = lives(self._company, own)
        there = self._there("entity", sorted({anew[each].stream if each in anew else each for each in own}))
        return _Batch(there=there, known=known, lives=anew)

    def _identifiers(self, who: Who) -> list[tuple[str, str]]:
        """Return what identifies somebody, in normal form; what can't be read identifies nobody."""
        read = ((name, normal(name, value, self._region)) for name, value in who.identifiers.items())
        return [(name, value) for name, value in read if value]

    def _met(self, batch: _Batch, source: Source, who: Who) -> str:
        """Return who is meant: whoever is proven by an identifier, else that name's; store whom nobody knew.

        Without a name any identifier says who it is; nothing where nobody is known by one, or who is meant was
        forgotten since. Of two that were merged it is the one that was named, so that what was said meanwhile is theirs
        again when the merge is taken back.
        """
        own = _living(batch.lives, _own_stream(who), source) if who.name else ""
        identifiers = self._identifiers(who)
        telling = [each for each in identifiers if not who.name or PREDICATES[each[0]].proves]
        entity = next((batch.known[each] for each in telling if each in batch.known), own)
        if entity and entity == own and own not in batch.there:
            batch.there.add(own)
            found = EntityFound(kind=who.kind, name=who.name, sources=(source.event_id,))
            batch.store(own, NEW_STREAM, found, source)
        if entity and own and entity != own:
            batch.said.append((source, _assertion(entity, "name", canonical(who.name), source)))
        for predicate, value in identifiers if entity else ():
            batch.known.setdefault((predicate, value), entity)
            batch.said.append((source, _assertion(entity, predicate, value, source)))
        return entity

    def _judge(self, batch: _Batch) -> None:
        """Store what is new of what was said; what can't both be so becomes a question, once."""
        anew = lives(self._company, {each.stream for _, each in batch.said})
        facts = self._facts(
            [anew[at].stream if at in anew else at for _, each in batch.said if (at := each.stream)]
        )
        others = self._others({each.subject for _, each in batch.said})
        questions: dict[str, tuple[Source, ContradictionFound]] = {}
        for source, each in batch.said:
            stream = _living(anew, each.stream, source)
            stands = facts.get(stream)
            if stands is None and (other := others.get((each.subject, each.predicate))):
                stands = other if judge(other, each) == "contradiction" else None
            verdict = judge(stands, each) if stream else "known"
            if verdict == "assert":
                version = stands.version if stands else NEW_STREAM
                batch.store(stream, version, each.event(), source)
                facts[stream] = replace(each.as_fact(version + 1), stream=stream)
            elif verdict == "contradiction" and stands is not None:
                question = contradiction_stream(stream, each.value)
                questions.setdefault(question, (source, each.against(stands)))
        self._ask(batch, questions)

    def _ask(self, batch: _Batch, questions: Mapping[str, tuple[Source, ContradictionFound]]) -> None:
        """Store the questions that were not asked yet."""
        anew = lives(self._company, questions)
        named = {
            _living(anew, stream, source): (source, data) for stream, (source, data) in questions.items()
        }
        asked = self._there("contradiction", [*named])
        for stream, (source, data) in named.items():
            if stream and stream not in asked:
                batch.store(stream, NEW_STREAM, data, source)

    def _keep(self, batch: _Batch) -> None:
        """Store the words that are not kept yet."""
        named = [
            (f"item/{derived_id(source.event_id, kept.kind, str(kept.place or 0))}", source, kept, met)
            for source, kept, met in batch.kept
        ]
        streams = [stream for stream, *_ in named]
        there = self._there("memory_item", streams) | lives(self._company, streams).keys()
        for stream, source, kept, met in named:
            if stream not in there:
                data = kept.event(met, (source.event_id,))
                batch.store(stream, NEW_STREAM, data, source, kept.occurred_at or source.occurred_at)

    def _teach(self, batch: _Batch) -> None:
        """Store the lessons that were not found yet."""
        lessons = {lesson_stream(taught.words): (source, taught) for source, taught in reversed(batch.taught)}
        there = self._there("lesson", [*lessons]) | lives(self._company, lessons).keys()
        for stream, (source, taught) in lessons.items():
            if stream not in there:
                data = LessonFound(words=taught.words, row=taught.row, sources=(source.event_id,))
                batch.store(stream, NEW_STREAM, data, source)

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

    def _others(self, subjects: set[str]) -> dict[tuple[str, str], Fact]:
        """Return what stands of those who are the same as these, where only one value can be so."""
        rows = self._company.query(
            load_sql("opc_kernel.memory", "group_facts"), subjects=sorted(subjects)
        ).dicts()
        return {
            (row.pop("member"), row["predicate"]): Fact(**row)
            for row in rows
            if not PREDICATES[row["predicate"]].many
        }


def _living(anew: Mapping[str, Life], stream: str, source: Source) -> str:
    """Return where a stream lives now; nothing where what the source says was forgotten since."""
    life = anew.get(stream)
    if life is None:
        return stream
    return life.stream if source.position > life.silent_up_to else ""


def _own_stream(who: Who) -> str:
    return entity_stream(who.kind, who.key or name_key(who.kind, who.name))


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
        said_on=source.occurred_at.date(),
    )
