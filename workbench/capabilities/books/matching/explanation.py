"""One way to explain a payment: which documents it pays, how much of each, and what is left over."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from workbench.capabilities.books.matching import names
from workbench.capabilities.books.matching.document import Document

Difference = Literal[
    "", "bank-fees", "payment-fees", "discount", "exchange", "overpaid", "payout", "rounding"
]
NOTHING = Decimal(0)
AT_THE_RATE = 0.8
"""How well an amount fits that is within a percent of what the recorded rate says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """How much of a document is settled, in its own currency and positive, also for a credit note set off."""

    document: Document
    amount: Decimal

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the document stays open."""
        return self.amount == self.document.open


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`evidence` holds the parts of the score, each 0 to 1; `against` what a person should know before.

    `difference` is what was paid less (negative) or more than the documents ask, in the payment's currency.
    """

    parts: tuple[Part, ...]
    evidence: dict[str, float]
    score: float
    against: tuple[str, ...] = ()
    difference: Decimal = NOTHING
    difference_kind: Difference = ""

    @property
    def numbers(self) -> str:
        """What the documents are called."""
        return " + ".join(part.document.number for part in self.parts)

    @property
    def difference_category(self) -> str:
        """Return as what the difference is booked."""
        return "payment-fees" if self.difference_kind == "payout" else self.difference_kind

    @property
    def is_exact(self) -> bool:
        """Whether the documents ask exactly what was paid, and all of it."""
        return not self.difference and all(part.is_whole for part in self.parts)

    @property
    def is_named(self) -> bool:
        """Whether the payment names every document."""
        return self.evidence["reference"] == 1

    @property
    def is_partial(self) -> bool:
        """Whether something of a document stays open."""
        return not all(part.is_whole for part in self.parts)

    @property
    def pattern(self) -> str:
        """Of which kind it is: what was confirmed for one explanation speaks for others of its kind.

        A difference is a habit of its party: the same fee or discount again.
        """
        number = "one" if len(self.parts) == 1 else "several"
        return f"{number}, {self._amount}, {self._reference}, {self._name}"

    @property
    def _amount(self) -> str:
        if not self.difference:
            return "partial" if self.is_partial else "exact"
        if self.difference_kind == "rounding":
            return "rounding"
        if self.difference_kind == "exchange":
            return "exchange" if self.evidence["amount"] < AT_THE_RATE else "exchange at the recorded rate"
        parties = " and ".join(sorted({part.document.party for part in self.parts}))
        return f"{self.difference_kind}{self._usual} of {parties}"

    @property
    def _usual(self) -> str:
        """How much of a difference comes again: a fee's amount, a discount's percentage."""
        if self.difference_kind == "discount":
            asked = sum(part.amount for part in self.parts)
            return f" {abs(self.difference) / asked:.1%}"
        return f" {abs(self.difference):.2f}"

    @property
    def _reference(self) -> str:
        if self.is_named:
            return "named"
        return "some named" if self.evidence["reference"] else "unnamed"

    @property
    def _name(self) -> str:
        fit = self.evidence["name"]
        if fit >= names.CLEAR:
            return "same name"
        return "like name" if fit >= names.ODD else "other name"
