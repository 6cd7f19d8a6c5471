"""Who and what belongs to a firm or person: those who work there, contracts and projects with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.lines import Facts, facts_of
from opc_kernel.memory.normal import name_key
from opc_kernel.memory.profile import Profile
from opc_kernel.sql import load_sql

MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """One that names the entity of a page: somebody who works there, or a contract or project with them."""

    stream: str
    kind: str
    name: str
    facts: Facts


def related(
    company: Queryable, known: Profile, *, position: int, day: date | None = None
) -> tuple[Related, ...]:
    """Return who named this entity, by any of its names, as its firm or party; whoever did so first comes first."""
    names = {known.name, *(line.value for line in known.facts.get("name", ()))}
    keys = {name_key(known.kind, name) for name in names}
    rows = company.query(load_sql("workbench.memory", "naming"), position=position).dicts()
    found = [row for row in rows if any(name_key(known.kind, each) in keys for each in row["named"])]
    return tuple(
        Related(
            stream=row["stream"],
            kind=row["kind"],
            name=row["name"],
            facts=facts_of(company, row["members"], position=position, day=day),
        )
        for row in found[:MOST]
    )
