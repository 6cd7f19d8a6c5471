"""One row of the queue whole: what is asked and at stake, what changed since it was last asked, what it rests on."""

from __future__ import annotations

from opc_kernel.approvals.queue import QueueRow, rows_of
from opc_kernel.sql import load_sql
from opc_kernel.text import visible
from workbench.company import Company
from workbench.memory.used import used_in
from workbench.view_diff import changed
from workbench.view_page import Markup, at_stake, counted, element, event_html, joined, money, when

UNDO = {"undo": "can be undone", "soften": "a correction can follow", "none": "cannot be undone"}


def before(company: Company, row: QueueRow) -> QueueRow | None:
    """Return the row that this one took the place of."""
    keys = [key for (key,) in company.query(load_sql("workbench", "view_before"), key=row.key).rows]
    return next(iter(rows_of(company, keys)), None) if keys else None


def row_html(company: Company, row: QueueRow, *, last: QueueRow | None = None) -> Markup:
    """Return one row with everything a decision needs; `last` is the version of it that was asked before."""
    return element(
        "article",
        element("h2", visible(row.summary)),
        _marks(company, row),
        element("dl", joined(_pair(*pair) for pair in _terms(company, row) if pair[1]), class_="wb-terms"),
        element("p", visible(row.reason), class_="wb-reason"),
        Markup() if last is None else _changes(company, row, last),
        _content(row),
        _remembered(company, row),
        _facts(company, row),
        class_="wb-row",
    )


def _marks(company: Company, row: QueueRow) -> Markup:
    """Return what binds: whether it can be undone and until when it can be decided. The browser counts the hours."""
    undo = element("span", UNDO[row.undo], class_=f"wb-mark wb-{row.undo}") if row.undo else Markup()
    if row.expires_at is None:
        return element("p", undo, class_="wb-binds") if row.undo else Markup()
    day = when(row.expires_at, company)
    until = element(
        "time", f"expires {day}", class_="wb-mark", title=day, datetime=row.expires_at.isoformat()
    )
    return element("p", undo, " ", until, class_="wb-binds")


def _terms(company: Company, row: QueueRow) -> list[tuple[str, str]]:
    base = company.settings.base_currency
    return [
        ("At stake", at_stake(row, base)),
        ("Amount", "" if row.currency == base else money(row.amount, row.currency)),
        ("Risk", row.risk),
        ("Confidence", "" if row.confidence is None else f"{row.confidence:.0%}"),
        ("Mode", row.mode or ""),
        ("Asked", when(row.asked_at, company)),
        ("Row", row.short),
    ]


def _pair(term: str, meaning: str) -> Markup:
    return element("div", element("dt", term), element("dd", meaning))


def _changes(company: Company, row: QueueRow, last: QueueRow) -> Markup:
    """Return what is different from the row that was asked before, and what the operator said to that one."""
    parts = [(title, changed(old, new)) for title, old, new in _faces(company, last, row)]
    told = joined(joined([element("h4", title), part]) for title, part in parts if part.text)
    asked = f"You said to it: {visible(last.note)}" if last.note else ""
    return element(
        "section",
        element("h3", f"Changed since {when(last.asked_at, company)}"),
        element("p", asked, class_="wb-soft") if asked else Markup(),
        told if told.text else element("p", "Its words are the same.", class_="wb-soft"),
        class_="wb-changes",
    )


def _faces(company: Company, last: QueueRow, row: QueueRow) -> list[tuple[str, str, str]]:
    base = company.settings.base_currency
    return [
        ("What is asked", last.summary, row.summary),
        ("At stake", at_stake(last, base), at_stake(row, base)),
        ("Why", last.reason, row.reason),
        ("Content", last.content or "", row.content or ""),
        ("Answers", _answers(last), _answers(row)),
    ]


def _answers(row: QueueRow) -> str:
    return "\n".join(option.label for option in row.options)


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
    return joined([rests if told else Markup(), element("p", story, class_="wb-whole-story")])
