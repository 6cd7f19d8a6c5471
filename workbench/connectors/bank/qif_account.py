"""One account of a QIF file: its transactions as lines, its opening balance, and what of securities is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from workbench.connectors.bank import fields
from workbench.connectors.bank.errors import Refused, at
from workbench.connectors.bank.reading import Line, Statement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from workbench.connectors.bank.qif_records import Record

SECURITIES = {"invst", "port", "401(k)/403(b)", "mutual"}

_CODES = set("DTUCNPMALSE$%FX")
_ONCE = set("DTUCNPML")
_OPENING = "opening balance"
_CASH_ACTIONS = {"cash": 0, "xin": 1, "xout": -1}
"""What moves the cash of a securities account and nothing else, and in which direction; 0: as its sign says."""

_TRANSFER = re.compile(r"\[([^\]]{1,200})\].{0,200}")

_DAY = re.compile(r"(\d{1,2})\s*([./-])\s*(\d{1,2})\s*(?:([./-])\s*(\d{4}|\d\d)|'\s*(\d{4}|\d\d?))", re.ASCII)
_FIRST_YEAR_OF_1900S = 70
"""Two digits of a year behind a slash are of the last century from here on: no statement is of 2070 yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What the days and amounts of the file say, each by how it is written."""

    days: Mapping[str, date]
    amounts: Mapping[str, Decimal]


def plain_day(raw: str) -> str:
    """A day as others write it: Quicken pads with blanks, and sets an apostrophe before a year from 2000 on."""
    parts = _DAY.fullmatch(raw)
    if parts is None:
        return raw
    year = int(parts[5] or parts[6])
    if year < 100:
        year += 1900 if parts[5] and year >= _FIRST_YEAR_OF_1900S else 2000
    return f"{parts[1]}{parts[2]}{parts[3]}{parts[2]}{year}"


def account_named(record: Record) -> str:
    """The name an !Account block gives."""
    with at(f"line {record.line}"):
        if name := fields.identifier(record.first("N")):
            return name
        raise ValueError("the account has no name (N)")


def empty(account: str) -> Statement:
    """An account without transactions."""
    return _statement(account, (), None, values=Values(days={}, amounts={}))


def statement(account: str, kind: str, records: Sequence[Record], values: Values) -> Statement:
    """Read the records of one account; `account` is empty when no !Account block names it."""
    for record in records:
        with at(f"line {record.line}"):
            _refuse_twice(record)
    first = records[0] if records else None
    opening = first if first and _is_opening(first, account) else None
    rest = records[1:] if opening else records
    if kind not in SECURITIES:
        lines = tuple(_line(record, values) for record in rest)
        return _statement(account, lines, opening, values=values)
    cash = [record for record in rest if record.first("N").casefold() in _CASH_ACTIONS and record.first("T")]
    left = len(rest) - len(cash)
    return _statement(
        account,
        tuple(_line(record, values, securities=True) for record in cash),
        opening,
        values=values,
        left_out=f"{left} investment transaction{'s' if left > 1 else ''}" if left else "",
    )


def _statement(
    account: str, lines: tuple[Line, ...], opening: Record | None, *, values: Values, left_out: str = ""
) -> Statement:
    opened, opening_on = None, None
    if opening is not None:
        with at(f"line {opening.line}"):
            account = account or fields.identifier(_own(opening))
            opened, opening_on = _amount(opening, values), _day(opening, values)
    return Statement(
        account=account or None,
        currency="",
        opening=opened,
        opening_on=opening_on,
        closing=None,
        closing_on=None,
        number="",
        lines=lines,
        left_out=left_out,
    )


def _is_opening(record: Record, account: str) -> bool:
    """Quicken begins an account with a transfer into itself, or of this name: its balance, and no transaction."""
    if not (record.first("T") or record.first("U")):
        return False
    own = _own(record)
    named = record.first("P").casefold() == _OPENING and (own or not record.first("L"))
    return bool(named or (own and own == account))


def _own(record: Record) -> str:
    """The other account of a transfer, which stands in brackets."""
    parts = _TRANSFER.fullmatch(record.first("L"))
    return parts[1].strip() if parts else ""


def _line(record: Record, values: Values, *, securities: bool = False) -> Line:
    with at(f"line {record.line}"):
        amount = _amount(record, values)
        if securities:
            amount = (
                amount if (sign := _CASH_ACTIONS[record.first("N").casefold()]) == 0 else sign * abs(amount)
            )
        else:
            _refuse_unknown(record)
            _refuse_unequal(record, amount, values)
        memos = [record.first("M")] if record.first("M") else [row.value for row in record.all("E")]
        return Line(
            booked_on=_day(record, values),
            value_on=None,
            amount=amount,
            currency="",
            counterparty=fields.name(record.first("P")),
            counterparty_account=fields.identifier(_own(record)),
            text=fields.text("; ".join(memos)),
            reference="" if securities else fields.identifier(record.first("N")),
        )


def _day(record: Record, values: Values) -> date:
    if raw := record.first("D"):
        return values.days[plain_day(raw)]
    raise ValueError("the date (D) is missing")


def _amount(record: Record, values: Values) -> Decimal:
    """T; U repeats it for amounts of more digits than Quicken once had."""
    stated = {values.amounts[raw] for raw in (record.first("T"), record.first("U")) if raw}
    if len(stated) != 1:
        raise ValueError("the amounts T and U differ" if stated else "the amount (T) is missing")
    return stated.pop()


def _refuse_twice(record: Record) -> None:
    """What can be there only once is there twice where the ^ between two records is lost."""
    codes: list[str] = []
    for row in record.rows:
        if row.code == "D" and "S" in codes:
            continue  # some write a date into a split
        if row.code in _ONCE and row.code in codes:
            raise Refused(f"the record has {row.code} twice: a line ^ is missing", where=f"line {row.line}")
        codes.append(row.code)


def _refuse_unknown(record: Record) -> None:
    for row in record.rows:
        if row.code not in _CODES:
            raise Refused(
                f"{fields.shown(row.code + row.value)} is no field of QIF", where=f"line {row.line}"
            )


def _refuse_unequal(record: Record, amount: Decimal, values: Values) -> None:
    """The parts of a split make its whole; where a part states its share only in percent, that stays open."""
    parts = [values.amounts[row.value] for row in record.all("$")]
    if parts and len(parts) >= len(record.all("S")) and sum(parts) != amount:
        raise ValueError(f"its parts make {sum(parts)}, and not its amount of {amount}")
