"""The rows of a bank's CSV, each known for what it is: an entry, a summary or a caption; else Refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice

from workbench.connectors.bank.csv_header import Header, Row, find_header, rows_of
from workbench.connectors.bank.csv_values import Cell, is_amount
from workbench.connectors.bank.csv_words import (
    DEBIT_SIGNS,
    NEVER_HAPPENED,
    OF_SECURITIES,
    SIGNS,
    SUMMARIES,
    SUMMARY_STEMS,
    plain,
)
from workbench.connectors.bank.errors import SHORTER, Refused
from workbench.connectors.bank.limits import MAX_CELLS, MAX_ROWS

ONE_AMOUNT = "Export the statement with one signed amount column, or as CAMT or OFX."
BOOKED_ONLY = "Export the statement of the cash account, not a list of orders or holdings."

_UP_TO_A_DAY = re.compile(r"(?: (?:vom|am|per|zum|on|as of|op|au|du|al|el))?(?: \d+)+$")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A CSV as it stands, before its numbers and days are read."""

    header: Header
    entries: list[Row]
    openings: list[Cell]
    """The opening balance, where a row before or below the entries states one in words; likewise the closing."""
    closings: list[Cell]
    preamble: str


def table(text: str) -> Table:
    """Header and rows. Refused when a row is cut, too long, or nothing that a statement has."""
    header = find_header(text)
    if header is None:
        raise Refused("its header is broken")
    _refuse_unclear(header)
    rows = _bounded_rows(text, header.delimiter)
    sums = {row.line: about for row in rows if (about := _summary(header, row))}
    entries = [
        row
        for row in rows[header.rows :]
        if row.line not in sums and _is_entry(header, row, is_last=row is rows[-1])
    ]
    return Table(
        header=_with_untitled_sign(header, entries),
        entries=[row for row in entries if plain(header.cell(row, "status")) not in NEVER_HAPPENED],
        openings=[cell for row in rows if sums.get(row.line) == "opening" for cell in _last_amount(row)],
        closings=[cell for row in rows if sums.get(row.line) == "closing" for cell in _last_amount(row)],
        preamble="\n".join(cell for row in rows[: header.rows - 1] for cell in row.cells),
    )


def _refuse_unclear(header: Header) -> None:
    if not OF_SECURITIES.isdisjoint(map(plain, header.names)):
        raise Refused("it lists securities, which are not read", todo=BOOKED_ONLY)
    for kind in ("booked_on", "amount", "debit", "credit"):
        if len(twice := header.columns.get(kind, ())) > 1:
            raise Refused(
                f"{len(twice)} of its columns are called {header.names[twice[0]]!r}", todo=ONE_AMOUNT
            )


def _bounded_rows(text: str, delimiter: str) -> list[Row]:
    if text.count(delimiter) > MAX_CELLS:
        raise Refused(f"it has more than {MAX_CELLS:,} cells", todo=SHORTER)
    rows = list(islice(rows_of(text, delimiter), MAX_ROWS + 1))
    if len(rows) > MAX_ROWS:
        raise Refused(f"it has more than {MAX_ROWS:,} rows", todo=SHORTER)
    return rows


def _summary(header: Header, row: Row) -> str:
    """What the row sums up, by the words in one of its cells; nothing for an entry."""
    said = " ".join(row.cells).casefold()
    if not any(stem in said for stem in SUMMARY_STEMS):
        return ""
    words = (_UP_TO_A_DAY.sub("", plain(cell)) for cell in row.cells)
    about = next((SUMMARIES[word] for word in words if word in SUMMARIES), "")
    # There are firms called Total; but then the row has a day.
    date_cell = row.cells[header.columns["booked_on"][0] :][:1]
    return "" if about == "total" and any(map(_DIGIT.search, date_cell)) else about


def _is_entry(header: Header, row: Row, *, is_last: bool) -> bool:
    """Whether the row is an entry; Refused when it is none, and nothing else we know either."""
    filled = [cell for cell in row.cells if cell]
    if not filled:
        return False
    if len(filled) == 1 and not is_last and not _DIGIT.search(filled[0]):
        return False  # a caption between the entries; as the last row it may be an entry cut off
    found, expected = len(row.cells), header.width
    if found < expected or any(row.cells[len(header.names) :]):
        raise Refused(f"it has {found} cells where the header has {expected}", where=f"line {row.line}")
    return True


def _last_amount(row: Row) -> list[Cell]:
    """One cell or none; negative where the row says debit."""
    amounts = [cell for cell in row.cells if is_amount(cell)]
    minus = "-" if any(plain(cell) in DEBIT_SIGNS for cell in row.cells) else ""
    return [Cell(row.line, minus + cell.removeprefix(minus)) for cell in amounts[-1:]]


def _with_untitled_sign(header: Header, entries: list[Row]) -> Header:
    """The header, with the column of S and H, or D and C, that some banks leave without a title."""
    if "sign" in header.columns or "amount" not in header.columns:
        return header
    for position in (position for position, name in enumerate(header.names) if not name):
        said = {plain(row.cells[position]) for row in entries if len(row.cells) > position}
        if said and said <= SIGNS:
            return replace(header, columns={**header.columns, "sign": (position,)})
    return header
