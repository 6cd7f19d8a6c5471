"""The fields of MT940 and MT942 that hold values, each read strictly: ValueError says what is wrong with one."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from workbench.connectors.bank import fields

SAY_NOTHING = {"", "NONREF", "NOREF", "NOTPROVIDED", "NOT PROVIDED"}
_POINTERS = {"KREF", "EREF", "PREF", "MARF", "KREF+", "EREF+"}
"""In the place of a reference: it stands in :86:."""

IBAN = re.compile(r"[A-Z]{2}\d\d[A-Z0-9]{10,30}", re.ASCII)
_AMOUNT = r"(\d{1,30}(?:,\d{0,30})?)"
_BALANCE = re.compile(rf"([CD])(\d{{6}})([A-Z]{{3}}){_AMOUNT}", re.ASCII)
_ENTRY = re.compile(
    rf"(\d{{6}})(\d{{4}}|[ ]{{4}})?(R?[CD]|E[CD])([A-Z])?[ ]?{_AMOUNT}[ ]?([NFS][\w ]{{3}}|[NFS]\w{{0,2}}$)(.*)",
    re.ASCII,
)
_TOTAL = re.compile(rf"(\d{{1,9}})([A-Z]{{3}}){_AMOUNT}", re.ASCII)
_FLOOR = re.compile(rf"([A-Z]{{3}})[CD]?{_AMOUNT}", re.ASCII)
_DAY = re.compile(r"(\d\d)(\d\d)(\d\d)", re.ASCII)

_SIGNS = {"C": 1, "D": -1, "RC": -1, "RD": 1, "EC": 1, "ED": -1}
"""R takes back, E is expected."""
_NEAR_DAYS = 190


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What stands on the account at the end of a day."""

    on: date
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How many entries of one direction there are, and their sum."""

    count: int
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The values of one transaction. `amount` is signed: money in is positive."""

    booked_on: date
    value_on: date
    amount: Decimal
    expected: bool
    """Told beforehand, and not booked yet."""
    reference: str
    bank_id: str


def balance(raw: str) -> Balance:
    """Field :60:, :62:, :64: or :65:."""
    parts = _parts(_BALANCE, raw, "balance")
    sign = 1 if parts[1] == "C" else -1
    return Balance(on=_day(parts[2]), currency=parts[3], amount=sign * fields.amount(parts[4]))


def total(raw: str) -> Total:
    """Field :90D: or :90C:."""
    parts = _parts(_TOTAL, raw, "number and sum of entries")
    return Total(count=int(parts[1]), currency=parts[2], amount=fields.amount(parts[3]))


def floor_currency(raw: str) -> str:
    """The currency of field :34F:, which says from what amount on an interim report has entries."""
    return _parts(_FLOOR, raw, "floor limit")[1]


def account(raw: str, currency: str) -> str:
    """Field :25:, without the currency behind the number and the BIC before an IBAN that some banks write."""
    number = fields.account(raw).strip("/")
    bare = number.removesuffix(currency)
    number = bare if bare[-1:].isdigit() else number
    behind = number.rpartition("/")[2]
    return behind if IBAN.fullmatch(behind) else number


def entry(raw: str) -> Entry:
    """The first line of field :61:."""
    parts = _parts(_ENTRY, raw, "transaction")
    value_on = _day(parts[1])
    reference, _, bank_id = parts[7].partition("//")
    return Entry(
        booked_on=_near(value_on, parts[2]) if (parts[2] or "").strip() else value_on,
        value_on=value_on,
        amount=_SIGNS[parts[3]] * fields.amount(parts[5]),
        expected=parts[3].startswith("E"),
        reference=_told(reference),
        bank_id=_told(bank_id),
    )


def _parts(pattern: re.Pattern[str], raw: str, noun: str) -> re.Match[str]:
    parts = pattern.fullmatch(raw.rstrip())
    if parts is None:
        raise ValueError(f"{fields.shown(raw)} is not a {noun}")
    return parts


def _told(raw: str) -> str:
    """A reference, unless the bank wrote that there is none or that it stands in :86:."""
    told = fields.identifier(raw)
    return "" if told in SAY_NOTHING | _POINTERS else told


def _day(raw: str) -> date:
    """A day YYMMDD. German banks count interest in months of 30 days: for them February has 29 and 30, its last day."""
    year, month, day_of_month = _parts(_DAY, raw, "date").groups()
    if month == "02" and day_of_month in {"29", "30"}:
        day_of_month = str(calendar.monthrange(2000 + int(year), 2)[1])
    return fields.day(year, month, day_of_month)


def _near(value_on: date, month_and_day: str) -> date:
    """The entry day MMDD in the year that brings it nearest to the value day: between them the year may turn."""
    month, day_of_month = int(month_and_day[:2]), int(month_and_day[2:])
    days = [
        date(year, month, day_of_month)
        for year in (value_on.year - 1, value_on.year, value_on.year + 1)
        if 1 <= month <= 12 and 1 <= day_of_month <= calendar.monthrange(year, month)[1]
    ]
    nearest = min(days, key=lambda day: abs(day - value_on), default=None)
    if nearest is None or abs((nearest - value_on).days) > _NEAR_DAYS:
        raise ValueError(f"the entry date {fields.shown(month_and_day)} is no day near {value_on}")
    return nearest
