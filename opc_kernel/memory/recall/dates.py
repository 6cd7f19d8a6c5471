"""Days that a question names: `2026-03-01`, `12.03.2026`, `12 March 2026`, `March 12, 2026`, `März 2026`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar jänner jan", "february februar feb", "march märz mar mär", "april apr", "may mai",
            "june juni jun", "july juli jul", "august aug", "september sep sept", "october oktober oct okt",
            "november nov", "december dezember dec dez",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_DAY, _YEAR = r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?", r"(?P<year>(?:19|20)\d\d)\b"
_SHAPES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        rf"\b{_YEAR}-(?P<number>\d\d)-(?P<day>\d\d)\b",
        rf"\b(?P<day>\d{{1,2}})\.(?P<number>\d{{1,2}})\.{_YEAR}",
        rf"\b{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}",
        rf"\b{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"\b{_MONTH},?\s+{_YEAR}",
        rf"\b{_YEAR}-(?P<number>\d\d)\b(?!-)",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A time from one instant up to another, in seconds since 1970."""

    start: float
    end: float


def named_spans(query: str, zone: tzinfo = UTC) -> list[Span]:
    """Return the days and months that a question names, each text read once."""
    spans: list[Span] = []
    rest = query
    for shape in _SHAPES:
        for found in list(shape.finditer(rest)):
            spans.extend(_span(found.groupdict(), zone))
        rest = shape.sub(" ", rest)
    return spans


def _span(parts: dict[str, str | None], zone: tzinfo) -> Iterator[Span]:
    name = (parts.get("month") or "").casefold()
    month = MONTHS[name] if name else int(parts.get("number") or 0)
    year, day = int(parts["year"] or 0), parts.get("day")
    try:
        first = date(year, month, int(day) if day else 1)
    except ValueError:
        return  # the 31st of February
    after = first + timedelta(days=1) if day else (first + timedelta(days=31)).replace(day=1)
    yield Span(start=_instant(first, zone), end=_instant(after, zone))


def _instant(day: date, zone: tzinfo) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
