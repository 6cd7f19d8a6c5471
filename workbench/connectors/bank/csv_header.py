"""The header of a bank's CSV, found by its words; with it comes the delimiter."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from workbench.connectors.bank.csv_words import COLUMNS, OF_AN_INVOICE, SEVERAL, plain
from workbench.connectors.bank.errors import Refused
from workbench.connectors.bank.limits import MAX_PREAMBLE_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DELIMITERS = ",;\t|"
MONEY = ("amount", "debit", "credit", "balance", "fee")

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")  # not splitlines: U+2028 and such stand inside cells
_CURRENCY = re.compile(r"(?<=\w)[ (\[]+(?:in )?(?:(?P<code>[A-Z]{3})|(?P<euro>€|(?i:euros?))|£)[)\]]?$")


class Row(NamedTuple):
    """One row, with the line of the file it ends on."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Where the columns are: `columns` maps a kind of `csv_words.COLUMNS` to its positions."""

    delimiter: str
    names: tuple[str, ...]
    columns: Mapping[str, tuple[int, ...]]
    rows: int
    """Rows up to and with the header."""

    @property
    def width(self) -> int:
        """Cells a row must have: up to the last column that has a name."""
        return max(position for position, name in enumerate(self.names, start=1) if name)

    def cells(self, row: Row, kind: str) -> list[str]:
        """What the row says in the columns of this kind."""
        return [row.cells[position] for position in self.columns.get(kind, ())]

    def cell(self, row: Row, kind: str) -> str:
        """What the row says in the one column of this kind; nothing where there is no such column."""
        positions = self.columns.get(kind)
        return row.cells[positions[0]] if positions else ""

    def currency(self) -> str:
        """The currency named beside the amount, as in "Betrag (EUR)"; else nothing."""
        for kind in MONEY:
            for position in self.columns.get(kind, ()):
                if found := _CURRENCY.search(self.names[position]):
                    return found["code"] or ("EUR" if found["euro"] else "GBP")
        return ""


def find_header(text: str) -> Header | None:
    """The header that knows most columns, under any delimiter; None where no row is one of a statement."""
    found = [header for delimiter in DELIMITERS if (header := _header(text, delimiter))]
    return max(found, key=lambda header: len(header.columns), default=None)


def rows_of(text: str, delimiter: str) -> Iterator[Row]:
    """Every row of the text, cells without outer blanks. Refused where quotes are broken."""
    reader = csv.reader((line[0] for line in _LINE.finditer(text)), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield Row(reader.line_num, [cell.strip() for cell in cells])
    except csv.Error as error:
        raise Refused(f"its cells or quotes are broken ({error})", where=f"line {reader.line_num}") from error


def _header(text: str, delimiter: str) -> Header | None:
    try:
        for number, row in enumerate(islice(rows_of(text, delimiter), MAX_PREAMBLE_ROWS), start=1):
            columns = _columns(row.cells)
            if _is_statement(columns) and OF_AN_INVOICE.isdisjoint(map(plain, row.cells)):
                return Header(delimiter=delimiter, names=tuple(row.cells), columns=columns, rows=number)
    except Refused:
        return None  # under a wrong delimiter quotes look broken
    return None


def _is_statement(columns: Mapping[str, tuple[int, ...]]) -> bool:
    return "booked_on" in columns and ("amount" in columns or {"debit", "credit"} <= columns.keys())


def _columns(names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    ranked = {kind: _ranked(kind, names) for kind in COLUMNS}
    return {kind: _best(kind, ranks) for kind, ranks in ranked.items() if ranks}


def _ranked(kind: str, names: Sequence[str]) -> list[tuple[tuple[int, bool], int]]:
    """How well each column fits the kind; a name that fits only without its currency comes behind."""
    words = COLUMNS[kind]
    spoken = [(plain(name), position, False) for position, name in enumerate(names)]
    if kind in MONEY:
        spoken += [(plain(_CURRENCY.sub("", name)), position, True) for position, name in enumerate(names)]
    return [((words.index(word), short), position) for word, position, short in spoken if word in words]


def _best(kind: str, ranked: list[tuple[tuple[int, bool], int]]) -> tuple[int, ...]:
    """The columns of the first word that occurs; more than one only where a word stands twice."""
    best = min(rank for rank, _ in ranked)
    return tuple(position for rank, position in ranked if rank == best or kind in SEVERAL)
