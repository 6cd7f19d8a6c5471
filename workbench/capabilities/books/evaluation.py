"""How the bookkeeper would have done on the company's own past, beside what was finally booked; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from opc_kernel.flow.outcome import Ask, Done, Outcome, Propose
from workbench.capabilities.books.bookkeeper import judge
from workbench.capabilities.books.case import Case
from workbench.capabilities.books.events import (
    PaymentMatched,
    RefundLinked,
    TransactionCategorised,
    TransferLinked,
)
from workbench.capabilities.books.matching.calibration import Calibration, calibrated
from workbench.capabilities.books.matching.document import Document, Payment
from workbench.capabilities.books.past import Past, Settled
from workbench.capabilities.books.replay import replayed
from workbench.capabilities.books.transfers import OWN_TRANSFER
from workbench.settings import Settings

Verdict = Literal["right", "wrong", "needless", "asked"]
VERDICTS: dict[Verdict, str] = {
    "right": "settled alone, right",
    "wrong": "settled alone, wrong",
    "needless": "asked, although the best was right",
    "asked": "asked rightly",
}
BANDS = tuple((Decimal(edge), f"under {edge:,}") for edge in (100, 1_000, 10_000))
LAST_BAND, NO_RATE = "10,000 and more", "no recent rate"
BAND_NAMES = (*(name for _, name in BANDS), LAST_BAND, NO_RATE)
"""Bands of what a transaction was worth in the base currency, in their order."""
BINS = 10
GIVEN_BACK = "gives back"
TAKEN_BACK = "nothing: you took its booking back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a booking says: parts of documents, a transaction that it belongs to, or a category."""

    parts: frozenset[tuple[str, Decimal]] = frozenset()
    category: str = ""
    other: str = ""
    """The other side of a transfer, or the transaction that it gives back."""

    def is_of(self, final: Meaning) -> bool:
        """Whether it says what was finally booked; half a transfer says all that can be said before the other half."""
        if self.category == final.category == OWN_TRANSFER and not (self.other and final.other):
            return True
        return self == final


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """How to name what a meaning is about; every document and transaction of a booking is one of the past."""

    documents: Mapping[str, Document]
    payments: Mapping[str, Payment]

    def words(self, meaning: Meaning) -> str:
        """Say in words what a booking says."""
        named = sorted(
            f"{self.documents[stream].number} {amount:,.2f} {self.documents[stream].currency}"
            for stream, amount in meaning.parts
        )
        return " + ".join(named) or self._of_other(meaning) or meaning.category or "nothing"

    def _of_other(self, meaning: Meaning) -> str:
        other = self.payments.get(meaning.other)
        if other is None:
            return ""
        return f"{meaning.category}, {other.amount:+,.2f} {other.currency} of {other.booked_on:%d %b %Y}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One transaction of the past: what would have been said, and what was finally booked."""

    settled: Settled
    alone: bool
    right: bool
    """Whether the best that was seen is what was finally booked."""
    said: str
    booked: str
    because: str
    pattern: str
    score: float | None
    at_stake: Decimal | None

    @property
    def verdict(self) -> Verdict:
        """Which of the four it is: 'wrong' is a false positive, 'needless' a false negative."""
        if self.alone:
            return "right" if self.right else "wrong"
        return "needless" if self.right else "asked"

    @property
    def band(self) -> str:
        """The amount band, in the base currency."""
        return band(self.at_stake)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many of a group were which."""

    right: int = 0
    wrong: int = 0
    needless: int = 0
    asked: int = 0

    @property
    def all(self) -> int:
        """How many there are."""
        return self.right + self.wrong + self.needless + self.asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Explanations of about the same score, and how many of them were right."""

    least: float
    score: float
    """Their mean."""
    n: int
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Everything judged, the oldest first; `calibration` rests on what the operator decided alone."""

    judged: tuple[Judged, ...] = ()
    calibration: Calibration = field(default_factory=Calibration)
    bins: tuple[Bin, ...] = ()

    @property
    def counts(self) -> Counts:
        """How many were which."""
        return _count(self.judged)

    @property
    def by_operator(self) -> int:
        """How many the operator decided: of the others nobody has said more than that they stand."""
        return sum(each.settled.by_operator for each in self.judged)

    def of(self, verdict: Verdict) -> list[Judged]:
        """Return those of one verdict, most money first; what nobody knows the worth of comes before all."""
        return sorted(
            (each for each in self.judged if each.verdict == verdict),
            key=lambda each: -Decimal("Infinity") if each.at_stake is None else -abs(each.at_stake),
        )

    def by(self, group: Callable[[Judged], str]) -> dict[str, Counts]:
        """Count by a group, the largest group first."""
        groups: dict[str, list[Judged]] = {}
        for each in self.judged:
            groups.setdefault(group(each), []).append(each)
        largest = sorted(groups, key=lambda name: (-len(groups[name]), name))
        return {name: _count(groups[name]) for name in largest}

    def by_band(self) -> dict[str, Counts]:
        """Count by amount band, the smallest first."""
        counts = self.by(lambda each: each.band)
        return {name: counts[name] for name in BAND_NAMES if name in counts}


def evaluate(past: Past, settings: Settings, seen: Callable[[int], None] = lambda _: None) -> Evaluation:
    """Judge every settled transaction as if it came anew. Pure; `seen` hears how many are done."""
    names = _Names(
        documents={document.stream: document for document in past.documents},
        payments={each.payment.stream: each.payment for each in past.transactions},
    )
    judged = []
    for done, (settled, case) in enumerate(replayed(past, settings), start=1):
        judged.append(_judged(settled, case, settings, names))
        seen(done)
    taught = [
        (each.score, each.right) for each in judged if each.settled.by_operator and each.score is not None
    ]
    return Evaluation(judged=tuple(judged), calibration=calibrated(taught), bins=tuple(_bins(taught)))


def band(at_stake: Decimal | None) -> str:
    """Name the band an amount lies in."""
    if at_stake is None:
        return NO_RATE
    return next((name for edge, name in BANDS if abs(at_stake) < edge), LAST_BAND)


def _judged(settled: Settled, case: Case, settings: Settings, names: _Names) -> Judged:
    outcome = judge(case, settings)
    said, booked = _said(outcome, case), _booked(settled, case)
    return Judged(
        settled=settled,
        alone=isinstance(outcome, Done),
        right=said.is_of(booked),
        said=names.words(said),
        booked=names.words(booked),
        because=_because(outcome),
        pattern=case.best.pattern if case.best is not None else _kind(case),
        score=case.best.score if case.best is not None else None,
        at_stake=case.at_stake,
    )


def _said(outcome: Outcome, case: Case) -> Meaning:
    """Return what would have been booked, or what was likeliest by the question."""
    if not isinstance(outcome, Done):
        return _likeliest(case)
    match outcome.writes[0].data:
        case PaymentMatched(parts=parts):
            return _meaning(
                {each.invoice: each.money.decimal if each.money else None for each in parts}, case
            )
        case TransactionCategorised(category=category):
            return Meaning(category=category)
        case RefundLinked(refund_of=refund_of):
            return Meaning(category=GIVEN_BACK, other=refund_of)
        case TransferLinked(other=other):
            return Meaning(category=OWN_TRANSFER, other=other)
        case data:
            raise AssertionError(f"the bookkeeper settles nothing by {data.event_type}")


def _likeliest(case: Case) -> Meaning:
    """Return the best that is known of it: by a document, a rule, another transaction, the learner, in this order."""
    if case.best is not None:
        return Meaning(parts=frozenset((part.document.stream, part.amount) for part in case.best.parts))
    if case.rule is not None:
        return Meaning(category=case.rule.category)
    if case.others:
        return Meaning(category=OWN_TRANSFER, other=case.others[0].stream)
    if case.refundables:
        return Meaning(category=GIVEN_BACK, other=case.refundables[0].stream)
    advice = case.advise()
    return Meaning(category=advice.categories[0] if advice.guess else "")


def _booked(settled: Settled, case: Case) -> Meaning:
    if settled.booking is None:
        return Meaning(category=TAKEN_BACK)
    if settled.parts:
        return _meaning(settled.parts, case)
    if settled.refund_of is not None:
        return Meaning(category=GIVEN_BACK, other=settled.refund_of)
    return Meaning(category=settled.category or "", other=settled.other or "")


def _meaning(parts: Mapping[str, Decimal | None], case: Case) -> Meaning:
    """Return parts as what they say; of old events that name no money, all that was open then."""
    was_open = {part.document.stream: part.amount for each in case.ranked for part in each.parts}
    return Meaning(
        parts=frozenset(
            (stream, was_open.get(stream, Decimal(0)) if amount is None else amount)
            for stream, amount in parts.items()
        )
    )


def _because(outcome: Outcome) -> str:
    match outcome:
        case Done(writes=writes):
            return str(getattr(writes[0].data, "reason", ""))
        case Ask(question=question):
            return question.reason
        case Propose(proposal=proposal):
            return proposal.reason
    return ""


def _kind(case: Case) -> str:
    """Say what was known of a transaction that no document explains."""
    kinds = {
        "a rule": case.rule,
        "own transfer": case.others,
        "money that comes back": case.refundables,
        "a habit": case.habit,
    }
    return f"no document, {next((name for name, known in kinds.items() if known), 'no rule')}"


def _count(judged: Iterable[Judged]) -> Counts:
    seen = Counter(each.verdict for each in judged)
    return Counts(right=seen["right"], wrong=seen["wrong"], needless=seen["needless"], asked=seen["asked"])


def _bins(taught: Sequence[tuple[float, bool]]) -> Iterator[Bin]:
    for at in range(BINS):
        least = at / BINS
        inside = [(score, right) for score, right in taught if min(int(score * BINS), BINS - 1) == at]
        if inside:
            yield Bin(
                least=least,
                score=sum(score for score, _ in inside) / len(inside),
                n=len(inside),
                right=sum(right for _, right in inside),
            )
