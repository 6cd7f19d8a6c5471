"""Two that may be the same, side by side: what is known of each, line against line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from opc_kernel.memory.fact import PREDICATES
from opc_kernel.memory.profile import NotKnown, Profile, profile
from opc_kernel.sql import load_sql
from opc_kernel.text import visible
from workbench.company import Company
from workbench.view_figures import day
from workbench.view_page import Markup, element, joined

SUBJECT = "SELECT task.subject FROM queue JOIN task ON task.stream = queue.task WHERE queue.key = $key"


def beside(company: Company, key: str) -> Markup:
    """Return the two that a row asks about beside each other; nothing where it asks about something else."""
    subjects = company.query(SUBJECT, key=key).rows if key else ()
    pair = [
        root
        for (subject,) in subjects
        for (root,) in company.query(load_sql("workbench.memory", "pair"), stream=subject).rows
    ]
    if len(pair) != 2:
        return Markup()
    try:
        first, second = (profile(company, each, day=company.today) for each in pair)
    except NotKnown:
        return Markup()
    return _table(first, second)


def _table(first: Profile, second: Profile) -> Markup:
    heads = element(
        "tr", element("th", ""), *(element("th", visible(each.name), scope="col") for each in (first, second))
    )
    rows = joined(_row(*line) for line in _lines(first, second))
    table = element("table", element("thead", heads), element("tbody", rows))
    return element(
        "section",
        element("h3", "Both side by side"),
        element("div", table, class_="wb-table wb-beside", tabindex="0"),
        class_="wb-aspect",
    )


def _lines(first: Profile, second: Profile) -> Iterator[tuple[str, ...]]:
    both = (first, second)
    for name, predicate in PREDICATES.items():
        told = [", ".join(line.value for line in each.facts.get(name, ())) for each in both]
        if any(told):
            yield predicate.title, told[0], told[1]
    yield "First met", *(day(each.found_at.date(), year=True) for each in both)
    yield "Last said", *(_last(each) for each in both)


def _last(known: Profile) -> str:
    if not known.items:
        return ""
    item = known.items[0]
    return f"{day(item.occurred_at.date(), year=True)}: {item.kind} {item.title}".rstrip()


def _row(title: str, *cells: str) -> Markup:
    same = len(set(cells)) == 1
    told: Sequence[Markup] = [element("td", visible(cell) or "–") for cell in cells]
    return element("tr", element("th", title, scope="row"), *told, class_="wb-same" if same else "")
