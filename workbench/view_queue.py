"""The page 'queue' in parts: a row as one readable label, a form's values as a decision, and what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from opc_kernel.approvals.decide import Decided
from opc_kernel.approvals.queue import QueueRow, rows_of
from opc_kernel.errors import KernelError
from workbench.company import Company, account
from workbench.view_page import at_stake, counted
from workbench.view_row import before, row_html
from workbench.view_today import KINDS

CHANNEL = "view"
ROWS_LISTED = 1_000
ROWS_AT_FIRST = 100
"""So many are listed before the page stands; the others follow at once."""

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
    """What became of one decision."""

    message: str
    accepted: bool


def listed(row: QueueRow, base: str) -> dict[str, Any]:
    """Return a row as it stands in the list, and what it is found by; `stake` is None where nobody knows its worth."""
    return {
        "key": row.key,
        "hash": row.hash,
        "short": row.short,
        "kind": KINDS[row.kind],
        "capability": row.capability,
        "head": f"{at_stake(row, base)} · {KINDS[row.kind]} · {row.short}",
        "summary": row.summary,
        "stake": worth(row),
        "expires": "" if row.expires_at is None else row.expires_at.isoformat(),
        "undo": row.undo or "",
    }


def worth(row: QueueRow) -> float | None:
    """Return the money at risk in the base currency, to filter and add up on a screen; None where nobody knows it."""
    if row.at_stake is None:
        return None if row.amount is not None else 0.0
    return float(abs(row.at_stake))


def whole(company: Company, row: QueueRow) -> dict[str, Any]:
    """Return a row with everything a decision needs, as the widget shows it."""
    last = before(company, row)
    return {
        "key": row.key,
        "hash": row.hash,
        "summary": row.summary,
        "html": row_html(company, row, last=last).text,
        "replaces": "" if last is None else last.key,
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


def decide(company: Company, row: QueueRow, decision: str, values: Mapping[str, Any]) -> Said:
    """Take one decision on what was shown; the work that waits for it is not done here."""
    try:
        verdict = company.decide(decided_from(row, decision, values), work=False)
    except KernelError as error:
        return Said(message=str(error), accepted=False)
    message = f"{verdict.message[:1].upper()}{verdict.message[1:]}"
    return Said(
        message=f"{message}: {row.summary}" if verdict.accepted else f"Not taken: {verdict.message}.",
        accepted=verdict.accepted,
    )


def work(company: Company) -> str:
    """Do what waited for a decision; return what went wrong with it: the decision stands all the same."""
    try:
        company.work()
    except KernelError as error:
        return f" The work that waited for it did not go through: {error}"
    return ""


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


def settled(company: Company, keys: Sequence[str]) -> dict[str, str]:
    """Return what became of rows that no longer wait as they were listed, by their keys."""
    now = {row.key: row for row in rows_of(company, keys)}
    return {key: became(now.get(key)) for key in keys}


def became(row: QueueRow | None) -> str:
    """Say in plain words why a row that was listed can't be decided any more."""
    if row is None or (row.state == "replaced" and not row.replaced_by):
        return "no longer asked"
    if row.state == "replaced":
        return "asked anew in another row"
    if row.state == "open" and row.deferred_until is not None:
        return f"put aside elsewhere until {row.deferred_until:%d %b %Y}"
    if row.state == "open":
        return "changed since it was shown"
    where = f" in {row.channel}" if row.channel else ""
    return f"decided elsewhere{where}: {row.decision}" if row.decision else "settled elsewhere"


def news(new: int, gone: int) -> str:
    """Say how the queue differs from what is listed, empty when it does not."""
    parts = [
        counted(new, "new row") if new else "",
        f"{counted(gone, 'row')} settled elsewhere" if gone else "",
    ]
    return " and ".join(part for part in parts if part)


def count(waiting: int, listed: int) -> str:
    """Return how many rows wait, and how many of them are listed."""
    first = f", the first {listed:,} of them are listed" if waiting > listed else ""
    return f"{counted(waiting, 'row')}, most money at risk first{first}." if waiting else ""


def order(row: QueueRow) -> list[str]:
    """Return the decisions a row takes, the likeliest first."""
    return [word for word in FIELDS if word in row.decisions]


def fields(row: QueueRow, decision: str) -> list[dict[str, str]]:
    """Return what a decision about this row asks of the operator, each with its title."""
    takes_own_words = decision == "answer" and row.typed is not None
    names = ("choice", "content", "note") if takes_own_words else FIELDS[decision]
    return [{"name": name, "title": FIELD_NAMES[decision, name]} for name in names]
