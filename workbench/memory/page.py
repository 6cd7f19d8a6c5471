"""One entity as a page: what is known, what is open, what was said last; each line names the event it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.fact import PREDICATES
from opc_kernel.memory.normal import name_key
from opc_kernel.memory.profile import NOW, Line, Profile, profile
from opc_kernel.sql import load_sql
from opc_kernel.text import visible

POSITIONS = "SELECT event_id, position FROM event WHERE list_contains($ids::VARCHAR[], event_id)"
SHORT_TEXT = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What a party and the company owe each other in one currency; `sources` are the invoices' events."""

    direction: str
    currency: str
    documents: int
    amount: Decimal
    open_documents: int
    open_amount: Decimal
    next_due: date | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A profile with the money beside it, and the position of every event that is named."""

    profile: Profile
    money: tuple[Money, ...]
    positions: Mapping[str, int]


def page(company: Queryable, entity: str, *, position: int = NOW) -> Page:
    """Return the page of an entity as it was known when the log ended at a position. Raises NotKnown.

    Money is always that of now: the books have months of their own.
    """
    known = profile(company, entity, position=position)
    money = tuple(_money(company, known)) if position == NOW else ()
    sources = {
        *known.sources,
        *(event for lines in known.facts.values() for line in lines for event in line.sources),
        *(event for item in known.items for event in item.sources),
        *(event for each in money for event in each.sources),
    }
    positions = dict(company.query(POSITIONS, ids=sorted(sources)).rows) if sources else {}
    return Page(profile=known, money=money, positions=positions)


def page_text(found: Page) -> str:
    """Return a page as text for a terminal."""
    known = found.profile
    lines = [f"{known.name} · {known.kind} · {known.entity}"]
    if len(known.members) > 1:
        lines.append(f"  speaks for {', '.join(known.members[1:])}")
    lines += ["", "Known", *(_facts(found) or ["  nothing yet"])]
    if found.money:
        lines += ["", "Money", *(_money_line(found, each) for each in found.money)]
    if known.items:
        lines += ["", "Last said and written"]
        for item in known.items:
            text = visible(" ".join(item.text.split()))
            shown = text if len(text) <= SHORT_TEXT else f"{text[:SHORT_TEXT]} …"
            title = f"{item.title}: " if item.title else ""
            lines.append(
                f"  {item.occurred_at:%Y-%m-%d}  {item.kind}  {title}{shown}{_of(found, item.sources)}"
            )
    return "\n".join(lines)


def _facts(found: Page) -> list[str]:
    return [
        f"  {PREDICATES[name].title:<16} {visible(line.value)}{_since(line)}{_of(found, line.sources)}"
        for name, lines in found.profile.facts.items()
        for line in lines
    ]


def _since(line: Line) -> str:
    parts = [
        f"since {line.valid_from}" if line.valid_from else "",
        f"until {line.valid_to}" if line.valid_to else "",
    ]
    sure = "" if line.confidence == 1 else f"{line.confidence:.0%} sure"
    told = ", ".join(
        part for part in (*parts, sure, "you said so" if line.origin == "operator" else "") if part
    )
    return f" ({told})" if told else ""


def _money_line(found: Page, money: Money) -> str:
    whose = "they owe" if money.direction == "out" else "you owe"
    due = f", next due {money.next_due}" if money.next_due else ""
    return (
        f"  {money.documents} documents over {money.amount:,.2f} {money.currency}; "
        f"{whose} {money.open_amount:,.2f} in {money.open_documents}{due}{_of(found, money.sources)}"
    )


def _of(found: Page, sources: Sequence[str]) -> str:
    places = [str(found.positions[event]) for event in sources if event in found.positions]
    more = f" +{len(places) - 3}" if len(places) > 3 else ""
    return f"  [{', '.join(places[:3])}{more}]" if places else ""


def _money(company: Queryable, known: Profile) -> Iterator[Money]:
    """Yield what stands between the company and whoever bears one of an entity's names, by currency."""
    names = {known.name, *(line.value for line in known.facts.get("name", ()))}
    keys = {name_key(known.kind, name) for name in names}
    parties = [
        party
        for (party,) in company.query("SELECT DISTINCT party FROM invoice").rows
        if name_key(known.kind, party) in keys
    ]
    if parties:
        rows = company.query(load_sql("workbench.memory", "money"), parties=parties).dicts()
        yield from (Money(**{**row, "sources": tuple(row["sources"])}) for row in rows)
