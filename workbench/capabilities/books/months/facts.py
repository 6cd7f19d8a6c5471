"""Everything the closing of one month rests on, asked of the company at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from opc_kernel.log.protocol import Queryable
from opc_kernel.money import format_amount
from opc_kernel.sql import load_sql
from workbench.capabilities.books.months.events import PACKAGE
from workbench.capabilities.books.months.line import Line, line_from
from workbench.capabilities.books.months.lock import Months, first_day, last_day, load_months, stream
from workbench.capabilities.books.months.summary import AccountCash, OpenItem, Summary, summarise
from workbench.settings import Settings

CASH = (
    "SELECT account, currency, opening, money_in, money_out, transfers, closing, unexplained "
    "FROM cash WHERE month = $month ORDER BY account, currency"
)
CLOSED_WITH = "SELECT summary::VARCHAR AS summary FROM month WHERE month = $month AND state = 'closed'"
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
    evidence: Sequence[Row]
    """The files that stand for its transactions."""
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
    return Facts(
        month=month,
        months=months,
        position=position,
        lines=lines,
        rows=rows,
        summary=_closed_with(company, month) or _summary(company, settings, month, lines),
        evidence=ask("evidence", month=month),
        earlier_open=tuple(row["month"] for row in ask("earlier_open", first=first)),
        reaches={row["account"]: row["reaches"] for row in ask("statement_reach")},
        doubts=tuple(row["doubt"] for row in ask("open_doubts", last=last)),
        accepted_faults=ask("accepted_faults", first=first, last=last),
        odd_transactions=ask("odd_transactions"),
        odd_documents=ask("odd_documents"),
    )


def _closed_with(company: Queryable, month: str) -> Summary | None:
    """Return what a closed month was closed with."""
    row = company.query(CLOSED_WITH, month=month).one()
    return None if row is None else Summary.model_validate_json(row["summary"])


def _summary(company: Queryable, settings: Settings, month: str, lines: Sequence[Line]) -> Summary:
    items = company.query(load_sql(PACKAGE, "open_items"), as_of=last_day(month)).dicts()
    return summarise(
        month,
        lines,
        base_currency=settings.base_currency,
        cash=[_cash(row) for row in company.query(CASH, month=month).dicts()],
        open_items=[_item(row) for row in items],
    )


def _cash(row: Row) -> AccountCash:
    texts = {
        name: format_amount(value) if isinstance(value, Decimal) else value for name, value in row.items()
    }
    return AccountCash(**texts)


def _item(row: Row) -> OpenItem:
    named = {name: row[name] for name in OpenItem.model_fields}
    return OpenItem(**{**named, "open": format_amount(row["open"])})
