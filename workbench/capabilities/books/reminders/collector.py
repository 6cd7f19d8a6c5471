"""The collector: reminds of overdue invoices of ours, each letter approved, and asks what to do about old ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.approvals.row import Option, Question, Risk, content_hash
from opc_kernel.effects.intent import Intent
from opc_kernel.event import EventData
from opc_kernel.flow.agent import Agent, Context, Reaction
from opc_kernel.flow.outcome import Act, Ask, Done, Outcome, Retry
from opc_kernel.money import Money, format_amount
from opc_kernel.sql import load_sql
from workbench.capabilities.books.events import PACKAGE as BOOKS
from workbench.capabilities.books.reminders.events import (
    PACKAGE,
    ReminderAddressed,
    ReminderPostponed,
    ReminderResumed,
    ReminderSent,
    ReminderStopped,
)
from workbench.capabilities.books.reminders.heard import NOTHING_HEARD, Heard, heard_of
from workbench.capabilities.books.reminders.letter import account_for, letter, tone_of
from workbench.capabilities.books.reminders.owed import Owed, Undecided, long_before, may_be_for
from workbench.capabilities.books.reminders.owing import NAME, READS, owed_on, written
from workbench.capabilities.books.reminders.sending import ASK_SENT, POSTPONED, ask_sent, said_to, sent
from workbench.connector_settings import ADDRESS
from workbench.settings import Settings

REMIND = "books.remind"
MAX_UNDECIDED = 500
MAX_TOGETHER = 40
"""So many invoices that are open for long stand in one question, each with its line; the others come after it."""
OURS = "SELECT 1 FROM invoice WHERE stream = $stream AND kind = 'invoice' AND direction = 'out' AND state = 'open'"
DAY, WEEK, MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)
RISKS: dict[str, Risk] = {"friendly": "low", "firm": "medium", "last": "high"}
DECIDED = ("open", "approved", "answered", "rejected")
BY_HAND = "hand"

LOOKED_AT = (
    "books.invoice_issued",
    "books.invoice_reopened",
    ReminderSent.event_type,
    ReminderAddressed.event_type,
    ReminderPostponed.event_type,
    ReminderResumed.event_type,
)
REACTIONS = (
    *(Reaction(event=event, kind=REMIND, agent=NAME) for event in LOOKED_AT),
    Reaction(event="effect.sent", kind=ASK_SENT, agent=NAME),
)


def collector(settings: Settings) -> Agent:
    """Return the agent with this company's levels, days and words."""
    return Agent(
        name=NAME,
        role="reminds of overdue invoices, each letter approved word for word",
        capability="books",
        steps={
            REMIND: lambda context: remind(context, settings),
            ASK_SENT: lambda context: ask_sent(context, settings),
        },
        may_read=("bank_transaction", "effect", "event", "invoice", "queue", "settlement", "task", *READS),
        may_act=("mail.send",),
        may_write=(
            ReminderSent.event_type,
            ReminderAddressed.event_type,
            ReminderPostponed.event_type,
            ReminderResumed.event_type,
            ReminderStopped.event_type,
        ),
    )


def remind(context: Context, settings: Settings) -> Outcome:
    """See to the next reminder of one invoice: wait for its day, propose it, or ask."""
    today = context.now.astimezone(settings.tz).date()
    if context.effects:
        return _went_out(context, settings, today)
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
    if row is not None and row.state in {"answered", "rejected"} and not _is_no_address(row):
        return _answered(context, owed, row, settings, today)
    heard = heard_of(context.memory, owed.party)
    if (waits := _waits(context, owed, heard, settings, today)) is not None:
        return waits
    if owed.is_long_open(settings.books.reminders, asked_on):
        return _long_open(context, owed, settings, asked_on, today)
    return _proposed(context, owed, settings, asked_on, today, heard)


def _waits(context: Context, owed: Owed, heard: Heard, settings: Settings, today: date) -> Retry | None:
    """Return until when nobody is reminded: its day has not come, they promised, or money may be on its way."""
    due = owed.due(settings.books.reminders)
    if due > today:
        reason, until = f"its next reminder is due on {due:%d %b %Y}", due
    elif (promise := heard.promise(today)) is not None:
        reason, until = f"{promise.told}, and that day has not passed", promise.day + DAY
    elif (money := _may_pay(owed, _undecided(context, [owed]))) is not None:
        reason = (
            f"{money.amount:,.2f} {money.currency} of {money.booked_on:%d %b %Y} may be for it and is not "
        )
        reason, until = f"{reason}booked yet: decide what that is for first", today + DAY
    else:
        return None
    return Retry(reason=reason, after=_until(until, context.now, settings))


def _went_out(context: Context, settings: Settings, today: date) -> Done:
    owed = next(iter(owed_on(context.company, [_invoice(context)], settings, today)), None)
    return Done(result="its invoice is erased") if owed is None else sent(context, owed, today)


def _proposed(
    context: Context, owed: Owed, settings: Settings, asked_on: date, today: date, heard: Heard
) -> Outcome:
    """Propose the letter as it was first shown, or anew where what is owed has changed since."""
    if not owed.email:
        return Ask(question=whither(owed, settings, asked_on, context))
    row, stands = context.row, reminder(owed, settings, asked_on, context.asked_back, heard)
    if row is not None and row.effects == stands.intents:
        return stands
    fresh = _owed(context, settings, today) or owed
    return reminder(fresh, settings, today, context.asked_back, heard)


def reminder(
    owed: Owed, settings: Settings, today: date, asked_back: str | None, heard: Heard = NOTHING_HEARD
) -> Act:
    """Say what the next reminder is, word for word. Pure."""
    reminders = settings.books.reminders
    level, levels = owed.level + 1, len(reminders.after_days)
    tone = tone_of(level, levels)
    return Act(
        summary=f"Remind {owed.party} of {owed.number}: {_money(owed)} open, {(today - owed.due_on).days} days overdue "
        f"(reminder {level} of {max(level, levels)}, {tone})",
        intents=(_letter(owed, settings, today),),
        result=f"reminder {level} for {owed.number} went out",
        reason="\n".join([*_why(owed, settings, asked_back), *heard.lines]),
        facts=_facts(owed),
        memories=heard.streams,
        risk=RISKS[tone],
        money=Money.of(owed.owed, owed.currency),
        at_stake=None if owed.at_stake is None else format_amount(owed.at_stake),
    )


def _letter(owed: Owed, settings: Settings, today: date) -> Intent:
    words = letter(owed, settings, today)
    return Intent(
        kind="mail.send",
        target=owed.email,
        action=owed.action,
        content=words.text,
        fields={"subject": words.subject},
    )


def whither(owed: Owed, settings: Settings, today: date, context: Context) -> Question:
    """Ask where a reminder goes when no address is known; the letter stands there for whoever prints it."""
    words = letter(owed, settings, today)
    lines = [
        f"No e-mail address is known. This is the letter:\n\n{words.subject}\n\n{words.text}",
        *([f"You asked: “{context.asked_back}”. No model was used."] if context.asked_back else []),
    ]
    return Question(
        summary=f"Where does reminder {owed.level + 1} for {owed.number} of {owed.party} go? {_money(owed)} are open, "
        f"{(today - owed.due_on).days} days overdue",
        reason="\n".join(lines),
        facts=_facts(owed),
        risk="low",
        money=Money.of(owed.owed, owed.currency),
        at_stake=None if owed.at_stake is None else format_amount(owed.at_stake),
        options=(
            Option(id=BY_HAND, label="I sent it myself"),
            Option(id="stop", label="written off: remind nobody"),
        ),
        typed="the e-mail address it goes to, such as office@example.com",
    )


def _is_address_row(row: QueueRow) -> bool:
    return row.kind == "question" and row.typed is not None


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
    if _is_address_row(row):
        events = [(owed, _addressed(context, owed, row, settings, today))]
    elif row.kind == "proposal":
        until = today + POSTPONED
        events = [(owed, ReminderPostponed(invoice=owed.stream, until=until, row=row.key))]
    else:
        shown = {*row.facts}
        listed = [one for one in _together(context, owed, settings, today) if one.event_id in shown] or [owed]
        events = [(one, _said(one, row, today)) for one in listed]
    return Done(
        result=f"you said {row.answer or 'no'}",
        writes=tuple(written(one, data, row.key) for one, data in events),
        expected={stream: version for one, _ in events for stream, version in one.guards.items()},
    )


def _is_no_address(row: QueueRow) -> bool:
    """Whether something else than an address was typed where one was asked for: it is asked once more."""
    known = {option.id for option in row.options}
    typed = _is_address_row(row) and row.state == "answered" and row.answer not in known
    return typed and not ADDRESS.fullmatch(row.answer)


def _addressed(context: Context, owed: Owed, row: QueueRow, settings: Settings, today: date) -> EventData:
    """Return what was said where an address was asked for."""
    match row.answer:
        case "hand":
            asked_on = _asked_on(context, settings) or today
            money = Money.of(owed.owed, owed.currency)
            return said_to(owed, _letter(owed, settings, asked_on), money, row.key, today, by_hand=True)
        case "stop":
            return ReminderStopped(invoice=owed.stream, row=row.key)
        case "":
            return ReminderPostponed(invoice=owed.stream, until=today + POSTPONED, row=row.key)
        case address:
            return ReminderAddressed(invoice=owed.stream, to=address, row=row.key)


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


def _invoice(context: Context) -> str:
    return f"invoice/{context.task.subject.partition('/')[2]}"


def _owed(context: Context, settings: Settings, day: date) -> Owed | None:
    """Ask what is owed; a bill, a credit note and what is paid cost no more than a look."""
    stream = _invoice(context)
    if not context.company.query(OURS, stream=stream).rows:
        return None
    return next(iter(owed_on(context.company, [stream], settings, day)), None)


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
        return owed_on(context.company, streams[:1], settings, day) or [owed]
    found = owed_on(context.company, streams, settings, day)
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


def _facts(owed: Owed) -> tuple[str, ...]:
    notes = (note["event_id"] for note in owed.notes)
    return (owed.event_id, *notes, *([owed.sent_event] if owed.sent_event else []))


def _why(owed: Owed, settings: Settings, asked_back: str | None) -> list[str]:
    before = (
        f"Reminder {owed.level} went out on {owed.sent_on:%d %b %Y}."
        if owed.sent_on
        else "It is the first one."
    )
    lines = [
        f"Issued on {owed.issued_on:%d %b %Y} over {owed.amount:,.2f} {owed.currency}, due on {owed.due_on:%d %b %Y}."
    ]
    lines += (
        [f"{_money(owed)} of it is open after payments and credit notes."] if owed.owed != owed.amount else []
    )
    lines += [before, "No payment that may be for it is undecided."]
    lines += [] if account_for(owed, settings) else ["workbench.toml names no account of yours to pay to."]
    lines += [f"Approved, it goes out in these words. Rejected, it comes back in {POSTPONED.days} days."]
    lines += [f"You asked: “{asked_back}”. No model was used; this is all I know."] if asked_back else []
    return lines


def _lines(invoices: Sequence[Owed], asked_back: str | None) -> list[str]:
    lines = [
        f"{one.number} · {one.party} · {_money(one)} · due {one.due_on:%d %b %Y}"
        + (f" · reminded {one.level} times, last on {one.sent_on:%d %b %Y}" if one.sent_on else "")
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
