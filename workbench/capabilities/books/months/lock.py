"""The lock on closed months: whatever books a line names the version of the month it is booked into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from opc_kernel.event import NEW_STREAM
from opc_kernel.log.protocol import Queryable

MONTHS = "SELECT month, version, state FROM month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """The months that were ever closed or asked to close, with the versions of their streams."""

    versions: Mapping[str, int] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()

    def posts_in(self, day: date) -> str:
        """Return the month a line of that day is posted in: its own, or the first after it that is open."""
        month = name(day)
        while month in self.closed:
            month = after(month)
        return month

    def guard(self, *days: date) -> dict[str, int]:
        """Return the streams of the months that lines of these days are posted in, with their versions."""
        posted = (self.posts_in(day) for day in days)
        return {stream(month): self.versions.get(month, NEW_STREAM) for month in posted}


def load_months(company: Queryable) -> Months:
    """Ask the company for its months."""
    rows = company.query(MONTHS).rows
    return Months(
        versions={month: version for month, version, _ in rows},
        closed=frozenset(month for month, _, state in rows if state == "closed"),
    )


def stream(month: str) -> str:
    """Return the stream of a month."""
    return f"month/{month}"


def name(day: date) -> str:
    """Return the month of a day, such as `2026-10`."""
    return f"{day:%Y-%m}"


def first_day(month: str) -> date:
    """Return a month's first day. Raises ValueError for what is no month."""
    return date.fromisoformat(f"{month}-01")


def last_day(month: str) -> date:
    """Return a month's last day."""
    return date.fromordinal(first_day(after(month)).toordinal() - 1)


def after(month: str) -> str:
    """Return the month after a month."""
    first = first_day(month)
    return name(first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1))


def in_words(month: str) -> str:
    """Return `October 2026`."""
    return f"{first_day(month):%B %Y}"
