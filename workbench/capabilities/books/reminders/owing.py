"""Asking the company what is owed on invoices of ours, with what it is worth at home."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from opc_kernel.event import EventData, Write
from opc_kernel.ids import derived_id
from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql
from workbench.capabilities.books.events import PACKAGE as BOOKS
from workbench.capabilities.books.reminders.events import PACKAGE
from workbench.capabilities.books.reminders.owed import Owed
from workbench.settings import Settings

NAME = "collector"
CENT = Decimal("0.01")
READS = ("invoice_owed", "rate")


def owed_on(company: Queryable, streams: Sequence[str], settings: Settings, day: date) -> list[Owed]:
    """Return what is owed on these invoices, the longest overdue first."""
    rows = company.query(load_sql(PACKAGE, "owed"), streams=list(streams)).dicts()
    worth = {
        currency: _worth(company, currency, settings, day) for currency in {row["currency"] for row in rows}
    }
    return [Owed(**row, at_stake=_at_home(row["owed"], worth[row["currency"]])) for row in rows]


def written(owed: Owed, data: EventData, because: str) -> Write:
    """Return what is told about an invoice's reminders, once for each row or effect it comes of."""
    stream = owed.reminder_stream
    return Write(
        stream=stream,
        event_id=derived_id(stream, data.event_type, because),
        data=data,
        actor=NAME,
        causation_id=owed.event_id,
    )


def _worth(company: Queryable, currency: str, settings: Settings, day: date) -> Decimal | None:
    """What one unit is worth at home, None where no recent rate says."""
    if currency == settings.base_currency:
        return Decimal(1)
    sql = load_sql(BOOKS, "rate_on")
    rate: Decimal | None = company.query(sql, base=currency, quote=settings.base_currency, day=day).rows[0][0]
    return rate


def _at_home(amount: Decimal, worth: Decimal | None) -> Decimal | None:
    return None if worth is None else (amount * worth).quantize(CENT)
