"""Whom a forgetting means: what memory holds of an entity, the events that name it, and those that stay as records.

An event goes when it speaks of nobody else, or when whoever it names first, as the sender of a mail, is meant. Where it
names somebody else first it is theirs, and stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from opc_kernel.log.erase import NothingToErase
from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.capture import Capture, Source, Who, sources_of
from opc_kernel.memory.entity import Kind, entity_stream
from opc_kernel.memory.fact import PREDICATES
from opc_kernel.memory.living import lives, next_life
from opc_kernel.memory.normal import name_key, normal
from opc_kernel.sql import load_sql
from workbench.erasure.traces import RECORDS, Wanted

PACKAGE = "workbench.memory"
AT_ONCE = 2_000
MAX_FORGOTTEN = 5
"""So many lives of a stream are looked through: nobody is forgotten and met again oftener."""
NAMING = tuple(name for name, each in PREDICATES.items() if each.identifies or name == "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """An entity with all that are one with it: their names as they are looked up, and what identifies them."""

    members: tuple[str, ...]
    keys: frozenset[tuple[Kind, str]]
    identifiers: frozenset[tuple[str, str]]
    words: frozenset[str]
    region: str

    def has(self, who: Who) -> bool:
        """Whether somebody whom an event names is meant, as remembering would find out: a key of their own, such as the
        address a mail is from, tells namesakes apart.
        """
        if who.key:
            return self._is_member(entity_stream(who.kind, who.key))
        if who.name and (who.kind, name_key(who.kind, who.name)) in self.keys:
            return True
        return any(
            (name, normal(name, value, self.region)) in self.identifiers
            for name, value in who.identifiers.items()
            if not who.name or PREDICATES[name].proves
        )

    def _is_member(self, stream: str) -> bool:
        """Whether it is one of them, in whichever of its lives."""
        for _ in range(MAX_FORGOTTEN):
            if stream in self.members:
                return True
            stream = next_life(stream)
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """An event that names somebody who is to be forgotten."""

    event_id: str
    type: str
    whos: tuple[Who, ...]
    """Those of the group that it names, as it names them."""
    is_theirs: bool
    """Whether it names them first, or nobody else."""

    @property
    def is_record(self) -> bool:
        """Whether the law wants it kept."""
        return self.type.partition(".")[0] in RECORDS


def meant(company: Queryable, wanted: Wanted, captures: Sequence[Capture], *, region: str) -> Wanted:
    """Return what is wanted with its entities told as streams, events and words. Raises NothingToErase.

    `region` is the country of phone numbers that name none.
    """
    group = find_group(company, wanted.entities, region)
    naming = list(named_in(company, group, captures))
    going = [each for each in naming if each.is_theirs and (wanted.also_records or not each.is_record)]
    gone = {each.event_id for each in going}
    known = company.query(load_sql(PACKAGE, "known_of"), members=[*group.members]).rows
    return replace(
        wanted,
        streams=(*wanted.streams, *group.members, *(stream for (stream,) in known)),
        events=(*wanted.events, *(each.event_id for each in going)),
        words=tuple(
            sorted(group.words | {word for each in naming for who in each.whos for word in _words(who)})
        ),
        kept=tuple(each.event_id for each in naming if each.event_id not in gone),
        others_stay=True,
    )


def find_group(company: Queryable, entities: Sequence[str], region: str) -> Group:
    """Return who is one with any of these entities. Raises NothingToErase."""
    rows = company.query(load_sql(PACKAGE, "group"), entities=[*entities]).rows
    if not rows:
        raise NothingToErase("nobody is known by this")
    members = tuple(stream for stream, _, _ in rows)
    named = company.query(load_sql(PACKAGE, "names_of"), members=[*members], predicates=[*NAMING]).rows
    names = {name for _, _, name in rows} | {value for predicate, value in named if predicate == "name"}
    kinds: set[Kind] = {kind for _, kind, _ in rows}
    return Group(
        members=members,
        keys=_own_keys(company, members, {(kind, name_key(kind, name)) for kind in kinds for name in names}),
        identifiers=frozenset((predicate, value) for predicate, value in named if predicate != "name"),
        words=frozenset(names | {value for _, value in named}),
        region=region,
    )


def named_in(company: Queryable, group: Group, captures: Sequence[Capture]) -> Iterator[Naming]:
    """Yield every event that names one of the group, in the order of the log."""
    by_type = {capture.event.event_type: capture for capture in captures}
    for source in _sources(company, by_type):
        whos = [who for each in by_type[source.type].observe(source) for who in each.whos]
        theirs = tuple(who for who in whos if group.has(who))
        if theirs:
            is_theirs = len(theirs) == len(whos) or theirs[0] is whos[0]
            yield Naming(event_id=source.event_id, type=source.type, whos=theirs, is_theirs=is_theirs)


def _own_keys(
    company: Queryable, members: Sequence[str], keys: set[tuple[Kind, str]]
) -> frozenset[tuple[Kind, str]]:
    """Return those of some names that nobody else bears."""
    streams = {key: entity_stream(*key) for key in keys}
    anew = lives(company, streams.values())
    living = {key: anew[stream].stream if stream in anew else stream for key, stream in streams.items()}
    others = company.query(
        load_sql(PACKAGE, "strangers"), streams=[*living.values()], members=[*members]
    ).rows
    taken = {stream for (stream,) in others}
    return frozenset(key for key, stream in living.items() if stream not in taken)


def _sources(company: Queryable, captures: Mapping[str, Capture]) -> Iterator[Source]:
    after = 0
    while rows := company.query(
        load_sql(PACKAGE, "captured"), after=after, types=[*captures], limit=AT_ONCE
    ).rows:
        yield from sources_of(rows, captures)
        after = rows[-1][0]


def _words(who: Who) -> set[str]:
    return {word for word in (who.name, *who.identifiers.values()) if word}
