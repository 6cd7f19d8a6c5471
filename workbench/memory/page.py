"""One entity as a page: who they are, what was promised, is open and comes next; each line names its events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.fact import PREDICATES
from opc_kernel.memory.lines import NOW, Line
from opc_kernel.memory.normal import name_key
from opc_kernel.memory.profile import Profile, Said, profile
from opc_kernel.sql import load_sql
from opc_kernel.text import visible
from workbench.memory.related import Related, related

POSITIONS = "SELECT event_id, position FROM event WHERE event_id IN (SELECT unnest($ids::VARCHAR[]))"
NEWEST = "SELECT coalesce(max(position), 0) FROM event"
SHORT_TEXT = 160
MOST_OPEN = 50
MOST_DUE = 5
DATES = ("deadline", "renews_on", "notice_by")
PROMISES = ("promised",)
BELONGS = {"person": "Works there", "contract": "Contract", "project": "Project"}
TELLING = ("position", "status", "amount", "currency")
ROW_WORDS = {
    "proposal": "For approval",
    "question": "Question",
    "blocked": "Blocked task",
    "task": "Task",
    "contradiction": "Contradiction",
}
BELONGED_TO = ("firm", "person")
PAST = "only told of now"
QUEUED = ("proposal", "question", "blocked")
OWES = {"out": "they owe you", "in": "you owe them"}
Row = Mapping[str, Any]


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
class Entry:
    """One line of a page: what it is, since when or for which day, and the events it rests on."""

    label: str
    text: str
    note: str = ""
    on: date | None = None
    row: str = ""
    """The key of the row of the queue it is, if it is one."""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a page under its title; `empty` says what it means that nothing stands there."""

    name: str
    title: str
    entries: tuple[Entry, ...]
    empty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A profile laid out to be read, the money beside it, and the position of every event that is named.

    `read_to` is the position up to which the log was read: the same page comes again for it.
    """

    profile: Profile
    money: tuple[Money, ...]
    sections: tuple[Section, ...]
    positions: Mapping[str, int]
    read_to: int
    is_now: bool


def page(company: Queryable, entity: str, *, position: int = NOW, today: date | None = None) -> Page:
    """Return the page of an entity as it was known when the log ended at a position. Raises NotKnown.

    Money and what is open are always those of now; a page of the past has none. Days before `today` are no next dates.
    """
    known = profile(company, entity, position=position, day=today)
    is_now = position == NOW
    parties = parties_of(company, known) if is_now else []
    papers = invoices(company, parties)
    money = tuple(_money(company, parties))
    told = _Told(
        profile=known,
        related=related(company, known, position=position, day=today) if known.kind in BELONGED_TO else (),
        money=money,
        papers=papers,
        is_now=is_now,
        open=_open(company, known, parties) if is_now else (),
    )
    sections = _sections(told, today)
    return Page(
        profile=known,
        money=money,
        sections=sections,
        positions=positions_of(company, _sources(known, sections)),
        read_to=min(position, newest(company)),
        is_now=is_now,
    )


def newest(company: Queryable) -> int:
    """Return the position the log ends at."""
    return int(company.query(NEWEST).rows[0][0])


def positions_of(company: Queryable, events: Sequence[str]) -> dict[str, int]:
    """Return the positions of events by their ids."""
    return dict(company.query(POSITIONS, ids=[*events]).rows) if events else {}


def parties_of(company: Queryable, known: Profile) -> list[str]:
    """Return the names on invoices that are this entity's, in any spelling that means the same."""
    names = {known.name, *(line.value for line in known.facts.get("name", ()))}
    keys = {name_key(known.kind, name) for name in names}
    found = company.query("SELECT DISTINCT party FROM invoice ORDER BY party").rows
    return [party for (party,) in found if name_key(known.kind, party) in keys]


def invoices(company: Queryable, parties: Sequence[str]) -> tuple[Row, ...]:
    """Return the papers between the company and these parties, the oldest first."""
    if not parties:
        return ()
    return tuple(company.query(load_sql("workbench.memory", "invoices"), parties=[*parties]).dicts())


def page_text(found: Page) -> str:
    """Return a page as text for a terminal."""
    known = found.profile
    lines = [f"{visible(known.name)} · {known.kind} · {known.entity}"]
    if len(known.members) > 1:
        lines.append(f"  speaks for {', '.join(known.members[1:])}")
    for section in found.sections:
        told = [_entry_text(found, entry) for entry in section.entries]
        lines += ["", section.title, *(told or [f"  {section.empty}"])]
    return "\n".join([*lines, "", version_text(found)])


def version_text(found: Page) -> str:
    """Say of which state of the log a page tells."""
    return f"As known at position {found.read_to}."


def _entry_text(found: Page, entry: Entry) -> str:
    head = f"{entry.on}  {entry.label}" if entry.on else f"{entry.label:<16}"
    note = f" ({entry.note})" if entry.note else ""
    text = visible(" ".join(entry.text.split()))
    shown = text if len(text) <= SHORT_TEXT else f"{text[:SHORT_TEXT]} …"
    key = f" [{entry.row.partition('/')[2][:10]}]" if entry.row else ""
    between = "  " if entry.on else " "
    return f"  {head}{between}{shown}{note}{key}{_of(found, entry.sources)}"


def _of(found: Page, sources: Sequence[str]) -> str:
    places = [str(found.positions[event]) for event in sources if event in found.positions]
    more = f" +{len(places) - 3}" if len(places) > 3 else ""
    return f"  [{', '.join(places[:3])}{more}]" if places else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a page is made of."""

    profile: Profile
    related: tuple[Related, ...]
    money: tuple[Money, ...]
    papers: tuple[Row, ...]
    is_now: bool
    open: tuple[Entry, ...]


def _open(company: Queryable, known: Profile, parties: Sequence[str]) -> tuple[Entry, ...]:
    """Return what waits about an entity: rows of the queue, tasks under way, and what sources disagree on."""
    rows = company.query(
        load_sql("workbench.memory", "about"), members=[*known.members], parties=[*parties], limit=MOST_OPEN
    ).dicts()
    return tuple(_open_entry(row) for row in rows)


def _open_entry(row: Row) -> Entry:
    until = f", until {row['until']}" if row["until"] else ""
    return Entry(
        label=ROW_WORDS[row["kind"]],
        text=row["summary"],
        note=f"since {row['since']}{until}",
        row=row["key"] if row["kind"] in QUEUED else "",
        sources=tuple(row["sources"]),
    )


def _sections(told: _Told, today: date | None) -> tuple[Section, ...]:
    facts = told.profile.facts
    own = (_fact(name, line) for name in facts if name not in (*PROMISES, *DATES) for line in facts[name])
    who = (*_once(own), *map(_belonging, told.related))
    promised = (
        *(_promise(line, "") for name in PROMISES for line in facts.get(name, ())),
        *(_promise(line, each.name) for each in told.related for line in each.facts.get("promised", ())),
    )
    late = "" if told.is_now else PAST
    parts = (
        ("who", "Who they are", who, "nothing is known yet"),
        ("promised", "What was promised", promised, "nothing that is known"),
        ("open", "What is open", told.open, late or "nothing waits"),
        (
            "contacts",
            "Last contacts",
            tuple(map(_contact, told.profile.items)),
            "nothing was said or written",
        ),
        ("money", "Money", tuple(map(_money_entry, told.money)), late or "no invoice"),
        ("dates", "Next dates", tuple(_dates(told, today)), "none"),
    )
    return tuple(
        Section(name=name, title=title, entries=entries, empty=empty) for name, title, entries, empty in parts
    )


def _fact(name: str, line: Line) -> Entry:
    return Entry(label=PREDICATES[name].title, text=line.value, note=fact_note(line), sources=line.sources)


def _once(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return entries with what several merged into one say alike told once, resting on all their events."""
    found: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        key = entry.label, entry.text
        first = found.get(key, entry)
        found[key] = replace(first, sources=tuple(dict.fromkeys((*first.sources, *entry.sources))))
    return tuple(found.values())


def _promise(line: Line, by: str) -> Entry:
    """Return a promise under the day it was made; `by` names one of theirs who made it."""
    entry = replace(_fact("promised", replace(line, valid_from=None)), on=line.valid_from)
    return replace(entry, text=f"{by}: {entry.text}" if by else entry.text)


def _belonging(each: Related) -> Entry:
    """Return one who belongs to them, with what is said first of one of that kind."""
    said = {name: each.facts[name][0] for name in TELLING if name in each.facts}
    sources = dict.fromkeys(event for line in said.values() for event in line.sources)
    amount = " ".join(said[name].value for name in ("amount", "currency") if name in said)
    parts = (said[name].value for name in ("position", "status") if name in said)
    text = ", ".join(part for part in (each.name, *parts, amount) if part)
    return Entry(label=BELONGS.get(each.kind, each.kind), text=text, sources=tuple(sources))


def fact_note(line: Line) -> str:
    """Say of a fact for which days it is so, how sure that is, and whether the operator said it."""
    parts = (
        f"since {line.valid_from}" if line.valid_from else "",
        f"until {line.valid_to}" if line.valid_to else "",
        "" if line.confidence == 1 else f"{line.confidence:.0%} sure",
        "you said so" if line.origin == "operator" else "",
    )
    return ", ".join(part for part in parts if part)


def _contact(item: Said) -> Entry:
    spoken = f"{item.speaker}: " if item.speaker else ""
    title = "" if item.text.startswith(item.title) else f"{item.title}: "
    return Entry(
        label=item.kind, text=f"{title}{spoken}{item.text}", on=item.occurred_at.date(), sources=item.sources
    )


def _money_entry(money: Money) -> Entry:
    whose = "they owe" if money.direction == "out" else "you owe"
    due = f", next due {money.next_due}" if money.next_due else ""
    text = (
        f"{money.documents} documents over {money.amount:,.2f} {money.currency}; "
        f"{whose} {money.open_amount:,.2f} in {money.open_documents}{due}"
    )
    return Entry(
        label="Sold to them" if money.direction == "out" else "Bought", text=text, sources=money.sources
    )


def _dates(told: _Told, today: date | None) -> Iterator[Entry]:
    """Yield the days that come next, in their order; a day that is over is none, but what is due stays due."""
    known = (("", told.profile.facts), *((each.name, each.facts) for each in told.related))
    said = [
        (name, whose, line, _day(line.value))
        for whose, facts in known
        for name in DATES
        for line in facts.get(name, ())
    ]
    coming = [
        Entry(label=PREDICATES[name].title, text=whose, note=fact_note(line), on=day, sources=line.sources)
        for name, whose, line, day in said
        if day is not None and (today is None or day >= today)
    ]
    unpaid = [paper for paper in told.papers if paper["state"] == "open" and paper["kind"] == "invoice"]
    dues = sorted((_due(paper, today) for paper in unpaid), key=_by_day)
    yield from sorted((*coming, *_changes(told.profile), *dues[:MOST_DUE]), key=_by_day)


def _changes(known: Profile) -> Iterator[Entry]:
    """Yield what is so from a later day on."""
    for name, lines in known.coming.items():
        for line in lines:
            entry = _fact(name, replace(line, valid_from=None))
            yield replace(entry, on=line.valid_from, text=f"{line.value} from then on")


def _by_day(entry: Entry) -> tuple[date, str]:
    return entry.on or date.max, entry.label


def _due(paper: Row, today: date | None) -> Entry:
    late = "overdue" if today is not None and paper["due_on"] < today else ""
    text = f"{paper['open']:,.2f} {paper['currency']}, {OWES[paper['direction']]}"
    label = f"{paper['number']} due"
    return Entry(label=label, text=text, note=late, on=paper["due_on"], sources=(paper["event_id"],))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _money(company: Queryable, parties: Sequence[str]) -> Iterator[Money]:
    """Yield what stands between the company and these parties, by currency."""
    if parties:
        rows = company.query(load_sql("workbench.memory", "money"), parties=[*parties]).dicts()
        yield from (Money(**{**row, "sources": tuple(row["sources"])}) for row in rows)


def _sources(known: Profile, sections: Sequence[Section]) -> list[str]:
    named = {event for section in sections for entry in section.entries for event in entry.sources}
    return sorted({*known.sources, *named})
