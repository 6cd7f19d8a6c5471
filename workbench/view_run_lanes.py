"""The last days of the jobs as a picture: a lane a job, a bar a run, a shape for whatever was no success."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from opc_kernel.text import visible
from workbench.company import Company
from workbench.jobs.known import known_jobs
from workbench.view_page import Markup, counted, element
from workbench.view_runs import DAYS, WORDS, clock, of_late, took
from workbench.view_timeline import NARROW, WIDE, cut

AHEAD = timedelta(hours=30)
LANE, FOOT, SIDE, TOP = 40, 24, 2, 6
BAR, THIN = 12, 5
MEET = {"completed": 3, "running": 3, "failed": 11, "missed": 11, "due": 11}
"""Marks of one kind that are nearer to each other, in pixels, are one."""
ORDER = ("completed", "due", "missed", "running", "failed")
"""What is drawn later lies above."""
DAY_ROOM = 62
LEGEND = {
    "completed": "done",
    "failed": "failed",
    "running": "running",
    "missed": "missed, not made up for",
    "due": "due next",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Something in a lane: from when to when, and what it was."""

    job: str
    state: str
    first: datetime
    last: datetime
    words: str
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    first: datetime
    last: datetime
    width: int

    def x(self, at: datetime) -> float:
        share = (min(max(at, self.first), self.last) - self.first) / (self.last - self.first)
        return round(SIDE + share * (self.width - 2 * SIDE), 1)


def lanes(company: Company) -> Markup:
    """Return the picture, once for a wide page and once for a narrow one; nothing where nothing ran or is due."""
    found = sorted(_spots(company), key=lambda spot: spot.first)
    if not found:
        return Markup()
    drawn = (_drawn(company, found, width) for width in (WIDE, NARROW))
    return element("figure", *drawn, _legend(found), class_="wbr-lanes")


def _spots(company: Company) -> Iterator[Spot]:
    rows, missed = of_late(company)
    for row in rows:
        yield _ran(company, row)
    for row in missed:
        words = f"{counted(row['count'], 'run')} missed: {visible(row['reason'])}"
        yield Spot(job=row["job"], state="missed", first=row["first"], last=row["last"], words=words)
    for name, known in known_jobs(company).items():
        at = known.next_at(company.now)
        if at is not None and at <= company.now + AHEAD:
            yield Spot(job=name, state="due", first=at, last=at, words="due")


def _ran(company: Company, row: Mapping[str, Any]) -> Spot:
    lasted = f" in {took(row['duration_s'])}" if row["duration_s"] is not None else ""
    said = visible(row["reason"] or row["summary"] or "")
    return Spot(
        job=row["job"],
        state=row["state"],
        first=row["started_at"],
        last=row["ended_at"] or company.now,
        words=f"{WORDS[row['state']]}{lasted} ({row['mode']}){': ' if said else ''}{said}",
        run=row["run"],
    )


def _drawn(company: Company, found: Sequence[Spot], width: int) -> Markup:
    scale = _Scale(first=company.now - timedelta(days=DAYS), last=company.now + AHEAD, width=width)
    jobs = sorted({spot.job for spot in found})
    height = TOP + LANE * len(jobs) + FOOT
    parts = [
        *_days(company, scale, height),
        *_now(company, scale, height),
        *(part for number, job in enumerate(jobs) for part in _lane(company, found, job, number, scale)),
    ]
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 {width} {height}",
        width=str(width),
        height=str(height),
        role="img",
        aria_label=f"The last {DAYS} days of {counted(len(jobs), 'job')}; the list below tells each run",
        class_="wbr-wide" if width == WIDE else "wbr-narrow",
    )


def _lane(company: Company, found: Sequence[Spot], job: str, number: int, scale: _Scale) -> Iterator[Markup]:
    """Yield a lane: its name, its line, and its marks, those that lie together as one."""
    y = TOP + LANE * number + 28
    yield element("text", cut(job, scale.width / 2), x=str(SIDE), y=str(y - 12), class_="wbr-lane")
    yield _line(SIDE, y, scale.width - SIDE, y, "wbr-base")
    for state in ORDER:
        for some in together([spot for spot in found if (spot.job, spot.state) == (job, state)], scale.x):
            yield _mark(company, some, y, scale)


def together(spots: Sequence[Spot], x: Any) -> list[list[Spot]]:  # noqa: ANN401 - a function of an instant
    """Return marks of one kind in groups that lie upon each other; `x` places an instant."""
    groups: list[list[Spot]] = []
    for spot in spots:
        if groups and x(spot.first) - x(groups[-1][-1].last) < MEET[spot.state]:
            groups[-1].append(spot)
        else:
            groups.append([spot])
    return groups


def _mark(company: Company, some: Sequence[Spot], y: int, scale: _Scale) -> Markup:
    first, last = some[0], some[-1]
    told = f"{clock(first.first, company)} · {first.job} · {first.words}"
    if len(some) > 1:
        told = f"{counted(len(some), 'run')} {WORDS.get(first.state, first.state)}, the last:\n{told}"
    inside = element("title", told), *_shape(first.state, scale.x(first.first), scale.x(last.last), y)
    class_ = f"wbr-mark wbr-{first.state}"
    return (
        element("g", *inside, class_=class_, data_run=last.run)
        if last.run
        else element("g", *inside, class_=class_)
    )


def _shape(state: str, left: float, right: float, y: int) -> Iterator[Markup]:
    """Yield a bar for what ran, with a diamond where it failed; a ring for what is due, crossed where it was missed."""
    if state in {"completed", "running", "failed"}:
        wide = max(right - left, THIN)
        yield element(
            "rect", x=f"{left:.1f}", y=str(y - BAR // 2), width=f"{wide:.1f}", height=str(BAR), rx="1.5"
        )
    if state == "failed":
        yield element("path", d=f"M{left + 2.5:.1f} {y - 9}l8 9-8 9-8-9z")
    if state in {"missed", "due"}:
        yield element("circle", cx=f"{left:.1f}", cy=str(y), r="5.5")
    if state == "missed":
        yield element("path", d=f"M{left - 4:.1f} {y + 4}l8-8M{left + 6:.1f} {y}H{max(right, left + 6):.1f}")


def _legend(found: Sequence[Spot]) -> Markup:
    held = [state for state in LEGEND if any(spot.state == state for spot in found)]
    return element("ul", *(element("li", _sample(state), LEGEND[state]) for state in held))


def _sample(state: str) -> Markup:
    shape = element("g", *_shape(state, 8, 14, 11), class_=f"wbr-{state}")
    return element("svg", shape, viewBox="0 0 22 22", width="22", height="22", aria_hidden="true")


def _now(company: Company, scale: _Scale, height: int) -> Iterator[Markup]:
    x = scale.x(company.now)
    yield _line(x, TOP, x, height - FOOT + 4, "wbr-now")
    yield element("text", "now", x=str(x), y=str(height - 7), class_="wbr-tick wbr-at")


def _days(company: Company, scale: _Scale, height: int) -> Iterator[Markup]:
    """Yield the midnights of the company's zone, and the days' names where their words don't meet."""
    room = scale.x(scale.first + timedelta(days=1)) - SIDE
    every = 1 if room > DAY_ROOM else 2
    for number, midnight in enumerate(_midnights(company, scale)):
        x = scale.x(midnight)
        yield _line(x, TOP, x, height - FOOT, "wbr-day")
        noon = x + room / 2
        if number % every == 0 and noon + 20 < scale.x(company.now) and room > 20:
            yield element(
                "text", f"{midnight:%a} {midnight.day}", x=f"{noon:.1f}", y=str(height - 7), class_="wbr-tick"
            )


def _midnights(company: Company, scale: _Scale) -> Iterator[datetime]:
    zone = company.settings.tz
    day: date = scale.first.astimezone(zone).date() + timedelta(days=1)
    while (at := datetime.combine(day, time(), zone)) < scale.last:
        yield at
        day += timedelta(days=1)


def _line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    return element("line", x1=str(x1), y1=str(y1), x2=str(x2), y2=str(y2), class_=class_)
