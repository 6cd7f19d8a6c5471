"""The rows of a bank's table, each known for what it is: an entry, a summary or a caption; else Refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from workbench.connectors.bank.errors import Refused
from workbench.connectors.bank.table_header import Header, Row, holds_securities
from workbench.connectors.bank.table_values import Cell, is_amount
from workbench.connectors.bank.table_words import (
    DEBIT_SIGNS,
    NEVER_HAPPENED,
    SIGNS,
    SUMMARIES,
    SUMMARY_STEMS,
    plain,
)
from workbench.workbook import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ONE_AMOUNT = "Export the statement with one signed amount column, or as CAMT or OFX."
BOOKED_ONLY = "Export the statement of the cash account, not a list of orders or holdings."

_UP_TO_A_DAY = re.compile(r"(?: (?:vom|am|per|zum|on|as of|op|au|du|al|el|na|dzien|den|pr))*(?: \d+)+$")
_DIGIT = re.compile(r"\d")
_SUMMARY_STEM = re.compile("|".join(SUMMARY_STEMS))
_CURRENCY = re.compile(r"[A-Za-z]{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as it stands, before its numbers and days are read."""

    header: Header
    entries: list[Row]
    openings: list[Cell]
    """The opening balance, where a row before or below the entries states one in words; likewise the closing."""
    closings: list[Cell]
    preamble: str
    never_happened: int
    """Rows that say of themselves that they were declined or reverted."""


def table(header: Header, rows: Sequence[Row]) -> Table:
    """Tell the rows apart. Refused when one is cut, too long, or nothing that a statement has."""
    _refuse_unclear(header)
    sums = {row.line: about for row in rows if (about := _summary(header, row))}
    last, width = rows[-1].line, header.width
    entries = [
        row
        for row in rows[header.rows :]
        if row.line not in sums and _is_entry(header, row, width, is_last=row.line == last)
    ]
    happened = _happened(header, entries)
    return Table(
        header=_told_by_content(header, entries),
        entries=happened,
        openings=[cell for row in rows if sums.get(row.line) == "opening" for cell in _last_amount(row)],
        closings=[cell for row in rows if sums.get(row.line) == "closing" for cell in _last_amount(row)],
        preamble="\n".join(cell for row in rows[: max(header.rows - 1, 0)] for cell in row.cells),
        never_happened=len(entries) - len(happened),
    )


def _refuse_unclear(header: Header) -> None:
    if holds_securities(header.names, words=1):
        raise Refused("it lists securities, which are not read", todo=BOOKED_ONLY)
    for kind in ("booked_on", "amount", "debit", "credit"):
        if len(twice := header.columns.get(kind, ())) > 1:
            raise Refused(
                f"{len(twice)} of its columns are called {header.names[twice[0]]!r}", todo=ONE_AMOUNT
            )


def _summary(header: Header, row: Row) -> str:
    """What the row sums up, by the words in one of its cells; nothing for an entry."""
    if not _SUMMARY_STEM.search(" ".join(row.cells).casefold()):
        return ""
    words = (_UP_TO_A_DAY.sub("", plain(cell)) for cell in row.cells)
    about = next((SUMMARIES[word] for word in words if word in SUMMARIES), "")
    # There are firms called Total; but then the row has a day.
    date_cell = row.cells[header.columns["booked_on"][0] :][:1]
    return "" if about == "total" and any(map(_DIGIT.search, date_cell)) else about


def _is_entry(header: Header, row: Row, width: int, *, is_last: bool) -> bool:
    """Whether the row is an entry; Refused when it is none, and nothing else we know either."""
    found = len(row.cells)
    if width <= found <= len(header.names) and row.cells[header.columns["booked_on"][0]][:1].isdigit():
        return True
    filled = [cell for cell in row.cells if cell]
    if not filled:
        return False
    if len(filled) == 1 and not is_last and not _DIGIT.search(filled[0]):
        return False  # a caption between the entries; as the last row it may be an entry cut off
    if found < width or any(row.cells[len(header.names) :]):
        raise Refused(f"it has {found} cells where the header has {width}", where=f"line {row.line}")
    return True


def _happened(header: Header, entries: list[Row]) -> list[Row]:
    status = header.position("status")
    if status is None:
        return entries
    said = lru_cache(maxsize=1000)(plain)
    return [row for row in entries if said(row.cells[status]) not in NEVER_HAPPENED]


def _last_amount(row: Row) -> list[Cell]:
    """One cell or none; negative where the row says debit."""
    amounts = [cell for cell in row.cells if isinstance(cell, Number) or is_amount(cell)]
    minus = "-" if any(plain(cell) in DEBIT_SIGNS for cell in row.cells) else ""
    return [
        Cell(row.line, type(cell)(minus + cell.removeprefix(minus)) if minus else cell)
        for cell in amounts[-1:]
    ]


def _told_by_content(header: Header, entries: list[Row]) -> Header:
    """The header, with the columns whose name leaves open what they hold, or that have none."""
    columns = dict(header.columns)
    if "sign" not in columns and "amount" in columns:
        for at in (at for at, name in enumerate(header.names) if not name):
            if _all_of(entries, at, lambda said: plain(said) in SIGNS):
                columns["sign"] = (at,)
    value_on = header.position("value_on")
    # "Valuta" is the value date in some languages and the currency in others.
    if "currency" not in columns and value_on is not None and _all_of(entries, value_on, _CURRENCY.fullmatch):
        columns["currency"] = columns.pop("value_on")
    return replace(header, columns=columns)


def _all_of(entries: list[Row], position: int, holds: Callable[[str], object]) -> bool:
    """Whether the column says something in some rows, and each time what is asked for."""
    said = {row.cells[position] for row in entries if len(row.cells) > position}
    return bool(said) and all(map(holds, said))
