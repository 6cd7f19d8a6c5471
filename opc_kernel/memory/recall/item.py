"""Items of memory as recall reads them: mails, notes, turns of a conversation, drafts, summaries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opc_kernel.log.protocol import Queryable
from opc_kernel.log.rows import Rows
from opc_kernel.memory.item import items_then as then
from opc_kernel.sql import load_sql

HERE = "opc_kernel.memory.recall"
PART = 100_000
"""So many positions are asked for at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item as it stands."""

    stream: str
    position: int
    """Of its newest event: an item said anew has another."""
    kind: str
    text: str
    entities: tuple[str, ...]
    conversation: str | None
    place: int | None
    """Its number within the conversation."""
    occurred_at: datetime | None
    sources: tuple[str, ...] = ()
    """Ids of the events it says it comes from."""
    local_only: bool = False
    """Whether it must not leave this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far memory has come."""

    position: int
    """Of the newest event of an item, 0 where there is none."""
    count: int


def standing(company: Queryable) -> Standing:
    """Return how far memory has come, and how many items stand."""
    row = company.query(load_sql(HERE, "standing")).one()
    assert row is not None, "an aggregate has one row"
    return Standing(**row)


def items_after(company: Queryable, position: int, limit: int) -> list[Item]:
    """Return the next items after a position, in its order."""
    return _items(company.query(load_sql(HERE, "items_after"), after=position, most=limit))


def items_at(company: Queryable, positions: Sequence[int]) -> dict[int, Item]:
    """Return the items that still stand at these positions."""
    found = _items(company.query(load_sql(HERE, "items_at"), positions=list(positions)))
    return {item.position: item for item in found}


def positions_standing(company: Queryable) -> list[int]:
    """Return the positions of all items that stand, in order."""
    return list(_positions(company, "positions_standing"))


def positions_among(
    company: Queryable, *, entity: str | None, kinds: Sequence[str], until: int | None
) -> list[int]:
    """Return the positions of the items of an entity, merged ones too, of some kinds, not newer than a position."""
    asked = {"entities": _same(company, entity), "kinds": list(kinds) or None, "until": until}
    return list(_positions(company, "positions_among", **asked))


def items_then(
    company: Queryable, *, entity: str | None, kinds: Sequence[str], until: int, limit: int
) -> list[Item]:
    """Return the items of an entity, merged ones too, and of some kinds, as they stood at a position, in its order."""
    asked = {
        "entities": _same(company, entity),
        "kinds": list(kinds) or None,
        "position": until,
        "most": limit,
    }
    return _items(company.query(then(load_sql(HERE, "items_then")), **asked))


def changed_since(company: Queryable, until: int) -> int:
    """Return how many items that stood at a position were said anew, folded or faded since."""
    row = company.query(then(load_sql(HERE, "changed_since")), position=until).one()
    assert row is not None, "an aggregate has one row"
    return int(row["count"])


def chain_hash(company: Queryable, position: int) -> str:
    """Return the hash of an event; empty for position 0 and beyond the end."""
    row = company.query(load_sql(HERE, "chain_hash"), position=position).one()
    return str(row["chain_hash"]) if row else ""


def own_events(company: Queryable, positions: Sequence[int]) -> dict[int, str]:
    """Return the ids of the events at these positions."""
    return dict(company.query(load_sql(HERE, "own_events"), positions=list(positions)).rows)


def _same(company: Queryable, entity: str | None) -> list[str] | None:
    """Return an entity with all that it is merged with; one that nobody knows stands for itself."""
    if entity is None:
        return None
    return [stream for (stream,) in company.query(load_sql(HERE, "group"), entity=entity)] or [entity]


def _positions(company: Queryable, name: str, **asked: Any) -> Iterator[int]:  # noqa: ANN401 - SQL parameters
    """Yield positions part by part: one answer has a limit of rows."""
    after, number = 0, PART
    while number == PART:
        rows = company.query(load_sql(HERE, name), after=after, most=PART, **asked)
        yield from (position for (position,) in rows)
        number = len(rows)
        after = rows.rows[-1][0] if number else after


def _items(rows: Rows) -> list[Item]:
    return [
        Item(**{**row, "entities": tuple(row["entities"] or ()), "sources": tuple(row.get("sources") or ())})
        for row in rows.dicts()
    ]
