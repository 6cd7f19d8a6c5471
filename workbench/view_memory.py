"""The page 'memory' in parts: search as one types, whom the company knows, what sleeps or was forgotten, and sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.errors import KernelError
from opc_kernel.memory.recall.recall import INDEX
from opc_kernel.memory.recall.recalled import Recalled
from opc_kernel.memory.recall.terms import Terms, words
from opc_kernel.memory.working import MAX_TOKENS
from opc_kernel.sql import load_sql
from opc_kernel.text import visible
from workbench.company import Company
from workbench.memory.page import positions_of
from workbench.view_figures import Cell, day, figures
from workbench.view_page import Markup, counted, element, soft, when

PEOPLE_LISTED, PEOPLE_BESIDE = 60, 6
"""So many are listed where nothing is looked for, and beside the words that were found."""
FOUND = 12
SNIPPET = 280
BEFORE = 90
MOST_QUERY = 200
FORGOTTEN = (
    "SELECT forgotten_at, reason, actor, events, files FROM forgotten ORDER BY position DESC LIMIT $limit"
)
FORGOTTEN_LISTED = 50
KINDS = {
    "person": "People",
    "firm": "Firms",
    "project": "Projects",
    "contract": "Contracts",
    "content": "Content",
    "intent": "Goals",
    "rule": "Rules",
}
CAPABILITY = "memory"
BYTES_A_MIB = 2**20
_WORD = re.compile(r"\w+")

Row = Mapping[str, Any]


def next_step(company: Company) -> Markup | None:
    """Return what to do where nothing is remembered yet, None where something is."""
    if (
        company.query("SELECT 1 FROM entity LIMIT 1").rows
        or company.query("SELECT 1 FROM memory_item LIMIT 1").rows
    ):
        return None
    return element(
        "div",
        element("strong", "Nobody is known yet."),
        element(
            "p",
            "Memory fills from what comes in: mails, notes, contacts, contracts, invoices. Put some into it:",
        ),
        element("pre", f"workbench ingest --company {company.folder} FILES"),
        class_="wb-word",
    )


def kinds(company: Company) -> list[dict[str, str]]:
    """Return the kinds of whom is known, each with how many."""
    rows = company.query(load_sql("workbench", "view_memory_kinds")).rows
    return [{"id": kind, "title": f"{KINDS.get(kind, kind)} ({count:,})"} for kind, count in rows]


def search(company: Company, query: str, kind: str) -> dict[str, Any]:
    """Return who bears these words and where they were said; without words, who is known."""
    asked = query.strip()[:MOST_QUERY]
    try:
        people, total = _people(company, asked, kind, PEOPLE_BESIDE if asked else PEOPLE_LISTED)
        items, notes = _found(company, asked) if asked else ([], [])
    except KernelError as error:
        return {"query": query, "people": [], "total": 0, "items": [], "notes": [], "problem": str(error)}
    return {"query": query, "people": people, "total": total, "items": items, "notes": notes, "problem": ""}


def _people(company: Company, asked: str, kind: str, limit: int) -> tuple[list[dict[str, Any]], int]:
    rows = company.query(load_sql("workbench", "view_people"), words=asked, kind=kind, limit=limit).dicts()
    people = [
        {
            "entity": row["entity"],
            "name": visible(row["name"]),
            "kind": row["kind"],
            "roles": ", ".join(visible(role) for role in row["roles"] or ()),
            "facts": f"{row['facts']:,}",
            "items": f"{row['items']:,}",
            "last": day(row["last_on"], year=True),
        }
        for row in rows
    ]
    return people, rows[0]["total"] if rows else 0


def _found(company: Company, asked: str) -> tuple[list[dict[str, Any]], list[str]]:
    recalled = company.recall(asked, k=FOUND)
    streams = [each.item.stream for each in recalled.items]
    about: dict[str, list[Row]] = {}
    for row in company.query(load_sql("workbench", "view_item_entities"), streams=streams).dicts():
        about.setdefault(row["stream"], []).append(row)
    places = positions_of(company, sorted({event for each in recalled.items for event in each.sources}))
    terms = Terms(company.settings.memory.languages)
    items = [_item(each, about.get(each.item.stream, ()), places, terms, asked) for each in recalled.items]
    return items, list(recalled.notes)


def _item(
    found: Recalled, about: Sequence[Row], places: Mapping[str, int], terms: Terms, asked: str
) -> dict[str, Any]:
    item = found.item
    named = dict.fromkeys((row["root"], visible(row["name"])) for row in about if row["root"])
    return {
        "stream": item.stream,
        "kind": item.kind,
        "day": day(item.occurred_at, year=True) if item.occurred_at else "",
        "title": visible(about[0]["title"] or "") if about else "",
        "speaker": visible(about[0]["speaker"] or "") if about else "",
        "text": marked(snippet(item.text, terms, asked), terms, asked),
        "whole": visible(item.text) if len(item.text) > SNIPPET else "",
        "why": " · ".join(visible(why) for why in found.why),
        "places": ", ".join(str(places[event]) for event in found.sources[:3] if event in places),
        "story": about[0]["correlation_id"] if about else "",
        "about": [{"entity": entity, "name": name} for entity, name in named],
    }


def marked(text: str, terms: Terms, asked: str) -> list[tuple[str, bool]]:
    """Return a text in pieces, each with whether it is a word that was looked for, in whatever form it stands there."""
    wanted = {term for word in terms.looked_for(asked) for term in terms.of_word(word)}
    pieces: list[tuple[str, bool]] = []
    at = 0
    for match in _WORD.finditer(text):
        if any(wanted & {*terms.of_word(word)} for word in words(match[0])):
            pieces += [(text[at : match.start()], False), (match[0], True)]
            at = match.end()
    return [(visible(piece), hit) for piece, hit in [*pieces, (text[at:], False)] if piece]


def snippet(text: str, terms: Terms, asked: str) -> str:
    """Return the part of a text around the first word that was looked for."""
    flat = " ".join(text.split())
    if len(flat) <= SNIPPET:
        return flat
    wanted = {term for word in terms.looked_for(asked) for term in terms.of_word(word)}
    hits = (
        match.start()
        for match in _WORD.finditer(flat)
        if any(wanted & {*terms.of_word(word)} for word in words(match[0]))
    )
    start = max(next(hits, 0) - BEFORE, 0)
    start = flat.find(" ", start) + 1 if start else 0
    cut = flat[start : start + SNIPPET]
    return f"{'… ' if start else ''}{cut}{' …' if start + SNIPPET < len(flat) else ''}"


def rows_of_memory(company: Company) -> list[QueueRow]:
    """Return the open rows that memory asks: which of two is so, who is the same."""
    return [row for row in company.queue() if row.capability == CAPABILITY]


def forgotten(company: Company) -> Markup:
    """Return what was erased at whose wish and why; what it said is gone, that it went is not."""
    title = element("h2", "What was forgotten")
    lines = [*_forgotten(company)]
    if not lines:
        return element("section", title, soft("Nothing was forgotten on request."))
    return element("section", title, figures(("When", "Why", "By", "Events", "Files"), lines))


def _forgotten(company: Company) -> Iterator[Sequence[Cell]]:
    for row in company.query(FORGOTTEN, limit=FORGOTTEN_LISTED).dicts():
        yield (
            when(row["forgotten_at"], company),
            visible(row["reason"] or "no reason given"),
            visible(row["actor"]),
            _count(row["events"]),
            _count(row["files"]),
        )


def tiers(company: Company) -> Markup:
    """Return how much each tier of memory holds and how old it is."""
    sizes = company.query(load_sql("workbench", "view_memory_sizes")).dicts()[0]
    rows = company.query(load_sql("workbench", "view_memory_tiers"), now=company.now).dicts()
    return element(
        "section",
        element("h2", "Size and age"),
        element("dl", *_sums(company, sizes), class_="wb-sums wb-tiers"),
        _table(rows) if rows else soft("No words are kept yet."),
    )


def _sums(company: Company, sizes: Row) -> Iterator[Markup]:
    since = f"oldest from {day(sizes['oldest_task'], year=True)}" if sizes["oldest_task"] else "none waits"
    index = index_bytes(company)
    yield _sum(
        "Working memory",
        f"at most {MAX_TOKENS:,} tokens",
        "each conversation and notebook its own, gone when it ends",
    )
    yield _sum(
        "Task state", counted(sizes["tasks"], "open task"), f"{counted(sizes['plans'], 'plan')} run; {since}"
    )
    yield _sum(
        "Long-term: known", counted(sizes["entities"], "profile"), f"{sizes['merged']:,} merged into them"
    )
    yield _sum(
        "Long-term: facts", counted(sizes["facts"], "fact"), f"{sizes['past_facts']:,} replaced or taken back"
    )
    yield _sum("Long-term: words", counted(sizes["items"], "item"), f"{sizes['asleep']:,} folded or faded")
    yield _sum(
        "Index files",
        f"{index / BYTES_A_MIB:,.1f} MiB" if index else "none yet",
        "can be rebuilt" if index else "made at the first search",
    )


def _sum(term: str, figure: str, note: str) -> Markup:
    return element("div", element("dt", term), element("dd", figure), element("small", note))


def index_bytes(company: Company) -> int:
    """Return what the files take that recall can rebuild."""
    folder = company.folder / INDEX
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file()) if folder.is_dir() else 0


def _table(rows: Sequence[Row]) -> Markup:
    heads = ("Kind", "Last 30 days", "Last year", "Older", "Kept", "Folded", "Faded", "Oldest")
    lines = [
        (
            row["kind"].title(),
            *(_count(row[name]) for name in ("month", "year", "older", "kept", "folded", "faded")),
            element("span", day(row["oldest"], year=True), class_="wb-plus"),
        )
        for row in rows
    ]
    return figures(heads, lines)


def _count(count: int) -> Markup:
    """Return a count to stand in a table: none is a dash."""
    if not count:
        return element("span", "–", class_="wb-unknown")
    return element("span", f"{count:,}", class_="wb-plus")
