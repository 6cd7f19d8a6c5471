"""Drift: does every profile say what the newest event says that speaks of it? Where not, why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.capture import Source
from opc_kernel.memory.fact import TRUST
from opc_kernel.memory.judging import Assertion, contradiction_stream
from opc_kernel.sql import load_sql

AT_ONCE = 5_000
UNEXPLAINED = "drifted"
UNKNOWN: Mapping[str, Any] = {"name": "", "value": None, "stands": False}
"""What stands of what nobody remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A profile that says other than the newest event that speaks of it; UNEXPLAINED where nothing explains that."""

    entity: str
    name: str
    predicate: str
    stands: str | None
    says: str
    on: date
    event: str
    why: str


def drifted(company: Queryable, said: Iterable[tuple[Source, Assertion]]) -> list[Drift]:
    """Hold every profile against what events said, the oldest first; return where they differ."""
    newest: dict[str, tuple[Source, Assertion]] = {}
    for source, each in said:
        known = newest.get(each.stream)
        if known is None or _day(source, each) >= _day(*known):
            newest[each.stream] = (source, each)
    facts = _facts(company, [*newest])
    asked = {
        stream for (stream,) in company.query("SELECT stream FROM contradiction WHERE settled_as IS NULL")
    }
    return [
        Drift(
            entity=each.subject,
            name=fact["name"],
            predicate=each.predicate,
            stands=fact["value"] if fact["stands"] else None,
            says=each.value,
            on=_day(source, each),
            event=source.event_id,
            why=_why(fact, each, asked),
        )
        for stream, (source, each) in newest.items()
        if (fact := facts.get(stream, UNKNOWN))["value"] != each.value or not fact["stands"]
    ]


def _day(source: Source, said: Assertion) -> date:
    return said.valid_from or source.occurred_at.date()


def _why(fact: Mapping[str, Any], said: Assertion, asked: set[str]) -> str:
    if fact is UNKNOWN:
        return UNEXPLAINED
    if not fact["stands"]:
        return "you took it back"
    if contradiction_stream(said.stream, said.value) in asked:
        return "you are asked which is so"
    if fact["origin"] == "operator":
        return "you said so"
    if TRUST[fact["origin"]] > TRUST[said.origin]:
        return "a better source says so"
    return UNEXPLAINED


def _facts(company: Queryable, streams: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(streams), AT_ONCE):
        rows = company.query(
            load_sql("opc_kernel.memory", "facts_named"), streams=list(streams[start : start + AT_ONCE])
        )
        found.update((row["stream"], row) for row in rows.dicts())
    return found
