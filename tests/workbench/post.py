"""Mails in a few words: a header and a text, or many of them as one mbox."""

from datetime import datetime, timedelta
from email.utils import format_datetime

from workbench.composition import remembering

OWN = 'own_addresses = ["mareike@osterkamp.example"]\n'
FIRST = datetime.fromisoformat("2026-10-01T09:00+02:00")
JANA = "Jana Brandt <jana.brandt@sandtor.example>"
SIGNED = "\n\nBest regards\nJana Brandt\nHead of Purchasing\nSandtor GmbH\nPhone: +49 40 23125 611\n"


def mail(text, *, sender=JANA, to="mareike@osterkamp.example", subject="Hello", number=1, more="", day=0):
    """Return one mail; `more` holds further headers, `day` counts from 1 October 2026."""
    at = format_datetime(FIRST + timedelta(days=day))
    named = f"Message-ID: <{number}@sandtor.example>\n" if number else ""
    head = f"From: {sender}\nTo: {to}\nSubject: {subject}\nDate: {at}\n{named}{more}"
    return f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}\n"


def mbox(*mails):
    return "".join(f"From x@y.example Thu Oct  1 09:00:00 2026\n{each}\n" for each in mails)


def remember(shop):
    remembering(shop.company, shop.company.settings).catch_up()


def mails(shop):
    return shop.ask(
        "SELECT type, data->>'subject', data->>'text' FROM event WHERE starts_with(type, 'mail.') ORDER BY position"
    )


def facts(shop):
    """Return what stands as (name, predicate, value)."""
    remember(shop)
    return shop.ask(
        "SELECT e.name, f.predicate, f.value FROM fact AS f JOIN entity AS e ON e.stream = f.subject "
        "WHERE f.stands ORDER BY ALL"
    )


def said(shop, *predicates):
    return [(name, value) for name, predicate, value in facts(shop) if predicate in predicates]


def items(shop, columns="kind, title, text"):
    remember(shop)
    return shop.ask(f"SELECT {columns} FROM memory_item ORDER BY occurred_at, place, text")


def memory(shop):
    """Return all that is remembered, without the order in which it came."""
    remember(shop)
    return (
        sorted(facts(shop)),
        sorted(shop.ask("SELECT stream, kind FROM entity")),
        sorted(
            shop.ask("SELECT kind, title, text, list_sort(entities), conversation, place FROM memory_item")
        ),
    )
