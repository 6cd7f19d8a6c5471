"""Linking: whoever is new, or known by something new, is compared with everybody who may be the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, get_args

from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.log.errors import VersionConflict
from opc_kernel.log.protocol import Company, Queryable
from opc_kernel.memory.capture import ACTOR, MemoryCaughtUp
from opc_kernel.memory.identity.blocking import Index
from opc_kernel.memory.identity.comparing import Comparison, compare
from opc_kernel.memory.identity.linkage import Find, link
from opc_kernel.memory.identity.record import Kind, Record, read_record
from opc_kernel.memory.likeness import LikenessFound, likeness_stream
from opc_kernel.sql import load_sql

HERE = "opc_kernel.memory"
PLACE = "memory/likeness"
TELLING = ("name", "email", "phone", "account", "tax_id", "address", "works_at")
"""What a person or firm is told apart by."""
IDS = {"account": "iban", "tax_id": "vat"}
ASKED_FROM = 0.2
"""A pair that is less likely than this is not worth a person's question."""
MANY = 1_000
"""So many at once are linked in bulk."""
VERY_MANY = 50_000
"""So many are left to `find`, where there is one."""
NEWEST = "SELECT coalesce(max(position), 0) FROM event"
ROOTS = "SELECT DISTINCT root FROM entity_now WHERE list_contains($streams::VARCHAR[], stream)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One entity of a group that `root` speaks for."""

    stream: str
    root: str
    name: str
    sources: tuple[str, ...]
    """Ids of the events it was met in."""
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Two groups held against each other. `best` is the pair that speaks for it most."""

    best: Comparison[Record]
    verdict: Literal["same", "doubtful", "different"]


def weigh(first: Sequence[Member], second: Sequence[Member]) -> Likeness:
    """Compare each of one group with each of another; where any two of them contradict, a person is asked."""
    compared = [compare(one.record, other.record) for one, other in product(first, second)]
    best = max(compared, key=lambda each: each.probability)
    if best.probability < ASKED_FROM:
        return Likeness(best=best, verdict="different")
    disputed = any(each.is_contradicted and each.verdict != "same" for each in compared)
    return Likeness(best=best, verdict="doubtful" if disputed else best.verdict)


def members(
    company: Queryable,
    region: str,
    *,
    roots: Sequence[str] | None = None,
    streams: Sequence[str] | None = None,
) -> list[Member]:
    """Return persons and firms with what they are known by: those of some groups, some themselves, or all."""
    asked = {"roots": roots, "streams": streams, "predicates": list(TELLING)}
    return [_member(row, region) for row in company.query(load_sql(HERE, "members"), **asked).dicts()]


def _member(row: Mapping[str, Any], region: str) -> Member:
    said: dict[str, list[str]] = defaultdict(list)
    for each in row["known"] or ():
        said[each["predicate"]].append(each["value"])
    named, is_firm = [row["name"], *said["name"]], row["kind"] == "firm"
    record = read_record(
        row["stream"],
        row["kind"],
        region=region,
        names=() if is_firm else named,
        firms=named if is_firm else said["works_at"],
        emails=said["email"],
        phones=said["phone"],
        ids={of: said[predicate][0] for predicate, of in IDS.items() if said[predicate]},
        addresses=said["address"],
    )
    return Member(
        stream=row["stream"], root=row["root"], name=row["name"], sources=tuple(row["sources"]), record=record
    )


class Linking:
    """Finds who may be the same. Two at once take turns; each two groups are found once, whatever comes of it."""

    def __init__(self, company: Company, *, region: str, find: Find | None = None) -> None:
        """`region` (as DE) is that of phone numbers without one; `find` finds pairs among very many."""
        self._company, self._region, self._find = company, region, find
        self._index: Index | None = None
        self._looked_at = 0

    def catch_up(self) -> int:
        """Look at everybody who is new or known by something new since the last time; return how many."""
        place = self._company.query(load_sql(HERE, "place"), place=PLACE).one()
        after = max(place["up_to"] if place else 0, self._looked_at)
        ((end,),) = self._company.query(NEWEST).rows
        asked = {"after": after, "until": end, "predicates": list(TELLING)}
        touched = [stream for (stream,) in self._company.query(load_sql(HERE, "touched"), **asked)]
        if touched:
            found = {likeness_stream(each.first, each.second): each for each in self._found(touched)}
            expected = {**dict.fromkeys(found, NEW_STREAM), PLACE: place["version"] if place else NEW_STREAM}
            writes = [Write(stream=stream, data=data, actor=ACTOR) for stream, data in found.items()]
            caught_up = Write(stream=PLACE, data=MemoryCaughtUp(up_to=end, captures=""), actor=ACTOR)
            try:
                self._company.append([*writes, caught_up], expected=expected)
            except VersionConflict:
                return 0  # another one looks at them
        self._looked_at = end
        return len(touched)

    def _found(self, touched: Sequence[str]) -> Iterator[LikenessFound]:
        """Yield whoever may be the same and was not found yet, one pair for two groups."""
        pairs = self._pairs(touched)
        root_of, known = self._groups({stream for pair in pairs for stream in pair})
        settled = self._settled([each.stream for group in known.values() for each in group])
        there = (
            pair for pair in pairs if root_of.keys() >= {*pair}
        )  # who was forgotten is in the index still
        for pair in dict.fromkeys(frozenset((root_of[one], root_of[other])) for one, other in there):
            if len(pair) > 1 and pair not in settled:
                first, second = sorted(pair)
                likeness = weigh(known[first], known[second])
                if likeness.verdict != "different":
                    yield LikenessFound(
                        first=likeness.best.left.key,
                        second=likeness.best.right.key,
                        verdict=likeness.verdict,
                        probability=round(likeness.best.probability, 4),
                    )

    def _groups(self, streams: set[str]) -> tuple[dict[str, str], dict[str, list[Member]]]:
        """Return the root of each entity, and the members of each root."""
        roots = [root for (root,) in self._company.query(ROOTS, streams=sorted(streams))]
        known: dict[str, list[Member]] = defaultdict(list)
        for member in members(self._company, self._region, roots=roots):
            known[member.root].append(member)
        return {each.stream: root for root, group in known.items() for each in group}, known

    def _settled(self, streams: Sequence[str]) -> set[frozenset[str]]:
        """Return the pairs of roots of which it was said, or asked, whether they are the same."""
        rows = self._company.query(load_sql(HERE, "settled"), streams=list(streams))
        return {frozenset(pair) for pair in rows}

    def _pairs(self, touched: Sequence[str]) -> list[tuple[str, str]]:
        """Return who may be the same as whom."""
        if self._index is None or len(touched) > MANY:
            everybody = [each.record for each in members(self._company, self._region)]
            self._index = Index()
        else:
            everybody = [each.record for each in members(self._company, self._region, streams=touched)]
        for record in everybody:
            self._index.add(record)
        if len(touched) > MANY:
            return [pair for kind in get_args(Kind) for pair in self._linked(everybody, kind)]
        looked_for = {*touched}
        return [
            (record.key, other.key)
            for record in everybody
            if record.key in looked_for
            for other in self._index.candidates(record)
        ]

    def _linked(self, records: Sequence[Record], kind: Kind) -> Iterator[tuple[str, str]]:
        of_kind = [record for record in records if record.kind == kind]
        find = self._find if len(of_kind) > VERY_MANY else None
        yield from ((each.left.key, each.right.key) for each in link(of_kind, kind, find=find).comparisons)
