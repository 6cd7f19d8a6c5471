"""Whether a rule covers a payment: the one place that reads a rule's words. Pure, and light to import."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from workbench.capabilities.books.matching.document import Payment
from workbench.settings import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRule:
    """A rule in force. `stream` is where it was adopted, with its version; the settings' own have neither."""

    id: str
    rule: Rule
    stream: str | None = None
    version: int = 0

    @property
    def category(self) -> str:
        """What it books payments as."""
        return self.rule.category

    @property
    def guard(self) -> dict[str, int]:
        """The version that what rests on it relies on: a rule that was dropped meanwhile books nothing."""
        return {self.stream: self.version} if self.stream else {}


def covering(payment: Payment, rules: Iterable[StandingRule]) -> StandingRule | None:
    """Return the first rule that covers a payment."""
    return next((each for each in rules if covers(each.rule, payment)), None)


def covers(rule: Rule, payment: Payment) -> bool:
    """Whether a rule covers a payment: any of its words stands anywhere in the counterparty or the text."""
    if rule.direction != direction(payment):
        return False
    text = text_of(payment)
    return any(word.casefold() in text for word in rule.contains)


def direction(payment: Payment) -> Literal["in", "out"]:
    """Which way the money moved, as rules say it."""
    return "in" if payment.amount > 0 else "out"


def text_of(payment: Payment) -> str:
    """Return what rules look into."""
    return f"{payment.counterparty}\n{payment.text}".casefold()
