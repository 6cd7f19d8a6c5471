"""Past decisions written as a person would: 'day | amount | counterparty | text | category', oldest first."""

from datetime import date
from decimal import Decimal

from workbench.capabilities.books.categories.decision import Decision
from workbench.capabilities.books.matching.document import Payment


def payment(line):
    day, amount, counterparty, text = (part.strip() for part in line.split("|"))
    return paid(date.fromisoformat(day), counterparty, text, Decimal(amount))


def paid(day, counterparty, text, amount, currency="EUR"):
    return Payment(
        stream=f"bank_transaction/{day}-{counterparty}-{amount}",
        version=1,
        booked_on=day,
        amount=amount,
        currency=currency,
        counterparty=counterparty,
        text=text,
        reference="",
        event_id=f"booked {day} {counterparty}",
        account="giro",
    )


def decided(lines, times=1):
    found = [line.rsplit("|", 1) for line in lines.strip().splitlines()]
    return [a_decision(payment(line), category.strip()) for line, category in found] * times


def a_decision(one, category):
    return Decision(payment=one, category=category, event_id=f"settled {one.booked_on} {one.counterparty}")
