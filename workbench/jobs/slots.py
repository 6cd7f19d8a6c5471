"""Which instants a cron line names, also on the days the clock changes, and what becomes of those that have passed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from workbench.jobs.rule import Missed

AT_ONCE = 5_000
"""So many that have passed are looked at in one go; the next look goes on."""
STALE = "it was due too long ago"
GRACE = timedelta(minutes=1)
"""A run that begins so late is still on time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Slots that won't be run, in their order."""

    slots: tuple[datetime, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is to be done about the slots that have passed."""

    run: datetime | None = None
    passed: tuple[Passed, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether no slot has passed."""
        return self.run is None and not self.passed


def slots(cron: str, zone: ZoneInfo, *, after: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the instants in UTC that a cron line names, later than `after` and not later than `until`.

    As cron on Debian does it: a time of day that does not exist on a day is run right after the gap, one that comes
    twice is run once; what runs every so many minutes or hours takes both hours.
    """
    for local in CronSim(cron, after.astimezone(zone)):
        slot = local.astimezone(UTC)
        if slot > until:
            return
        if slot > after:  # within the hour that comes twice, the first of them may be named again
            yield slot


def next_slot(cron: str, zone: ZoneInfo, *, after: datetime) -> datetime:
    """Return the first instant after another that a cron line names."""
    return next(slots(cron, zone, after=after, until=datetime.max.replace(tzinfo=UTC)))


def due(missed: Missed, passed: Sequence[datetime], *, now: datetime, stale_after: timedelta) -> Due:
    """Say which of the slots that have passed, the oldest first, is run now, and which never will be."""
    stale = tuple(slot for slot in passed if now - slot > max(stale_after, GRACE))
    fresh = tuple(passed[len(stale) :])
    gone = _passed(stale, STALE)
    match missed:
        case "each":
            return Due(run=fresh[0] if fresh else None, passed=gone)
        case "latest":
            older = _passed(fresh[:-1], "a newer one takes its place")
            return Due(run=fresh[-1] if fresh else None, passed=(*gone, *older))
        case "skip":
            on_time = fresh[-1] if fresh and now - fresh[-1] <= GRACE else None
            skipped = _passed(
                fresh[:-1] if on_time else fresh, "its time had passed, and its rule is to skip it"
            )
            return Due(run=on_time, passed=(*gone, *skipped))


def _passed(slots: tuple[datetime, ...], reason: str) -> tuple[Passed, ...]:
    return (Passed(slots=slots, reason=reason),) if slots else ()
