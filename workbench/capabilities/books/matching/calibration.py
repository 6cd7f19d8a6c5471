"""How often scores were right in the company's own past: what a score is worth, and how well that is known.

The probabilities rise with the score (isotonic regression by pooling neighbours: Ayer and others, 1955). The Brier
score is prequential: each decision is judged by what was known before it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

MIN_N = 20
"""With fewer bookings nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """From each score on, the share that was right; `brier` (0 is perfect) and `n` say how well that is known."""

    scores: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    brier: float | None = None
    n: int = 0

    def probability(self, score: float) -> float | None:
        """Return how probable it is that an explanation of this score is right.

        None where too little is known, and for a score lower than any there was.
        """
        at = bisect_right(self.scores, score)
        return self.shares[at - 1] if at and self.n >= MIN_N else None

    def __str__(self) -> str:
        """Say it in a line."""
        if self.n < MIN_N:
            return f"not calibrated yet: {self.n} bookings, {MIN_N} are needed"
        known = "" if self.brier is None else f", Brier score {self.brier:.3f}"
        return f"calibrated on {self.n} of your bookings{known}"


def calibrated(past: Sequence[tuple[float, bool]]) -> Calibration:
    """Calibrate on scores and whether they were right, the oldest first."""
    scores, shares = _isotonic(past)
    return Calibration(scores=scores, shares=shares, brier=_brier(past), n=len(past))


def corrected(known: Calibration, past: Sequence[tuple[float, bool]]) -> Calibration:
    """Take a wrong one in at once; how well that is known, which is the longer work, stays as it was."""
    scores, shares = _isotonic(past)
    return replace(known, scores=scores, shares=shares, n=len(past))


def _isotonic(past: Sequence[tuple[float, bool]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Pool equal scores, then neighbours until the shares rise.

    What is told of a pool has one right and one wrong more than there were, so that none is certain.
    """
    counts: dict[float, list[int]] = {}
    for score, right in sorted(past):
        count = counts.setdefault(score, [0, 0])
        count[0] += right
        count[1] += 1
    pools: list[tuple[float, int, int]] = []
    for score, (hits, every) in counts.items():
        pools.append((score, hits, every))
        while len(pools) > 1 and _is_no_rise(pools[-2], pools[-1]):
            last, before = pools.pop(), pools.pop()
            pools.append((before[0], before[1] + last[1], before[2] + last[2]))
    return tuple(pool[0] for pool in pools), tuple(round(_share(pool), 3) for pool in pools)


def _is_no_rise(before: tuple[float, int, int], last: tuple[float, int, int]) -> bool:
    return before[1] * last[2] >= last[1] * before[2] or _share(before) >= _share(last)


def _share(pool: tuple[float, int, int]) -> float:
    return (pool[1] + 1) / (pool[2] + 2)


def _brier(past: Sequence[tuple[float, bool]]) -> float | None:
    """Judge each decision by those before it; the work is bounded by calibrating anew only now and then."""
    if len(past) <= MIN_N:
        return None
    step = max(1, len(past) // 50)
    known = Calibration()
    errors = []
    for at in range(MIN_N, len(past)):
        if (at - MIN_N) % step == 0:
            scores, shares = _isotonic(past[:at])
            known = Calibration(scores=scores, shares=shares, n=at)
        score, right = past[at]
        foretold = known.probability(score)
        errors += [] if foretold is None else [(foretold - right) ** 2]
    return round(sum(errors) / len(errors), 4) if errors else None
