"""Charts as pictures that need nothing: an SVG inside the page, in colours and greys that read on light and on dark.

It stands in an `img`: there nothing in it can run, and a notebook that nobody trusts yet shows it all the same.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import escape
from math import ceil, floor, log10

from workbench.view_figures import day
from workbench.view_page import Markup, element

WIDTH, HEIGHT = 720, 210
LEFT, RIGHT, TOP, FOOT = 64, 8, 30, 24
COLOURS = ("#4a7fc1", "#d39a3a", "#3c8f6d", "#9a6fb0", "#c8745a", "#5aa5a5")
GREY = "#878787"
TICKS = 4
WIDEST_COLUMN = 30
MOST_DAYS_NAMED = 8
LETTER = 6.8

Value = Decimal | int | float


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a value stands on the page, between the ticks around all values."""

    ticks: tuple[float, ...]

    def y(self, value: Value) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return round(TOP + (HEIGHT - TOP - FOOT) * (1 - (float(value) - low) / (high - low)), 1)


def steps_chart(series: Mapping[str, Sequence[tuple[date, Decimal]]], told: str) -> Markup:
    """Return a line for each series that stays at a value until the next; nothing where no series has a point."""
    points = [point for line in series.values() for point in line]
    if not points:
        return Markup()
    scale = _Scale(ticks([float(value) for _, value in points]))
    first, last = min(on for on, _ in points), max(on for on, _ in points)
    days = [date.fromordinal(at) for at in range(first.toordinal(), last.toordinal() + 1)]
    lines = [_line(line, days, scale, colour) for line, colour in zip(series.values(), COLOURS, strict=False)]
    step = ceil(len(days) / MOST_DAYS_NAMED)
    names = {at: day(on) for at, on in enumerate(days) if at % step == 0}
    return _picture([_frame(scale), _names(names, len(days)), *lines, _legend([*series])], told)


def columns_chart(
    labels: Sequence[str],
    groups: Mapping[str, Sequence[Value]],
    told: str,
    *,
    colours: Sequence[str] = COLOURS,
    stacked: bool = False,
) -> Markup:
    """Return a column for each label and group, side by side or on each other; nothing where all are zero."""
    if not any(value for values in groups.values() for value in values):
        return Markup()
    tops = [sum(float(values[at]) for values in groups.values()) for at in range(len(labels))]
    singles = [float(value) for values in groups.values() for value in values]
    scale = _Scale(ticks([0.0, *(tops if stacked else singles)]))
    bars = (_stacks if stacked else _side_by_side)(groups, len(labels), scale, colours)
    step = ceil(len(labels) / MOST_DAYS_NAMED)
    names = {at: label for at, label in enumerate(labels) if at % step == 0}
    return _picture([_frame(scale), _names(names, len(labels)), *bars, _legend([*groups], colours)], told)


def ticks(values: Sequence[float]) -> tuple[float, ...]:
    """Return round numbers around all values and zero, about TICKS of them."""
    low, high = min(0.0, *values), max(0.0, *values)
    step = _round_step((high - low) / TICKS or 1.0)
    first, last = floor(low / step), ceil(high / step)
    return tuple(at * step for at in range(first, max(last, first + 1) + 1))


def _round_step(step: float) -> float:
    size = 10.0 ** floor(log10(step))
    return float(next(each * size for each in (1, 2, 5, 10) if each * size >= step))


def _picture(parts: Sequence[str], told: str) -> Markup:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="{GREY}">'
        f"{''.join(parts)}</svg>"
    )
    source = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
    return element("div", element("img", src=source, alt=told, class_="wb-picture"))


def _frame(scale: _Scale) -> str:
    return "".join(
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{scale.y(at)}" y2="{scale.y(at)}" stroke="{GREY}" '
        f'stroke-opacity="{0.6 if at == 0 else 0.2}"/>'
        f'<text x="{LEFT - 8}" y="{scale.y(at) + 4}" text-anchor="end">{_number(at)}</text>'
        for at in scale.ticks
    )


def _number(value: float) -> str:
    text = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}".rstrip("0")
    return text.replace("-", "−")


def _names(names: Mapping[int, str], count: int) -> str:
    return "".join(
        f'<text x="{_x(at, count)}" y="{HEIGHT - 6}" text-anchor="middle">{escape(name)}</text>'
        for at, name in names.items()
    )


def _x(at: int, count: int) -> float:
    """Return the middle of the place of one of `count` labels."""
    return round(LEFT + (WIDTH - LEFT - RIGHT) * (at + 0.5) / count, 1)


def _line(points: Sequence[tuple[date, Decimal]], days: Sequence[date], scale: _Scale, colour: str) -> str:
    if not points:
        return ""
    places = [(_x((on - days[0]).days, len(days)), scale.y(value)) for on, value in points]
    path = f"M{places[0][0]} {places[0][1]}" + "".join(f"H{x}V{y}" for x, y in places[1:])
    path += f"H{_x(len(days) - 1, len(days))}"
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _side_by_side(
    groups: Mapping[str, Sequence[Value]], count: int, scale: _Scale, colours: Sequence[str]
) -> list[str]:
    width = min(0.8 * (WIDTH - LEFT - RIGHT) / count / len(groups), WIDEST_COLUMN)
    return [
        _bar(_x(at, count) + (place - len(groups) / 2) * width, width - 1, scale, 0.0, float(value), colour)
        for place, (values, colour) in enumerate(zip(groups.values(), colours, strict=False))
        for at, value in enumerate(values)
        if value
    ]


def _stacks(
    groups: Mapping[str, Sequence[Value]], count: int, scale: _Scale, colours: Sequence[str]
) -> list[str]:
    width = min(0.8 * (WIDTH - LEFT - RIGHT) / count, WIDEST_COLUMN)
    bars, below = [], [0.0] * count
    for values, colour in zip(groups.values(), colours, strict=False):
        for at, value in enumerate(values):
            if value:
                bars.append(
                    _bar(_x(at, count) - width / 2, width, scale, below[at], below[at] + float(value), colour)
                )
                below[at] += float(value)
    return bars


def _bar(x: float, width: float, scale: _Scale, begin: float, end: float, colour: str) -> str:
    top, foot = sorted((scale.y(begin), scale.y(end)))
    return (
        f'<rect x="{x:.1f}" y="{top}" width="{width:.1f}" height="{max(foot - top, 1):.1f}" fill="{colour}"/>'
    )


def _legend(names: Sequence[str], colours: Sequence[str] = COLOURS) -> str:
    made, x = [], float(LEFT)
    for name, colour in zip(names, colours, strict=False):
        made.append(
            f'<rect x="{x:.0f}" y="6" width="10" height="10" fill="{colour}"/>'
            f'<text x="{x + 15:.0f}" y="15">{escape(name)}</text>'
        )
        x += 15 + LETTER * len(name) + 18
    return "".join(made)
