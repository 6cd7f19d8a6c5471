"""The collector: proposes a reminder when an invoice of ours is overdue, and asks what to do about old ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.approvals.row import Option, Proposal, Question, Risk, content_hash
from opc_kernel.event import EventData, Write
from opc_kernel.flow.agent import Agent, Context, Reaction
from opc_kernel.flow.outcome import Ask, Done, Outcome, Propose, Retry
from opc_kernel.ids import derived_id
from opc_kernel.money import Money, format_amount
from opc_kernel.sql import load_sql
from workbench.capabilities.books.events import PACKAGE as BOOKS
from workbench.capabilities.books.reminders.events import (
    PACKAGE,
    ReminderApproved,
    ReminderPostponed,
    ReminderResumed,
    ReminderStopped,
)
from workbench.capabilities.books.reminders.letter import account_for, from_content, letter, tone_of
from workbench.capabilities.books.reminders.owed import Owed, Undecided, long_before, may_be_for
from workbench.settings import Settings

NAME = "collector"
REMIND = "books.remind"
MAX_UNDECIDED = 500
MAX_TOGETHER = 40
"""So many invoices that are open for long stand in one question, each with its line; the others come after it."""
CENT = Decimal("0.01")
OURS = "SELECT 1 FROM invoice WHERE stream = $stream AND kind = 'invoice' AND direction = 'out' AND state = 'open'"
DAY, WEEK, MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)
REJECTED = timedelta(days=14)
"""So long after a reminder was rejected the next is proposed."""
RISKS: dict[str, Risk] = {"friendly": "low", "firm": "medium", "last": "high"}
DECIDED = ("open", "approved", "answered", "rejected")

REACTIONS = tuple(
    Reaction(event=event, kind=REMIND, agent=NAME)
    for event in (
        "books.invoice_issued",
        "books.invoice_reopened",
        ReminderApproved.event_type,
        ReminderPostponed.event_type,
        ReminderResumed.event_type,
    )
)


def collector(settings: Settings) -> Agent:
    """Return the agent with this company's levels, days and words."""
    return Agent(
        name=NAME,
        role="proposes reminders for overdue invoices; nothing of it is sent from here",
        capability="books",
        steps={REMIND: lambda context: remind(context, settings)},
        may_read=(
            "bank_transaction",
            "event",
            "invoice",
            "invoice_owed",
            "queue",
            "rate",
            "settlement",
            "task",
        ),
        may_write=(
            ReminderApproved.event_type,
            ReminderPostponed.event_type,
            ReminderResumed.event_type,
            ReminderStopped.event_type,
        ),
    )


def remind(context: Context, settings: Settings) -> Outcome:
    """See to the next reminder of one invoice: wait for its day, propose it, or ask."""
    today = context.now.astimezone(settings.tz).date()
    asked_on = _asked_on(context, settings) or today
    owed = _owed(context, settings, asked_on)
    if owed is None:
        return Done(result="nobody owes us anything on it, or not any more")
    ended = _ended(context, owed)
    if ended:
        return Done(result=ended)
    if not settings.books.reminders.on:
        return Retry(reason="reminders are switched off in workbench.toml", after=DAY)
    if not owed.owed:
        return Retry(reason="a credit note takes all of it", after=MONTH)
    row = context.row
    if row is not None and row.state in {"answered", "rejected"}:
        return _answered(context, owed, row, settings, today)
    due = owed.due(settings.books.reminders)
    if due > today:
        return Retry(
            reason=f"its next reminder is due on {due:%d %b %Y}", after=_until(due, context.now, settings)
        )
    waiting = _may_pay(owed, _undecided(context, [owed]))
    if waiting is not None:
        return Retry(
            reason=f"{waiting.amount:,.2f} {waiting.currency} of {waiting.booked_on:%d %b %Y} may be for it and is not "
            "booked yet: decide what that is for first",
            after=_until(today + DAY, context.now, settings),
        )
    if owed.is_long_open(settings.books.reminders, asked_on):
        return _long_open(context, owed, settings, asked_on, today)
    return _proposed(context, owed, settings, asked_on, today)


def _proposed(context: Context, owed: Owed, settings: Settings, asked_on: date, today: date) -> Outcome:
    """Propose the letter, or take it where just this was approved."""
    row = context.row
    stands = proposal(owed, settings, asked_on, context.asked_back)
    if (
        row is None or content_hash(stands) != row.hash
    ):  # what is owed has changed since, or nothing was asked yet
        fresh = _owed(context, settings, today) or owed
        return Propose(proposal=proposal(fresh, settings, today, context.asked_back))
    return (
        _approved(owed, settings, row, asked_on, today)
        if row.state == "approved"
        else Propose(proposal=stands)
    )


def proposal(owed: Owed, settings: Settings, today: date, asked_back: str | None) -> Proposal:
    """Propose the next reminder, word for word. Pure."""
    reminders = settings.books.reminders
    level, levels = owed.level + 1, len(reminders.after_days)
    tone = tone_of(level, levels)
    return Proposal(
        action="books.remind",
        summary=f"Remind {owed.party} of {owed.number}: {_money(owed)} open, {(today - owed.due_on).days} days overdue "
        f"(reminder {level} of {max(level, levels)}, {tone})",
        content=letter(owed, settings, today).content,
        editable=True,
        reason="\n".join(_why(owed, settings, asked_back)),
        facts=_facts(owed),
        risk=RISKS[tone],
        money=Money.of(owed.owed, owed.currency),
        at_stake=None if owed.at_stake is None else format_amount(owed.at_stake),
        undo="none",
    )


def question(invoices: Sequence[Owed], settings: Settings, today: date, asked_back: str | None) -> Question:
    """Ask what to do about invoices that have been open for long. Pure."""
    many = len(invoices) > 1
    first = invoices[0]
    until = today + MONTH
    each = [Option(id="each", label="ask me about each of them")] if many else []
    stakes = [one.at_stake for one in invoices]
    known = sum((stake for stake in stakes if stake is not None), Decimal())
    total = None if None in stakes else format_amount(known)
    summary = (
        f"{len(invoices)} invoices are still open, the oldest overdue since {first.due_on:%d %b %Y}"
        if many
        else f"{first.number} of {first.party} is still open, overdue since {first.due_on:%d %b %Y}: {_money(first)}"
    )
    return Question(
        summary=f"{summary}: remind, wait, or written off?",
        reason="\n".join(_lines(invoices, asked_back)),
        facts=tuple(dict.fromkeys(fact for one in invoices for fact in _facts(one))),
        risk="medium",
        money=_total(invoices, total, settings),
        at_stake=total,
        options=(
            Option(id="remind", label=f"remind: propose a letter{' for each' if many else ''}"),
            Option(id=f"wait/{until}", label=f"wait until {until:%d %b %Y}"),
            *each,
            Option(id="stop", label="written off: remind nobody"),
        ),
    )


def _long_open(context: Context, owed: Owed, settings: Settings, asked_on: date, today: date) -> Outcome:
    """Ask once about all invoices that were never reminded of and are open for long; the oldest one's task asks."""
    together = _together(context, owed, settings, asked_on)
    if together[0].stream != owed.stream:
        return Retry(reason=f"it is asked together with {together[0].number}", after=WEEK)
    stands = question(together, settings, asked_on, context.asked_back)
    if context.row is not None and content_hash(stands) == context.row.hash:
        return Ask(question=stands)
    fresh = _together(context, owed, settings, today)
    return Ask(question=question(fresh, settings, today, context.asked_back))


def _answered(context: Context, owed: Owed, row: QueueRow, settings: Settings, today: date) -> Outcome:
    """Do what the operator said about each invoice that was shown; a rejected row is one to wait with."""
    events: list[tuple[Owed, EventData]]
    if row.kind == "proposal":
        until = today + REJECTED
        events = [(owed, ReminderPostponed(invoice=owed.stream, until=until, row=row.key))]
    else:
        shown = {*row.facts}
        listed = [one for one in _together(context, owed, settings, today) if one.event_id in shown] or [owed]
        events = [(one, _said(one, row, today)) for one in listed]
    return Done(
        result=f"you said {row.answer or 'no'}",
        writes=tuple(_write(one, data, row.key) for one, data in events),
        expected={stream: version for one, _ in events for stream, version in one.guards.items()},
    )


def _said(owed: Owed, row: QueueRow, today: date) -> EventData:
    match row.answer.partition("/"):
        case ("remind", _, _):
            return ReminderResumed(invoice=owed.stream, resumed_on=today, row=row.key)
        case ("stop", _, _):
            return ReminderStopped(invoice=owed.stream, row=row.key)
        case ("each", _, _):
            return ReminderPostponed(invoice=owed.stream, until=today, row=row.key, alone=True)
        case ("wait", _, day):
            return ReminderPostponed(invoice=owed.stream, until=date.fromisoformat(day), row=row.key)
        case _:  # rejected
            return ReminderPostponed(invoice=owed.stream, until=today + MONTH, row=row.key)


def _approved(owed: Owed, settings: Settings, row: QueueRow, asked_on: date, today: date) -> Done:
    said = from_content(row.answer or row.content or "", letter(owed, settings, asked_on))
    data = ReminderApproved(
        invoice=owed.stream,
        level=owed.level + 1,
        approved_on=today,
        to=said.to,
        subject=said.subject,
        text=said.text,
        money=Money.of(owed.owed, owed.currency),
        row=row.key,
    )
    return Done(
        result=f"reminder {data.level} for {owed.number} is approved; it is yours to send",
        writes=(_write(owed, data, row.key),),
        expected=owed.guards,
    )


def _ended(context: Context, owed: Owed) -> str:
    """Say why there is nothing left to do; nothing where there is."""
    if owed.reminders != "on":
        return "it is written off"
    task = context.task
    newer = context.company.query(
        load_sql(BOOKS, "newer_task"),
        kind=task.kind,
        subjects=[owed.stream, owed.reminder_stream],
        task=task.stream,
        trigger=task.trigger,
    )
    return "a newer task sees to it" if newer.rows[0][0] else ""


def _asked_on(context: Context, settings: Settings) -> date | None:
    """The day on which the row was asked that stands or was decided: a letter does not change overnight."""
    row = context.row
    return row.asked_at.astimezone(settings.tz).date() if row is not None and row.state in DECIDED else None


def _owed(context: Context, settings: Settings, day: date) -> Owed | None:
    """Ask what is owed; a bill, a credit note and what is paid cost no more than a look."""
    stream = f"invoice/{context.task.subject.partition('/')[2]}"
    if not context.company.query(OURS, stream=stream).rows:
        return None
    return next(iter(_owed_on(context, [stream], settings, day)), None)


def _owed_on(context: Context, streams: Sequence[str], settings: Settings, day: date) -> list[Owed]:
    rows = context.company.query(load_sql(PACKAGE, "owed"), streams=list(streams)).dicts()
    worth = {
        currency: _worth(context, currency, settings, day) for currency in {row["currency"] for row in rows}
    }
    return [Owed(**row, at_stake=_at_home(row["owed"], worth[row["currency"]])) for row in rows]


def _worth(context: Context, currency: str, settings: Settings, day: date) -> Decimal | None:
    """What one unit is worth at home, None where no recent rate says."""
    if currency == settings.base_currency:
        return Decimal(1)
    sql = load_sql(BOOKS, "rate_on")
    rate: Decimal | None = context.company.query(
        sql, base=currency, quote=settings.base_currency, day=day
    ).rows[0][0]
    return rate


def _at_home(amount: Decimal, worth: Decimal | None) -> Decimal | None:
    return None if worth is None else (amount * worth).quantize(CENT)


def _together(context: Context, owed: Owed, settings: Settings, day: date) -> list[Owed]:
    """Return the invoices that one question is about: this one, or all that nobody was ever reminded of.

    One that undecided money may pay is left out.
    """
    if owed.level or owed.is_alone:
        return [owed]
    before = long_before(settings.books.reminders, day)
    rows = context.company.query(
        load_sql(PACKAGE, "long_open"), before=before, day=day, limit=MAX_TOGETHER
    ).rows
    streams = [stream for (stream,) in rows]
    if owed.stream not in streams:  # the oldest one's task asks about others first
        return _owed_on(context, streams[:1], settings, day) or [owed]
    found = _owed_on(context, streams, settings, day)
    undecided = _undecided(context, found)
    return [one for one in found if _may_pay(one, undecided) is None] or [owed]


def _may_pay(owed: Owed, undecided: Sequence[Undecided]) -> Undecided | None:
    since = (money for money in undecided if money.booked_on >= owed.issued_on)
    return next((money for money in since if may_be_for(owed, money)), None)


def _undecided(context: Context, invoices: Sequence[Owed]) -> list[Undecided]:
    since = min(one.issued_on for one in invoices)
    rows = context.company.query(load_sql(PACKAGE, "undecided"), since=since, limit=MAX_UNDECIDED).dicts()
    return [Undecided(**row) for row in rows]


def _until(day: date, now: datetime, settings: Settings) -> timedelta:
    """How long it is until a day begins in the company's zone."""
    return datetime.combine(day, time.min, settings.tz) - now


def _write(owed: Owed, data: EventData, row: str) -> Write:
    stream = owed.reminder_stream
    return Write(
        stream=stream,
        event_id=derived_id(stream, data.event_type, row),
        data=data,
        actor=NAME,
        causation_id=owed.event_id,
    )


def _facts(owed: Owed) -> tuple[str, ...]:
    notes = (note["event_id"] for note in owed.notes)
    return (owed.event_id, *notes, *([owed.approved_event] if owed.approved_event else []))


def _why(owed: Owed, settings: Settings, asked_back: str | None) -> list[str]:
    before = (
        f"Reminder {owed.level} was approved on {owed.approved_on:%d %b %Y}."
        if owed.approved_on
        else "It is the first one."
    )
    lines = [
        f"Issued on {owed.issued_on:%d %b %Y} over {owed.amount:,.2f} {owed.currency}, due on {owed.due_on:%d %b %Y}."
    ]
    lines += (
        [f"{_money(owed)} of it is open after payments and credit notes."] if owed.owed != owed.amount else []
    )
    lines += [before, "No payment that may be for it is undecided."]
    lines += [] if owed.email else ["No e-mail address is known: write it after “To:”, or print the letter."]
    lines += [] if account_for(owed, settings) else ["workbench.toml names no account of yours to pay to."]
    lines += [
        "Approved, it is kept for you to send; nothing is sent from here. Rejected, it comes back in 14 days."
    ]
    lines += [f"You asked: “{asked_back}”. No model was used; this is all I know."] if asked_back else []
    return lines


def _lines(invoices: Sequence[Owed], asked_back: str | None) -> list[str]:
    lines = [
        f"{one.number} · {one.party} · {_money(one)} · due {one.due_on:%d %b %Y}"
        + (f" · reminded {one.level} times, last on {one.approved_on:%d %b %Y}" if one.approved_on else "")
        for one in invoices
    ]
    lines += ["Written off, an invoice stays open in the books: only the reminders end."]
    lines += [f"You asked: “{asked_back}”. No model was used; this is all I know."] if asked_back else []
    return lines


def _money(owed: Owed) -> str:
    return f"{owed.owed:,.2f} {owed.currency}"


def _total(invoices: Sequence[Owed], total: str | None, settings: Settings) -> Money:
    """Return what they owe together, at home where they are of several currencies and all their rates are known."""
    currencies = {one.currency for one in invoices}
    if len(currencies) == 1:
        return Money.of(sum((one.owed for one in invoices[1:]), invoices[0].owed), currencies.pop())
    if total is not None:
        return Money.of(total, settings.base_currency)
    unknown = next(one for one in invoices if one.at_stake is None)
    return Money.of(unknown.owed, unknown.currency)
