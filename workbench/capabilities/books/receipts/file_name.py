"""What a file's name says of a receipt that can't be read: '2026-09-18 Bahn 45,90.jpg'; pure."""

from __future__ import annotations

import re
from datetime import date

from workbench.capabilities.books.receipts.amounts import CODES, SYMBOLS, number_of
from workbench.capabilities.books.receipts.reading import Receipt

_CURRENCY = rf"(?:{'|'.join(map(re.escape, SYMBOLS))}|(?:{CODES})\b)"
_DAY = re.compile(
    r"(?<!\d)(?:(?P<year>20\d\d)[-._]?(?P<month>\d\d)[-._]?(?P<day>\d\d)|(?P<day2>\d\d)\.(?P<month2>\d\d)\.(?P<year2>20\d\d))(?!\d)"
)
_AMOUNT = re.compile(
    rf"(?:(?P<before>{_CURRENCY}) ?)?(?<![\w.,])(?P<minus>-)?"
    r"(?P<number>\d{1,3}(?:[.']\d{3})+,\d\d|\d{1,7}[.,]\d\d)(?![\d.,]\d)"
    rf"(?: ?(?P<after>{_CURRENCY}))?"
)
_BACK = re.compile(r"\b(?:refund|credit note|gutschrift|erstattung|storno)\b", re.IGNORECASE)
_NO_VENDOR = re.compile(
    r"\b(?:receipt|invoice|bill|scan|img|photo|beleg|quittung|rechnung|bon|foto)\b", re.IGNORECASE
)


def read_name(stem: str) -> Receipt:
    """Read day, vendor and amount; what is not there, or there twice, is unknown. That it was filed says it is paid."""
    words = re.sub("[_+]+", " ", stem)
    day = _DAY.search(words)
    rest = words if day is None else words.replace(day[0], " ", 1)
    found = list(_AMOUNT.finditer(rest))
    only = found[0] if len(found) == 1 else None
    amount = None if only is None else number_of(only["number"])
    comes_back = only is not None and (only["minus"] or _BACK.search(rest))
    vendor = _vendor(rest if only is None else rest.replace(only[0], " ", 1))
    return Receipt(
        amount=-amount if amount is not None and comes_back else amount,
        currency=None if only is None else _currency(only["before"] or only["after"]),
        day=None if day is None else _day(day),
        payee="" if comes_back else vendor,
        payer=vendor if comes_back else "",
        number="",
        is_paid=True,
        amounts=(),
    )


def _currency(written: str | None) -> str | None:
    return SYMBOLS.get(written, written) if written else None


def _day(found: re.Match[str]) -> date | None:
    parts = (found[name] or found[f"{name}2"] for name in ("year", "month", "day"))
    try:
        return date(*map(int, parts))
    except ValueError:
        return None


def _vendor(words: str) -> str:
    plain = _NO_VENDOR.sub(" ", _BACK.sub(" ", words))
    return " ".join(word for word in plain.split() if any(map(str.isalpha, word)))
