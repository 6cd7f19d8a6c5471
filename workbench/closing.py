"""What the operator may ask for a month from any face: see it, close it, reopen it."""

from __future__ import annotations

from dataclasses import dataclass

from opc_kernel.approvals.queue import QueueRow, rows_of
from opc_kernel.errors import KernelError
from opc_kernel.event import NEW_STREAM, EventData, Write
from opc_kernel.flow.task import COLUMNS, Task, tasks_of
from opc_kernel.ids import derived_id
from workbench.capabilities.books.months import controller
from workbench.capabilities.books.months.events import MonthCloseRequested, MonthReopenRequested
from workbench.capabilities.books.months.facts import Facts, load_facts
from workbench.capabilities.books.months.lock import Months, first_day, in_words, load_months, stream
from workbench.capabilities.books.months.plan import Step, plan
from workbench.company import Company, account
from workbench.tasks import go_on

UNFINISHED = (
    f"SELECT {COLUMNS} FROM task WHERE state IN ('requested', 'in-progress', 'blocked') AND kind = $kind "
    "AND subject = $stream"
)
UNFINISHED_OF_PLAN = (
    f"SELECT {COLUMNS} FROM task WHERE state IN ('requested', 'in-progress', 'blocked') AND plan IN ("
    "SELECT stream FROM plan WHERE workflow = $kind AND inputs->>'subject' = $stream AND NOT finished)"
)
"""A closing is a plan: the step it stands at."""


class NotAMonth(KernelError):
    """A month was named as no month is."""

    def __init__(self, month: str) -> None:
        super().__init__(f"{month!r} is no month.", "Name it with its year, such as 2026-10.")


class MonthIsOpen(KernelError):
    """A month that is not closed was to be reopened."""

    def __init__(self, month: str) -> None:
        super().__init__(f"{in_words(month)} is not closed.", "See 'workbench month list'.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How far it got: it is done, or a row of the queue waits for the operator."""

    month: str
    is_closed: bool
    row: QueueRow | None = None


def request_close(company: Company, month: str, *, channel: str) -> Asked:
    """Ask for a month to be closed, or look again at what was in the way. Raises NotAMonth."""
    months = _months(company, month)
    if month not in months.closed:
        asked = MonthCloseRequested(month=month)
        _request(company, months, month, asked, controller.CLOSING, channel)
    return _asked(company, month, controller.CLOSING)


def close_so_far(company: Company, month: str) -> Asked:
    """Return how far the closing of a month got, and ask for nothing. Raises NotAMonth."""
    _months(company, month)
    return _asked(company, month, controller.CLOSING)


def request_reopen(company: Company, month: str, reason: str, *, channel: str) -> Asked:
    """Ask for a closed month to be opened again. Raises NotAMonth, MonthIsOpen."""
    months = _months(company, month)
    if month not in months.closed:
        raise MonthIsOpen(month)
    asked = MonthReopenRequested(month=month, reason=reason)
    _request(company, months, month, asked, controller.REOPEN, channel)
    return _asked(company, month, controller.REOPEN)


def look_at(company: Company, month: str) -> tuple[Facts, tuple[Step, ...]]:
    """Return what is known of a month, and the plan of closing it as far as it is done. Raises NotAMonth."""
    _months(company, month)
    facts = load_facts(company, company.settings, month)
    return facts, plan(facts, company.settings, company.today)


def _months(company: Company, month: str) -> Months:
    try:
        canonical = f"{first_day(month):%Y-%m}"
    except ValueError:
        raise NotAMonth(month) from None
    if canonical != month:
        raise NotAMonth(month)
    return load_months(company)


def _request(company: Company, months: Months, month: str, asked: EventData, kind: str, channel: str) -> None:
    """Start the work, or go on with what was started before: nothing is asked for twice."""
    unfinished = _unfinished(company, month, kind)
    if unfinished is None:
        version = months.versions.get(month, NEW_STREAM)
        write = Write(
            stream=stream(month),
            event_id=derived_id(stream(month), str(version), asked.event_type),
            data=asked,
            actor=account(),
            source=channel,
        )
        company.append([write], expected={stream(month): version})
    elif unfinished.waiting_on is None and unfinished.state == "blocked":
        go_on(company, unfinished, "retry", "", channel=channel)
    company.work()


def _unfinished(company: Company, month: str, kind: str) -> Task | None:
    sql = UNFINISHED_OF_PLAN if kind == controller.CLOSING else UNFINISHED
    return next(iter(tasks_of(company.query(sql, stream=stream(month), kind=kind))), None)


def _asked(company: Company, month: str, kind: str) -> Asked:
    unfinished = _unfinished(company, month, kind)
    key = None if unfinished is None else unfinished.waiting_on or unfinished.stream
    return Asked(
        month=month,
        is_closed=month in load_months(company).closed,
        row=next((row for row in rows_of(company, [key] if key else []) if row.state == "open"), None),
    )
