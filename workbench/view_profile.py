"""One entity on the page 'memory': who they are line by line, what happened over time, and every fact's whole life."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

from opc_kernel.memory.fact import PREDICATES
from opc_kernel.memory.lines import NOW, position_at
from opc_kernel.memory.profile import NotKnown
from opc_kernel.sql import load_sql
from opc_kernel.text import visible
from workbench.company import Company
from workbench.memory.export import as_json, dossier, file_name
from workbench.memory.export_page import page_html
from workbench.memory.lives import lives
from workbench.memory.page import Entry, Page, Section, invoices, page, parties_of
from workbench.view_figures import day
from workbench.view_neighbours import neighbourhood
from workbench.view_page import Markup, counted, element, event_html, joined, money, soft, word
from workbench.view_timeline import Mark, timeline

LANES = ("Said and written", "Known", "Money", "Identity")
EVENTS_SHOWN = 3
"""So many events of a line are laid out; more are named by their number."""
MOST_MARKS = 2_000
MOST_MERGES = 100
LONG_TEXT = 220
ISO_DAY = re.compile(r"\b\d{4}-(?:0[1-9]|1[0-2])-\d\d\b")
STATES = {
    "stands": "stands",
    "coming": "to come",
    "superseded": "replaced",
    "retracted": "taken back",
}
OVER = ("superseded", "retracted")
ORIGINS = {
    "operator": "you",
    "document": "a document",
    "message": "a message",
    "inferred": "a rule or a model",
}

Row = Mapping[str, Any]


def found_page(company: Company, entity: str, as_of: date | None) -> Page | Markup:
    """Return the page of an entity, as it was known at the end of a day; or why there is none."""
    try:
        then = min(as_of or company.today, company.today)
        return page(company, entity, position=_position(company, as_of), today=then)
    except NotKnown:
        since = f" on {day(as_of, year=True)}" if as_of else ""
        return word(f"They were not known{since}.")


def _position(company: Company, as_of: date | None) -> int:
    if as_of is None or as_of >= company.today:
        return NOW
    return position_at(company, datetime.combine(as_of + timedelta(days=1), time(), company.settings.tz))


def profile(company: Company, found: Page) -> Markup:
    """Return the page of an entity; each line opens to the events it rests on."""
    events = _events(company, found)
    body = joined(_section(company, section, events) for section in found.sections)
    return element(
        "article",
        _head(found),
        element("div", body, class_="wb-profile"),
        class_="wb-row wb-who",
    )


def _head(found: Page) -> Markup:
    known = found.profile
    others = len(known.members) - 1
    merged = f"; speaks for {counted(others, 'other')} merged into it" if others else ""
    state = f"as known {'now' if found.is_now else 'then'}, at position {found.read_to}"
    return joined(
        [
            element("h2", visible(known.name)),
            soft(
                f"{known.kind.title()}, first met {day(known.found_at.date(), year=True)}{merged}; {state}."
            ),
        ]
    )


def _events(company: Company, found: Page) -> dict[str, Row]:
    named = [
        event for part in found.sections for entry in part.entries for event in entry.sources[:EVENTS_SHOWN]
    ]
    rows = company.query(load_sql("workbench.memory", "named_events"), ids=sorted({*named})).dicts()
    return {row["event_id"]: row for row in rows}


def _section(company: Company, section: Section, events: Mapping[str, Row]) -> Markup:
    lines = [_line(company, _worded(section.name, entry), events) for entry in section.entries]
    inside = element("ul", *lines, class_="wb-lines") if lines else soft(f"{section.empty.capitalize()}.")
    return element("section", element("h3", section.title), inside, class_=f"wb-part wb-part-{section.name}")


def _worded(section: str, entry: Entry) -> Entry:
    """Return a line in this page's words: its days as days are told here, and after a day what it is."""
    match section:
        case "money":
            return replace(entry, text=days_told(entry.text))
        case "contacts" | "dates":
            return replace(entry, text=": ".join(part for part in (entry.label, entry.text) if part))
        case _:
            return entry


def _line(company: Company, entry: Entry, events: Mapping[str, Row]) -> Markup:
    """Return one line: what it is and says; opened, the events it rests on."""
    rests = [events[event] for event in entry.sources[:EVENTS_SHOWN] if event in events]
    text = visible(" ".join(entry.text.split()))
    shown = text if len(text) <= LONG_TEXT else f"{text[:LONG_TEXT]} …"
    label = day(entry.on, year=True) if entry.on else entry.label
    said = element("a", shown, href=f"../queue/?row={quote(entry.row, safe='')}") if entry.row else shown
    head = (
        element("span", label, class_="wb-label"),
        element(
            "span",
            said,
            element("small", days_told(visible(entry.note))) if entry.note else "",
            class_="wb-said",
        ),
        element("span", _places(rests, len(entry.sources)), class_="wb-place"),
    )
    if not rests:
        return element("li", element("div", *head, class_="wb-head-line"))
    story = element(
        "a", "The whole story in the log", href=f"../log/?story={quote(rests[0]['correlation_id'])}"
    )
    told = element("ul", joined(event_html(company, event) for event in rests), class_="wb-story")
    whole = element("p", text, class_="wb-reason") if text != shown else Markup()
    return element("li", element("details", element("summary", *head), whole, told, element("p", story)))


def days_told(text: str) -> str:
    """Return a text of ours with its days as this page says days."""
    return ISO_DAY.sub(lambda found: _day_told(found[0]), text)


def _day_told(text: str) -> str:
    try:
        return day(date.fromisoformat(text), year=True)
    except ValueError:
        return text


def _places(rests: Sequence[Row], count: int) -> str:
    more = f" +{count - len(rests)}" if rests and count > len(rests) else ""
    return ", ".join(str(row["position"]) for row in rests) + more


def history(company: Company, found: Page) -> Markup:
    """Return what happened with an entity over time."""
    marks = [*_marks(company, found)][:MOST_MARKS]
    picture = timeline(marks, LANES, company.today)
    inside = picture if picture.text else soft("Nothing has happened with them yet.")
    return element("section", element("h3", "Over time"), inside, class_="wb-aspect")


def _marks(company: Company, found: Page) -> Iterator[Mark]:
    known, until = found.profile, found.read_to
    members = [*known.members]
    rows = company.query(
        load_sql("workbench", "view_item_marks"), entities=members, position=until, limit=MOST_MARKS
    ).dicts()
    yield from (Mark(lane=LANES[0], on=row["day"], text=_item_words(row)) for row in rows)
    yield from (
        Mark(lane=LANES[1], on=_since(fact), text=_fact_words(fact)) for fact in _lives(company, found)
    )
    for paper in invoices(company, parties_of(company, known)) if found.is_now else ():
        amount = money(paper["amount"], paper["currency"])
        yield Mark(lane=LANES[2], on=paper["issued_on"], text=f"{paper['number']}, {amount}")
    yield Mark(lane=LANES[3], on=known.found_at.date(), text="first met")
    for row in _merges(company, members, until):
        yield Mark(lane=LANES[3], on=row["recorded_at"].date(), text=_merge_words(row))


def _item_words(row: Row) -> str:
    return f"{row['kind']} {row['title'] or ''}".strip()


def _since(fact: Row) -> date:
    since: date = fact["valid_from"] or fact["recorded_at"].date()
    return since


def _fact_words(fact: Row) -> str:
    state = "" if fact["state"] == "stands" else f" ({STATES[fact['state']]})"
    return f"{PREDICATES[fact['predicate']].title}: {fact['value']}{state}"


def _merges(company: Company, members: Sequence[str], until: int) -> list[Row]:
    sql = load_sql("workbench.memory", "merges")
    rows = company.query(sql, entities=[*members], limit=MOST_MERGES).dicts()
    return [row for row in rows if row["position"] <= until]


def _merge_words(row: Row) -> str:
    match row["type"]:
        case "memory.entity_merged":
            return f"{row['name']} merged into {row['other_name']}"
        case "memory.entity_unmerged":
            return f"{row['name']} is its own again"
        case _:
            return f"never the same: {row['name']} and {row['other_name']}"


def facts(company: Company, found: Page) -> Markup:
    """Return everything that was ever said of an entity, with what became of it and the events it came from."""
    lives = _lives(company, found)
    title = element("h3", "Every fact, and where it comes from")
    if not lives:
        return element("section", title, soft("Nothing was ever said of them."), class_="wb-aspect")
    head = element(
        "tr", *(element("th", name) for name in ("Fact", "Value", "So", "Said by", "State", "Events"))
    )
    body = joined(_life(fact, company, _places_of(company, lives)) for fact in lives)
    table = element("table", element("thead", head), element("tbody", body))
    return element(
        "section", title, element("div", table, class_="wb-table wb-lives", tabindex="0"), class_="wb-aspect"
    )


def _lives(company: Company, found: Page) -> list[Row]:
    order = {name: number for number, name in enumerate(PREDICATES)}
    told = lives(company, found.profile, read_to=found.read_to)
    return sorted(told, key=lambda row: order[row["predicate"]])


def _places_of(company: Company, lives: Iterable[Row]) -> dict[str, Row]:
    named = sorted({event for fact in lives for event in (fact["sources"] or ())[:EVENTS_SHOWN]})
    rows = company.query(load_sql("workbench", "view_places"), ids=named).dicts()
    return {row["event_id"]: row for row in rows}


def _life(fact: Row, company: Company, places: Mapping[str, Row]) -> Markup:
    sources = fact["sources"] or ()
    links = [
        element(
            "a",
            str(places[event]["position"]),
            href=f"../log/?story={quote(places[event]['correlation_id'])}",
        )
        for event in sources[:EVENTS_SHOWN]
        if event in places
    ]
    more = f" +{len(sources) - EVENTS_SHOWN}" if len(sources) > EVENTS_SHOWN else ""
    ended = (
        f" {day(fact['ended_at'].astimezone(company.settings.tz).date(), year=True)}"
        if fact["ended_at"]
        else ""
    )
    sure = "" if fact["confidence"] in (None, 1) else f", {fact['confidence']:.0%} sure"
    cells = (
        element("td", PREDICATES[fact["predicate"]].title, class_="wb-short"),
        element("td", visible(fact["value"])),
        element("td", _validity(fact), class_="wb-short"),
        element("td", f"{ORIGINS[fact['origin']]}{sure}"),
        element("td", f"{STATES[fact['state']]}{ended}", class_="wb-short"),
        element("td", *_between(links), more, class_="wb-short"),
    )
    return element("tr", *cells, class_="wb-over" if fact["state"] in OVER else "")


def _between(links: Sequence[Markup]) -> Iterator[Markup]:
    for number, link in enumerate(links):
        yield from ((Markup(", "), link) if number else (link,))


def _validity(fact: Row) -> str:
    since, until = (day(fact[name], year=True) for name in ("valid_from", "valid_to"))
    return (
        f"{since} – {until}"
        if since and until
        else f"since {since}"
        if since
        else f"until {until}"
        if until
        else ""
    )


def near(company: Company, found: Page) -> Markup:
    """Return the picture of who stands near."""
    return neighbourhood(company, found)


def download(company: Company, entity: str, form: str) -> bytes:
    """Return everything known about an entity as a file of this form: "html" or "json"."""
    record = dossier(company, entity)
    return page_html(record).encode() if form == "html" else as_json(record)


def file_stem(company: Company, entity: str) -> str:
    """Return what an entity's files are called."""
    rows = company.query("SELECT name FROM entity WHERE stream = $entity", entity=entity).rows
    return file_name(rows[0][0] if rows else entity)
