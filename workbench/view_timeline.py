"""A timeline as a picture of our own: lanes of marks over the days, readable with three events and with hundreds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from math import log2
from unicodedata import east_asian_width

from opc_kernel.text import visible
from workbench.view_figures import day
from workbench.view_page import Markup, counted, element, joined

WIDE, NARROW = 1000, 340
"""Widths that a picture is drawn for; a page shows the one that fits."""
LANE, FOOT, SIDE = 44, 26, 12
BIN = 14
"""Marks nearer to each other than this are one mark with a number."""
LETTER, WIDE_LETTER = 6.6, 12.5
TICK_ROOM = 84
TOLD = 8
LONGEST_LABEL = 34
STEPS_DAYS = (1, 2, 7, 14, 30, 61, 91, 182, 365, 730, 1826, 3652, 18_262)
"""Distances of ticks; from a month on they stand on the first of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened on a day."""

    lane: str
    on: date
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    first: date
    days: int
    width: int

    def x(self, on: date) -> float:
        share = (on - self.first).days / self.days
        return round(SIDE + share * (self.width - 2 * SIDE), 1)


def timeline(marks: Sequence[Mark], lanes: Sequence[str], today: date) -> Markup:
    """Return marks over time, a lane each kind that has any, drawn once for a wide page and once for a narrow one."""
    held = [lane for lane in lanes if any(mark.lane == lane for mark in marks)]
    if not held:
        return Markup()
    drawn = (_drawn(marks, held, today, width) for width in (WIDE, NARROW))
    return element("figure", *drawn, _list(marks), class_="wb-timeline")


def text_width(text: str) -> float:
    """Return about how many pixels a text of the picture's size takes."""
    return sum(WIDE_LETTER if east_asian_width(sign) in "WF" else LETTER for sign in text)


def cut(text: str, pixels: float) -> str:
    """Return a text as long as fits."""
    shown = visible(" ".join(text.split()))
    if text_width(shown) <= pixels:
        return shown
    while shown and text_width(f"{shown}…") > pixels:
        shown = shown[:-1]
    return f"{shown.rstrip()}…"


def _drawn(marks: Sequence[Mark], lanes: Sequence[str], today: date, width: int) -> Markup:
    scale = _scale(marks, today, width)
    height = LANE * len(lanes) + FOOT
    words = f"{counted(len(marks), 'event')} from {day(scale.first, year=True)} on; the list below tells each"
    parts = [
        *_ticks(scale, height),
        *_today(scale, today, height),
        *(part for number, lane in enumerate(lanes) for part in _lane(marks, lane, number, scale)),
    ]
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 {width} {height}",
        width=str(width),
        height=str(height),
        role="img",
        aria_label=words,
        class_="wb-picture wb-wide" if width == WIDE else "wb-picture wb-narrow",
    )


def _scale(marks: Sequence[Mark], today: date, width: int) -> _Scale:
    """Return the days a picture spans: those of its marks and today, with some air."""
    days = [*(mark.on for mark in marks), today]
    air = max((max(days) - min(days)).days // 25, 2)
    first = min(days) - timedelta(days=air)
    return _Scale(first=first, days=(max(days) - first).days + air, width=width)


def _lane(marks: Sequence[Mark], lane: str, number: int, scale: _Scale) -> Iterator[Markup]:
    """Yield a lane: its title, its line, and its marks, those that lie together as one."""
    y = LANE * number + 30
    yield element("text", lane, x=str(SIDE), y=str(y - 15), class_="wb-lane")
    yield _line(SIDE, y, scale.width - SIDE, y)
    places = _together(sorted((mark for mark in marks if mark.lane == lane), key=lambda mark: mark.on), scale)
    ends = [place[0] for place in places[1:]] + [scale.width + BIN]
    for (x, some), end in zip(places, ends, strict=True):
        yield _mark(x, y, some, room=end - x - 2 * BIN)


def _together(marks: Iterable[Mark], scale: _Scale) -> list[tuple[float, list[Mark]]]:
    found: list[tuple[float, list[Mark]]] = []
    for mark in marks:
        x = scale.x(mark.on)
        if found and x - found[-1][0] < BIN:
            found[-1][1].append(mark)
        else:
            found.append((x, [mark]))
    return found


def _mark(x: float, y: int, marks: Sequence[Mark], *, room: float) -> Markup:
    """Return one mark; how many it stands for is written into it, and a single one's text beside it where it fits."""
    count = len(marks)
    radius = 4.5 if count == 1 else min(6 + log2(count) / 2, BIN / 2 + 2)
    told = [f"{day(mark.on, year=True)}: {visible(mark.text)}" for mark in marks[:TOLD]]
    more = [f"and {count - TOLD} more"] if count > TOLD else []
    shape = element("circle", cx=str(x), cy=str(y), r=f"{radius:.1f}", class_="wb-dot")
    number = _number(x, y, count) if count > 1 else _label(x, y, marks[0].text, room)
    return element("g", element("title", "\n".join([*told, *more])), shape, number)


def _number(x: float, y: int, count: int) -> Markup:
    shown = str(count) if count < 100 else "99+"
    return element("text", shown, x=str(x), y=str(y + 3), class_="wb-count")


def _label(x: float, y: int, text: str, room: float) -> Markup:
    """Return a mark's text where at least some words of it have room."""
    shown = cut(text, min(room, LONGEST_LABEL * LETTER))
    if len(shown) < min(len(text), 8):
        return Markup()
    return element("text", shown, x=f"{x + 9:.1f}", y=str(y + 4), class_="wb-label")


def _today(scale: _Scale, today: date, height: int) -> Iterator[Markup]:
    x = scale.x(today)
    yield element("line", x1=str(x), x2=str(x), y1="4", y2=str(height - FOOT + 4), class_="wb-today")


def _ticks(scale: _Scale, height: int) -> Iterator[Markup]:
    """Yield days along the foot, so far apart that their words never meet."""
    most = max(scale.width // TICK_ROOM, 2)
    step = next((step for step in STEPS_DAYS if scale.days / step <= most), STEPS_DAYS[-1])
    for on in _days(scale.first, scale.first + timedelta(days=scale.days), step):
        x = scale.x(on)
        words = f"{on.day} {on:%b}" if step < STEPS_DAYS[4] else f"{on:%b %Y}" if step < 365 else f"{on:%Y}"
        if SIDE + 20 <= x <= scale.width - SIDE - 24:
            yield element("line", x1=str(x), x2=str(x), y1="4", y2=str(height - FOOT), class_="wb-grid")
            yield element("text", words, x=str(x), y=str(height - 8), class_="wb-tick")


def _days(first: date, last: date, step: int) -> Iterator[date]:
    """Yield the days of ticks; months from a month on, the first of January from a year on."""
    if step < STEPS_DAYS[4]:
        yield from (first + timedelta(days=at) for at in range(step, (last - first).days + 1, step))
        return
    months = max(round(step / 30.4), 1)
    at = first.year * 12 + first.month
    at += -at % months
    while (on := date(at // 12, at % 12 + 1, 1)) <= last:
        yield on
        at += months


def _line(x1: float, y1: float, x2: float, y2: float) -> Markup:
    return element("line", x1=str(x1), y1=str(y1), x2=str(x2), y2=str(y2), class_="wb-base")


def _list(marks: Sequence[Mark]) -> Markup:
    """Return the same for those who don't look at pictures."""
    ordered = sorted(marks, key=lambda mark: mark.on, reverse=True)
    years = [
        element("li", element("b", str(year)), element("ul", joined(_told(mark) for mark in some)))
        for year, some in groupby(ordered, key=lambda mark: mark.on.year)
    ]
    return element(
        "details",
        element("summary", f"As a list: {counted(len(marks), 'event')}"),
        element("ul", *years, class_="wb-years"),
    )


def _told(mark: Mark) -> Markup:
    return element("li", f"{day(mark.on)}  {mark.lane}: {visible(mark.text)}")
