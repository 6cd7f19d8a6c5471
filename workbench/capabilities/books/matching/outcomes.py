"""The scores of the past with what became of them, and what a score is worth by them."""

from __future__ import annotations

from workbench.capabilities.books.matching.calibration import Calibration, calibrated, corrected

GROWTH = 1.05
"""So much must have come before everything is calibrated anew; what was wrong is taken in at once."""


class Outcomes:
    """Scores of bookings by transaction, the oldest first."""

    def __init__(self) -> None:
        self.calibration = Calibration()
        self._past: list[tuple[str, float, bool]] = []
        self._last: dict[str, int] = {}
        self._fresh = False
        self._calibrated = 0

    def add(self, stream: str, score: float | None, *, right: bool) -> None:
        """Take in one outcome; without a score it says that the last one of this transaction was wrong."""
        if score is not None:
            self._last[stream] = len(self._past)
            self._past.append((stream, score, right))
        elif stream in self._last:
            at = self._last[stream]
            self._past[at] = (*self._past[at][:2], False)
        self._fresh = self._fresh or not right

    def weigh(self) -> None:
        """Calibrate anew where that may make a difference."""
        if len(self._past) > self._calibrated * GROWTH:
            self._calibrated = len(self._past)
            self.calibration = calibrated([(score, right) for _, score, right in self._past])
        elif self._fresh:
            self.calibration = corrected(self.calibration, [(score, right) for _, score, right in self._past])
        self._fresh = False
