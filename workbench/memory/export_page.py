"""Everything known about one entity as a page that needs nothing else: no script, no other file, no network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any

from opc_kernel.text import visible
from workbench.view_figures import day
from workbench.view_page import Markup, counted, element, joined, money, soft

STATES = {
    "stands": "stands",
    "coming": "is to come",
    "superseded": "was replaced",
    "retracted": "was taken back",
    "kept": "",
    "folded": "is told by a summary",
    "faded": "is no longer recalled",
}
CHANGES = {
    "memory.entity_merged": "were found to be the same",
    "memory.entity_unmerged": "were taken apart again",
    "memory.kept_apart": "are never the same",
}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

Row = Mapping[str, Any]


def page_html(record: Row) -> str:
    """Return a dossier as one HTML file."""
    positions = {row["event_id"]: row["position"] for row in record["sources"]}
    title = f"What {record['company']} knows of {visible(record['name'])}"
    parts = [
        element("h1", visible(record["name"])),
        soft(f"{title}: {record['kind']}, known since {_day(record['found_at'])}."),
        *(_section(section, positions) for section in record["sections"] if section["name"] != "contacts"),
        *_facts(record["facts"], positions),
        *_items(record["items"], positions),
        *_invoices(record["invoices"], positions),
        *_disagreements(record["contradictions"], positions),
        *_merges(record["merges"]),
        _sources(record["sources"]),
        element("footer", soft(_made(record))),
    ]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"{element('title', title).text}<style>{_look()}</style>"
    )
    body = element("main", *parts).text
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _look() -> str:
    return files("workbench.memory").joinpath("export.css").read_text(encoding="utf-8")


def _made(record: Row) -> str:
    made: datetime = record["made_at"]
    return (
        f"Made on {made:%d %B %Y, %H:%M} UTC from the log of {record['company']}, read up to position "
        f"{record['read_to']}. The numbers to the right are positions in that log: each line rests on those events. "
        f"Id: {record['entity']}."
    )


def _section(section: Row, positions: Mapping[str, int]) -> Markup:
    lines = [
        (
            _day(entry["on"]) if entry["on"] else entry["label"],
            _noted(_entry_words(section["name"], entry), entry["note"]),
            _places(entry["sources"], positions),
        )
        for entry in section["entries"]
    ]
    return _part(section["title"], _table(lines) if lines else soft(f"{section['empty'].capitalize()}."))


def _entry_words(section: str, entry: Row) -> str:
    """Return what an entry says; under a day, what it is stands before it, unless the title says so."""
    told = entry["label"] if entry["on"] and section != "promised" else ""
    return ": ".join(part for part in (told, entry["text"]) if part)


def _facts(facts: Sequence[Row], positions: Mapping[str, int]) -> Iterator[Markup]:
    """Yield every fact with its whole life; what no longer stands says so."""
    lines = [
        (
            fact["title"],
            _noted(fact["value"], f"{_validity(fact)}, said by {_origin(fact['origin'])}"),
            _places(fact["sources"], positions),
        )
        for fact in facts
    ]
    if lines:
        yield _part("Every fact, and what became of it", _table(lines))


def _validity(fact: Row) -> str:
    parts = (
        STATES[fact["state"]],
        f"on {_day(fact['ended_at'])}" if fact["ended_at"] else "",
        f"so since {_day(fact['valid_from'])}" if fact["valid_from"] else "",
        f"until {_day(fact['valid_to'])}" if fact["valid_to"] else "",
        f"written down {_day(fact['recorded_at'])}",
    )
    return ", ".join(part for part in parts if part)


def _origin(origin: str) -> str:
    return {"operator": "us", "document": "a document", "message": "a message"}.get(
        origin, "a rule or a model"
    )


def _items(items: Sequence[Row], positions: Mapping[str, int]) -> Iterator[Markup]:
    if not items:
        return
    told = [
        element(
            "article",
            element(
                "h3", f"{_day(item['occurred_at'])} · {item['kind']} {visible(item['title'] or '')}".rstrip()
            ),
            element("p", visible(item["text"])),
            element("small", _item_note(item, positions)),
        )
        for item in sorted(items, key=lambda item: item["occurred_at"], reverse=True)
    ]
    yield _part(f"What was said and written: {counted(len(items), 'item')}", *told)


def _item_note(item: Row, positions: Mapping[str, int]) -> str:
    state, reason = STATES[item["state"]], item["reason"]
    parts = (
        f"said by {visible(item['speaker'])}" if item["speaker"] else "",
        f"{state}{f': {reason}' if reason else ''}" if state else "",
        f"position {_places(item['sources'], positions)}",
    )
    return " · ".join(part for part in parts if part)


def _invoices(papers: Sequence[Row], positions: Mapping[str, int]) -> Iterator[Markup]:
    lines = [
        (
            _day(paper["issued_on"]),
            _noted(
                f"{paper['number']}: {money(paper['amount'], paper['currency'])}",
                f"due {_day(paper['due_on'])}, {paper['state']}",
            ),
            _places([paper["event_id"]], positions),
        )
        for paper in papers
    ]
    if lines:
        yield _part("Invoices, bills and credit notes", _table(lines))


def _disagreements(rows: Sequence[Row], positions: Mapping[str, int]) -> Iterator[Markup]:
    lines = [
        (
            row["predicate"],
            _noted(
                f"{row['stands']} stood, {row['value']} was said too", row["settled_as"] or "not settled yet"
            ),
            _places(row["sources"], positions),
        )
        for row in rows
    ]
    if lines:
        yield _part("Where sources disagreed", _table(lines))


def _merges(rows: Sequence[Row]) -> Iterator[Markup]:
    lines = [
        (
            _day(row["recorded_at"]),
            _noted(
                _merge_words(row), "; ".join([*row["evidence"], *([row["reason"]] if row["reason"] else [])])
            ),
            str(row["position"]),
        )
        for row in rows
    ]
    if lines:
        yield _part("Merged and taken apart", _table(lines))


def _merge_words(row: Row) -> str:
    both = f"{row['name']} and {row['other_name']}" if row["other_name"] else row["name"]
    return f"{both} {CHANGES[row['type']]}"


def _sources(rows: Sequence[Row]) -> Markup:
    lines = [
        (str(row["position"]), f"{row['type']}, from {row['source']}", _day(row["recorded_at"]))
        for row in rows
    ]
    return _part(f"Sources: {counted(len(rows), 'event')}", _table(lines))


def _part(title: str, *inside: Markup) -> Markup:
    return element("section", element("h2", title), *inside)


def _table(lines: Sequence[tuple[str, str | Markup, str]]) -> Markup:
    rows = (element("tr", *(element("td", cell) for cell in line)) for line in lines)
    return element("table", element("tbody", joined(rows)))


def _noted(text: str, note: str) -> Markup:
    return joined(
        [element("span", visible(text)), element("small", f" {visible(note)}") if note else Markup()]
    )


def _places(sources: Sequence[str] | None, positions: Mapping[str, int]) -> str:
    places = [str(positions[event]) for event in sources or () if event in positions]
    return ", ".join(places[:4]) + (f" +{len(places) - 4}" if len(places) > 4 else "")


def _day(on: Any) -> str:  # noqa: ANN401 - a day or an instant
    return day(on, year=True)
