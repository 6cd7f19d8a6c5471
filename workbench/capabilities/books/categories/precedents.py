"""What the operator has decided about categories, brought up to date before it is asked, and learned from lazily."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql
from workbench.capabilities.books.categories.covering import direction
from workbench.capabilities.books.categories.decision import Decision
from workbench.capabilities.books.categories.events import PACKAGE
from workbench.capabilities.books.categories.words import shape_of
from workbench.capabilities.books.matching import names
from workbench.capabilities.books.matching.document import Payment

if TYPE_CHECKING:
    from workbench.capabilities.books.categories.learner import Learner

_Key = tuple[str, object]


class Precedents:
    """One company's decisions about categories up to a position, the oldest first."""

    def __init__(self) -> None:
        self._decisions: dict[str, Decision] = {}
        self._alike: dict[_Key, dict[str, Decision]] = defaultdict(dict)
        self._position = 0
        self._learner: Learner | None = None

    def update(self, company: Queryable) -> None:
        """Take in what has changed since the last time."""
        rows = company.query(load_sql(PACKAGE, "precedents"), after=self._position).dicts()
        for row in rows:
            self._position = row["position"]
            self.put(row["stream"], decision_of(row) if row["stands"] else None)

    @property
    def decisions(self) -> list[Decision]:
        """All of them, those about the oldest payments first."""
        return sorted(self._decisions.values(), key=lambda one: one.payment.booked_on)

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self._decisions)

    @property
    def learner(self) -> Learner:
        """What was learned from all of them; learned again only where some are new."""
        if self._learner is None:
            from workbench.capabilities.books.categories.learner import learn

            self._learner = learn(self.decisions)
        return self._learner

    def alike(self, payment: Payment) -> list[Decision]:
        """Return the decisions about payments of the same name, or of the same words, and the same direction."""
        found: dict[str, Decision] = {}
        for key in _keys(payment):
            found |= self._alike.get(key, {})
        return sorted(found.values(), key=lambda one: one.payment.booked_on)

    def times(self, payment: Payment) -> Counter[str]:
        """Return how often payments like this one were given each category."""
        return Counter(one.category for one in self.alike(payment))

    def put(self, stream: str, decision: Decision | None) -> None:
        """Take in one transaction's decision; None: it stands no more."""
        self._learner = None
        before = self._decisions.pop(stream, None)
        for key in _keys(before.payment) if before else ():
            del self._alike[key][stream]
        if decision is not None:
            self._decisions[stream] = decision
            for key in _keys(decision.payment):
                self._alike[key][stream] = decision


def decision_of(row: Mapping[str, Any]) -> Decision:
    """Return a decision as a row of precedents.sql has it."""
    return Decision(payment=payment_of(row), category=row["category"], event_id=row["mapping"])


def payment_of(row: Mapping[str, Any]) -> Payment:
    """Return the payment a row holds."""
    return Payment(**{field.name: row[field.name] for field in fields(Payment)})


def _keys(payment: Payment) -> list[_Key]:
    way = direction(payment)
    name = names.plain(payment.counterparty)
    return [(way, shape_of(payment)), *([(way, name)] if name else [])]
