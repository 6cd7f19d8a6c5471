"""Lines of a profile: what holds on a day and what is to come, as it was known when the log ended at a position."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.fact import PREDICATES, TRUST, Origin
from opc_kernel.sql import load_sql

NOW = 2**62
"""A position that no log reaches."""


def position_at(company: Queryable, instant: datetime | None) -> int:
    """Return up to which position the log went at an instant; without one, up to its end and beyond."""
    if instant is None:
        return NOW
    sql = "SELECT coalesce(max(position), 0) FROM event WHERE recorded_at <= $instant::TIMESTAMPTZ"
    return int(company.query(sql, instant=instant).rows[0][0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One value of a predicate, with what it rests on; `stream` is the fact's."""

    value: str
    valid_from: date | None
    valid_to: date | None
    confidence: float
    origin: Origin
    sources: tuple[str, ...]
    recorded_at: datetime
    stream: str
    event: str
    """The one that asserted it."""


Facts = Mapping[str, tuple[Line, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidOf:
    """A line with whom it was said of."""

    subject: str
    predicate: str
    line: Line
    is_coming: bool


def facts_of(
    company: Queryable, members: Sequence[str], *, position: int = NOW, day: date | None = None
) -> Facts:
    """Return what held of those who are one; see `lines_of`."""
    return by_predicate(lines_of(company, members, position=position, day=day), coming=False)


def lines_of(
    company: Queryable, subjects: Sequence[str], *, position: int = NOW, day: date | None = None
) -> Iterator[SaidOf]:
    """Yield what held of these on a day, and what was to come after it, as it was known when the log ended there.

    Without a day everything counts as it was said last, whichever days it was said of.
    """
    asked = {"subjects": list(subjects), "position": position, "day": day}
    for row in company.query(load_sql("opc_kernel.memory", "facts_then"), **asked).dicts():
        line = Line(
            value=row["value"],
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            confidence=row["confidence"],
            origin=row["origin"],
            sources=tuple(row["sources"] or ()),
            recorded_at=row["recorded_at"],
            stream=row["stream"],
            event=row["event_id"],
        )
        yield SaidOf(
            subject=row["subject"], predicate=row["predicate"], line=line, is_coming=row["is_coming"]
        )


def by_predicate(lines: Iterable[SaidOf], *, coming: bool) -> Facts:
    """Return lines of who is one: of those that hold what counts, of those to come all."""
    found: dict[str, list[Line]] = defaultdict(list)
    for each in lines:
        if each.is_coming == coming:
            found[each.predicate].append(each.line)
    return {
        name: tuple(found[name]) if coming else _counting(name, found[name])
        for name in PREDICATES
        if name in found
    }


def _counting(predicate: str, lines: list[Line]) -> tuple[Line, ...]:
    """Return what counts: where one value can be so, that of the best source and of those the newest."""
    if PREDICATES[predicate].many:
        return tuple(lines)
    return (max(lines, key=lambda line: TRUST[line.origin]),)
