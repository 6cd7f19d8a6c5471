"""The columns of a table without a header, where what stands in them leaves no doubt what they are."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from workbench.connectors.bank.table_header import Header, Row
from workbench.connectors.bank.table_values import is_amount, is_day
from workbench.connectors.bank.table_words import SIGNS, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ROWS_LOOKED_AT = 200
MIN_COLUMNS = 3
NAME = "column {}"
"""What a column is called that has no name; the fingerprint of a kept layout rests on their number."""

_CENTS = re.compile(r"[-+−(]?[^,.]*(?:[.,' ]\d{3})*[.,]\d\d[-)]?(?: ?[A-Z€$£]{1,3})?")
_MINUS = re.compile(r"[-−(]")
_CURRENCY = re.compile(r"[A-Z]{3}")
_LETTERS = re.compile(r"[^\W\d_]{2}")


def guess_header(rows: Iterable[Row]) -> Header | None:
    """The columns by their content: days, one signed amount, and words; None where anything else is possible.

    Without a minus or a column of signs nothing says what came in and what went out: then it is no statement here.
    """
    first = [row for row in islice(rows, ROWS_LOOKED_AT) if len(list(filter(None, row.cells))) > 1]
    if len(first) > 1 and len(first[-1].cells) < len(first[0].cells):
        first.pop()  # the head of a large file ends anywhere
    widths = {len(row.cells) for row in first}
    if len(widths) != 1 or (width := widths.pop()) < MIN_COLUMNS:
        return None
    columns = [[row.cells[at] for row in first] for at in range(width)]
    days = _which(columns, lambda cells: all(map(is_day, cells)))
    amounts = [at for at in _which(columns, _holds_amounts) if at not in days]
    signs = _which(columns, lambda cells: all(plain(cell) in SIGNS for cell in cells))
    words = [at for at in _which(columns, _holds_words) if at not in (*days, *amounts, *signs)]
    currency = _which(columns, lambda cells: all(map(_CURRENCY.fullmatch, cells)))
    text = [at for at in words if at not in currency]
    signed = len(signs) == 1 or any(_MINUS.match(cell) for at in amounts for cell in columns[at])
    if not days or len(amounts) != 1 or not text or not signed:
        return None
    found = {
        "booked_on": days[:1],
        "value_on": days[1:2],
        "amount": amounts,
        "sign": signs[:1],
        "currency": currency[:1],
        "text": text,
    }
    return Header(
        names=tuple(NAME.format(number) for number in range(1, width + 1)),
        columns={kind: tuple(at) for kind, at in found.items() if at},
        rows=0,
    )


def _which(columns: Sequence[Sequence[str]], holds: Callable[[Sequence[str]], bool]) -> list[int]:
    return [at for at, cells in enumerate(columns) if holds(cells)]


def _holds_amounts(cells: Sequence[str]) -> bool:
    return all(_CENTS.fullmatch(cell) and is_amount(cell) for cell in cells)


def _holds_words(cells: Sequence[str]) -> bool:
    """Whether any cell has words: some rows may have none."""
    return any(map(_LETTERS.search, cells))
