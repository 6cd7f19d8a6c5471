"""A clock that stands still until a test moves it: nothing waits, and every run sees the same instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FrozenClock:
    """Shows one instant until it is told to move."""

    def __init__(self, at: str = "2026-11-02T09:00:00+00:00") -> None:
        self._now = datetime.fromisoformat(at).astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant it stands at."""
        return self._now

    def move(self, **delta: float) -> None:
        """Move by a timedelta's arguments, backwards too."""
        self._now += timedelta(**delta)
