"""Two records compared: each piece of evidence in words, how sure it is, and what may follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from opc_kernel.memory.identity.field import Bearing, Field
from opc_kernel.memory.identity.fields import FIELDS
from opc_kernel.memory.identity.record import Record
from opc_kernel.memory.identity.weights import Weights, probability, usual

R = TypeVar("R")
Verdict = Literal["same", "doubtful", "different"]

CERTAIN, UNLIKELY = 0.99, 0.02
"""From here on two are the same without a question; below that nobody is asked."""
MIN_AGREEMENTS, MIN_OWN = 2, 2
FOR = frozenset({Bearing.PROVES, Bearing.AGREES})
AGAINST = frozenset({Bearing.CONTRADICTS, Bearing.CHANGED})
STRONG_BITS, CLEAR_BITS = 7.0, 2.0

USUAL = {kind: usual(fields) for kind, fields in FIELDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`bits` is its weight in base 2, for (above 0) or against; `left` and `right` are what was written."""

    field: str
    words: str
    bits: float
    bearing: Bearing
    is_individual: bool = False
    left: str = ""
    right: str = ""

    @property
    def weight(self) -> str:
        """Its weight in words."""
        size = abs(self.bits)
        strength = "strongly " if size >= STRONG_BITS else "" if size >= CLEAR_BITS else "slightly "
        return f"{strength}{'for' if self.bits >= 0 else 'against'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Generic[R]):
    """What speaks for and against two records being one; the weightiest evidence first."""

    left: R
    right: R
    evidence: tuple[Evidence, ...]
    probability: float
    verdict: Verdict

    @property
    def is_contradicted(self) -> bool:
        """Whether anything says that they are two."""
        return any(each.bearing in AGAINST for each in self.evidence)


def compare(left: Record, right: Record, weights: Weights | None = None) -> Comparison[Record]:
    """Compare two records. A person is never a firm: what links them is a fact, not a merge."""
    if left.kind != right.kind:
        return Comparison(left=left, right=right, evidence=(_KINDS,), probability=0.0, verdict="different")
    return compare_by(FIELDS[left.kind], left, right, weights or USUAL[left.kind])


def compare_by(fields: Sequence[Field[R]], left: R, right: R, weights: Weights) -> Comparison[R]:
    """Compare two of anything by fields of it."""
    found = [_evidence(field, left, right, weights) for field in fields]
    evidence = sorted((each for each in found if each is not None), key=lambda each: -abs(each.bits))
    sure = probability(sum(each.bits for each in evidence), weights.odds)
    return Comparison(
        left=left, right=right, evidence=tuple(evidence), probability=sure, verdict=verdict(evidence, sure)
    )


def verdict(evidence: Sequence[Evidence], sure: float) -> Verdict:
    """Say what may follow: only what is likely, and proved or agreed upon several times, is the same."""
    if sure < UNLIKELY:
        return "different"
    against = [each for each in evidence if each.bearing in AGAINST]
    agreeing = [each for each in evidence if each.bearing in FOR]
    is_enough = _is_outweighed(against, agreeing) if against else _is_enough(agreeing)
    return "same" if is_enough and sure >= CERTAIN else "doubtful"


def _is_enough(agreeing: Sequence[Evidence]) -> bool:
    """Whether it is proved, or agreed upon several times: colleagues and households share all but what is one's own."""
    is_proved = any(each.bearing is Bearing.PROVES for each in agreeing)
    is_own = any(each.is_individual for each in agreeing)
    return is_proved or (is_own and len(agreeing) >= MIN_AGREEMENTS)


def _is_outweighed(against: Sequence[Evidence], agreeing: Sequence[Evidence]) -> bool:
    """Whether of name, birthday and id two agree where the third does not, and something else besides.

    So a bride's new name or a mistyped id is no obstacle; a couple's common mailbox, phone and house prove nothing.
    """
    if len(against) > 1 or not against[0].is_individual:
        return False
    kept = against[0].bearing is Bearing.CHANGED
    own = kept + sum(each.is_individual for each in agreeing)
    return own >= MIN_OWN and kept + len(agreeing) > MIN_OWN


def _evidence(field: Field[R], left: R, right: R, weights: Weights) -> Evidence | None:
    reached = field.compare(left, right)
    if reached is None:
        return None
    level = field.levels[reached]
    return Evidence(
        field=field.name,
        words=level.words,
        bits=weights.bits[field.name][reached],
        bearing=level.bearing,
        is_individual=field.is_individual,
        left=field.values(left),
        right=field.values(right),
    )


_KINDS = Evidence(
    field="kind", words="a person is not a firm", bits=float("-inf"), bearing=Bearing.CONTRADICTS
)
