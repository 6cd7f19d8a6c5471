"""A reminder on its way: what was sent is recorded, what was only rehearsed never counts as sent and is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from opc_kernel.approvals.row import Option, Question
from opc_kernel.effects.intent import Intent
from opc_kernel.event import EventData
from opc_kernel.flow.agent import Context
from opc_kernel.flow.outcome import Ask, Done, Outcome
from opc_kernel.money import Money
from opc_kernel.sql import load_sql
from workbench.capabilities.books.reminders.events import (
    PACKAGE,
    ReminderPostponed,
    ReminderSent,
    ReminderStopped,
)
from workbench.capabilities.books.reminders.owed import Owed
from workbench.capabilities.books.reminders.owing import owed_on, written
from workbench.settings import Settings

ASK_SENT = "books.ask_sent"
POSTPONED = timedelta(days=14)
"""So long after a reminder was rejected, or rehearsed and not sent, it is proposed again."""
SENT, AGAIN, STOP = "sent", "again", "stop"


def sent(context: Context, owed: Owed, today: date) -> Done:
    """Record what went out; in the sandbox this is dropped, for nothing did."""
    effect, row = context.effects[0], context.row
    assert row is not None, "a letter goes out only when its row is approved"
    data = said_to(owed, effect.intent, money_of(row.amount, row.currency, owed), row.key, today)
    return Done(
        result=f"reminder {data.level} for {owed.number} went to {data.to}",
        writes=(written(owed, data, effect.stream),),
        expected={owed.reminder_stream: owed.reminder_version},
    )


def said_to(
    owed: Owed, letter: Intent, money: Money, row: str, today: date, *, by_hand: bool = False
) -> ReminderSent:
    """Return the fact that a letter went out."""
    return ReminderSent(
        invoice=owed.stream,
        level=owed.level + 1,
        sent_on=today,
        to=letter.target,
        subject=str(letter.fields["subject"]),
        text=letter.content,
        money=money,
        row=row,
        by_hand=by_hand,
    )


def money_of(amount: Any, currency: str | None, owed: Owed) -> Money:  # noqa: ANN401 - a column that may be empty
    """Return what was open when it was approved."""
    return Money.of(owed.owed, owed.currency) if amount is None else Money.of(amount, currency or "")


def ask_sent(context: Context, settings: Settings) -> Outcome:
    """A reminder was rehearsed: its letter lies in the sandbox. Ask whether the operator sent it by hand."""
    found = context.company.query(load_sql(PACKAGE, "rehearsed"), effect=context.task.subject).one()
    if found is None:
        return Done(result="no reminder, or one that really went out")
    today = context.now.astimezone(settings.tz).date()
    owed = next(iter(owed_on(context.company, [found["invoice"]], settings, today)), None)
    letter = Intent.model_validate_json(found["intent"])
    if owed is None or owed.state != "open" or owed.reminders != "on" or owed.action != letter.action:
        return Done(result="it is settled, or another reminder sees to it")
    row = context.row
    if row is not None and row.state in {"answered", "rejected"}:
        data = _told(owed, letter, found, row.key, row.answer, today)
        return Done(
            result=f"you said {row.answer or 'no'}",
            writes=(written(owed, data, row.key),),
            expected={owed.reminder_stream: owed.reminder_version},
        )
    return Ask(question=_question(owed, letter, context))


def _told(
    owed: Owed, letter: Intent, found: Mapping[str, Any], row: str, answer: str, today: date
) -> EventData:
    match answer:
        case "sent":
            money = money_of(found["amount"], found["currency"], owed)
            return said_to(owed, letter, money, row, today, by_hand=True)
        case "stop":
            return ReminderStopped(invoice=owed.stream, row=row)
        case _:
            return ReminderPostponed(invoice=owed.stream, until=today + POSTPONED, row=row)


def _question(owed: Owed, letter: Intent, context: Context) -> Question:
    key = context.task.subject.partition("/")[2]
    lines = [
        f"To {letter.target}: {letter.fields['subject']}",
        f"It lies as an e-mail in sandbox/mail/{key}.eml; 'workbench invoice reminder {owed.number} --eml FILE' "
        "writes it as a draft.",
        "Only what was sent counts: the next reminder follows on it. 'workbench connector' lets letters go out from "
        "here.",
        *([f"You asked: “{context.asked_back}”. No model was used."] if context.asked_back else []),
    ]
    return Question(
        summary=f"Reminder {owed.level + 1} for {owed.number} of {owed.party} was only rehearsed: have you sent it?",
        reason="\n".join(lines),
        facts=(owed.event_id, context.task.trigger),
        risk="low",
        options=(
            Option(id=SENT, label="I sent it"),
            Option(id=AGAIN, label=f"not sent: propose it again in {POSTPONED.days} days"),
            Option(id=STOP, label="written off: remind nobody"),
        ),
    )
