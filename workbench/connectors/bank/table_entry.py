"""The entries of a bank's table as lines, once it is clear how the whole table writes its numbers and days."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from workbench.connectors.bank import fields
from workbench.connectors.bank.errors import Refused
from workbench.connectors.bank.reading import Line, State
from workbench.connectors.bank.table_header import MONEY, Header
from workbench.connectors.bank.table_rows import ONE_AMOUNT, Table
from workbench.connectors.bank.table_values import Cell
from workbench.connectors.bank.table_words import CREDIT_SIGNS, NET, PENDING, SIGNS, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

V = TypeVar("V")
T = TypeVar("T")

_SYMBOLS = {"€": "EUR", "£": "GBP"}  # a dollar may be of many countries
_SIGNED = {"+": "plus", "-": "minus", "−": "minus"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What the amounts and days of the table say, each by how it is written."""

    numbers: Mapping[str, Decimal]
    days: Mapping[str, date]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line, and what the row says beyond it."""

    line: Line
    account: str
    balance: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """All of a table, in its order."""

    all: list[Entry]
    doubt: Refused | None
    """Why an amount may be wrong: its sign says one thing, its sign column another. Balances may settle it."""


def money_cells(table: Table) -> Iterator[Cell]:
    """Every amount of the table, its balances too."""
    yield from _cells(table, *MONEY)
    yield from table.openings
    yield from table.closings


def day_cells(table: Table) -> Iterator[Cell]:
    """Every day of the table."""
    return _cells(table, "booked_on", "value_on")


def entries_of(table: Table, ways: Ways) -> Entries:
    """Read every entry. Refused, with its line, where one cannot be right."""
    columns = _Columns(table)
    amounts, doubt = _amounts(columns, ways)
    _refuse_fees(columns, ways)
    value_on = columns.raw("value_on")
    booked_on = [booked or value for booked, value in zip(columns.raw("booked_on"), value_on, strict=True)]
    lines = map(
        _line,
        columns.read(booked_on, lambda raw: _required(ways.days, raw, "date")),
        columns.read(value_on, lambda raw: ways.days[raw] if raw else None),
        amounts,
        _currencies(columns),
        columns.read(_counterparties(columns, amounts), fields.name),
        columns.read(columns.raw("counterparty_account"), fields.account),
        columns.read(columns.joined("text"), fields.text),
        columns.read(columns.raw("reference"), fields.identifier),
        columns.read(columns.raw("bank_id"), fields.identifier),
        columns.read(columns.raw("status"), _state),
    )
    accounts = columns.read(columns.raw("account"), fields.account)
    balances = columns.read(columns.raw("balance"), lambda raw: ways.numbers[raw] if raw else None)
    return Entries(all=list(map(Entry, lines, accounts, balances)), doubt=doubt)


class _Columns:
    """The cells of a table column by column; each different one is read once."""

    def __init__(self, table: Table) -> None:
        self.header: Header = table.header
        self._rows = table.entries

    def raw(self, kind: str) -> list[str]:
        """What each row says in the one column of this kind; nothing where there is no such column."""
        position = self.header.position(kind)
        return [""] * len(self._rows) if position is None else [row.cells[position] for row in self._rows]

    def line(self, number: int) -> int:
        """The line of the file that the entry of this number stands on."""
        return self._rows[number].line

    def joined(self, kind: str) -> list[str]:
        """What each row says in all columns of this kind."""
        positions = self.header.columns.get(kind, ())
        return [" ".join([row.cells[position] for position in positions]) for row in self._rows]

    def read(self, cells: Sequence[V], value: Callable[[V], T]) -> list[T]:
        """Each cell's value; a ValueError refuses the table with the line."""
        first: dict[V, int] = {}
        for number, cell in enumerate(cells):
            first.setdefault(cell, number)
        known: dict[V, T] = {}
        for cell, number in first.items():
            try:
                known[cell] = value(cell)
            except ValueError as error:
                raise Refused(str(error), where=f"line {self.line(number)}") from error
        return [known[cell] for cell in cells]


def _line(
    booked_on: date,
    value_on: date | None,
    amount: Decimal,
    currency: str,
    counterparty: str,
    counterparty_account: str,
    text: str,
    reference: str,
    bank_id: str,
    state: State,
) -> Line:
    return Line(
        booked_on=booked_on,
        value_on=value_on,
        amount=amount,
        currency=currency,
        counterparty=counterparty,
        counterparty_account=counterparty_account,
        text=text,
        reference=reference,
        bank_id=bank_id,
        state=state,
    )


def _cells(table: Table, *kinds: str) -> Iterator[Cell]:
    positions = [position for kind in kinds if (position := table.header.position(kind)) is not None]
    for row in table.entries:
        for position in positions:
            if raw := row.cells[position]:
                yield Cell(row.line, raw)


def _required(values: Mapping[str, V], raw: str, noun: str) -> V:
    if not raw:
        raise ValueError(f"its {noun} is empty")
    return values[raw]


def _amounts(columns: _Columns, ways: Ways) -> tuple[list[Decimal], Refused | None]:
    """The signed amounts, and what speaks against one of them."""
    if "amount" not in columns.header.columns:
        return _debits_and_credits(columns, ways), None
    amounts = columns.read(columns.raw("amount"), lambda raw: _required(ways.numbers, raw, "amount"))
    if "sign" not in columns.header.columns:
        return amounts, None
    signs = columns.read(columns.raw("sign"), _direction)
    directed = [sign * abs(amount) for sign, amount in zip(signs, amounts, strict=True)]
    return directed, _doubt(columns, amounts, signs)


def _direction(said: str) -> int:
    """-1 or 1, as the sign column says; a minus before the amount may say the same again."""
    word = _SIGNED.get(said) or plain(said)
    if word not in SIGNS:
        raise ValueError(f"{fields.shown(said)} is neither debit nor credit")
    return 1 if word in CREDIT_SIGNS else -1


def _doubt(columns: _Columns, amounts: list[Decimal], signs: list[int]) -> Refused | None:
    """The first minus beside a credit."""
    said = columns.raw("sign")
    for number, (amount, sign) in enumerate(zip(amounts, signs, strict=True)):
        if sign > 0 > amount:
            what = f"{amount} stands beside {said[number]!r}, which says the opposite"
            return Refused(what, where=f"line {columns.line(number)}")
    return None


def _debits_and_credits(columns: _Columns, ways: Ways) -> list[Decimal]:
    debits, deposits = columns.raw("debit"), columns.raw("credit")
    plain_debits = {ways.numbers[raw] > 0 for raw in set(debits) if raw and ways.numbers[raw]}
    if len(plain_debits) > 1:
        raise Refused("its debit column holds amounts of both signs", todo=ONE_AMOUNT)
    factor = -1 if True in plain_debits else 1  # some banks write the minus in the debit column, some do not

    def moved(pair: tuple[str, str]) -> Decimal:
        debit, credit = pair
        if not debit and not credit:
            raise ValueError("it has neither a debit nor a credit")
        out = factor * ways.numbers[debit] if debit else Decimal(0)
        into = ways.numbers[credit] if credit else Decimal(0)
        if out and into:
            raise ValueError("it has a debit and a credit")
        return out + into

    return columns.read(list(zip(debits, deposits, strict=True)), moved)


def _refuse_fees(columns: _Columns, ways: Ways) -> None:
    amount = columns.header.position("amount")
    if amount is not None and plain(columns.header.names[amount]) in NET:
        return  # the fee is taken from it already

    def refuse(fee: str) -> None:
        if fee and ways.numbers[fee]:
            raise ValueError(f"a fee of {fee} stands in a column of its own, so what moved is not clear")

    columns.read(columns.raw("fee"), refuse)


def _counterparties(columns: _Columns, amounts: list[Decimal]) -> list[str]:
    names, payers, payees = map(columns.raw, ("counterparty", "payer", "payee"))
    return [
        name or (payer if amount > 0 else payee)
        for name, payer, payee, amount in zip(names, payers, payees, amounts, strict=True)
    ]


def _currencies(columns: _Columns) -> list[str]:
    if "currency" in columns.header.columns:
        return columns.read(columns.raw("currency"), lambda raw: fields.currency(raw.upper()))
    if named := columns.header.currency():
        return [named] * len(columns.raw("amount"))
    money = zip(*map(columns.raw, MONEY), strict=True)
    return [
        next((code for symbol, code in _SYMBOLS.items() if any(symbol in cell for cell in cells)), "")
        for cells in money
    ]


def _state(said: str) -> State:
    return "pending" if plain(said) in PENDING else "booked"
