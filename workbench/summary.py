"""What a person reads: one row of the queue whole, and the state of the company in a few lines."""

from __future__ import annotations

from typing import Any

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.approvals.triage import Plan, Timed
from opc_kernel.sql import load_sql
from opc_kernel.text import visible
from workbench.company import Company
from workbench.memory.used import used_in
from workbench.settings import Settings

ROWS_SHOWN = 5
EXACT_S = 120
"""Below this, seconds are told: ten rows of two minutes each that take twelve together read like a mistake."""


def row_text(company: Company, row: QueueRow) -> str:
    """Return one row with everything a decision needs, and what it used of memory."""
    remembered = used_in(company, row)
    money = "" if row.amount is None else f"{row.amount:,.2f} {row.currency}"
    sure = "" if row.confidence is None else f"{row.confidence:.0%} sure"
    facts = [
        f"{row.kind} {row.short}",
        money,
        f"risk {row.risk}",
        sure,
        f"undo: {row.undo}" if row.undo else "",
    ]
    lines = [row.summary, " · ".join(fact for fact in facts if fact), "", row.reason]
    lines += ["", "Remembered:", *(f"  {each.line}" for each in remembered)] if remembered else []
    if row.content is not None:
        lines += ["", f"Content: {row.content}"]
    if row.options:
        lines += [
            "",
            *(f"  {number:>2}  {option.label}" for number, option in enumerate(row.options, start=1)),
        ]
    if row.typed is not None:
        lines.append(f"      or type {row.typed}")
    lines += [
        "",
        f"Decide with: {', '.join(row.decisions)}" if row.state == "open" else _ended(row),
    ]
    return visible("\n".join(lines))


def _ended(row: QueueRow) -> str:
    return f"It is {row.state}: {row.answer}" if row.answer else f"It is {row.state}."


def plan_text(plan: Plan, settings: Settings) -> str:
    """Return what to decide in the minutes there are, what is due beside it, and what can wait."""
    if not (plan.fits or plan.due or plan.can_wait):
        return "Nothing waits for you."
    parts = [
        [_time(plan), *(_timed(each, settings) for each in plan.fits)] if plan.fits else [],
        ["Due soon, and there is no time for it:", *(_timed(each, settings) for each in plan.due)]
        if plan.due
        else [],
        [_can_wait(plan, settings)] if plan.can_wait else [],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _time(plan: Plan) -> str:
    taken = _minutes(plan.seconds)
    if plan.is_over:
        return f"The first row alone takes about {taken}, more than the {plan.minutes} min there are:"
    return f"{_count(len(plan.fits), 'row')}, about {taken} of {plan.minutes} min:"


def _timed(timed: Timed, settings: Settings) -> str:
    row = timed.row
    due = "" if row.expires_at is None else f" (due {row.expires_at.astimezone(settings.tz):%d %b %Y, %H:%M})"
    stake = "no recent rate" if row.amount is not None and row.at_stake is None else _stake(row)
    return f"  {row.short}  {_minutes(timed.seconds):>7}  {stake:>14}  {row.summary}{due}"


def _can_wait(plan: Plan, settings: Settings) -> str:
    stake = f"at most {plan.at_stake:,.2f} {settings.base_currency} at stake"
    unknown = f" and {_count(plan.unknown, 'amount')} without a recent rate" if plan.unknown else ""
    first = plan.due_first
    due = f"none due before {first.astimezone(settings.tz):%d %b %Y}" if first else "none with a deadline"
    return f"Can wait: {_count(len(plan.can_wait), 'row')}, {stake}{unknown}, {due}."


def _minutes(seconds: int) -> str:
    return f"{seconds} s" if seconds < EXACT_S else f"{-(-seconds // 60)} min"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def numbers(company: Company) -> dict[str, Any]:
    """Return the company's state in numbers; see sql/numbers.sql."""
    row = company.query(load_sql("workbench", "numbers")).one()
    assert row is not None
    return row


def summary_text(company: Company) -> str:
    """Return a short page on what was done, what is sure and what waits."""
    state = numbers(company)
    rows = company.queue()
    base = company.settings.base_currency
    settled = state["settled_automatically"]
    share = f"{settled / state['transactions']:.0%}" if state["transactions"] else "none"
    at_risk = sum(abs(row.at_stake) for row in rows if row.at_stake is not None)
    lines = [
        f"{company.settings.name}",
        "",
        f"  {state['transactions']:>5} transactions from {state['statements']} statements "
        f"on {state['accounts']} accounts",
        f"  {state['invoices']:>5} invoices, {state['open_invoices']} of them still open",
        f"  {settled:>5} transactions settled without a question ({share})",
        f"  {len(rows):>5} rows wait for you, {at_risk:,.2f} {base} at stake",
    ]
    if rows:
        lines += ["", "Most at stake:"]
        lines += [f"  {row.short}  {_stake(row):>10}  {row.summary}" for row in rows[:ROWS_SHOWN]]
    return "\n".join(lines)


def _stake(row: QueueRow) -> str:
    return "" if row.at_stake is None else f"{abs(row.at_stake):,.2f}"
