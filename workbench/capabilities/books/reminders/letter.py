"""The letter that reminds a customer: three tones in two languages; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from workbench.capabilities.books.reminders.owed import Owed
from workbench.settings import Settings

FRIENDLY, FIRM, LAST = "friendly", "firm", "last"
TONES = {1: (FRIENDLY,), 2: (FRIENDLY, LAST), 3: (FRIENDLY, FIRM, LAST)}
"""Of one, two or three reminders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An e-mail's words."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What a letter says in one language."""

    subject: Mapping[str, str]
    opening: Mapping[str, str]
    closing: Mapping[str, str]
    invoice: str
    amount: str
    settled: str
    owed: str
    due: str
    pay_to: str
    greeting: str
    regards: str
    decimal: str
    thousands: str
    day: str


ENGLISH = _Words(
    subject={
        FRIENDLY: "Invoice {number}: a friendly reminder",
        FIRM: "Invoice {number}: second reminder",
        LAST: "Invoice {number}: last reminder",
    },
    opening={
        FRIENDLY: "surely this has only slipped through: the following invoice is still open on our side.",
        FIRM: "on {before} we wrote to you about the following invoice. It is still open.",
        LAST: "in spite of our reminders, the last one of {before}, the following invoice is still open.",
    },
    closing={
        FRIENDLY: "Please pay it within the next days. If you have done so meanwhile, please disregard this letter.",
        FIRM: "Please pay it within seven days, or tell us what stands in the way.",
        LAST: "Please pay it within seven days. After that we will have to take further steps to collect the money.",
    },
    invoice="Invoice {number} of {issued}",
    amount="Amount: {amount}",
    settled="Paid or credited so far: {settled}",
    owed="Still open: {owed}",
    due="Due on {due}; on {today} that was {days} days ago",
    pay_to="Please pay to {account}, {holder}, and name {number}.",
    greeting="Dear Sir or Madam,",
    regards="Kind regards",
    decimal=".",
    thousands=",",
    day="%d %b %Y",
)
GERMAN = _Words(
    subject={
        FRIENDLY: "Rechnung {number}: freundliche Zahlungserinnerung",
        FIRM: "Rechnung {number}: zweite Zahlungserinnerung",
        LAST: "Rechnung {number}: letzte Mahnung",
    },
    opening={
        FRIENDLY: "sicher ist es nur untergegangen: Die folgende Rechnung ist bei uns noch offen.",
        FIRM: "am {before} haben wir Ihnen wegen der folgenden Rechnung geschrieben. Sie ist noch immer offen.",
        LAST: "trotz unserer Erinnerungen, zuletzt am {before}, ist die folgende Rechnung noch immer offen.",
    },
    closing={
        FRIENDLY: "Bitte gleichen Sie sie in den nächsten Tagen aus. Ist das inzwischen geschehen, betrachten Sie "
        "dieses Schreiben bitte als gegenstandslos.",
        FIRM: "Bitte zahlen Sie innerhalb von sieben Tagen, oder sagen Sie uns, was dem entgegensteht.",
        LAST: "Bitte zahlen Sie innerhalb von sieben Tagen. Danach werden wir weitere Schritte einleiten müssen.",
    },
    invoice="Rechnung {number} vom {issued}",
    amount="Betrag: {amount}",
    settled="Bisher bezahlt oder gutgeschrieben: {settled}",
    owed="Noch offen: {owed}",
    due="Fällig am {due}; am {today} waren das {days} Tage",
    pay_to="Bitte zahlen Sie auf {account}, {holder}, und geben Sie {number} an.",
    greeting="Sehr geehrte Damen und Herren,",
    regards="Mit freundlichen Grüßen",
    decimal=",",
    thousands=".",
    day="%d.%m.%Y",
)
LANGUAGES = {"en": ENGLISH, "de": GERMAN}


def tone_of(level: int, levels: int) -> str:
    """Return the tone of a reminder; those after the last sound like it."""
    return TONES[levels][min(level, levels) - 1]


def letter(owed: Owed, settings: Settings, today: date) -> Letter:
    """Write the next reminder for an invoice."""
    reminders = settings.books.reminders
    words = LANGUAGES[reminders.language]
    tone = tone_of(owed.level + 1, len(reminders.after_days))
    said = _said(owed, settings, today, words)
    facts = [
        words.invoice,
        words.amount,
        *([words.settled] if owed.owed != owed.amount else []),
        words.owed,
        words.due,
    ]
    opening = words.opening[tone if owed.sent_on else FRIENDLY]
    parts = [
        words.greeting,
        opening.format_map(said),
        "\n".join(line.format_map(said) for line in facts),
        words.closing[tone],
        reminders.late_fee if tone != FRIENDLY else "",
        words.pay_to.format_map(said) if said["account"] else "",
        f"{words.regards}\n{settings.name}",
    ]
    return Letter(
        subject=_one_line(words.subject[tone].format_map(said)),
        text="\n\n".join(filter(None, parts)),
    )


def account_for(owed: Owed, settings: Settings) -> str:
    """Return the own account to pay to: the first in the invoice's currency, else the first."""
    fitting = [account.id for account in settings.account if account.currency == owed.currency]
    return next(iter((*fitting, *(account.id for account in settings.account))), "")


def _said(owed: Owed, settings: Settings, today: date, words: _Words) -> dict[str, str | int]:
    def money(amount: Decimal) -> str:
        plain = f"{amount:,.2f}".translate({ord(","): words.thousands, ord("."): words.decimal})
        return f"{plain} {owed.currency}"

    return {
        "number": _one_line(owed.number),
        "issued": owed.issued_on.strftime(words.day),
        "due": owed.due_on.strftime(words.day),
        "today": today.strftime(words.day),
        "days": (today - owed.due_on).days,
        "before": "" if owed.sent_on is None else owed.sent_on.strftime(words.day),
        "amount": money(owed.amount),
        "settled": money(owed.amount - owed.owed),
        "owed": money(owed.owed),
        "account": account_for(owed, settings),
        "holder": settings.name,
    }


def _one_line(text: str) -> str:
    return " ".join(text.split())
