"""The page 'books' in parts: a month at a glance, what is open in it and why, and its lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.sql import load_sql
from workbench.capabilities.books.months.events import PACKAGE as MONTHS
from workbench.capabilities.books.months.lock import in_words, last_day
from workbench.capabilities.books.months.plan import Step, some
from workbench.closing import look_at
from workbench.company import Company
from workbench.view_figures import Cell, day, figure, figures
from workbench.view_page import Markup, counted, element, joined, money, soft

AGES = ("not due", "1-30", "31-60", "61-90", "over 90")
AGE_HEADS = {"not due": "not due", **{age: f"{age} days".replace("-", "–") for age in AGES[1:]}}
OWED = {"out": "Receivables", "in": "Payables"}
OPEN = "still open"
NOTHING = Decimal(0)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month of a company's books, asked for at once."""

    month: str
    base: str
    result: Sequence[Row]
    cash: Sequence[Row]
    owed: Sequence[Row]
    tax: Sequence[Row]
    settled: Row
    steps: Sequence[Step]
    is_closed: bool
    names: Mapping[str, str]
    as_of: date


def months(company: Company) -> dict[str, str]:
    """Return each month that has lines by its name, the newest first; a closed one says so."""
    rows = company.query(load_sql("workbench", "view_months")).rows
    return {f"{in_words(month)}{' · closed' if state == 'closed' else ''}": month for month, state in rows}


def month(company: Company, wanted: str) -> Month:
    """Ask for a month; what is owed is as of its last day, or of today while it lasts."""

    def of(view: str, order: str) -> list[dict[str, Any]]:
        return company.query(
            f"SELECT * EXCLUDE (month) FROM {view} WHERE month = $month ORDER BY {order}", month=wanted
        ).dicts()

    as_of = min(last_day(wanted), company.today)
    settled = company.query(load_sql("workbench", "view_month_settled"), month=wanted).dicts()
    facts, steps = look_at(company, wanted)
    return Month(
        month=wanted,
        base=company.settings.base_currency,
        result=of("profit_and_loss", "side DESC, worth DESC, category, currency"),
        cash=of("cash", "account, currency"),
        owed=company.query(load_sql(MONTHS, "open_items"), as_of=as_of).dicts(),
        tax=of("tax", "side DESC, tax_rate, currency"),
        settled=settled[0],
        steps=steps,
        is_closed=facts.is_closed,
        names={account.id: account.name for account in company.settings.account},
        as_of=as_of,
    )


def rows_of_month(company: Company, month: str) -> list[QueueRow]:
    """Return the open rows about a month, most money at risk first."""
    keys = {key for (key,) in company.query(load_sql("workbench", "view_month_rows"), month=month).rows}
    return [row for row in company.queue() if row.key in keys]


def glance(of: Month) -> Markup:
    """Return a month in its three sums, and how much of it was settled alone."""
    income, cost = _worth(of.result, "income"), _worth(of.result, "cost")
    sums = [("Income", income), ("Cost", cost), ("Result", income + cost)]
    terms = joined(
        element("div", element("dt", name), element("dd", figure(amount, of.base))) for name, amount in sums
    )
    return element(
        "section",
        element("dl", terms, class_="wb-sums"),
        _unrated(of.result, of.base),
        _settled(of.settled),
    )


def checklist(of: Month) -> Markup:
    """Return what a month needs to be closed, step by step, and what is missing of it."""
    if of.is_closed:
        return _section(
            "Closed",
            soft("Its lines and sums never change; what comes late is posted in the next open month."),
        )
    missing = sum(1 for step in of.steps if step.missing)
    said = f"{missing} of {len(of.steps)} steps miss something." if missing else "Nothing is missing."
    command = f"workbench month close {of.month}"
    return _section(
        "To close it",
        soft(said),
        element("ul", joined(_step(step) for step in of.steps), class_="wb-steps"),
        Markup() if missing else element("pre", command),
    )


def _step(step: Step) -> Markup:
    head = joined([element("b", step.title), soft(step.note) if step.note else Markup()])
    if not step.missing:
        return element("li", head, class_="wb-done")
    lines = element("ul", joined(element("li", line) for line in some(step.missing)))
    return element("li", head, lines, soft(step.todo), class_="wb-missing")


def cash(of: Month) -> Markup:
    """Return what lay on each account before and after, and what moved."""
    heads = ("Account", "Opening", "In", "Out", "Transfers", "Closing")
    rows = [
        [
            element("span", of.names.get(each["account"], each["account"]), class_="wb-name"),
            *(
                figure(each[name], each["currency"], unknown="not stated")
                for name in ("opening", "money_in", "money_out", "transfers", "closing")
            ),
        ]
        for each in of.cash
    ]
    off = [
        soft(
            f"{of.names.get(each['account'], each['account'])}: the balances hold "
            f"{money(each['unexplained'], each['currency'])} that no recorded transaction explains."
        )
        for each in of.cash
        if each["unexplained"]
    ]
    return _section("Cash", _table(heads, rows, "No account moved."), *off)


def owed(of: Month) -> Markup:
    """Return what customers owe and what is owed to suppliers, by age."""
    lines: list[list[Cell]] = [
        [f"{OWED[direction]}, {currency}", *(figure(ages.get(age), currency) for age in AGES),
         figure(sum(ages.values(), NOTHING), currency)]
        for (direction, currency), ages in by_age(of.owed).items()
    ]  # fmt: skip
    heads = ("", *AGE_HEADS.values(), "All")
    return _section(f"Owed on {day(of.as_of, year=True)}", _table(heads, lines, "Nobody owes anything."))


def by_age(items: Iterable[Row]) -> dict[tuple[str, str], dict[str, Decimal]]:
    """Return what is open by direction and currency, and therein by age; receivables first."""
    found: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for each in items:
        found[each["direction"], each["currency"]][each["age"]] += each["open"]
    return dict(sorted(found.items(), key=lambda pair: (pair[0][0] != "out", pair[0][1])))


def tax(of: Month) -> Markup:
    """Return the tax in what was paid, by rate; what states no rate is told apart."""
    sums: dict[tuple[str, Any, str], list[Decimal | None]] = {}
    for each in of.tax:
        sum_ = sums.setdefault((each["side"], each["tax_rate"], each["currency"]), [None, None, NOTHING])
        for at, name in enumerate(("net", "tax", "gross")):
            if each[name] is not None:
                sum_[at] = (sum_[at] or NOTHING) + each[name]
    rows = [
        [side.title(), _rate(rate), *(figure(amount, currency) for amount in amounts)]
        for (side, rate, currency), amounts in sums.items()
    ]
    return _section(
        "Tax in what was paid", _table(("", "Rate", "Net", "Tax", "Gross"), rows, "Nothing was paid.")
    )


def categories(of: Month) -> Markup:
    """Return income and cost by category."""
    rows = [
        [element("span", each["category"] or OPEN, class_="wb-name"), each["side"].title(),
         figure(each["amount"], each["currency"]),
         figure(each["worth"], of.base) if each["currency"] != of.base else ""]
        for each in of.result
    ]  # fmt: skip
    heads = ("Category", "", "Amount", f"in {of.base}")
    return element(
        "details",
        element("summary", f"Income and cost by category: {counted(len(rows), 'line')}"),
        _table(heads, rows, "Nothing came in and nothing was spent."),
    )


def lines(company: Company, month: str) -> list[dict[str, Any]]:
    """Return the lines of a month as the ledger's widget lists them."""
    names = {account.id: account.name for account in company.settings.account}
    rows = company.query(load_sql("workbench", "view_month_lines"), month=month).dicts()
    return [_line(row, names) for row in rows]


def _line(row: Row, names: Mapping[str, str]) -> dict[str, Any]:
    booked = row["number"] or row["category"] or OPEN
    late = " · taken back" if row["reverses"] else ""
    return {
        "stream": row["stream"],
        "id": f"{row['stream']} {row['part']} {row['reverses']}",
        "day": day(row["booked_on"]),
        "who": row["counterparty"] or row["text"] or "–",
        "text": row["text"] or row["reference"] or "",
        "account": names.get(row["account"], row["account"]),
        "category": row["category"] or (OPEN if row["state"] == "open" else "invoices"),
        "booked": f"{booked}{late}",
        "by": {"automatic": "alone", "operator": "you"}.get(row["decided_by"] or "", ""),
        "amount": money(row["amount"], row["currency"]),
        "minus": row["amount"] < 0,
        "open": row["side"] == "open",
    }


def _worth(rows: Iterable[Row], side: str) -> Decimal:
    return sum((row["worth"] for row in rows if row["side"] == side), NOTHING)


def _unrated(rows: Iterable[Row], base: str) -> Markup:
    left: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        left[row["currency"]] += row["unrated"]
    words = ", ".join(money(amount, currency) for currency, amount in left.items() if amount)
    return soft(f"Without {words}: no recent rate says what that is worth in {base}.") if words else Markup()


def _settled(counts: Row) -> Markup:
    parts = (
        ("auto", "settled alone", counts["automatic"]),
        ("you", "decided by you", counts["operator"]),
        ("open", "still open", counts["open"]),
    )
    total = sum(count for _, _, count in parts)
    if not total:
        return soft("No transaction is booked in this month.")
    bar = joined(
        element("span", class_=f"wb-{name}", style=f"flex-grow:{count}") for name, _, count in parts if count
    )
    legend = joined(
        element("li", element("i", class_=f"wb-{name}"), f"{count:,} {words} ({count / total:.0%})")
        for name, words, count in parts
    )
    words = f"{counted(total, 'transaction')}, {counts['automatic'] / total:.0%} settled alone"
    return joined(
        [
            element("div", bar, class_="wb-bar", role="img", aria_label=words),
            element("ul", legend, class_="wb-legend"),
        ]
    )


def _rate(rate: Decimal | None) -> Cell:
    return "not stated" if rate is None else f"{rate.normalize():f} %"


def _section(title: str, *parts: Markup) -> Markup:
    return element("section", element("h2", title), joined(parts))


def _table(heads: Sequence[str], rows: Sequence[Sequence[Cell]], empty: str) -> Markup:
    return figures(heads, rows) if rows else soft(empty)
