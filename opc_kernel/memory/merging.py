"""Merging two entities by a pointer, taking that back, and keeping two apart. Nothing that hangs on either is moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from opc_kernel.errors import KernelError
from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.entity import EntityMerged, EntityUnmerged, KeptApart, apart_stream

ENDS = "SELECT stream, version, root, kind, name FROM entity_now WHERE list_contains($streams::VARCHAR[], stream)"
APART = "SELECT 1 FROM apart WHERE stream = $stream"


class NoEntity(KernelError):
    """A name that no entity bears."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Nothing is known of {name!r}.", "See 'workbench memory list'.")


class CannotMerge(KernelError):
    """Two that can't be one."""

    def __init__(self, reason: str, todo: str = "Nothing was changed.") -> None:
        super().__init__(f"They were not merged: {reason}.", todo)


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
    """Return what makes one entity part of another. Raises NoEntity, CannotMerge.

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
    return Change(
        writes=(Write(stream=entity, data=data, actor=actor),),
        expected={entity: absorbed["version"], into: kept["version"], apart_stream(entity, into): NEW_STREAM},
    )


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


def kept_apart(first: str, second: str, *, reason: str, actor: str, row: str | None = None) -> Change:
    """Return what keeps two from ever being merged or proposed again."""
    stream = apart_stream(first, second)
    data = KeptApart(first=first, second=second, reason=reason, row=row)
    return Change(writes=(Write(stream=stream, data=data, actor=actor),), expected={stream: NEW_STREAM})
