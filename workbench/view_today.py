"""The page 'today' in parts: what waits, what happened, what is settled, and what can't go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from urllib.parse import quote

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.errors import KernelError
from opc_kernel.sql import load_sql
from workbench.company import Company
from workbench.hold import standing
from workbench.jobs.trouble import trouble
from workbench.planning.requesting import record_request
from workbench.sheets.faces import faces_of
from workbench.summary import numbers
from workbench.view_page import (
    Markup,
    at_stake,
    counted,
    element,
    events_words,
    joined,
    money,
    soft,
    when,
    word,
    yesterday,
)

ROWS_SHOWN = 5
KINDS = {"question": "question", "proposal": "proposal", "blocked": "blocked task"}
STEPS = (
    "task.",
    "sheet.",
    "plan.",
    "conductor.",
    "escalation.",
    "job.",
    "memory.caught_up",
    "effect.intended",
    "effect.claimed",
    "effect.attempted",
    "effect.undo_",
)
"""Events that begin so are steps of the machinery: counted, not told."""
TROUBLE = "SELECT trouble, failed_at FROM sheet WHERE sheet = $sheet AND trouble <> ''"


def ask_for(company: Company, words: str) -> Markup:
    """Record what the operator typed; its plan comes into the queue by itself."""
    try:
        record_request(company, words, channel="view")
    except KernelError as error:
        return element("p", f"{error.happened} {error.todo}", class_="wb-bad")
    told = "Asked. Its plan comes into the queue in a moment, and runs when you approve it."
    return element("p", told, " ", element("a", "To the queue", href="../queue/"))


def waiting(company: Company, rows: Sequence[QueueRow]) -> Markup:
    """Return how much waits, how much money is at risk, the rows with the most of it, and the way to all of them."""
    if not rows:
        return element("section", most_pressing(company, rows))
    way = f"All {len(rows)} in the queue" if len(rows) > ROWS_SHOWN else "Decide in the queue"
    return element("section", most_pressing(company, rows), element("p", element("a", way, href="../queue/")))


def most_pressing(company: Company, rows: Sequence[QueueRow]) -> Markup:
    """Return how much waits, how much money is at risk, and the rows with the most of it."""
    if not rows:
        return element("p", "Nothing waits for you.", class_="wb-big")
    base = company.settings.base_currency
    title = f"{counted(len(rows), 'row')} {'waits' if len(rows) == 1 else 'wait'} for you"
    return joined(
        [
            element("p", title, class_="wb-big"),
            soft(f"{_kinds(rows)}. {at_risk(rows, base)}."),
            element("ol", joined(_top(row, base) for row in rows[:ROWS_SHOWN]), class_="wb-rows"),
        ]
    )


def settled(company: Company) -> Markup:
    """Return how many transactions are settled, and by whom."""
    state = numbers(company)
    total, alone, by_you = state["transactions"], state["settled_automatically"], state["settled_by_operator"]
    parts = (
        ("auto", "automatically", alone),
        ("you", "by you", by_you),
        ("open", "still open", total - alone - by_you),
    )
    bar = joined(
        element("span", class_=f"wb-{name}", style=f"flex-grow:{count}") for name, _, count in parts if count
    )
    legend = joined(
        element("li", element("i", class_=f"wb-{name}"), f"{count:,} {words}") for name, words, count in parts
    )
    source = f"{counted(total, 'transaction')} from {counted(state['statements'], 'statement')}"
    invoices = f"{state['open_invoices']} of {counted(state['invoices'], 'invoice')} open"
    about = f"{source} on {counted(state['accounts'], 'account')}; {invoices}."
    return element(
        "section",
        element("h2", "Settled"),
        element("div", bar, class_="wb-bar", role="img", aria_label="share of settled transactions"),
        element("ul", legend, class_="wb-legend"),
        soft(about),
    )


def happened(company: Company, since: datetime | None = None, title: str = "Since yesterday") -> Markup:
    """Return what happened since yesterday, or since an instant, in words."""
    begin = since or yesterday(company)
    rows = company.query(load_sql("workbench", "view_since"), since=begin).rows
    facts = [(kind, count) for kind, count in rows if not is_step(kind)]
    steps = sum(count for kind, count in rows if is_step(kind))
    lines = [
        element("li", element("b", f"{count:,}"), f" {events_words(kind, count)}") for kind, count in facts
    ]
    behind = f"{counted(steps, 'step')} of work behind it." if steps else ""
    return element(
        "section",
        element("h2", title),
        element("ul", joined(lines), class_="wb-happened") if lines else element("p", "Nothing new."),
        soft(behind),
    )


def blocked(company: Company) -> Markup:
    """Return which tasks can't go on and why; those that wait for an answer are counted alone."""
    tasks = company.query(load_sql("workbench", "view_blocked")).dicts()
    alone = [task for task in tasks if task["waits_for"] is None]
    kinds = Counter(task["waits_for"] for task in tasks if task["waits_for"] is not None)
    wait = ", ".join(counted(count, KINDS[kind]) for kind, count in kinds.items())
    lines = [
        element(
            "li",
            element("a", str(task["reason"]), href=f"../queue/?row={quote(task['stream'])}"),
            element("small", f"{task['kind']} · {task['agent']} · {when(task['updated_at'], company)}"),
        )
        for task in alone
    ]
    return element(
        "section",
        element("h2", "Blocked"),
        element("ul", joined(lines), class_="wb-rows") if lines else element("p", "No task is stuck."),
        element("p", f"Tasks that go on as soon as you decide: {wait}." if wait else "", class_="wb-soft"),
    )


def held(company: Company) -> Markup:
    """Return since when effects are held and by whom, nothing where they go on."""
    switch = standing(company)
    if switch is None:
        return Markup()
    since = f"since {_clock(switch.since, company)}, by {switch.account}"
    why = f": {switch.reason}" if switch.reason else ""
    return word(
        f"Nothing leaves the machine: effects are held {since}{why}. 'workbench release' lets them go on.",
        good=False,
    )


def out_of_sync(company: Company) -> Markup:
    """Return a line for each spreadsheet that can't be kept in sync, nothing where all are."""
    lines = [
        soft(f"{face.title}: {trouble.rstrip('.')}, {_clock(failed_at, company)}")
        for face in faces_of(company)
        for trouble, failed_at in company.query(TROUBLE, sheet=face.sheet).rows
    ]
    return element("section", joined(lines), role="status") if lines else Markup()


def unmended(company: Company) -> Markup:
    """Return a line where a job failed, or nobody keeps the schedule; nothing where all is well."""
    found = trouble(company)
    words = [f"{row['job']} failed" for row in found.failing]
    words += [f"{name} is overdue" for name in found.overdue]
    if not words:
        return Markup()
    line = element("a", ", ".join(words), href="../runs/"), "."
    return element("div", *line, class_="wb-word wb-bad", role="status")


def _clock(instant: datetime, company: Company) -> str:
    """Return the time of an instant of today, with its day for any other."""
    there = instant.astimezone(company.settings.tz)
    return f"{there:%H:%M}" if there.date() == company.today else when(instant, company)


def at_risk(rows: Sequence[QueueRow], base: str) -> str:
    """Return the money at risk in rows of the queue, in words."""
    stakes = [abs(row.at_stake) for row in rows if row.at_stake is not None]
    unknown = sum(row.at_stake is None and row.amount is not None for row in rows)
    known = f"{money(sum(stakes, Decimal()), base)} at risk" if stakes else "No money at risk"
    return f"{known} and {counted(unknown, 'amount')} without a recent rate" if unknown else known


def _kinds(rows: Sequence[QueueRow]) -> str:
    return ", ".join(
        counted(count, KINDS[kind]) for kind, count in Counter(row.kind for row in rows).most_common()
    )


def _top(row: QueueRow, base: str) -> Markup:
    return element(
        "li",
        element("a", row.summary, href=f"../queue/?row={quote(row.key)}"),
        element("small", f"{at_stake(row, base)} · {KINDS[row.kind]} · risk {row.risk}"),
    )


def is_step(kind: str) -> bool:
    """Whether an event is a step of the machinery."""
    return kind.startswith(STEPS) or kind.endswith((".shown", ".replaced"))
