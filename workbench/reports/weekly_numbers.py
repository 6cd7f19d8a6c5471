"""The week in numbers, against the week before: money, what is owed, decisions, and how much needed none of you."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from opc_kernel.sql import load_sql
from workbench import view_books
from workbench.capabilities.books.months.events import PACKAGE as MONTHS
from workbench.company import Company
from workbench.reports.chart import columns_chart, steps_chart
from workbench.reports.due import PACKAGE
from workbench.reports.part import part, titled
from workbench.reports.weeks import DAYS, WEEK, labels, weeks
from workbench.view_charts import IN, OUT
from workbench.view_figures import Cell, day, figure, figures
from workbench.view_page import Markup, counted, element, events_words, next_step, soft
from workbench.view_today import is_step

NOTHING = Decimal(0)
MAX_KINDS = 12
AGREED = {"approve", "answer"}
BY = ("#3c8f6d", "#4a7fc1", "#d39a3a")
"""The colours that the pages have for automatic, yours, and open."""
SIDES = ("income", "cost")
SETTLED = {"automatic": "settled automatically", "operator": "decided by you", "open": "still open"}


class WeeklyNumbers:
    """What the log knows of a week and of those before it; what it does not know is left out."""

    def __init__(self, company: Company, week: str = "", *, weeks_shown: int = 8) -> None:
        """Without a week it is the last whole one. Raises NotAWeek."""
        self._company = company
        self._base = company.settings.base_currency
        self.weeks = weeks(week, company.today, company.settings.tz, count=weeks_shown)

    @cached_property
    def money(self) -> dict[str, list[Decimal]]:
        """Income and cost of each week in the base currency; cost is negative."""
        found = {side: dict.fromkeys(self.weeks.mondays, NOTHING) for side in SIDES}
        for row in self._money_rows:
            found[row["side"]][row["week"]] = row["worth"]
        return {side: [*by_week.values()] for side, by_week in found.items()}

    @cached_property
    def balances(self) -> dict[tuple[str, str], list[tuple[date, Decimal]]]:
        """What lay on each account (name, currency) at the end of the days on which it moved, the oldest first."""
        names = {account.id: account.name for account in self._company.settings.account}
        found: dict[tuple[str, str], list[tuple[date, Decimal]]] = defaultdict(list)
        for row in self._company.query(load_sql("workbench", "view_cash_days")).dicts():
            if row["day"] < self.weeks.end:
                found[names.get(row["account"], row["account"]), row["currency"]].append(
                    (row["day"], row["balance"])
                )
        return dict(found)

    @cached_property
    def decided(self) -> list[tuple[Any, ...]]:
        """When each row was decided, and how."""
        first, end = self.weeks.instant(self.weeks.mondays[0]), self.weeks.instant(self.weeks.end)
        return self._company.query(load_sql(PACKAGE, "weekly_decisions"), first=first, end=end).rows

    @cached_property
    def settled(self) -> dict[str, list[int]]:
        """How many of the transactions booked in each week were settled by whom, and how many are open."""
        found = {by: dict.fromkeys(self.weeks.mondays, 0) for by in SETTLED}
        for row in self._booked("weekly_settled"):
            for by in SETTLED:
                found[by][row["week"]] = row[by]
        return {by: [*counts.values()] for by, counts in found.items()}

    @part
    def glance(self) -> Markup:
        """Return the week's numbers beside those of the week before."""
        step = next_step(self._company)
        if step is not None:
            return step
        sunday = self.weeks.end - timedelta(days=1)
        title = f"{day(self.weeks.monday)} – {day(sunday, year=True)}, against the week before"
        rows = [*self._amounts(), *self._counts()]
        return titled(title, figures(("", "This week", "Week before", "Change"), rows), self._unrated())

    @part
    def cash(self) -> Markup:
        """Return the balances of the accounts over the weeks, a chart a currency."""
        first = self.weeks.mondays[0]
        charts = []
        for currency in sorted({currency for _, currency in self.balances}):
            lines = {
                name: _from(points, first) for (name, of), points in self.balances.items() if of == currency
            }
            told = f"Balances in {currency} since {day(first)}"
            charts.append(steps_chart({name: line for name, line in lines.items() if line}, told))
        return titled(
            "Cash", *([each for each in charts if each.text] or [soft("No statement states a balance.")])
        )

    @part
    def result(self) -> Markup:
        """Return income and cost of each week."""
        shown = {
            "income": self.money["income"],
            "cost": [-worth for worth in self.money["cost"]],
        }
        told = f"Income and cost of {self.weeks.count} weeks, in {self._base}"
        chart = columns_chart(labels(self.weeks.mondays), shown, told, colours=(IN, OUT))
        title = f"Income and cost, {self._base}, by week"
        return titled(title, chart if chart.text else soft("Nothing was booked in these weeks."))

    @part
    def receivables(self) -> Markup:
        """Return what customers owed at the end of the week and of the one before, by age."""
        then, now = (view_books.by_age(self._open(on)) for on in (self._sunday - WEEK, self._sunday))
        keys = [key for key in {**now, **then} if key[0] == "out"]
        if not keys:
            return titled("Receivables", soft("Nobody owes anything."))
        lines = [
            _aged(name, ages.get(key, {}), key[1])
            for key in keys
            for name, ages in (("this week", now), ("week before", then))
        ]
        return titled("Receivables", figures(("", *view_books.AGE_HEADS.values(), "all"), lines))

    @part
    def decisions(self) -> Markup:
        """Return how many rows were decided on each day of both weeks."""
        first = self.weeks.monday - WEEK
        names = [f"{on:%a} {on.day}" for on in (first + timedelta(days=at) for at in range(2 * DAYS))]
        groups = {
            "as proposed": self.weeks.by_day(at for at, how in self.decided if how in AGREED),
            "changed, rejected or put off": self.weeks.by_day(
                at for at, how in self.decided if how not in AGREED
            ),
        }
        chart = columns_chart(names, groups, "Decisions a day in two weeks", stacked=True)
        return titled("Decisions a day", chart if chart.text else soft("Nothing was decided in these weeks."))

    @part
    def automation(self) -> Markup:
        """Return how many transactions were settled without the operator, by week."""
        groups = {SETTLED[by]: counts for by, counts in self.settled.items()}
        title = "Transactions, by the week they were booked in"
        chart = columns_chart(labels(self.weeks.mondays), groups, title, colours=BY, stacked=True)
        if not chart.text:
            return titled(title, soft("No transaction was booked in these weeks."))
        return titled(title, chart, soft("How much time that saved is not told: nobody measured it."))

    @part
    def happened(self) -> Markup:
        """Return what else happened, in words."""
        rows = self._company.query(
            load_sql(PACKAGE, "weekly_events"),
            before=self.weeks.instant(self.weeks.monday - WEEK),
            begin=self.weeks.instant(self.weeks.monday),
            end=self.weeks.instant(self.weeks.end),
        ).rows
        told = [
            (events_words(kind, 2), _count(now), _count(before))
            for kind, now, before in rows
            if not is_step(kind)
        ]
        table = (
            figures(("", "This week", "Week before"), told[:MAX_KINDS])
            if told
            else soft("Nothing was recorded.")
        )
        return titled("What else happened", table)

    @property
    def summary(self) -> str:
        """The week in one line."""
        result = sum((self.money[side][-1] for side in SIDES), NOTHING)
        alone, total = self.settled["automatic"][-1], sum(by[-1] for by in self.settled.values())
        share = f", {alone} of {total} transactions settled automatically" if total else ""
        return f"{self.weeks.name}: result {result:,.2f} {self._base}, {counted(self._decided()[1], 'decision')}{share}"

    @property
    def outputs(self) -> dict[str, Any]:
        """The week's figures; money in the base currency."""
        income, cost = (self.money[side][-1] for side in SIDES)
        return {
            "week": self.weeks.name,
            "income": f"{income:.2f}",
            "cost": f"{cost:.2f}",
            "result": f"{income + cost:.2f}",
            "decisions": self._decided()[1],
            "settled_automatically": self.settled["automatic"][-1],
            "settled_by_operator": self.settled["operator"][-1],
            "open": self.settled["open"][-1],
        }

    @property
    def _sunday(self) -> date:
        return self.weeks.end - timedelta(days=1)

    @cached_property
    def _money_rows(self) -> list[dict[str, Any]]:
        return self._booked("weekly_money")

    def _booked(self, question: str) -> list[dict[str, Any]]:
        sql = load_sql(PACKAGE, question)
        return self._company.query(sql, first=self.weeks.mondays[0], end=self.weeks.end).dicts()

    def _open(self, on: date) -> list[dict[str, Any]]:
        return self._company.query(load_sql(MONTHS, "open_items"), as_of=on).dicts()

    def _decided(self) -> tuple[int, int]:
        """Return how many rows were decided in the week before and in the week."""
        before, now = self.weeks.by_week(at for at, _ in self.decided)[-2:]
        return before, now

    def _amounts(self) -> list[tuple[Cell, ...]]:
        income, cost = self.money["income"], self.money["cost"]
        result = [a + b for a, b in zip(income, cost, strict=True)]
        lines = [
            _change(name, of[-2], of[-1], self._base)
            for name, of in (("Income", income), ("Cost", cost), ("Result", result))
        ]
        for (name, currency), points in self.balances.items():
            then, now = _at(points, self.weeks.monday), _at(points, self.weeks.end)
            lines.append(_change(name, then, now, currency))
        return lines

    def _counts(self) -> list[tuple[Cell, ...]]:
        before, now = self._decided()
        shares = [_share([self.settled[by][at] for by in SETTLED]) for at in (-2, -1)]
        return [
            ("Rows you decided", _count(now), _count(before), _count(now - before, signed=True)),
            ("Settled automatically", _plain(shares[1]), _plain(shares[0]), ""),
        ]

    def _unrated(self) -> Markup:
        count = sum(row["unrated"] for row in self._money_rows)
        return soft(
            f"Without {counted(count, 'line')} that no recent rate gives a worth for." if count else ""
        )


def _change(name: str, before: Decimal | None, now: Decimal | None, currency: str) -> tuple[Cell, ...]:
    change = None if before is None or now is None else now - before
    return name, figure(now, currency), figure(before, currency), figure(change, currency)


def _at(points: Sequence[tuple[date, Decimal]], end: date) -> Decimal | None:
    """Return what lay there when a day began."""
    return next((value for on, value in reversed(points) if on < end), None)


def _from(points: Sequence[tuple[date, Decimal]], first: date) -> list[tuple[date, Decimal]]:
    """Return the points from a day on, beginning with what lay there then."""
    later = [point for point in points if point[0] >= first]
    before = _at(points, first)
    return later if before is None else [(first, before), *later]


def _aged(name: str, ages: dict[str, Decimal], currency: str) -> list[Cell]:
    return [
        element("span", f"{currency}, {name}", class_="wb-short"),
        *(figure(ages.get(age), currency) for age in view_books.AGES),
        figure(sum(ages.values(), NOTHING), currency),
    ]


def _share(counts: Sequence[int]) -> str:
    """Return how many of all were settled automatically, which are counted first."""
    return f"{counts[0]} of {sum(counts)} ({counts[0] / sum(counts):.0%})" if any(counts) else "–"


def _count(count: int, *, signed: bool = False) -> Markup:
    return _plain((f"{count:+,}" if signed and count else f"{count:,}").replace("-", "−"))


def _plain(text: str) -> Markup:
    return element("span", text, class_="wb-plus")
