"""The small values inside every statement format, each read strictly: ValueError says what is wrong with one."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from opc_kernel.money import parse_amount
from opc_kernel.text import canonical
from workbench.connectors.bank.limits import (
    FIRST_YEAR,
    LAST_YEAR,
    MAX_ID_CHARS,
    MAX_NAME_CHARS,
    MAX_TEXT_CHARS,
)

_PLAIN_AMOUNT = re.compile(r"[+-]?(\d{1,30}([.,]\d{0,30})?|[.,]\d{1,30})", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")


def text(raw: str, *, limit: int = MAX_TEXT_CHARS) -> str:
    """Canonical text with every run of white space folded to one blank."""
    folded = " ".join(canonical(raw).split())
    if len(folded) > limit:
        raise ValueError(f"{shown(folded)} has {len(folded)} characters, more than {limit}")
    return folded


def name(raw: str) -> str:
    """The name of a person or firm."""
    return text(raw, limit=MAX_NAME_CHARS)


def identifier(raw: str) -> str:
    """A reference or an id."""
    return text(raw, limit=MAX_ID_CHARS)


def account(raw: str) -> str:
    """An IBAN or account number without spaces."""
    return identifier(raw).replace(" ", "")


def currency(raw: str) -> str:
    """An ISO 4217 code."""
    code = raw.strip()
    if not _CURRENCY.fullmatch(code):
        raise ValueError(f"{shown(code)} is not a currency")
    return code


def amount(raw: str) -> Decimal:
    """A decimal with point or comma, without thousands; at most four places."""
    number = raw.strip()
    if not _PLAIN_AMOUNT.fullmatch(number):
        raise ValueError(f"{shown(number)} is not an amount")
    return parse_amount(number.replace(",", "."))


def day(year: str, month: str, day_of_month: str) -> date:
    """A day of the calendar; two digits of a year are of this century."""
    full_year = int(year) + (2000 if len(year) == 2 else 0)
    if not FIRST_YEAR <= full_year <= LAST_YEAR:
        raise ValueError(f"the year {year} is not one of a statement")
    return date(full_year, int(month), int(day_of_month))


def day_in(raw: str, pattern: re.Pattern[str]) -> date:
    """The day in a text of this pattern, whose first groups are year, month and day of the month."""
    parts = pattern.fullmatch(raw)
    if parts is None:
        raise ValueError(f"{shown(raw)} is not a date")
    return day(*parts.group(1, 2, 3))


def shown(raw: str) -> str:
    """The value as an error message quotes it."""
    return repr(raw if len(raw) <= 40 else raw[:39] + "…")
