"""The daily brief: what waits, what is in trouble, what is due or renews soon, and what happened since the last one."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import Any

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.sql import load_sql
from workbench import view_today
from workbench.company import Company
from workbench.reports.due import PACKAGE, Due, due, renewals, sums, table
from workbench.reports.part import part, titled
from workbench.reports.trouble import troubles
from workbench.view_page import Markup, counted, joined, next_step, soft, when, word, yesterday

JOB = "daily_brief"


class DailyBrief:
    """One morning's look at a company; it reads and changes nothing."""

    def __init__(self, company: Company, *, days_ahead: int = 7, renewal_days: int = 45) -> None:
        self._company, self._days, self._renewal_days = company, days_ahead, renewal_days

    @cached_property
    def since(self) -> datetime:
        """When the last brief began; without one, when yesterday did."""
        row = self._company.query(load_sql(PACKAGE, "last_run"), job=JOB).one()
        return row["started_at"] if row else yesterday(self._company)

    @cached_property
    def rows(self) -> list[QueueRow]:
        """What waits."""
        return self._company.queue()

    @cached_property
    def due_now(self) -> list[Due]:
        """What is due in the days ahead, and what was due before."""
        return due(self._company, self.rows, days=self._days)

    @property
    def overdue(self) -> list[Due]:
        """What was due before today."""
        return [each for each in self.due_now if each.on < self._company.today]

    @property
    def ahead(self) -> list[Due]:
        """What is due from today on."""
        return [each for each in self.due_now if each.on >= self._company.today]

    @cached_property
    def renewing(self) -> list[Due]:
        """What renews soon."""
        return renewals(self._company, days=self._renewal_days)

    @cached_property
    def in_trouble(self) -> list[Markup]:
        """What does not go as it should."""
        return troubles(self._company)

    @part
    def waiting(self) -> Markup:
        """Return what waits for the operator: the top rows, the money at risk, the oldest, what expires today."""
        step = next_step(self._company)
        if step is not None:
            return step
        told = [each for each in (self._oldest(), self._expiring()) if each]
        return joined([view_today.most_pressing(self._company, self.rows), soft(" ".join(told))])

    @part
    def trouble(self) -> Markup:
        """Return what does not go as it should."""
        fine = word("Every job ran, every account outside answers, and effects go on.", good=True)
        return titled("In trouble", *(self.in_trouble or [fine]))

    @part
    def due(self) -> Markup:
        """Return what is due."""
        title = f"Due until {self._company.today + timedelta(days=self._days):%a %-d %b}"
        return joined(
            [
                titled(title, table(self._company, self.ahead, "Nothing is due.")),
                titled(
                    "Overdue", table(self._company, self.overdue, "Nothing is overdue."), sums(self.overdue)
                ),
            ]
        )

    @part
    def renewals(self) -> Markup:
        """Return what renews or needs notice."""
        empty = f"Nothing that memory knows of renews in the next {self._renewal_days} days."
        return titled("Renewals near", table(self._company, self.renewing, empty))

    @part
    def happened(self) -> Markup:
        """Return what happened since the last brief."""
        return view_today.happened(self._company, self.since, f"Since {when(self.since, self._company)}")

    @property
    def summary(self) -> str:
        """The brief in one line."""
        risk = view_today.at_risk(self.rows, self._company.settings.base_currency)
        told = [
            f"{counted(len(self.rows), 'row')} {'waits' if len(self.rows) == 1 else 'wait'}",
            *([risk] if self.rows else []),
            f"{len(self.ahead)} due and {len(self.overdue)} overdue",
            *([f"{len(self.renewing)} renewing"] if self.renewing else []),
            f"{len(self.in_trouble)} in trouble" if self.in_trouble else "nothing in trouble",
        ]
        return ", ".join(told)

    @property
    def outputs(self) -> dict[str, Any]:
        """The brief's figures; money in the base currency."""
        stakes = [abs(row.at_stake) for row in self.rows if row.at_stake is not None]
        return {
            "rows": len(self.rows),
            "at_risk": f"{sum(stakes):.2f}",
            "due": len(self.ahead),
            "overdue": len(self.overdue),
            "renewals": len(self.renewing),
            "troubles": len(self.in_trouble),
        }

    def _oldest(self) -> str:
        if not self.rows:
            return ""
        days = (self._company.now - min(row.asked_at for row in self.rows)).days
        return "All came today." if days < 1 else f"The oldest waits since {counted(days, 'day')}."

    def _expiring(self) -> str:
        day = self._company.today + timedelta(days=1)
        midnight = datetime.combine(day, time(), self._company.settings.tz).astimezone(UTC)
        count = sum(row.expires_at is not None and row.expires_at < midnight for row in self.rows)
        return f"{counted(count, 'row')} {'expires' if count == 1 else 'expire'} today." if count else ""
