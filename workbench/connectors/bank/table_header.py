"""The header of a bank's table, found by its words in any of a dozen languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from opc_kernel.ids import derived_id
from workbench.connectors.bank.limits import MAX_COLUMNS, MAX_PREAMBLE_ROWS
from workbench.connectors.bank.table_words import COLUMNS, OF_AN_INVOICE, OF_SECURITIES, SEVERAL, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MONEY = ("amount", "debit", "credit", "balance", "fee")

_CURRENCY = re.compile(r"(?<=\w)[ (\[]+(?:in )?(?:(?P<code>[A-Z]{3})|(?P<euro>€|(?i:euros?))|£)[)\]]?$")


class Row(NamedTuple):
    """One row, with the line of the file it ends on."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Where the columns are: `columns` maps a kind of `table_words.COLUMNS` to its positions."""

    names: tuple[str, ...]
    columns: Mapping[str, tuple[int, ...]]
    rows: int
    """Rows up to and with the header."""

    @property
    def width(self) -> int:
        """Cells a row must have: up to the last column that has a name."""
        return max(position for position, name in enumerate(self.names, start=1) if name)

    @property
    def fingerprint(self) -> str:
        """The same for every export with these columns."""
        return derived_id(*map(plain, self.names))

    def position(self, kind: str) -> int | None:
        """Where the one column of this kind is; None where there is no such column."""
        positions = self.columns.get(kind)
        return positions[0] if positions else None

    def currency(self) -> str:
        """The currency named beside the amount, as in "Betrag (EUR)"; else nothing."""
        for kind in MONEY:
            for position in self.columns.get(kind, ()):
                if found := _CURRENCY.search(self.names[position]):
                    return found["code"] or ("EUR" if found["euro"] else "GBP")
        return ""


def find_header(rows: Iterable[Row]) -> Header | None:
    """The first of the rows that names a date, and an amount or debit and credit; None where none does."""
    for number, row in enumerate(islice(rows, MAX_PREAMBLE_ROWS), start=1):
        columns = _columns(row.cells)
        if _is_statement(columns) and OF_AN_INVOICE.isdisjoint(map(plain, row.cells)):
            return Header(names=tuple(row.cells), columns=columns, rows=number)
    return None


def holds_securities(names: Iterable[str], *, words: int = 2) -> bool:
    """Whether a row with these cells is the header of orders or holdings; a statement's is with one such word."""
    return len(OF_SECURITIES.intersection(map(plain, names))) >= words


def _is_statement(columns: Mapping[str, tuple[int, ...]]) -> bool:
    return "booked_on" in columns and ("amount" in columns or {"debit", "credit"} <= columns.keys())


def _columns(names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    filled = [(position, name) for position, name in enumerate(names) if name]
    if len(filled) > MAX_COLUMNS:
        return {}
    spoken = [(plain(name), position, False) for position, name in filled]
    shorter = [(plain(_CURRENCY.sub("", name)), position, True) for position, name in filled]
    ranked = {kind: _ranked(kind, spoken + shorter if kind in MONEY else spoken) for kind in COLUMNS}
    return {kind: _best(kind, ranks) for kind, ranks in ranked.items() if ranks}


def _ranked(kind: str, spoken: Iterable[tuple[str, int, bool]]) -> list[tuple[tuple[int, bool], int]]:
    """How well each column fits the kind; a name that fits only without its currency comes behind."""
    words = COLUMNS[kind]
    return [((words.index(word), short), position) for word, position, short in spoken if word in words]


def _best(kind: str, ranked: list[tuple[tuple[int, bool], int]]) -> tuple[int, ...]:
    """The columns of the first word that occurs; more than one only where a word stands twice."""
    best = min(rank for rank, _ in ranked)
    return tuple(position for rank, position in ranked if rank == best or kind in SEVERAL)
