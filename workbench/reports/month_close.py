"""The month's closing as a report: what it comes to, what stands in its way, and the request that waits for a word."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any

from workbench import view_books
from workbench.capabilities.books.months.lock import in_words
from workbench.capabilities.books.months.plan import Step, blocking
from workbench.closing import Asked, close_so_far, look_at, request_close
from workbench.company import Company
from workbench.reports.part import part, titled
from workbench.view_page import Markup, counted, soft, word

CHANNEL = "job"


class MonthClose:
    """One month on its way to be closed; `ask` requests it, and nobody but the operator approves it."""

    def __init__(self, company: Company, month: str = "") -> None:
        """Without a month it is the one before the company's present one. Raises NotAMonth."""
        self._company = company
        self.month = month or _before(company)
        look_at(company, self.month)

    @cached_property
    def books(self) -> view_books.Month:
        """The month as it stood when it was first looked at."""
        return view_books.month(self._company, self.month)

    @property
    def missing(self) -> tuple[Step, ...]:
        """What still stands in the way."""
        return blocking(self.books.steps, forgiven=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was booked in it."""
        return not (self.books.result or self.books.cash)

    @property
    def may_be_asked(self) -> bool:
        """Whether a request makes sense: there is something to close, it is over, and it is not closed."""
        over = self.books.as_of < self._company.today
        return over and not self.is_empty and not self.books.is_closed

    @part
    def glance(self) -> Markup:
        """Return what the month comes to."""
        if self.is_empty:
            return titled(
                in_words(self.month), soft("Nothing was booked in this month: there is nothing to close.")
            )
        return titled(in_words(self.month), view_books.glance(self.books), view_books.cash(self.books))

    @part
    def way(self) -> Markup:
        """Return what stands in the way of closing."""
        return Markup() if self.is_empty else view_books.checklist(self.books)

    def ask(self) -> dict[str, Any]:
        """Request the closing, or look again at what was in the way; return how far that got.

        A row that waits for the operator and still says what is so is left as it is.
        """
        if not self.may_be_asked:
            return {"asked": False}
        asked = self._waiting() or request_close(self._company, self.month, channel=CHANNEL)
        row = asked.row
        return {
            "asked": True,
            "closed": asked.is_closed,
            "row": row.key if row else None,
            "says": row.summary if row else "",
        }

    @part
    def asked(self, done: dict[str, Any] | None) -> Markup:
        """Return what came of the request; of a rehearsal, what it would be."""
        return titled("The request", *self._told(done))

    def summary(self, done: dict[str, Any] | None) -> str:
        """The report in one line."""
        name = in_words(self.month)
        if self.books.is_closed:
            return f"{name} is closed"
        if self.is_empty:
            return f"{name}: nothing was booked"
        missing = counted(len(self.missing), "step")
        way = (
            f"{missing} {'misses' if len(self.missing) == 1 else 'miss'} something"
            if self.missing
            else "nothing is missing"
        )
        waits = ", a row waits for you" if done and done.get("row") else ""
        return f"{name}: {way}{waits}"

    def _waiting(self) -> Asked | None:
        asked = close_so_far(self._company, self.month)
        if asked.row is None or (asked.row.kind == "blocked" and not self.missing):
            return None
        return asked

    def _told(self, done: dict[str, Any] | None) -> list[Markup]:
        if self.books.is_closed:
            return [word(f"{in_words(self.month)} is closed; nothing was asked.", good=True)]
        if not self.may_be_asked:
            return [soft("Nothing was asked.")]
        if done is None:
            return [soft("A rehearsal asks for nothing; in production this month's closing is requested.")]
        if done.get("row"):
            short = str(done["row"]).partition("/")[2][:10]
            return [word(f"{done['says']}"), soft(f"It waits for you: workbench queue show {short}")]
        return [soft("It was requested, and is being worked on: see 'workbench task list'.")]


def _before(company: Company) -> str:
    return f"{company.today.replace(day=1) - timedelta(days=1):%Y-%m}"
