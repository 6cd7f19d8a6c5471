"""A habit: payments of the same words that the operator always books alike. Pure, and strict: what it says is booked.

It takes three confirmations, nothing said otherwise lately, a usual amount, and a learner that is sure of it and
whose past answers were right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from workbench.capabilities.books.categories.decision import NEVER_GUESSED, Decision
from workbench.capabilities.books.categories.words import shape_of
from workbench.capabilities.books.matching.document import Payment

if TYPE_CHECKING:
    from workbench.capabilities.books.categories.learner import Calibration, Learner

CONFIRMED = 3
"""So often must the operator have booked the same so."""
LATELY = timedelta(days=365)
LEAST, MOST = Decimal("0.5"), Decimal("1.5")
"""The usual range: from half the smallest to one and a half times the largest confirmed amount."""
MIN_PROBABILITY = 0.85
MIN_N = 12
"""With fewer decisions the calibration says too little."""
MAX_BRIER = 0.15
MAX_WRONG = 0.05
"""The share of the learner's own answers, each left out once, that may have been wrong."""
LOOK_EVERY = 20
"""After so many decisions rules are looked for, whatever they were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """A category that needs no question, with what speaks for it in words and in numbers."""

    category: str
    reason: str
    probability: float
    evidence: dict[str, float]


def habit_of(payment: Payment, alike: Sequence[Decision]) -> str | None:
    """Return the category that payments of these words always had; `alike` also holds what is only of its name."""
    lately = [one for one in alike if one.payment.booked_on >= payment.booked_on - LATELY]
    categories = {one.category for one in lately}
    shape = shape_of(payment)
    same = [one.payment for one in lately if shape and shape_of(one.payment) == shape]
    same = [one for one in same if one.currency == payment.currency]
    if len(categories) != 1 or categories & NEVER_GUESSED or len(same) < CONFIRMED:
        return None
    return categories.pop() if _is_usual(payment, same) else None


def certain(payment: Payment, category: str, learner: Learner, confirmed: int) -> Habit | None:
    """Return the habit if the learner answers the same, surely, and has been right on the company's own history."""
    from workbench.capabilities.books.categories.learner import Answer, answer

    found = answer(learner, payment)
    if not isinstance(found, Answer) or found.category != category or found.probability < MIN_PROBABILITY:
        return None
    if not is_reliable(learner.calibration):
        return None
    evidence = {
        "probability": found.probability,
        "confirmed": float(confirmed),
        "n": float(learner.calibration.n),
        "brier": learner.calibration.brier,
    }
    reason = f"{found.reason}, {confirmed} times alike; {found.probability:.0%}, {learner.calibration}"
    return Habit(category=category, reason=reason, probability=found.probability, evidence=evidence)


def is_reliable(calibration: Calibration) -> bool:
    """Whether what the learner answers has proved right often enough to act on it."""
    wrong = calibration.answered - calibration.right
    return (
        calibration.n >= MIN_N
        and calibration.brier <= MAX_BRIER
        and calibration.answered > 0
        and wrong <= MAX_WRONG * calibration.answered
    )


def is_cause_to_look(decisions: int, alike: int) -> bool:
    """Whether a decision, the n-th of all and of its like, is cause to look for rules: now and then, not each time."""
    times, left = divmod(alike, CONFIRMED)
    doubled = left == 0 and times > 0 and times & (times - 1) == 0  # 3, 6, 12, 24, …
    return doubled or decisions % LOOK_EVERY == 0


def _is_usual(payment: Payment, same: Sequence[Payment]) -> bool:
    amounts = [abs(one.amount) for one in same]
    return LEAST * min(amounts) <= abs(payment.amount) <= MOST * max(amounts)
