"""The queue as a widget: rows beside the row that is looked at, decided by keyboard or mouse, bound to what was shown.

The browser only asks (`select`, `decide`, `refresh`, each a message of its own); what it shows is set here. A row that
is looked at stays as it is until the operator moves or decides: nothing is rebuilt under the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import anywidget
import traitlets

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.errors import KernelError
from workbench import view_queue as view
from workbench.company import Company
from workbench.widgets.script import file_text, script

Rows = Callable[[], list[QueueRow]]


class QueueWidget(anywidget.AnyWidget):
    """The open rows of a company, or those that `rows` returns; `moved` hears which row is looked at."""

    _esm = script("queue.js")
    look = traitlets.Unicode(file_text("queue.css")).tag(sync=True)
    """Its style, which it brings along itself: marimo does not always take over `_css`."""

    rows: traitlets.List[dict[str, str]] = traitlets.List().tag(sync=True)
    row: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    """The row that is looked at, whole; empty where none waits."""
    said: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    """What became of the last decision."""
    news = traitlets.Unicode().tag(sync=True)
    forms: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    whole_page = traitlets.Bool(default_value=True).tag(sync=True)
    """Whether keys count wherever the page has the focus; in a notebook with cells only inside the widget."""

    def __init__(
        self,
        company: Company,
        *,
        rows: Rows | None = None,
        wanted: str | None = None,
        moved: Callable[[str], None] = lambda _: None,
        whole_page: bool = True,
    ) -> None:
        self._company, self._rows, self._moved = company, rows or company.queue, moved
        self._listed: list[QueueRow] = []
        super().__init__(forms=_forms(company.today), whole_page=whole_page)
        self.list_anew(wanted)
        self.on_msg(self._asked)

    def list_anew(self, wanted: str | None = None) -> None:
        """List what waits now; the row that is wanted, or that is looked at, stays if it still waits."""
        waiting = self._rows()
        self._listed = waiting[: view.ROWS_LISTED]
        self._company.shown(self._listed, channel=view.CHANNEL)
        base = self._company.settings.base_currency
        self.rows = [view.listed(row, base) for row in self._listed]
        self.news = view.count(waiting, "")
        self._look_at(wanted or self.row.get("key"))

    def watch(self) -> None:
        """Say what is new since the rows were listed, and change nothing."""
        waiting = self._rows()
        self.news = view.count(self._listed, view.news(self._listed, waiting[: view.ROWS_LISTED]))

    def _asked(self, _: object, content: Mapping[str, Any], __: object) -> None:
        """Do what the browser asks; whatever goes wrong is said there."""
        try:
            match content:
                case {"do": "select", "key": str(key)}:
                    self._look_at(key)
                case {"do": "refresh"}:
                    self.list_anew()
                case {"do": "decide", "key": str(key), "hash": str(seen), "decision": str(word)}:
                    self._decide(key, seen, word, content)
        except KernelError as error:
            self._say(str(error), accepted=False)

    def _decide(self, key: str, seen: str, word: str, content: Mapping[str, Any]) -> None:
        row = next((each for each in self._listed if (each.key, each.hash) == (key, seen)), None)
        values = view.values_of(content)
        lacking = view.missing(word, values)
        if row is None or word not in row.decisions:
            self._say("Not taken: this row is not the one that was shown.", accepted=False)
        elif lacking:
            self._say(lacking, accepted=False)
        else:
            said = view.decide(self._company, self._listed, row, word, values)
            self.list_anew(said.next)
            self._say(said.message, accepted=said.accepted)

    def _look_at(self, key: str | None) -> None:
        row = next((each for each in self._listed if each.key == key), None) or next(iter(self._listed), None)
        self.row = {} if row is None else view.whole(self._company, row)
        if row is not None:
            self._moved(row.key)

    def _say(self, message: str, *, accepted: bool) -> None:
        """Say it; the number makes the same words twice two messages."""
        self.said = {"message": message, "accepted": accepted, "number": self.said.get("number", 0) + 1}


def _forms(today: date) -> dict[str, Any]:
    """Return each decision's title and meaning."""
    return {
        "decisions": {
            word: {"title": view.TITLES[word], "meaning": view.MEANING[word]} for word in view.FIELDS
        },
        "tomorrow": (today + timedelta(days=1)).isoformat(),
    }
