"""What to decide in the minutes there are: what fits, what is due and does not fit, and what can wait. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from opc_kernel.approvals.pace import Pace
from opc_kernel.approvals.queue import QueueRow

SOON = timedelta(days=3)
RISKS = ("high", "medium", "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A row and the seconds it is expected to take."""

    row: QueueRow
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Each row in one of three groups: it fits, it is due soon and does not fit, it can wait.

    `due_first` is when the first of those that can wait is due, None where none of them ever is.
    """

    minutes: int
    fits: tuple[Timed, ...]
    due: tuple[Timed, ...]
    can_wait: tuple[Timed, ...]
    due_first: datetime | None

    @property
    def seconds(self) -> int:
        """How long those that fit take together."""
        return sum(each.seconds for each in self.fits)

    @property
    def is_over(self) -> bool:
        """Whether the first row alone takes longer than there is time; it is then the only one."""
        return self.seconds > self.minutes * 60

    @property
    def at_stake(self) -> Decimal:
        """What can be lost at most by letting wait what can: in the base currency, as far as its worth is known."""
        stakes = (abs(each.row.at_stake) for each in self.can_wait if each.row.at_stake is not None)
        return sum(stakes, Decimal())

    @property
    def unknown(self) -> int:
        """How many of those that can wait have money at stake whose worth nobody knows."""
        return sum(_is_worth_unknown(each.row) for each in self.can_wait)


def plan(rows: Sequence[QueueRow], *, minutes: int, pace: Pace, now: datetime) -> Plan:
    """Choose from the rows that wait, by money at risk, then deadline, then risk, what `minutes` are enough for.

    A row that has expired can't be decided any more and takes nobody's time.
    """
    timed = [Timed(row=row, seconds=pace.seconds(row)) for row in sorted(rows, key=urgency)]
    fits = _fitting([each for each in timed if not _is_expired(each.row, now)], minutes * 60)
    chosen = {each.row.key for each in fits}
    left = [each for each in timed if each.row.key not in chosen]
    due = tuple(each for each in left if _is_due(each.row, now))
    can_wait = tuple(each for each in left if not _is_due(each.row, now))
    coming = [at for each in can_wait if (at := each.row.expires_at) is not None and at > now]
    return Plan(minutes=minutes, fits=fits, due=due, can_wait=can_wait, due_first=min(coming, default=None))


def urgency(row: QueueRow) -> tuple[bool, bool, Decimal, bool, float, int, int, str]:
    """Return what rows are sorted by; no two are alike. Money whose worth nobody knows comes first, no money last."""
    risk = RISKS.index(row.risk) if row.risk in RISKS else len(RISKS)
    deadline = row.expires_at.timestamp() if row.expires_at is not None else 0.0
    return (
        not _is_worth_unknown(row),
        row.at_stake is None,
        -abs(row.at_stake or Decimal()),
        row.expires_at is None,
        deadline,
        risk,
        row.asked_position,
        row.key,
    )


def _fitting(timed: Sequence[Timed], seconds: int) -> tuple[Timed, ...]:
    """Take each that still fits, in order; the first is taken even where it alone is too long."""
    fits: list[Timed] = []
    for each in timed:
        if each.seconds <= seconds or not fits:
            fits.append(each)
            seconds -= each.seconds
    return tuple(fits)


def _is_worth_unknown(row: QueueRow) -> bool:
    return row.amount is not None and row.at_stake is None


def _is_expired(row: QueueRow, now: datetime) -> bool:
    return row.expires_at is not None and row.expires_at <= now


def _is_due(row: QueueRow, now: datetime) -> bool:
    return row.expires_at is not None and now < row.expires_at <= now + SOON
