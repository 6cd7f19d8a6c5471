"""What the bookkeeper has at hand: open documents and what was learned, brought up to date before each transaction.

It is a cache of read models for as long as one agent works: only what changed since is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date

from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql
from workbench.capabilities.books.events import PACKAGE
from workbench.capabilities.books.matching.document import Document
from workbench.capabilities.books.matching.experience import Experience, Lesson, experience
from workbench.capabilities.books.matching.index import Documents

_FIELDS = tuple(field.name for field in fields(Document))


class Desk:
    """Documents and lessons of one company, up to a position each."""

    def __init__(self) -> None:
        self.documents = Documents()
        self.past = Experience()
        self._lessons: list[Lesson] = []
        self._document = 0
        self._lesson = 0
        self._weighed_on: date | None = None

    def update(self, company: Queryable, today: date) -> None:
        """Take in what has changed since the last time."""
        for row in company.query(load_sql(PACKAGE, "documents"), after=self._document).dicts():
            self._document = row["position"]
            self.documents.put(Document(**{name: row[name] for name in _FIELDS}))
        learned = company.query(load_sql(PACKAGE, "lessons"), after=self._lesson).dicts()
        for row in learned:
            self._lesson = row["position"]
            self._lessons.append(lesson_of(row))
        if learned or self._weighed_on != today:
            self.past = experience(self._lessons, today)
            self.documents.aliases = self.past.aliases
            self._weighed_on = today


def lesson_of(row: Mapping[str, object]) -> Lesson:
    """Return a row of `lessons.sql` as what it says."""
    assert isinstance(row["said_on"], date)
    return Lesson(
        counterparty=str(row["counterparty"] or ""),
        party=str(row["party"]),
        pattern=str(row["pattern"]),
        on=row["said_on"],
        right=bool(row["is_right"]),
    )
