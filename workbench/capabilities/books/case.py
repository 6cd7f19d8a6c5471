"""Everything one transaction is judged on, at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from opc_kernel.approvals.queue import QueueRow
from workbench.capabilities.books.categories.advice import Advice
from workbench.capabilities.books.categories.covering import StandingRule
from workbench.capabilities.books.categories.habit import Habit
from workbench.capabilities.books.matching import judging
from workbench.capabilities.books.matching.calibration import Calibration
from workbench.capabilities.books.matching.document import Payment
from workbench.capabilities.books.matching.experience import Experience
from workbench.capabilities.books.matching.explanation import Explanation
from workbench.capabilities.books.months.lock import Months
from workbench.capabilities.books.receipts.evidence import Evidence
from workbench.capabilities.books.refunds import Refundable, SentBack
from workbench.capabilities.books.transfers import OtherSide

MIN_PROBABILITY = 0.95
"""What is settled alone was at least so often right before, as soon as that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One transaction; `at_stake` is its worth in the base currency, None where no recent rate says."""

    payment: Payment
    state: str
    at_stake: Decimal | None
    ranked: Sequence[Explanation]
    rivals: Sequence[Payment]
    rule: StandingRule | None
    habit: Habit | None
    """What the operator always books it as, where nothing speaks for a document or another account."""
    advise: Callable[[], Advice]
    """Says what a question tells of categories; asked only where there is a question."""
    booked_before: Mapping[str, int]
    """How often the operator gave payments like it each category."""
    decisions: int
    """How often the operator gave any payment a category."""
    paid_before: Mapping[str, date]
    """Invoices the payment names although another payment, of that day, took them."""
    others: list[OtherSide]
    """Transactions on other own accounts that may be its other side."""
    refundables: list[Refundable]
    """Earlier transactions with the same party that it may give back."""
    sent_back: SentBack | None = None
    """What sends it back whole, where it pays what was paid before."""
    past: Experience
    months: Months
    """Which months are closed: where it is posted."""
    calibration: Calibration
    was_undone: bool
    """Whether the operator took a booking of it back: then nothing of it is settled alone again."""
    asked: QueueRow | None = None
    """The open row about it, if there is one."""
    receipts: Sequence[Evidence] = ()
    """The receipts that were found for it."""

    @property
    def best(self) -> Explanation | None:
        """Return what explains it best."""
        return self.ranked[0] if self.ranked else None

    @property
    def doubts(self) -> list[str]:
        """Why the best explanation is not certain."""
        found = judging.doubts(self.ranked, self.payment, self.rivals, self.past)
        if self.was_undone:
            found.insert(0, "you took its booking back")
        if self.probability is not None and self.probability < MIN_PROBABILITY:
            found.append(f"fewer than {MIN_PROBABILITY:.0%} of such scores were right here")
        return found

    @property
    def probability(self) -> float | None:
        """How probable the best is, by the company's own past; None where too little is known or more is doubtful."""
        return self.calibration.probability(self.ranked[0].score) if self.is_clear else None

    @property
    def is_clear(self) -> bool:
        """Whether nothing but experience is missing for the best explanation."""
        return judging.is_clear(self.ranked, self.payment, self.rivals, self.past)

    def explanation(self, choice: str) -> Explanation | None:
        """Return the explanation an option stands for, if it still fits."""
        return next((each for each in self.ranked if choice_of(each) == choice), None)


def choice_of(explanation: Explanation) -> str:
    """Name an explanation by its documents and how much of each, so that an answer means what was shown."""
    return "+".join(f"{part.document.stream}={part.amount.normalize():f}" for part in explanation.parts)
