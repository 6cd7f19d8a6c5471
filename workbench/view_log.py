"""The page 'log' in parts: answers to questions in SQL as tables, and the chain of one story."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from opc_kernel.errors import KernelError
from opc_kernel.log.rows import Rows
from opc_kernel.sql import load_sql
from workbench.company import Company
from workbench.view_page import (
    Markup,
    counted,
    element,
    event_html,
    events_words,
    joined,
    problem,
    soft,
    when,
    word,
)

ROWS_SHOWN = 200
STORIES_LISTED = 60
EVENTS_SHOWN = 500
CELL_CHARS = 400

EXAMPLES = ("events", "waiting", "books", "months", "invoices", "decisions", "tasks", "refused")
"""Questions to begin with: sql/example_….sql, the first line is the title."""


def examples() -> dict[str, str]:
    """Return each example by its title."""
    questions = [load_sql("workbench", f"example_{name}").strip() for name in EXAMPLES]
    return {sql.partition("\n")[0].removeprefix("-- "): sql for sql in questions}


def answer(company: Company, sql: str) -> Markup:
    """Ask the company and return the answer as a table, or what was wrong with the question."""
    try:
        rows = company.query(sql)
    except KernelError as error:
        return problem(error)
    if not rows.rows:
        return word("No rows.")
    first = f"The first {ROWS_SHOWN} of " if len(rows) > ROWS_SHOWN else ""
    return joined([table(company, rows), soft(f"{first}{counted(len(rows), 'row')}.")])


def table(company: Company, rows: Rows) -> Markup:
    """Return rows as a table: numbers to the right, money as it is, instants on the company's clock."""
    sides = [_side(kind) for kind in rows.types]

    def line(tag: str, values: Iterable[str]) -> Markup:
        return element(
            "tr", joined(element(tag, value, class_=side) for value, side in zip(values, sides, strict=True))
        )

    head = line("th", rows.columns)
    body = joined(line("td", (cell(company, value) for value in row)) for row in rows.rows[:ROWS_SHOWN])
    whole = element("table", element("thead", head), element("tbody", body))
    return element("div", whole, class_="wb-table", tabindex="0")


def cell(company: Company, value: Any) -> str:  # noqa: ANN401 - SQL values may be anything
    """Return one value as text."""
    match value:
        case None:
            return "–"
        case Decimal():
            return _amount(value)
        case datetime() if value.tzinfo is not None:
            return when(value, company)
        case _:
            text = str(value)
            return text if len(text) <= CELL_CHARS else f"{text[:CELL_CHARS]} …"


def tables(company: Company) -> Markup:
    """Return which tables there are, with their columns."""
    rows = company.query(load_sql("workbench", "view_tables")).rows
    pairs = joined(element("div", element("dt", name), element("dd", columns)) for name, columns in rows)
    return element(
        "details",
        element("summary", f"{counted(len(rows), 'table')} to ask"),
        element("dl", pairs, class_="wb-tables"),
    )


def stories(company: Company, wanted: str | None) -> dict[str, str]:
    """Return the id of each recent story by a label that says what it is about, the last to move first.

    A story that is wanted stands among them even if it moved long ago.
    """
    rows = company.query(load_sql("workbench", "view_stories"), limit=STORIES_LISTED).dicts()
    found = {_story_label(company, row): row["correlation_id"] for row in rows}
    return found if not wanted or wanted in found.values() else {f"story {wanted}": wanted, **found}


def story(company: Company, correlation_id: str) -> Markup:
    """Return the events of one story in order: what, when, who, and its data."""
    rows = company.query(
        load_sql("workbench", "view_story"), story=correlation_id, limit=EVENTS_SHOWN
    ).dicts()
    if not rows:
        return word(f"There is no story {correlation_id!r}.")
    told = joined(event_html(company, row) for row in rows)
    full = f"The first {EVENTS_SHOWN} events." if len(rows) == EVENTS_SHOWN else ""
    return joined([element("ol", told, class_="wb-story"), soft(full)])


def _story_label(company: Company, row: dict[str, Any]) -> str:
    about = f": {row['about']}" if row["about"] else ""
    return f"{when(row['moved_at'], company)} · {events_words(row['first_type'])}{about} · {row['correlation_id'][:10]}"


def _side(kind: str) -> str:
    if kind.startswith(("DECIMAL", "BIGINT", "INTEGER", "HUGEINT", "DOUBLE")):
        return "wb-number"
    return "wb-short" if kind.startswith(("DATE", "TIME")) else ""


def _amount(value: Decimal) -> str:
    """Cut the zeros that the column's scale adds, down to cents."""
    whole = f"{value:,f}"
    return whole[:-2] if whole.endswith("00") and len(whole.rpartition(".")[2]) == 4 else whole
