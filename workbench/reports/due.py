"""What is due: rows that expire, plans, invoices and bills, months to close, and days that memory knows of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.sql import load_sql
from opc_kernel.text import visible
from workbench.capabilities.books.months.events import PACKAGE as MONTHS
from workbench.capabilities.books.months.lock import first_day, in_words, last_day
from workbench.company import Company
from workbench.view_figures import day, figure, figures
from workbench.view_page import Markup, counted, element, joined, money, soft

PACKAGE = "workbench.reports"
MAX_LISTED = 12
WORDS = {"renews_on": "renews", "notice_by": "give notice by then, or it renews", "deadline": "deadline"}
OWED = {"out": "is to pay you", "in": "is to be paid"}
LATE = {OWED["out"]: "Customers are late with", OWED["in"]: "You are late with"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something that has its day; money where some is about it."""

    on: date
    what: str
    why: str
    amount: Decimal | None = None
    currency: str | None = None


def due(company: Company, rows: Sequence[QueueRow], *, days: int) -> list[Due]:
    """Return what is due up to so many days from today, what is overdue first."""
    last = company.today + timedelta(days=days)
    found = [
        *_expiring(company, rows, last),
        *_plans(company, last),
        *_invoices(company, last),
        *_months(company),
        *_known(company, ("deadline",), last),
    ]
    return sorted(found, key=lambda each: (each.on, each.what))


def renewals(company: Company, *, days: int) -> list[Due]:
    """Return what renews in so many days, and what needs notice before it does."""
    return [*_known(company, ("renews_on", "notice_by"), company.today + timedelta(days=days))]


def table(company: Company, found: Sequence[Due], empty: str) -> Markup:
    """Return what is due as a table, the nearest first; of too many the count is told."""
    if not found:
        return soft(empty)
    lines = [
        (
            _when(each.on, company.today),
            element("span", each.what, element("small", _why(each, company.today))),
            figure(each.amount, each.currency, unknown=""),
        )
        for each in found[:MAX_LISTED]
    ]
    more = len(found) - MAX_LISTED
    shown = figures(("Day", "What", "Money"), lines)
    return joined([shown, soft(f"… and {more} more.")]) if more > 0 else shown


def sums(found: Sequence[Due]) -> Markup:
    """Return what customers are late with, and what the company is, each currency for itself."""
    said = []
    for why, who in LATE.items():
        amounts: dict[str, Decimal] = defaultdict(Decimal)
        for each in found:
            if each.why == why and each.amount is not None:
                amounts[str(each.currency)] += each.amount
        if amounts:
            said.append(f"{who} {' and '.join(money(amounts[each], each) for each in sorted(amounts))}.")
    return soft(" ".join(said))


def _when(on: date, today: date) -> Markup:
    name = f"{day(on)}, today" if on == today else f"{on:%a} {day(on)}" if on > today else day(on)
    return element("span", name, class_="wb-short")


def _why(each: Due, today: date) -> str:
    return each.why if each.on >= today else f"{each.why}: {counted((today - each.on).days, 'day')} late"


def _expiring(company: Company, rows: Iterable[QueueRow], last: date) -> Iterator[Due]:
    for row in rows:
        on = row.expires_at and row.expires_at.astimezone(company.settings.tz).date()
        if on is not None and on <= last:
            yield Due(
                on=on, what=visible(row.summary), why=f"the {row.kind} expires", amount=row.amount,
                currency=row.currency,
            )  # fmt: skip


def _plans(company: Company, last: date) -> Iterator[Due]:
    before = datetime.combine(last + timedelta(days=1), time(), company.settings.tz).astimezone(UTC)
    for _, what, at in company.query(load_sql(PACKAGE, "due_plans"), before=before).rows:
        yield Due(on=at.astimezone(company.settings.tz).date(), what=visible(what), why="must be done")


def _invoices(company: Company, last: date) -> Iterator[Due]:
    for row in company.query(load_sql(PACKAGE, "due_invoices"), last=last).dicts():
        what = visible(f"{row['number']} {row['party']}")
        yield Due(
            on=row["due_on"], what=what, why=OWED[row["direction"]], amount=row["open"],
            currency=row["currency"],
        )  # fmt: skip


def _months(company: Company) -> Iterator[Due]:
    this = first_day(f"{company.today:%Y-%m}")
    for row in company.query(load_sql(MONTHS, "list")).dicts():
        if row["state"] == "open" and first_day(row["month"]) < this:
            yield Due(on=last_day(row["month"]), what=in_words(row["month"]), why="is over and not closed")


def _known(company: Company, predicates: Sequence[str], last: date) -> Iterator[Due]:
    sql = load_sql("workbench.memory", "dates_ahead")
    for row in company.query(sql, first=company.today, last=last).dicts():
        if row["predicate"] in predicates:
            yield Due(on=row["day"], what=visible(row["name"]), why=WORDS[row["predicate"]])
