"""What comes late for a closed month: it is posted in the next open one, and the operator is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opc_kernel.approvals.row import Option, Question
from opc_kernel.event import Write
from opc_kernel.flow.agent import Context
from opc_kernel.flow.outcome import Ask, Done, Outcome
from opc_kernel.ids import derived_id
from opc_kernel.sql import load_sql
from workbench.capabilities.books.months.events import PACKAGE, MonthReopenRequested
from workbench.capabilities.books.months.lock import in_words, load_months, name, stream
from workbench.capabilities.books.months.plan import some

TELL = "books.tell_late"
NOTED = "noted"
REOPEN = "reopen/"


def tell_late(context: Context) -> Outcome:
    """Tell what of a statement, or that a withdrawn transaction, is posted in a later month than its own."""
    row = context.row
    if row is not None and row.state == "answered":
        return (
            _reopened(context, row.answer) if row.answer.startswith(REOPEN) else Done(result="you noted it")
        )
    if row is not None and row.state == "rejected":
        return Done(result="you noted it")
    late = context.company.query(load_sql(PACKAGE, "late"), subject=context.task.subject).dicts()
    if not late:
        return Done(result="nothing of it is late")
    return Ask(question=_told(context, late))


def _told(context: Context, late: Sequence[Mapping[str, Any]]) -> Question:
    months = sorted({name(each["booked_on"]) for each in late})
    number = f"{len(late)} {'transaction' if len(late) == 1 else 'transactions'}"
    posted = _all(sorted({each["month"] for each in late}))
    return Question(
        summary=f"{number} of {_all(months)}, which is closed, came late or changed: posted in {posted}?",
        reason="\n".join(some([_line(each) for each in late]))
        + "\nA closed month never changes. Reopen it to have them there.",
        facts=(context.task.trigger,),
        risk="medium",
        options=(
            Option(id=NOTED, label="Leave it so"),
            *(Option(id=f"{REOPEN}{month}", label=f"Reopen {in_words(month)}") for month in months),
        ),
    )


def _line(each: Mapping[str, Any]) -> str:
    words = f"{each['booked_on']:%d %b %Y} {each['amount']:+,.2f} {each['currency']} {each['who']}".rstrip()
    what = "taken back" if each["reverses"] else "posted"
    return f"{words}: {what} in {in_words(each['month'])}"


def _all(months: Sequence[str]) -> str:
    return " and ".join(in_words(month) for month in months)


def _reopened(context: Context, answer: str) -> Done:
    month = answer.removeprefix(REOPEN)
    asked = MonthReopenRequested(month=month, reason="something came late for it")
    write = Write(
        stream=stream(month),
        event_id=derived_id(context.task.stream, "reopen", month),
        data=asked,
        actor=context.task.agent,
    )
    version = load_months(context.company).versions[month]
    return Done(
        result=f"you asked to reopen {in_words(month)}", writes=(write,), expected={stream(month): version}
    )
