"""What the bookkeeper has at hand: documents, rules and what was learned, up to date before each transaction.

It is a cache of read models for as long as one agent works: only what changed since is asked for. The past that goes by
once more has a desk too, and lays on it what was known then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date

from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql
from workbench.capabilities.books.categories.covering import StandingRule
from workbench.capabilities.books.categories.precedents import Precedents
from workbench.capabilities.books.categories.rules import adopted, of_settings
from workbench.capabilities.books.events import PACKAGE
from workbench.capabilities.books.matching.calibration import Calibration
from workbench.capabilities.books.matching.document import Document
from workbench.capabilities.books.matching.experience import Experience, Lesson, experience
from workbench.capabilities.books.matching.index import Documents
from workbench.capabilities.books.matching.outcomes import Outcomes
from workbench.capabilities.books.matching.payouts import Payout
from workbench.settings import Settings

_FIELDS = tuple(field.name for field in fields(Document))


class Desk:
    """Documents, lessons, rules and decisions of one company, up to a position each."""

    def __init__(self, settings: Settings) -> None:
        self.precedents = Precedents()
        self.adopted: tuple[StandingRule, ...] = ()
        self.documents = Documents()
        self.past = Experience()
        self.payouts: list[Payout] = []
        self.outcomes = Outcomes()
        self._own_rules = of_settings(settings.books.rule)
        self._lessons: list[Lesson] = []
        self._position = 0
        self._document = 0
        self._lesson = 0
        self._payout = 0
        self._outcome = 0
        self._weighed_on: date | None = None

    def update(self, company: Queryable, today: date) -> None:
        """Take in what has changed since the last time."""
        news = company.query(load_sql(PACKAGE, "news"), after=self._position).dicts()[0]
        if news["documents"]:
            self._take_documents(company)
        if news["bookings"] or news["said"]:
            self._take_outcomes(company)
        if news["said"]:
            self._take_payouts(company)
            self._take_lessons(company)
            self.precedents.update(company)
            self.adopted = adopted(company)
        if news["said"] or self._weighed_on != today:
            self.learn(experience(self._lessons, today))
            self._weighed_on = today
        self._position = news["position"]

    def _take_documents(self, company: Queryable) -> None:
        for row in company.query(load_sql(PACKAGE, "documents"), after=self._document).dicts():
            self._document = row["position"]
            self.documents.put(Document(**{name: row[name] for name in _FIELDS}))

    def _take_lessons(self, company: Queryable) -> None:
        for row in company.query(load_sql(PACKAGE, "lessons"), after=self._lesson).dicts():
            self._lesson = row["position"]
            self._lessons.append(lesson_of(row))

    @property
    def rules(self) -> tuple[StandingRule, ...]:
        """The rules in force: the operator's own first, then the adopted ones."""
        return (*self._own_rules, *self.adopted)

    @property
    def calibration(self) -> Calibration:
        """What a score is worth, by the company's own past."""
        return self.outcomes.calibration

    def learn(self, past: Experience) -> None:
        """Judge by this experience from now on."""
        self.past = past
        self.documents.aliases = past.aliases

    def _take_outcomes(self, company: Queryable) -> None:
        for row in company.query(load_sql(PACKAGE, "outcomes"), after=self._outcome).dicts():
            self._outcome = row["position"]
            self.outcomes.add(row["stream"], row["score"], right=row["is_right"])
        self.outcomes.weigh()

    def _take_payouts(self, company: Queryable) -> None:
        for row in company.query(load_sql(PACKAGE, "payouts"), after=self._payout).dicts():
            self._payout = row["position"]
            self.payouts.append(Payout.of(row["payer"], row["paid"], row["count"], row["fee"]))


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
