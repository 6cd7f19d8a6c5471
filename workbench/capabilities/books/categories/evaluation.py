"""How the learner of categories would have done on the company's own past: asked each month, taught by those before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from workbench.capabilities.books.categories.decision import Decision
from workbench.capabilities.books.categories.learner import (
    Answer,
    Calibration,
    Learner,
    answer,
    learn,
)
from workbench.capabilities.books.past import Past, Settled
from workbench.capabilities.books.transfers import OWN_TRANSFER


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryJudged:
    """One category that the operator gave, and what the learner would have said; `said` is "" where it is unsure."""

    settled: Settled
    said: str
    probability: float | None
    booked: str
    because: str

    @property
    def right(self) -> bool:
        """Whether it would have said what the operator did."""
        return self.said == self.booked


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryEvaluation:
    """The oldest first; `calibration` leaves each decision out once."""

    judged: tuple[CategoryJudged, ...]
    calibration: Calibration

    @property
    def answered(self) -> list[CategoryJudged]:
        """Those it would have answered."""
        return [each for each in self.judged if each.said]

    @property
    def wrong(self) -> list[CategoryJudged]:
        """Those it would have answered otherwise than the operator."""
        return [each for each in self.answered if not each.right]


def evaluate_categories(past: Past) -> CategoryEvaluation:
    """Ask the learner each month's decisions with what it had learned before that month. Pure."""
    decided = [each for each in past.transactions if _is_decision(each)]
    return CategoryEvaluation(
        judged=tuple(_judged_by_month(decided)),
        calibration=learn([_decision(each) for each in decided]).calibration,
    )


def _judged_by_month(decided: Iterable[Settled]) -> Iterator[CategoryJudged]:
    before: list[Decision] = []
    for _, each in groupby(decided, key=lambda one: one.payment.booked_on.replace(day=1)):
        month = list(each)
        learner = learn(before, month[0].payment.booked_on)
        yield from (_judged(learner, settled) for settled in month)
        before += [_decision(settled) for settled in month]


def _judged(learner: Learner, settled: Settled) -> CategoryJudged:
    said = answer(learner, _decision(settled).payment)
    return CategoryJudged(
        settled=settled,
        said=said.category if isinstance(said, Answer) else "",
        probability=said.probability if isinstance(said, Answer) else None,
        booked=settled.category or "",
        because=said.reason,
    )


def _is_decision(settled: Settled) -> bool:
    return settled.by_operator and settled.is_category and settled.category != OWN_TRANSFER


def _decision(settled: Settled) -> Decision:
    return Decision(
        payment=settled.payment, category=settled.category or "", event_id=settled.payment.event_id
    )
