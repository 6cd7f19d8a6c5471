"""A report: tables of typed values that are written once, for somebody to read; whichever the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

from opc_kernel.money import format_amount
from sheets_sync.csv_file import write

Kind = Literal["text", "money", "number", "percent", "day"]
Cell: TypeAlias = str | Decimal | int | date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column and what stands in it; its width is in characters."""

    title: str
    kind: Kind = "text"
    width: float = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A table under a heading. `strong` names the rows, from 0, that stand out: sums and the heads of sections."""

    name: str
    heading: str
    note: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    strong: frozenset[int] = field(default_factory=frozenset)


def csv_of(page: Page) -> bytes:
    """Return a page as CSV: plain numbers, ISO days, every text as the text it is."""
    return write(_texts(page))


def _texts(page: Page) -> Iterator[list[str]]:
    yield [column.title for column in page.columns]
    for row in page.rows:
        yield [_text(cell, column.kind) for cell, column in zip(row, page.columns, strict=True)]


def _text(cell: Cell, kind: Kind) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return format_amount(cell) if kind == "money" else f"{cell.normalize():f}"
        case _:
            return str(cell)
