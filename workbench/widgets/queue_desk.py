"""The queue in a notebook with cells: filters above it, the story of the row beside it, and rows chosen together.

What the widget itself has, its search, its keys and its bar for decisions, is not repeated here: this only says which
rows it lists, which of them are chosen, and what happened before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import ipywidgets as ui

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.sql import load_sql
from workbench.company import Company
from workbench.view_figures import Cell, figures
from workbench.view_page import Markup, at_stake, counted, element, event_html, joined, money
from workbench.widgets.queue_widget import QueueWidget
from workbench.widgets.script import file_text

EVENTS_TOLD = 200
MOST = 1e12
Row = Mapping[str, Any]
Test = Callable[[QueueRow, datetime], bool]

EXPIRY: dict[str, Test] = {
    "any": lambda _, __: True,
    "today or tomorrow": lambda row, now: _expires(row, now, days=1),
    "within a week": lambda row, now: _expires(row, now, days=7),
    "within 30 days": lambda row, now: _expires(row, now, days=30),
    "never": lambda row, _: row.expires_at is None,
}
RISK: dict[str, Test] = {
    "any": lambda _, __: True,
    **{name: lambda row, _, name=name: row.risk == name for name in ("low", "medium", "high")},  # type: ignore[misc]
}
CONFIDENCE: dict[str, Test] = {
    "any": lambda _, __: True,
    "80 % or more": lambda row, _: (row.confidence or 0) >= 0.8,
    "under 80 %": lambda row, _: row.confidence is not None and row.confidence < 0.8,
    "not stated": lambda row, _: row.confidence is None,
}
FILTERS = {"Expires": EXPIRY, "Risk": RISK, "Confidence": CONFIDENCE}


def _expires(row: QueueRow, now: datetime, *, days: int) -> bool:
    return row.expires_at is not None and row.expires_at <= now + timedelta(days=days)


class QueueDesk(ui.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The queue of a company for a notebook; `queue` is the widget in its middle."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._waiting: dict[str, QueueRow] = {}
        self._filters = {name: _choice(name, [*tests]) for name, tests in FILTERS.items()}
        self._hidden = ui.HTML()
        self._story = ui.Accordion()
        self._chosen = ui.HTML()
        self.queue = QueueWidget(company, rows=self._rows, moved=self._tell, whole_page=False, pages=False)
        for each in self._filters.values():
            each.observe(lambda _: self.queue.list_anew(), "value")
        self.queue.observe(lambda _: self._review(), ["selected", "rows"])
        self._review()
        look = ui.HTML(f"<style>{file_text('queue_desk.css')}</style>")
        super().__init__([look, self._head(), self.queue, self._choosing(), self._chosen, self._told()])
        self.add_class("wbd")

    def _head(self) -> Any:  # noqa: ANN401 - ipywidgets has no types
        return ui.HBox([*self._filters.values(), self._hidden], layout=ui.Layout(flex_flow="row wrap"))

    def _told(self) -> Any:  # noqa: ANN401 - ipywidgets has no types
        return ui.VBox([ui.HTML(element("h3", "The story of the row").text), self._story])

    def _rows(self) -> list[QueueRow]:
        """Return what waits and passes the filters; what does not is counted in sight."""
        waiting, now = self._company.queue(), self._company.now
        tests = [FILTERS[name][each.value] for name, each in self._filters.items()]
        passing = [row for row in waiting if all(test(row, now) for test in tests)]
        self._waiting = {row.key: row for row in passing}
        hidden = len(waiting) - len(passing)
        self._hidden.value = f"{counted(hidden, 'row')} hidden by these" if hidden else ""
        return passing

    def _tell(self, key: str) -> None:
        """Tell the story of the row that is looked at, a section for each thing that it is about."""
        row = self._waiting.get(key)
        sections = [] if row is None else story(self._company, row.correlation_id)
        before = self._story.children
        self._story.selected_index = None
        self._story.children = [ui.HTML(told.text) for _, told in sections]
        self._story.titles = [title for title, _ in sections]
        for each in before:
            each.close()

    def _choosing(self) -> Any:  # noqa: ANN401 - ipywidgets has no types
        """Return the form that chooses rows together: those that are like the one that is looked at."""
        words = ui.Text(placeholder="any words", description="With")
        most = ui.BoundedFloatText(
            value=0, min=0, max=MOST, description="At most", tooltip="Money at risk; 0 is any"
        )
        alike = ui.Button(description="Choose rows like this one", layout=ui.Layout(width="auto"))
        none = ui.Button(description="Choose none", layout=ui.Layout(width="auto"))
        alike.on_click(
            lambda _: self._choose(
                alike_rows(self._listed(), self._at(), words.value, Decimal(str(most.value)))
            )
        )
        none.on_click(lambda _: self._choose([]))
        return ui.HBox([alike, words, most, none], layout=ui.Layout(flex_flow="row wrap"))

    def _at(self) -> QueueRow | None:
        return self._waiting.get(str(self.queue.row.get("key")))

    def _listed(self) -> list[QueueRow]:
        return [self._waiting[row["key"]] for row in self.queue.rows if row["key"] in self._waiting]

    def _choose(self, rows: Sequence[QueueRow]) -> None:
        self.queue.selected = [row.key for row in rows]

    def _review(self) -> None:
        """Show what is chosen, row by row, before it is decided."""
        rows = [self._waiting[key] for key in self.queue.selected if key in self._waiting]
        self._chosen.value = review(rows, self._company.settings.base_currency).text


def _choice(name: str, labels: list[str]) -> Any:  # noqa: ANN401 - ipywidgets has no types
    return ui.Dropdown(options=labels, description=name, layout=ui.Layout(width="auto"))


def alike_rows(rows: Sequence[QueueRow], like: QueueRow | None, words: str, most: Decimal) -> list[QueueRow]:
    """Return the rows of the same kind and capability that have these words and at most so much money at risk.

    No words and 0 are any. Where there is a limit, rows of which nobody knows the worth are left out.
    """
    if like is None:
        return []
    same = [row for row in rows if (row.kind, row.capability) == (like.kind, like.capability)]
    worded = [row for row in same if all(word in row.summary.casefold() for word in words.casefold().split())]
    return [row for row in worded if not most or (row.at_stake is not None and abs(row.at_stake) <= most)]


def review(rows: Sequence[QueueRow], base: str) -> Markup:
    """Return the chosen rows as a table with the money at risk in all of them; empty without any."""
    if not rows:
        return Markup()
    lines: list[list[Cell]] = [[row.short, row.summary, at_stake(row, base)] for row in rows]
    whole = sum((abs(row.at_stake) for row in rows if row.at_stake is not None), Decimal(0))
    head = element("h3", f"{counted(len(rows), 'row')} chosen; the bar of the list decides")
    return joined([head, figures(("Row", "Question", "At risk"), lines, total=("", "", money(whole, base)))])


def story(company: Company, correlation_id: str) -> list[tuple[str, Markup]]:
    """Return what happened in a row's story, by stream, in the order in which each began: a title, and its events."""
    events = company.query(
        load_sql("workbench", "view_story"), story=correlation_id, limit=EVENTS_TOLD
    ).dicts()
    begun = {event["stream"]: number for number, event in reversed([*enumerate(events)])}
    ordered = sorted(events, key=lambda event: (begun[event["stream"]], event["position"]))
    return [
        (
            _title(stream, told := [*group]),
            element("ul", joined(event_html(company, event) for event in told)),
        )
        for stream, group in groupby(ordered, key=lambda event: str(event["stream"]))
    ]


def _title(stream: str, events: Sequence[Row]) -> str:
    thing = stream.partition("/")[0].replace("_", " ")
    return f"{thing} · {counted(len(events), 'event')}"
