"""The queue as a widget: rows beside the row that is looked at, decided by keyboard or mouse, bound to what was shown.

The browser only asks, each time by a message of its own; what it shows is set here. A row that is looked at stays as it
is until the operator moves or decides, and so does the list: what is new is said, and comes when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import anywidget
import traitlets

from opc_kernel.approvals.queue import QueueRow, open_keys
from opc_kernel.errors import KernelError
from workbench import view_bulk as bulk
from workbench import view_queue as view
from workbench.company import Company, company_id
from workbench.view_diff import changed
from workbench.view_page import data_version
from workbench.widgets.script import file_text, script

Rows = Callable[[], list[QueueRow]]
PARTS = (
    "queue_drafts.js",
    "queue_sieve.js",
    "queue_list.js",
    "queue_form.js",
    "queue_bulk.js",
    "queue_keys.js",
    "queue.js",
)
NO_CHOICE_OF_THE_BROWSER = 0


class QueueWidget(anywidget.AnyWidget):
    """The open rows of a company, or those that `rows` returns; `moved` hears which row is looked at.

    `wanted` is the key of the row that is looked at first. With `whole_page` keys count wherever the page has the
    focus, else inside the widget alone. `pages` says whether the other views stand beside it: links into them show.
    """

    _esm = script(*PARTS)
    look = traitlets.Unicode(file_text("queue.css")).tag(sync=True)
    """Its style, which it brings along itself: marimo does not always take over `_css`."""

    rows: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    row: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    """The row that is looked at, whole; empty where none waits."""
    said: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    """What became of the last decision, or of each of several."""
    news: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    """How many rows wait, and how they differ from those that are listed."""
    gone: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)
    """Listed rows that wait no longer as they were listed, each with why."""
    selected: traitlets.List[str] = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """Keys of the rows that the operator chose and can see; setting it chooses rows."""
    offered: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    """What the selected rows can be told together."""
    compared: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    """How the operator's words differ from the content that is proposed."""
    progress = traitlets.Unicode().tag(sync=True)
    watched = traitlets.Int().tag(sync=True)
    """How often it was looked whether there is something new."""
    forms: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    whole_page = traitlets.Bool(default_value=True).tag(sync=True)
    pages = traitlets.Bool(default_value=True).tag(sync=True)

    def __init__(
        self,
        company: Company,
        *,
        rows: Rows | None = None,
        wanted: str | None = None,
        moved: Callable[[str], None] = lambda _: None,
        whole_page: bool = True,
        pages: bool = True,
    ) -> None:
        self._company, self._rows, self._moved = company, rows, moved
        self._id = company_id(company.folder) or ""
        self._listed: list[QueueRow] = []
        self._most = view.ROWS_AT_FIRST
        self._known: set[bulk.Named] = set()
        self._seen: tuple[int, date] | None = None
        self._number = NO_CHOICE_OF_THE_BROWSER
        self.list_anew(
            wanted
        )  # before it is shown: the page gets all at once, not nothing and then its changes
        super().__init__(whole_page=whole_page, pages=pages)
        self.on_msg(self._asked)

    def list_anew(self, wanted: str | None = None) -> None:
        """List what waits now; the row that is wanted, or that is looked at, stays if it still waits."""
        self._seen = self._version()
        at = wanted or self.row.get("key")
        rows, self._known = self._read()
        if at and at not in {row.key for row in rows[: self._most]} and self._most < len(self._known):
            self._most = view.ROWS_LISTED
            rows, self._known = self._read()
        self._list(rows[: self._most], self._known)
        self._look_at(at)

    def watch(self) -> None:
        """Say what is new since the rows were listed, and change nothing else."""
        try:
            version = self._version()
            if version != self._seen:
                self._compare_with(self._waiting())
                self._seen = version
        except KernelError as error:
            self._say(str(error), accepted=False)
        self.watched += 1

    def _version(self) -> tuple[int, date]:
        return data_version(self._company), self._company.today

    def _read(self) -> tuple[list[QueueRow], set[bulk.Named]]:
        """Return the rows to list, and all that wait, listed or not."""
        if self._rows is not None:
            rows = self._rows()
            return rows, _named(rows)
        rows = self._company.queue(most=self._most)
        return rows, _named(rows) | self._waiting()

    def _waiting(self) -> set[bulk.Named]:
        if self._rows is not None:
            return _named(self._rows())
        return open_keys(self._company, today=self._company.today)

    def _list(self, rows: list[QueueRow], waiting: set[bulk.Named]) -> None:
        self._company.shown(rows, channel=view.CHANNEL)
        base = self._company.settings.base_currency
        self._keep_selected(rows)
        self._listed = rows
        self.forms = _forms(self._company, self._id)
        self.rows = [view.listed(row, base) for row in rows]
        self._compare_with(waiting)

    def _keep_selected(self, rows: Sequence[QueueRow]) -> None:
        """Take from the selection what is not listed any more, or now says something else."""
        before = {row.key: row.hash for row in self._listed}
        staying = {row.key for row in rows if before.get(row.key, row.hash) == row.hash}
        self.selected = [key for key in self.selected if key in staying]

    def _compare_with(self, waiting: set[bulk.Named]) -> None:
        gone = [row.key for row in self._listed if (row.key, row.hash) not in waiting]
        new = len(waiting - self._known)
        self.gone = view.settled(self._company, gone) if gone else {}
        left, listed = len(waiting) - new, len(self._listed) - len(gone)
        is_part = self._most < min(left, view.ROWS_LISTED)
        head = view.count(left, min(left, view.ROWS_LISTED) if is_part else listed)
        self.news = {"head": head, "words": view.news(new, len(gone)), "more": is_part}

    def _asked(self, _: object, content: Mapping[str, Any], __: object) -> None:
        """Do what the browser asks; whatever goes wrong is said there."""
        try:
            self._do(content)
        except KernelError as error:
            self._say(str(error), accepted=False)

    def _do(self, content: Mapping[str, Any]) -> None:
        match content:
            case {"do": "watch"}:
                self.watch()
            case {"do": "select", "key": str(key)}:
                self._look_at(key)
            case {"do": "refresh"}:
                self.list_anew()
            case {"do": "more"}:
                self._most = view.ROWS_LISTED
                self.list_anew()
            case {"do": "choose", "keys": list(keys), "number": int(number)}:
                self._choose(keys, number)
            case {"do": "compare", "key": str(key), "content": str(text), "number": int(number)}:
                self._compare(key, text, number)
            case {"do": "decide", "key": str(key), "hash": str(seen), "decision": str(word)}:
                self._decide((key, seen), word, content)
            case {"do": "decide_all", "rows": list(rows), "decision": str(word)}:
                self._decide_all(bulk.named(rows), word, content)

    def _choose(self, keys: Sequence[object], number: int) -> None:
        """Take over what the operator chose; the number says which of the browser's messages this answers."""
        listed = {row.key for row in self._listed}
        self._number = number
        self.selected = [key for key in keys if isinstance(key, str) and key in listed]
        self._number = NO_CHOICE_OF_THE_BROWSER

    @traitlets.observe("selected")
    def _offer(self, _: object) -> None:
        chosen = [row for row in self._listed if row.key in set(self.selected)]
        keys = [row.key for row in chosen]
        self.offered = {**bulk.offers(chosen), "keys": keys, "number": self._number}

    def _compare(self, key: str, text: str, number: int) -> None:
        row = next((each for each in self._listed if each.key == key), None)
        if row is not None:
            self.compared = {"number": number, "html": changed(row.content or "", text).text}

    def _decide(self, named: bulk.Named, word: str, content: Mapping[str, Any]) -> None:
        row = next((each for each in self._listed if (each.key, each.hash) == named), None)
        values = view.values_of(content)
        lacking = view.missing(word, values)
        if row is None or word not in row.decisions:
            self._say("Not taken: this row is not the one that was shown.", accepted=False)
        elif lacking:
            self._say(lacking, accepted=False)
        else:
            self._take(row, word, values, content.get("next"))

    def _take(self, row: QueueRow, word: str, values: Mapping[str, Any], following: object) -> None:
        """Take one decision; a row that was settled elsewhere stays in sight, so that no word of a draft is lost."""
        said = view.decide(self._company, row, word, values)
        if not said.accepted:
            self._compare_with(self._waiting())
            self._say(said.message, accepted=False)
            return
        trouble = view.work(self._company)
        self._go_on(following)
        self._say(said.message + trouble, accepted=not trouble, done=[row.key])

    def _decide_all(self, named: Sequence[bulk.Named], word: str, content: Mapping[str, Any]) -> None:
        wanted, values = set(named), view.values_of(content)
        rows = [row for row in self._listed if (row.key, row.hash) in wanted]
        if lacking := bulk.lacking(rows, word, values):
            self._say(lacking, accepted=False)
            return
        taken = bulk.told(self._company, named, self._listed)
        taken += bulk.decide_all(self._company, rows, word, values, done=self._tried(len(rows)))
        done = [each.key for each in taken if each.accepted]
        trouble = view.work(self._company) if done else ""
        self._go_on()
        words = bulk.summed(taken, word) + trouble
        accepted = len(done) == len(taken) and not trouble
        self._say(words, accepted=accepted, done=done, results=bulk.results(taken))
        self.progress = ""

    def _tried(self, of: int) -> Callable[[int], None]:
        def tried(number: int) -> None:
            left = number < of
            self.progress = (
                f"{number} of {of} tried …" if left else "All tried; now the work that waits for them …"
            )

        return tried

    def _go_on(self, following: object = None) -> None:
        """Take from the list what no longer waits. What is new is only said; it is listed when nothing else is left.

        `following` is the key of the row that follows in what the operator sees.
        """
        keys = [row.key for row in self._listed]
        waiting = self._waiting()
        staying = [row for row in self._listed if (row.key, row.hash) in waiting]
        left = {row.key for row in staying}
        at = following if following in left else self.row.get("key")
        wanted = view.next_key(keys, str(at), left)
        if not staying:
            self.list_anew(wanted)
            return
        self._list(staying, waiting)
        self._look_at(wanted)

    def _look_at(self, key: str | None) -> None:
        row = next((each for each in self._listed if each.key == key), None) or next(iter(self._listed), None)
        self.row = {} if row is None else view.whole(self._company, row)
        if row is not None:
            self._moved(row.key)

    def _say(self, message: str, *, accepted: bool, **more: object) -> None:
        """Say it; the number makes the same words twice two messages."""
        number = self.said.get("number", 0) + 1
        self.said = {"message": message, "accepted": accepted, "number": number, **more}


def _named(rows: Sequence[QueueRow]) -> set[bulk.Named]:
    return {(row.key, row.hash) for row in rows}


def _forms(company: Company, id_: str) -> dict[str, Any]:
    """Return each decision's title and meaning, and what a form counts in."""
    return {
        "decisions": {
            word: {"title": view.TITLES[word], "meaning": view.MEANING[word]} for word in view.FIELDS
        },
        "tomorrow": (company.today + timedelta(days=1)).isoformat(),
        "base": company.settings.base_currency,
        "company": id_,
        "most": bulk.MAX_ROWS,
    }
