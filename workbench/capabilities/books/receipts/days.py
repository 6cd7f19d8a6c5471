"""The day of a receipt: the one its words call so, not that of payment due or delivery; English and German; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

FIRST_YEAR, LAST_YEAR = 1990, 2199
LABEL_CHARS = 40
MAX_DAYS = 200

_MONTHS = (
    "jan(?:uary|uar)?|jän(?:ner)?", "feb(?:ruary|ruar)?", "mar(?:ch)?|mär(?:z)?|mrz", "apr(?:il)?", "may|mai",
    "june?|juni?", "july?|juli?", "aug(?:ust)?", "sept?(?:ember)?", "o[ck]t(?:ober)?", "nov(?:ember)?",
    "de[cz](?:ember)?",
)  # fmt: skip
_MONTH = "|".join(_MONTHS)
_DAY = re.compile(
    rf"\b(?P<iso>\d{{4}}-\d\d-\d\d)(?!\d)"
    rf"|\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\.? (?:of )?(?P<month>{_MONTH})\b\.?,? (?P<year>\d{{4}})\b"
    rf"|\b(?P<month2>{_MONTH})\b\.? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,? {{1,2}}(?P<year2>\d{{4}})\b"
    r"|\b(?P<dotted>\d{1,2}\.\d{1,2}\.\d{4})\b"
    r"|\b(?P<slashed>\d{1,2}/\d{1,2}/\d{4})\b",
    re.IGNORECASE,
)
_NOT_IT = re.compile(
    r"due|until|valid|expire|deliver|shipp|arriv|period|from|renew|next|fällig|bis|gültig|liefer|versand|leistung|zeitraum|nächste"
    r"|zahlbar|born|geburt",
    re.IGNORECASE,
)
_IT = re.compile(
    r"date|placed|order|paid|purchase|invoice|receipt|datum|bestell|aufgegeben|bezahlt|rechnung|beleg|kauf",
    re.IGNORECASE,
)


def receipt_day(text: str, currency: str | None) -> date | None:
    """Return the first day that is called the receipt's, else the first of unknown meaning."""
    unnamed = None
    for day, label in _days(text, currency):
        if _NOT_IT.search(label):
            continue
        if _IT.search(label):
            return day
        unnamed = unnamed or day
    return unnamed


def _days(text: str, currency: str | None) -> Iterator[tuple[date, str]]:
    for at, found in enumerate(_DAY.finditer(text)):
        day = _read(found, currency)
        if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR:
            yield (
                day,
                text[max(0, found.start() - LABEL_CHARS) : found.start()].rsplit("\n", 2)[-1]
                or _above(text, found),
            )
        if at == MAX_DAYS:
            return


def _above(text: str, found: re.Match[str]) -> str:
    """The line above a day that begins its own."""
    lines = text[max(0, found.start() - 2 * LABEL_CHARS) : found.start()].rstrip().splitlines()
    return lines[-1] if lines else ""


def _read(found: re.Match[str], currency: str | None) -> date | None:
    try:
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        if found["dotted"]:
            day, month, year = map(int, found["dotted"].split("."))
            return date(year, month, day)
        if found["slashed"]:
            first, second, year = map(int, found["slashed"].split("/"))
            return _slashed(first, second, year, currency)
        return date(
            int(found["year"] or found["year2"]),
            _month(found["month"] or found["month2"]),
            int(found["day"] or found["day2"]),
        )
    except ValueError:
        return None


def _slashed(first: int, second: int, year: int, currency: str | None) -> date | None:
    """American or British: where both could be meant, dollars decide, and else it is unknown."""
    if first > 12 or (first == second):
        return date(year, second, first)
    if second > 12 or currency == "USD":
        return date(year, first, second)
    return None


def _month(name: str) -> int:
    return next(at for at, month in enumerate(_MONTHS, 1) if re.fullmatch(month, name, re.IGNORECASE))
