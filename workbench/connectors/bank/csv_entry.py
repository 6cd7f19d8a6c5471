"""One row of a bank's CSV as a line, once it is clear how the whole file writes its numbers and days."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from workbench.connectors.bank import fields
from workbench.connectors.bank.csv_header import MONEY, Header, Row
from workbench.connectors.bank.csv_table import ONE_AMOUNT, Table
from workbench.connectors.bank.csv_values import Cell, amounts_in, days_in
from workbench.connectors.bank.csv_words import CREDIT_SIGNS, PENDING, SIGNS, plain
from workbench.connectors.bank.errors import Refused
from workbench.connectors.bank.reading import Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

_SYMBOLS = {"€": "EUR", "£": "GBP"}  # a dollar may be of many countries


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What the amounts and days of the file say, and how it writes what leaves the account."""

    numbers: Mapping[str, Decimal]
    days: Mapping[str, date]
    debit: int
    """-1 where the debit column holds plain amounts, 1 where they carry their minus already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line, and what the row says beyond it."""

    line: Line
    account: str
    balance: Decimal | None


def ways_of(table: Table) -> Ways:
    """Decided over all entries and stated balances; Refused when they leave it open."""
    numbers = amounts_in([*_cells(table, *MONEY), *table.openings, *table.closings])
    days = days_in(_cells(table, "booked_on", "value_on"))
    debits = {numbers[cell.raw] > 0 for cell in _cells(table, "debit") if numbers[cell.raw]}
    if len(debits) > 1 and "amount" not in table.header.columns:
        raise Refused("its debit column holds amounts of both signs", todo=ONE_AMOUNT)
    return Ways(numbers=numbers, days=days, debit=-1 if True in debits else 1)


def entry(header: Header, row: Row, ways: Ways) -> Entry:
    """ValueError says what is wrong with the row."""
    amount = _amount(header, row, ways)
    _refuse_fee(header, row, ways)
    value_on = header.cell(row, "value_on")
    booked_on = header.cell(row, "booked_on") or value_on
    if not booked_on:
        raise ValueError("its date is empty")
    balance = header.cell(row, "balance")
    line = Line(
        booked_on=ways.days[booked_on],
        value_on=ways.days[value_on] if value_on else None,
        amount=amount,
        currency=_currency(header, row),
        counterparty=fields.name(
            header.cell(row, "counterparty") or header.cell(row, "payer" if amount > 0 else "payee")
        ),
        counterparty_account=fields.account(header.cell(row, "counterparty_account")),
        text=fields.text(" ".join(header.cells(row, "text"))),
        reference=fields.identifier(header.cell(row, "reference")),
        bank_id=fields.identifier(header.cell(row, "bank_id")),
        state="pending" if plain(header.cell(row, "status")) in PENDING else "booked",
    )
    return Entry(
        line=line,
        account=fields.account(header.cell(row, "account")),
        balance=ways.numbers[balance] if balance else None,
    )


def _cells(table: Table, *kinds: str) -> Iterator[Cell]:
    for row in table.entries:
        for kind in kinds:
            if raw := table.header.cell(row, kind):
                yield Cell(row.line, raw)


def _amount(header: Header, row: Row, ways: Ways) -> Decimal:
    if "amount" not in header.columns:
        return _debit_or_credit(header, row, ways)
    raw = header.cell(row, "amount")
    if not raw:
        raise ValueError("its amount is empty")
    amount = ways.numbers[raw]
    return _directed(amount, header.cell(row, "sign")) if "sign" in header.columns else amount


def _directed(amount: Decimal, sign: str) -> Decimal:
    """The amount in the direction that its sign column says; a minus may say the same again."""
    if plain(sign) not in SIGNS:
        raise ValueError(f"{fields.shown(sign)} is neither debit nor credit")
    if plain(sign) not in CREDIT_SIGNS:
        return -abs(amount)
    if amount < 0:
        raise ValueError(f"{amount} stands beside {sign!r}, which says the opposite")
    return amount


def _debit_or_credit(header: Header, row: Row, ways: Ways) -> Decimal:
    debit, credit = header.cell(row, "debit"), header.cell(row, "credit")
    moved = [ways.debit * ways.numbers[debit]] if debit else []
    moved += [ways.numbers[credit]] if credit else []
    if not moved:
        raise ValueError("it has neither a debit nor a credit")
    if len(moved) == 2 and all(moved):
        raise ValueError("it has a debit and a credit")
    return sum(moved, Decimal(0))


def _refuse_fee(header: Header, row: Row, ways: Ways) -> None:
    fee = header.cell(row, "fee")
    if fee and ways.numbers[fee]:
        raise ValueError(f"a fee of {fee} stands in a column of its own, so what moved is not clear")


def _currency(header: Header, row: Row) -> str:
    if "currency" in header.columns:
        return fields.currency(header.cell(row, "currency").upper())
    amounts = "".join(header.cell(row, kind) for kind in MONEY)
    by_symbol = next((code for symbol, code in _SYMBOLS.items() if symbol in amounts), "")
    return header.currency() or by_symbol
