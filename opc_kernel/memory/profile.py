"""The profile of an entity: one page that says who they are, line by line with the events each rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from opc_kernel.errors import KernelError
from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.entity import Kind
from opc_kernel.memory.identity.folding import folded
from opc_kernel.memory.item import items_now, items_then
from opc_kernel.memory.lines import NOW, Facts, by_predicate, lines_of
from opc_kernel.sql import load_sql

SAID = (
    "SELECT DISTINCT subject FROM fact WHERE stands AND lower(value) = lower($name) "
    "AND predicate IN ('name', 'email', 'phone', 'account', 'tax_id')"
)
UNKNOWN = "See 'workbench memory list'; 'workbench memory tell --kind' makes somebody known."
SHORTEST_ID = 4
LAST_ITEMS = 10
LONGEST_LIST = 8


class NotKnown(KernelError):
    """A name that says nothing to memory, or too little."""

    def __init__(self, name: str, alike: Sequence[str] = ()) -> None:
        self.several = bool(alike)
        listed = f"Several are meant: {'; '.join(alike)}." if alike else UNKNOWN
        super().__init__(
            f"{name!r} names {'more than one' if alike else 'nobody who is known here'}.", listed
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something that was said or written."""

    stream: str
    kind: str
    title: str
    text: str
    speaker: str
    occurred_at: datetime
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known of one entity. `members` are the streams it speaks for, its own first."""

    entity: str
    kind: Kind
    name: str
    members: tuple[str, ...]
    facts: Facts
    """Lines by predicate, in the order of PREDICATES; several only where several can be so."""
    coming: Facts
    """What holds from a later day on, under the same rule for each day."""
    items: tuple[Said, ...]
    found_at: datetime
    sources: tuple[str, ...]


def find_entity(company: Queryable, name: str, *, position: int = NOW) -> str:
    """Return the entity that a person means: by id or its beginning, by name, alias, or what identifies it.

    Raises NotKnown.
    """
    known = _pointers(company, position)
    roots, folds, short = _roots(known), folded(name), name.removeprefix("entity/")
    exact = {roots[stream] for stream in known if stream == f"entity/{short}"}
    named = {roots[stream] for stream, row in known.items() if folded(row["name"]) == folds}
    said = {roots[subject] for (subject,) in company.query(SAID, name=name).rows if subject in roots}
    within = {roots[stream] for stream, row in known.items() if folds and folds in folded(row["name"])}
    begun = {
        roots[each] for each in known if len(short) >= SHORTEST_ID and each.startswith(f"entity/{short}")
    }
    for found in (exact, named | said, begun, within):
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise NotKnown(name, sorted(_told(known, each) for each in found)[:LONGEST_LIST])
    raise NotKnown(name)


def profile(company: Queryable, entity: str, *, position: int = NOW, day: date | None = None) -> Profile:
    """Return what was known of an entity when the log ended at a position, as it holds on a day. Raises NotKnown.

    See `lines_of` for the day.
    """
    known = _pointers(company, position)
    if entity not in known:
        raise NotKnown(entity)
    roots = _roots(known)
    root = roots[entity]
    members = (root, *sorted(stream for stream, end in roots.items() if end == root and stream != root))
    lines = [*lines_of(company, members, position=position, day=day)]
    return Profile(
        entity=root,
        kind=known[root]["kind"],
        name=known[root]["name"],
        members=members,
        facts=by_predicate(lines, coming=False),
        coming=by_predicate(lines, coming=True),
        items=tuple(_last_items(company, members, position)),
        found_at=min(known[each]["found_at"] for each in members),
        sources=tuple(dict.fromkeys(event for each in members for event in known[each]["sources"] or ())),
    )


def _pointers(company: Queryable, position: int) -> dict[str, dict[str, Any]]:
    rows = company.query(load_sql("opc_kernel.memory", "pointers"), position=position).dicts()
    return {row["stream"]: row for row in rows}


def _roots(known: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {stream: _root(known, stream) for stream in known}


def _root(known: Mapping[str, Mapping[str, Any]], stream: str) -> str:
    seen = {stream}
    while (into := known[stream]["points_to"]) is not None and into in known and into not in seen:
        seen.add(into)
        stream = into
    return stream


def _told(known: Mapping[str, Mapping[str, Any]], stream: str) -> str:
    return f"{known[stream]['name']} ({known[stream]['kind']}, {stream.partition('/')[2][:10]})"


def _last_items(company: Queryable, members: Sequence[str], position: int) -> Iterator[Said]:
    question = load_sql("opc_kernel.memory", "items_then")
    asked = {"entities": [*members], "limit": LAST_ITEMS}
    if position == NOW:
        rows = company.query(items_now(question), **asked)
    else:
        rows = company.query(items_then(question), **asked, position=position)
    yield from map(_said, rows.dicts())


def _said(row: Mapping[str, Any]) -> Said:
    return Said(
        stream=row["stream"],
        kind=row["kind"],
        title=row["title"] or "",
        text=row["text"],
        speaker=row["speaker"] or "",
        occurred_at=row["occurred_at"],
        sources=tuple(row["sources"] or ()),
    )
