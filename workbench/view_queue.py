"""The page 'queue' in parts: a row as one readable label, a row whole, and a form's values as a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from opc_kernel.approvals.decide import Decided
from opc_kernel.approvals.queue import QueueRow
from opc_kernel.errors import KernelError
from opc_kernel.sql import load_sql
from opc_kernel.text import visible
from workbench.company import Company, account
from workbench.memory.used import used_in
from workbench.view_page import (
    Markup,
    at_stake,
    counted,
    element,
    event_html,
    joined,
    money,
    when,
)
from workbench.view_today import KINDS

CHANNEL = "view"
ROWS_LISTED = 200

FIELDS: dict[str, tuple[str, ...]] = {
    "approve": ("note",),
    "edit": ("content", "note"),
    "answer": ("choice", "note"),
    "reject": ("note",),
    "defer": ("until", "note"),
    "ask": ("note",),
}
"""What each decision asks of the operator."""

TITLES = {
    "approve": "Approve",
    "edit": "Edit",
    "answer": "Answer",
    "reject": "Reject",
    "defer": "Defer",
    "ask": "Ask back",
}
MEANING = {
    "approve": "Exactly this content is approved.",
    "edit": "What you write is what is approved.",
    "answer": "Choose what is true.",
    "reject": "Say no. A question is asked again without what you declined.",
    "defer": "Put it aside until a day.",
    "ask": "Your question goes to the agent; its answer comes as a new row.",
}


UNDO = {"undo": "can be undone", "soften": "a correction can follow", "none": "cannot be undone"}

FIELD_NAMES = {
    **{(word, "note"): "Note, if you like" for word in FIELDS},
    ("reject", "note"): "Reason, if you like",
    ("ask", "note"): "Your question",
    ("edit", "content"): "Content",
    ("answer", "choice"): "Answer",
    ("answer", "content"): "Or in your own words",
    ("defer", "until"): "Comes back on",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What became of the last decision on this page, and which row comes next."""

    message: str
    accepted: bool
    next: str | None


def listed(row: QueueRow, base: str) -> dict[str, str]:
    """Return a row as it stands in the list: money, kind and id on the first line, the question on the second."""
    return {
        "key": row.key,
        "head": f"{at_stake(row, base)} · {KINDS[row.kind]} · {row.short}",
        "summary": row.summary,
    }


def whole(company: Company, row: QueueRow) -> dict[str, Any]:
    """Return a row with everything a decision needs, as the widget shows it."""
    return {
        "key": row.key,
        "hash": row.hash,
        "summary": row.summary,
        "html": row_html(company, row).text,
        "content": row.content or "",
        "decisions": order(row),
        "fields": {word: fields(row, word) for word in order(row)},
        "typed": row.typed or "",
        "options": [{"id": id_, "label": label} for label, id_ in choices(row).items()],
    }


def values_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form in the browser holds as the values of a decision."""
    texts = {name: str(content.get(name) or "") for name in ("choice", "content", "note")}
    return {**texts, "until": _day(content.get("until"))}


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


def choices(row: QueueRow) -> dict[str, str]:
    """Return the ids of a row's options by their labels; labels that stand twice get their id beside them."""
    seen = [option.label for option in row.options]
    return {
        option.label if seen.count(option.label) == 1 else f"{option.label} ({option.id})": option.id
        for option in row.options
    }


def decide(
    company: Company, listed: Sequence[QueueRow], row: QueueRow, decision: str, values: Mapping[str, Any]
) -> Said:
    """Take one decision on what was shown, and say which row the operator looks at next."""
    try:
        verdict = company.decide(decided_from(row, decision, values))
    except KernelError as error:
        return Said(message=str(error), accepted=False, next=row.key)
    message = f"{verdict.message[:1].upper()}{verdict.message[1:]}"
    return Said(
        message=f"{message}: {row.summary}" if verdict.accepted else f"Not taken: {verdict.message}.",
        accepted=verdict.accepted,
        next=next_key([each.key for each in listed], row.key, {each.key for each in company.queue()}),
    )


def decided_from(row: QueueRow, decision: str, values: Mapping[str, Any]) -> Decided:
    """Return what a form says as a decision, bound to the hash of the row that was shown."""
    return Decided(
        key=row.key,
        hash=row.hash,
        decision=decision,
        channel=CHANNEL,
        account=account(),
        choice=values.get("choice") or "",
        content=values.get("content") or "",
        note=values.get("note") or "",
        until=values.get("until"),
    )


def missing(decision: str, values: Mapping[str, Any]) -> str | None:
    """Say what a form still lacks, None when it can be sent."""
    written = str(values.get("content") or "").strip()
    if decision == "answer" and not values.get("choice") and not written:
        return "Choose one of the answers."
    if decision == "answer" and values.get("choice") and written:
        return "Choose an answer or write your own, not both."
    if decision == "edit" and not written:
        return "Write the content that shall be approved."
    if decision == "defer" and values.get("until") is None:
        return "Say on which day it comes back."
    if decision == "ask" and not str(values.get("note") or "").strip():
        return "Write your question."
    return None


def next_key(listed: Sequence[str], done: str, waiting: set[str]) -> str | None:
    """Return the row after the decided one that still waits; at the end of the list, the first."""
    place = listed.index(done) if done in listed else 0
    order = [*listed[place:], *listed[:place]]
    return next((key for key in order if key in waiting), None)


def news(listed: Sequence[QueueRow], waiting: Sequence[QueueRow]) -> str:
    """Say how the queue differs from what is listed, empty when it does not."""
    before, now = {row.key for row in listed}, {row.key for row in waiting}
    parts = [
        counted(len(now - before), "new row") if now - before else "",
        f"{counted(len(before - now), 'row')} settled elsewhere" if before - now else "",
    ]
    return " and ".join(part for part in parts if part)


def count(rows: Sequence[QueueRow], news: str) -> str:
    """Return how many rows wait, and what is new since they were listed."""
    listed = f", the first {ROWS_LISTED} of them are listed" if len(rows) > ROWS_LISTED else ""
    head = f"{counted(len(rows), 'row')}, most money at risk first{listed}." if rows else ""
    return f"{head} {news[:1].upper()}{news[1:]}: refresh." if news else head


def order(row: QueueRow) -> list[str]:
    """Return the decisions a row takes, the likeliest first."""
    return [word for word in FIELDS if word in row.decisions]


def fields(row: QueueRow, decision: str) -> list[dict[str, str]]:
    """Return what a decision about this row asks of the operator, each with its title."""
    takes_own_words = decision == "answer" and row.typed is not None
    names = ("choice", "content", "note") if takes_own_words else FIELDS[decision]
    return [{"name": name, "title": FIELD_NAMES[decision, name]} for name in names]


def row_html(company: Company, row: QueueRow) -> Markup:
    """Return one row with everything a decision needs."""
    return element(
        "article",
        element("h2", visible(row.summary)),
        element("dl", joined(_pair(*pair) for pair in _terms(company, row) if pair[1]), class_="wb-terms"),
        element("p", visible(row.reason), class_="wb-reason"),
        _content(row),
        _remembered(company, row),
        _facts(company, row),
        class_="wb-row",
    )


def _terms(company: Company, row: QueueRow) -> list[tuple[str, str]]:
    base = company.settings.base_currency
    return [
        ("At stake", at_stake(row, base)),
        ("Amount", "" if row.currency == base else money(row.amount, row.currency)),
        ("Risk", row.risk),
        ("Confidence", "" if row.confidence is None else f"{row.confidence:.0%}"),
        ("Undo", UNDO[row.undo] if row.undo else ""),
        ("Mode", row.mode or ""),
        ("Asked", when(row.asked_at, company)),
        ("Expires", "" if row.expires_at is None else when(row.expires_at, company)),
        ("Row", row.short),
    ]


def _pair(term: str, meaning: str) -> Markup:
    return element("div", element("dt", term), element("dd", meaning))


def _content(row: QueueRow) -> Markup:
    if row.content is None:
        return Markup()
    title = element("h3", "Content: this is what an approval lets happen")
    return joined([title, element("pre", visible(row.content))])


def _remembered(company: Company, row: QueueRow) -> Markup:
    told = [element("li", each.line) for each in used_in(company, row)]
    return joined([element("h3", "Remembered"), element("ul", joined(told))]) if told else Markup()


def _facts(company: Company, row: QueueRow) -> Markup:
    facts = company.query(load_sql("workbench", "view_facts"), facts=list(row.facts)).dicts()
    told = [event_html(company, fact) for fact in facts]
    story = element("a", "Whole story in the log", href=f"../log/?story={row.correlation_id}")
    rests = element(
        "details",
        element("summary", f"Rests on {counted(len(facts), 'fact')}"),
        element("ul", joined(told), class_="wb-story"),
    )
    return joined([rests if told else Markup(), element("p", story)])
