"""The lives of facts: everything that was ever said of one entity, with what had become of it by then."""

from __future__ import annotations

from typing import Any

from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.lines import NOW
from opc_kernel.memory.profile import Profile
from opc_kernel.sql import load_sql

Row = dict[str, Any]


def lives(company: Queryable, known: Profile, *, read_to: int = NOW) -> list[Row]:
    """Return a row for each time a fact was said, by predicate, what stands first; `known` was read up to there, too.

    `state` is stands, coming (from a later day on), superseded or retracted.
    """
    rows = company.query(
        load_sql("workbench.memory", "fact_lives"), subjects=[*known.members], position=read_to
    ).dicts()
    coming, holding = (
        {line.event for lines in facts.values() for line in lines} for facts in (known.coming, known.facts)
    )
    return [_told(_as_then(row, read_to), holding, coming) for row in rows]


def _as_then(row: Row, until: int) -> Row:
    """Return a fact as it stood by then: what ended it later had not happened."""
    if row["ended_position"] is None or row["ended_position"] <= until:
        return row
    return {**row, "state": "stands", "ended_at": None, "ended_position": None}


def _told(row: Row, holding: set[str], coming: set[str]) -> Row:
    """Return a fact with its day: what is to come does not end yet what holds until then."""
    if row["event_id"] in coming:
        return {**row, "state": "coming"}
    if row["event_id"] in holding:
        return {**row, "state": "stands", "ended_at": None, "ended_position": None}
    return row
