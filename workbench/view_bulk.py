"""Several rows decided at once: each is named with the hash it was shown with, and each has its own answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.approvals.row import Option
from workbench import view_queue as view
from workbench.company import Company
from workbench.view_page import counted

MAX_ROWS = 200
"""So many rows at once a person can still have meant."""
WORDS = ("approve", "answer", "reject", "defer", "ask")
"""An edit is about one content, so it is for one row alone."""
Named = tuple[str, str]
"""A row's key and the hash it was shown with."""


def named(rows: Iterable[object]) -> list[Named]:
    """Return what a browser names as rows; whatever is no key with a hash names none."""
    return [
        (key, seen)
        for each in rows
        if isinstance(each, list) and len(each) == 2
        for key, seen in [each]
        if isinstance(key, str) and isinstance(seen, str)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one row of several."""

    key: str
    short: str
    summary: str
    accepted: bool
    message: str


def offers(rows: Sequence[QueueRow]) -> dict[str, Any]:
    """Return the decisions that all of these rows take, and the answers that all of them know."""
    options = shared_options(rows)
    words = [word for word in WORDS if rows and all(word in row.decisions for row in rows)]
    return {
        "decisions": [
            {"word": word, "title": view.TITLES[word], "fields": _fields(word)}
            for word in words
            if word != "answer" or options
        ],
        "options": [option.model_dump() for option in options],
    }


def _fields(word: str) -> list[dict[str, str]]:
    return [{"name": name, "title": view.FIELD_NAMES[word, name]} for name in view.FIELDS[word]]


def shared_options(rows: Sequence[QueueRow]) -> list[Option]:
    """Return the answers that mean the same for all of these rows."""
    if not rows:
        return []
    return [option for option in rows[0].options if all(option in row.options for row in rows[1:])]


def lacking(rows: Sequence[QueueRow], word: str, values: Mapping[str, Any]) -> str | None:
    """Say why these rows can't be decided like this together, None when they can."""
    if not rows:
        return "Choose rows first."
    if len(rows) > MAX_ROWS:
        return f"{len(rows)} rows are more than {MAX_ROWS}: decide them in parts."
    if word not in {each["word"] for each in offers(rows)["decisions"]}:
        return f"Not all of these rows take {word!r}."
    if word == "answer" and values.get("choice") not in {option.id for option in shared_options(rows)}:
        return "Choose one of the answers that all of these rows know."
    return view.missing(word, values)


def decide_all(
    company: Company,
    rows: Sequence[QueueRow],
    word: str,
    values: Mapping[str, Any],
    *,
    done: Callable[[int], None] = lambda _: None,
) -> list[Taken]:
    """Take the same decision on each row, one after the other; the work that waits for them is not done here.

    `done` hears how many were tried. What one row is refused changes nothing for the others.
    """
    taken = []
    for number, row in enumerate(rows, start=1):
        taken.append(_taken(row, view.decide(company, row, word, values)))
        done(number)
    return taken


def _taken(row: QueueRow, said: view.Said) -> Taken:
    return Taken(
        key=row.key, short=row.short, summary=row.summary, accepted=said.accepted, message=said.message
    )


def told(company: Company, named: Sequence[Named], listed: Iterable[QueueRow]) -> list[Taken]:
    """Return those of the named rows that are not listed as they were shown, each refused in words."""
    shown = {(row.key, row.hash) for row in listed}
    strange = [key for key, seen in named if (key, seen) not in shown]
    return [
        Taken(
            key=key,
            short=key.partition("/")[2][:10],
            summary="",
            accepted=False,
            message=f"Not taken: {words}.",
        )
        for key, words in view.settled(company, strange).items()
    ]


def summed(taken: Sequence[Taken], word: str) -> str:
    """Return in one line what became of all of them."""
    accepted = sum(each.accepted for each in taken)
    refused = len(taken) - accepted
    head = f"{view.TITLES[word]} recorded for {counted(accepted, 'row')}"
    return f"{head}, {refused} not taken." if refused else f"{head}."


def results(taken: Sequence[Taken]) -> list[dict[str, Any]]:
    """Return them as the browser shows them."""
    return [asdict(each) for each in taken]
