"""Merging two entities by a pointer, taking that back, and keeping two apart. Nothing that hangs on either is moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from opc_kernel.errors import KernelError
from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.entity import EntityMerged, EntityUnmerged, KeptApart, apart_stream
from opc_kernel.memory.fact import PREDICATES, Fact
from opc_kernel.memory.judging import Assertion, ContradictionFound, contradiction_stream, judge
from opc_kernel.sql import load_sql

ENDS = "SELECT stream, version, root, kind, name FROM entity_now WHERE list_contains($streams::VARCHAR[], stream)"
COUNTING = load_sql("opc_kernel.memory", "counting")
ASKED = "SELECT 1 FROM contradiction WHERE stream = $stream"
SHORTEST_ID = 4
MERGED = (
    "SELECT stream FROM entity WHERE merged_into IS NOT NULL AND (stream = 'entity/' || $short "
    "OR (len($short) >= $least AND starts_with(stream, 'entity/' || $short)) OR lower(name) = lower($name))"
)
APART = "SELECT 1 FROM apart WHERE stream = $stream"


class NoEntity(KernelError):
    """A name that no entity bears."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Nothing is known of {name!r}.", "See 'workbench memory list'.")


class CannotMerge(KernelError):
    """Two that can't be one."""

    def __init__(self, reason: str, todo: str = "Nothing was changed.") -> None:
        super().__init__(f"They were not merged: {reason}.", todo)


class AreOne(KernelError):
    """Two that are to be kept apart are one."""

    def __init__(self) -> None:
        super().__init__(
            "They are one already, so they can't be kept apart.",
            "Take the merge back first: 'workbench memory unmerge'.",
        )


class NotMerged(KernelError):
    """There is no merge to take back."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is merged into nothing.", "Nothing was changed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is appended, and what it rests on."""

    writes: tuple[Write, ...]
    expected: Mapping[str, int]


def merged(
    company: Queryable,
    entity: str,
    into: str,
    *,
    evidence: tuple[str, ...],
    decided_by: Literal["automatic", "operator"],
    actor: str,
    row: str | None = None,
) -> Change:
    """Return what makes one entity part of another, and asks what can't be so of both. Raises NoEntity, CannotMerge.

    Both versions are guarded: who merges either of them at the same moment is refused, so that no pointers go round.
    """
    found = {each["stream"]: each for each in company.query(ENDS, streams=[entity, into]).dicts()}
    for stream in (entity, into):
        if stream not in found:
            raise NoEntity(stream)
    absorbed, kept = found[entity], found[into]
    if absorbed["root"] == kept["root"]:
        raise CannotMerge("they are one already")
    if absorbed["root"] != entity or kept["root"] != into:
        raise CannotMerge("one of them is merged into another", "Merge the ones they are merged into.")
    if absorbed["kind"] != kept["kind"]:
        raise CannotMerge(f"a {absorbed['kind']} is no {kept['kind']}")
    if company.query(APART, stream=apart_stream(entity, into)).rows:
        raise CannotMerge("you said that they are never the same")
    data = EntityMerged(into=into, evidence=evidence, decided_by=decided_by, row=row)
    asked = dict(_disagreements(company, entity, into))
    return Change(
        writes=(
            Write(stream=entity, data=data, actor=actor),
            *(Write(stream=stream, data=found, actor=actor) for stream, found in asked.items()),
        ),
        expected={
            entity: absorbed["version"],
            into: kept["version"],
            apart_stream(entity, into): NEW_STREAM,
            **dict.fromkeys(asked, NEW_STREAM),
        },
    )


def _disagreements(company: Queryable, entity: str, into: str) -> Iterator[tuple[str, ContradictionFound]]:
    """Yield what can't be so of both once they are one, each with the stream of its question."""
    kept, absorbed = (
        {row["predicate"]: row for row in company.query(COUNTING, root=root).dicts()}
        for root in (into, entity)
    )
    for predicate in kept.keys() & absorbed.keys():
        if PREDICATES[predicate].many:
            continue
        stands, row = _fact(kept[predicate]), absorbed[predicate]
        said = Assertion(
            subject=into,
            predicate=predicate,
            value=row["value"],
            valid_from=row["valid_from"],
            origin=row["origin"],
            sources=tuple(row["sources"]),
        )
        question = contradiction_stream(said.stream, said.value)
        is_new = not company.query(ASKED, stream=question).rows
        if is_new and judge(stands, said) == "contradiction":
            yield question, said.against(stands)


def _fact(row: Mapping[str, Any]) -> Fact:
    return Fact(**{name: row[name] for name in Fact.__slots__})


def unmerged(company: Queryable, entity: str, *, reason: str, account: str, actor: str) -> Change:
    """Return what makes an entity one of its own again. Raises NoEntity, NotMerged."""
    row = company.query(
        "SELECT version, merged_into, name FROM entity WHERE stream = $stream", stream=entity
    ).one()
    if row is None:
        raise NoEntity(entity)
    if row["merged_into"] is None:
        raise NotMerged(row["name"])
    data = EntityUnmerged(reason=reason, account=account)
    return Change(writes=(Write(stream=entity, data=data, actor=actor),), expected={entity: row["version"]})


def kept_apart(
    company: Queryable, first: str, second: str, *, reason: str, actor: str, row: str | None = None
) -> Change:
    """Return what keeps two from ever being merged or proposed again; nothing where it was said before.

    Raises AreOne.
    """
    rows = company.query(ENDS, streams=[first, second]).dicts()
    if first == second or len({each["root"] for each in rows}) < len(rows):
        raise AreOne
    stream = apart_stream(first, second)
    if company.query(APART, stream=stream).rows:
        return Change(writes=(), expected={})
    data = KeptApart(first=first, second=second, reason=reason, row=row)
    return Change(writes=(Write(stream=stream, data=data, actor=actor),), expected={stream: NEW_STREAM})


def find_merged(company: Queryable, name: str) -> str:
    """Return the merged entity that a person means: by id or its beginning, or by its name. Raises NoEntity."""
    short = name.removeprefix("entity/")
    found: list[str] = [
        stream for (stream,) in company.query(MERGED, name=name, short=short, least=SHORTEST_ID)
    ]
    if len(found) != 1:
        raise NoEntity(name)
    return found[0]
