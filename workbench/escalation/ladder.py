"""The ladder, pure: what is told now, given what waits, what was told before, the settings and the clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from opc_kernel.ids import derived_id
from workbench.escalation.events import Rung
from workbench.escalation.settings import EscalationSettings

MAX_TOLD = 20
"""Concerns in one message; the others stand in the queue, and climb with the next."""
URGENT_APART = timedelta(minutes=30)
"""A storm becomes a few messages, each with all that came meanwhile."""
Kind = Literal["expiring", "blocked", "unknown", "failed", "breaker", "held"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """Something the operator may have to know of before they look by themselves."""

    kind: Kind
    about: str
    """The stream or row it is about."""
    occurrence: str
    """Tells one time from the next: what is blocked again begins anew at the foot of the ladder."""
    summary: str
    since: datetime
    expires_at: datetime | None = None
    amount: Decimal | None = None
    currency: str | None = None
    at_stake: Decimal | None = None

    def stream(self, way: str) -> str:
        """Return the stream of its rungs; a message that was only rehearsed is none on another way."""
        return f"concern/{derived_id(self.kind, self.about, self.occurrence, way)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Climbed:
    """How far a concern came before."""

    version: int = 0
    digest: bool = False
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What was told before."""

    climbed: Mapping[str, Climbed]
    digest_day: date | None = None
    """The day of the last digest."""
    urgent_at: datetime | None = None
    """When the last urgent message was written."""

    def of(self, stream: str) -> Climbed:
        """Return how far a concern came."""
        return self.climbed.get(stream, Climbed())


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is told now, of one rung."""

    rung: Rung
    concerns: tuple[Concern, ...]
    day: date
    more: int
    """How many more are due and did not fit."""


def next_message(
    concerns: Sequence[Concern],
    past: Past,
    settings: EscalationSettings,
    *,
    way: str,
    now: datetime,
    zone: ZoneInfo,
) -> Message | None:
    """Return what is told now; None when it is quiet, or when there is nothing that was not told before."""
    if quiet_until(settings, now, zone) is not None:
        return None
    day = now.astimezone(zone).date()
    urgent = [
        each
        for each in concerns
        if not past.of(each.stream(way)).urgent and is_urgent(each, settings, now, zone)
    ]
    if urgent and (past.urgent_at is None or now - past.urgent_at >= URGENT_APART):
        return _message("urgent", urgent, day)
    left = [each for each in concerns if past.of(each.stream(way)) == Climbed() and each not in urgent]
    is_time = now >= datetime.combine(day, settings.digest_at, zone).astimezone(UTC)
    if left and is_time and past.digest_day != day:
        return _message("digest", left, day)
    return None


def _message(rung: Rung, concerns: Sequence[Concern], day: date) -> Message:
    first = sorted(concerns, key=_weight)
    return Message(rung=rung, concerns=tuple(first[:MAX_TOLD]), day=day, more=max(len(first) - MAX_TOLD, 0))


def _weight(concern: Concern) -> tuple[bool, Decimal, datetime]:
    """Sort what expires first, then by money at stake, then by age."""
    return (
        concern.expires_at is None,
        -abs(concern.at_stake or Decimal()),
        concern.expires_at or concern.since,
    )


def is_urgent(concern: Concern, settings: EscalationSettings, now: datetime, zone: ZoneInfo) -> bool:
    """Whether it can't wait for a digest: it is old, much is at stake, or it is about to expire."""
    return (
        now - concern.since >= timedelta(hours=settings.urgent_after_h)
        or _is_dear(concern, settings)
        or now >= _last_call(concern, settings, zone)
    )


def _is_dear(concern: Concern, settings: EscalationSettings) -> bool:
    """Money whose worth nobody knows counts as above every threshold."""
    if concern.at_stake is None:
        return concern.amount is not None
    return abs(concern.at_stake) >= settings.limit


def _last_call(concern: Concern, settings: EscalationSettings, zone: ZoneInfo) -> datetime:
    """Return when it is urgent because it expires; what expires in the night is urgent the evening before."""
    if concern.expires_at is None:
        return datetime.max.replace(tzinfo=UTC)
    latest = concern.expires_at
    for begins, ends in _nights(settings, latest, zone):
        if begins <= latest <= ends:
            latest = begins
    return latest - timedelta(hours=settings.urgent_before_h)


def quiet_until(settings: EscalationSettings, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the quiet hours end in which an instant lies; None for any other instant."""
    return next((ends for begins, ends in _nights(settings, now, zone) if begins <= now < ends), None)


def _nights(
    settings: EscalationSettings, around: datetime, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """Return the quiet hours that may hold an instant, as instants: a clock that is set back makes none twice."""
    if settings.quiet_from == settings.quiet_to:
        return
    over_midnight = timedelta(days=settings.quiet_to < settings.quiet_from)
    today = around.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        begins = datetime.combine(day, settings.quiet_from, zone)
        ends = datetime.combine(day + over_midnight, settings.quiet_to, zone)
        # aware datetimes of one zone are compared by their wall clocks: as instants only in UTC
        yield begins.astimezone(UTC), ends.astimezone(UTC)
