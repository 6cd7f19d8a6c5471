"""Weeks on the company's clock, Monday to Sunday, and what fell into each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from opc_kernel.errors import KernelError

WEEK = timedelta(days=7)
DAYS = 7
NAMED = re.compile(r"\d{4}-W\d{2}")


class NotAWeek(KernelError):
    """A week was named as no week is."""

    def __init__(self, week: str) -> None:
        super().__init__(f"{week!r} is no week.", "Name it with its year, such as 2026-W44.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weeks:
    """A week and those before it, the oldest first; `monday` is the day the week itself begins on."""

    monday: date
    count: int
    zone: ZoneInfo

    @property
    def mondays(self) -> list[date]:
        """The days the weeks begin on."""
        return [self.monday - WEEK * back for back in reversed(range(self.count))]

    @property
    def end(self) -> date:
        """The Monday after the week."""
        return self.monday + WEEK

    @property
    def name(self) -> str:
        """The week as it is named: 2026-W44."""
        return f"{self.monday:%G-W%V}"

    def instant(self, on: date) -> datetime:
        """Return when a day begins, in UTC."""
        return datetime.combine(on, time(), self.zone).astimezone(UTC)

    def by_day(self, instants: Iterable[datetime]) -> list[int]:
        """Return how many instants fell on each day of the week and the one before."""
        counts = Counter(at.astimezone(self.zone).date() for at in instants)
        first = self.monday - WEEK
        return [counts[first + timedelta(days=at)] for at in range(2 * DAYS)]

    def by_week(self, instants: Iterable[datetime]) -> list[int]:
        """Return how many instants fell into each week."""
        counts = Counter(_monday(at.astimezone(self.zone).date()) for at in instants)
        return [counts[monday] for monday in self.mondays]


def weeks(named: str, today: date, zone: ZoneInfo, *, count: int) -> Weeks:
    """Return a week that is named, or the last whole one before today, with those before it. Raises NotAWeek."""
    return Weeks(monday=_named(named) if named else _monday(today) - WEEK, count=max(count, 2), zone=zone)


def labels(mondays: Sequence[date]) -> list[str]:
    """Return short names of weeks."""
    return [f"{monday.day} {monday:%b}" for monday in mondays]


def _monday(on: date) -> date:
    return on - timedelta(days=on.weekday())


def _named(week: str) -> date:
    try:
        if not NAMED.fullmatch(week):
            raise ValueError(week)
        return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    except ValueError:
        raise NotAWeek(week) from None
