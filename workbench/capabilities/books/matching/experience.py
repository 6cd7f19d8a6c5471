"""What the operator's decisions taught: who pays under which name, what is not the same, which patterns held.

Everything fades: what was said a year ago counts half of what is said today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from workbench.capabilities.books.matching import names

HALF_LIFE_DAYS = 365
ENOUGH = 0.5
"""An alias or a negative counts from this weight on: one decision, until it is a year old."""
SEEN = 1.5
"""A pattern was seen when it held about twice lately."""
MOST_WRONG = 0.02
"""The share of wrong ones, by weight, that a pattern may have had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One decision: a payer of that name paid for the party, or (not `right`) did not.

    `pattern` is empty where more than experience was missing: then it says nothing of its kind.
    """

    counterparty: str
    party: str
    pattern: str
    on: date
    right: bool


@dataclass(slots=True)
class _Weights:
    right: float = 0.0
    wrong: float = 0.0

    def add(self, weight: float, *, right: bool) -> None:
        if right:
            self.right += weight
        else:
            self.wrong += weight


@dataclass(frozen=True, slots=True)
class Experience:
    """The lessons of the past, weighed for a day."""

    pairs: Mapping[tuple[str, str], _Weights] = field(default_factory=dict)
    patterns: Mapping[str, _Weights] = field(default_factory=dict)

    @property
    def aliases(self) -> dict[str, frozenset[str]]:
        """For each name of a payer, the parties that were confirmed under it."""
        found: dict[str, set[str]] = defaultdict(set)
        for (payer, party), weights in self.pairs.items():
            if weights.right >= ENOUGH and weights.right > weights.wrong:
                found[payer].add(party)
        return {payer: frozenset(parties) for payer, parties in found.items()}

    def later(self, days: int, said: Iterable[Lesson], today: date) -> Experience:
        """Return it some days later, with what the operator said meanwhile: what it knows fades, all of it alike."""
        left = 0.5 ** (days / HALF_LIFE_DAYS)
        new = experience(said, today)
        return Experience(_added(self.pairs, left, new.pairs), _added(self.patterns, left, new.patterns))

    def denies(self, counterparty: str, party: str) -> bool:
        """Whether the operator said, and has not said otherwise since, that this payer does not pay for the party."""
        weights = self.pairs.get((names.plain(counterparty), party))
        return weights is not None and weights.wrong >= ENOUGH and weights.wrong > weights.right

    def knows(self, pattern: str) -> bool:
        """Whether explanations of this pattern were confirmed, and next to never declined."""
        weights = self.patterns.get(pattern)
        if weights is None or weights.right < SEEN:
            return False
        return weights.wrong <= MOST_WRONG * (weights.right + weights.wrong)


def experience(lessons: Iterable[Lesson], today: date) -> Experience:
    """Weigh the operator's lessons for a day."""
    pairs: dict[tuple[str, str], _Weights] = defaultdict(_Weights)
    patterns: dict[str, _Weights] = defaultdict(_Weights)
    for lesson in lessons:
        weight = 0.5 ** (max((today - lesson.on).days, 0) / HALF_LIFE_DAYS)
        if lesson.pattern:
            patterns[lesson.pattern].add(weight, right=lesson.right)
        if lesson.counterparty and lesson.party:
            pairs[names.plain(lesson.counterparty), lesson.party].add(weight, right=lesson.right)
    return Experience(dict(pairs), dict(patterns))


_Key = TypeVar("_Key")


def _added(known: Mapping[_Key, _Weights], left: float, new: Mapping[_Key, _Weights]) -> dict[_Key, _Weights]:
    faded = {key: _Weights(each.right * left, each.wrong * left) for key, each in known.items()}
    for key, each in new.items():
        before = faded.setdefault(key, _Weights())
        before.right += each.right
        before.wrong += each.wrong
    return faded
