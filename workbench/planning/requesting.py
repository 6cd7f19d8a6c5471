"""Asking for work: the operator's words become an event, and what the planner makes of them a row of the queue."""

from __future__ import annotations

from datetime import date, datetime, time

from opc_kernel.approvals.queue import QueueRow, rows_of
from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.ids import new_id
from workbench.company import Company, account
from workbench.planning.events import WorkRequested
from workbench.refusal import Refused

MAX_CHARS = 2_000


def request_work(
    company: Company, words: str, *, due: date | None = None, priority: int = 0, channel: str
) -> QueueRow | None:
    """Record what the operator wants, and return the row it came to: a plan to approve, or a question.

    None where nobody is asked any more. Raises Refused.
    """
    stream = record_request(company, words, due=due, priority=priority, channel=channel)
    company.work()
    return row_of(company, stream)


def record_request(
    company: Company, words: str, *, due: date | None = None, priority: int = 0, channel: str
) -> str:
    """Record what the operator wants, and return its stream; whoever works next composes the plan. Raises Refused."""
    said = words.strip()
    if not said or len(said) > MAX_CHARS:
        raise Refused(
            "say it in 1 to 2,000 characters", name="The request", todo="Nothing was recorded; try again."
        )
    if due is not None and due < company.today:
        raise Refused(f"{due} is over", name="The request", todo="Nothing was recorded; name a day to come.")
    stream = f"request/{new_id()}"
    write = Write(
        stream=stream,
        data=WorkRequested(words=said, due=_end_of(company, due), priority=priority, account=account()),
        actor=account(),
        source=channel,
    )
    company.append([write], expected={stream: NEW_STREAM})
    return stream


def row_of(company: Company, stream: str) -> QueueRow | None:
    """Return the open row of what was requested on a stream."""
    waiting = company.query("SELECT stream, waiting_on FROM task WHERE subject = $stream", stream=stream).rows
    keys = [waiting_on or task for task, waiting_on in waiting]
    return next((row for row in rows_of(company, keys) if row.state == "open"), None)


def _end_of(company: Company, due: date | None) -> datetime | None:
    """Return the last moment of a day in the company's zone."""
    return None if due is None else datetime.combine(due, time(23, 59, 59), company.settings.tz)
