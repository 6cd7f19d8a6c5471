"""Everything the closing of one month rests on, asked of the company at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from opc_kernel.log.protocol import Queryable
from opc_kernel.money import format_amount
from opc_kernel.sql import load_sql
from workbench.capabilities.books.months.events import PACKAGE
from workbench.capabilities.books.months.line import Line, line_from
from workbench.capabilities.books.months.lock import Months, first_day, last_day, load_months, stream
from workbench.capabilities.books.months.summary import AGES, AccountCash, OpenItems, Summary, summarise
from workbench.settings import Settings

CASH = (
    "SELECT account, currency, opening, money_in, money_out, transfers, closing, unexplained "
    "FROM cash WHERE month = $month ORDER BY account, currency"
)
READ_UP_TO = "SELECT min(position) FROM read_model"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One month as the company knows it now. `rows` are its lines with what a person knows them by."""

    month: str
    months: Months
    position: int
    """Up to where the log had been read, at least."""
    lines: tuple[Line, ...]
    rows: Sequence[Row]
    summary: Summary
    open_items: Sequence[Row]
    earlier_open: tuple[str, ...]
    reaches: Mapping[str, date]
    doubts: tuple[str, ...]
    accepted_faults: Sequence[Row]
    odd_transactions: Sequence[Row]
    odd_documents: Sequence[Row]

    @property
    def is_closed(self) -> bool:
        """Whether it is closed."""
        return self.month in self.months.closed

    @property
    def versions(self) -> dict[str, int]:
        """The versions of all that the closing rests on: its transactions, and every month."""
        transactions = {row["stream"]: row["version"] for row in self.rows if row["version"] is not None}
        months = {stream(month): version for month, version in self.months.versions.items()}
        return {**transactions, **months, **self.months.guard(first_day(self.month))}


def load_facts(company: Queryable, settings: Settings, month: str) -> Facts:
    """Ask for one month. The position is read first: what comes after it shows as another version."""

    def ask(name: str, **parameters: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - SQL parameters are plain values
        return company.query(load_sql(PACKAGE, name), **parameters).dicts()

    first, last = first_day(month), last_day(month)
    position = company.query(READ_UP_TO).rows[0][0]
    months = load_months(company)
    rows = ask("lines", month=month)
    lines = tuple(line_from(row) for row in rows)
    items = ask("open_items", as_of=last)
    return Facts(
        month=month,
        months=months,
        position=position,
        lines=lines,
        rows=rows,
        summary=summarise(
            month,
            lines,
            base_currency=settings.base_currency,
            cash=[_cash(row) for row in company.query(CASH, month=month).dicts()],
            open_items=_by_age(items),
        ),
        open_items=items,
        earlier_open=tuple(row["month"] for row in ask("earlier_open", first=first)),
        reaches={row["account"]: row["reaches"] for row in ask("statement_reach")},
        doubts=tuple(row["doubt"] for row in ask("open_doubts", last=last)),
        accepted_faults=ask("accepted_faults", first=first, last=last),
        odd_transactions=ask("odd_transactions"),
        odd_documents=ask("odd_documents"),
    )


def _cash(row: Row) -> AccountCash:
    texts = {
        name: format_amount(value) if isinstance(value, Decimal) else value for name, value in row.items()
    }
    return AccountCash(**texts)


def _by_age(items: Sequence[Row]) -> list[OpenItems]:
    def key(row: Row) -> tuple[bool, str, int]:
        return row["direction"] == "in", row["currency"], AGES.index(row["age"])

    groups = [[*group] for _, group in groupby(sorted(items, key=key), key=key)]
    return [
        OpenItems(
            direction=group[0]["direction"],
            currency=group[0]["currency"],
            age=group[0]["age"],
            documents=len(group),
            amount=format_amount(sum((row["open"] for row in group), Decimal(0))),
        )
        for group in groups
    ]
