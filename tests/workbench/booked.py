"""Past decisions written as a person would: 'day | amount | counterparty | text | category', oldest first."""

from datetime import date
from decimal import Decimal

from workbench.capabilities.books.categories.learner import Decision, Payment


def payment(line):
    day, amount, counterparty, text = (part.strip() for part in line.split("|"))
    return Payment(
        counterparty=counterparty,
        text=text,
        amount=Decimal(amount),
        account="giro",
        day=date.fromisoformat(day),
    )


def decided(lines, times=1):
    found = [line.rsplit("|", 1) for line in lines.strip().splitlines()]
    return [Decision(payment=payment(line), category=category.strip()) for line, category in found] * times
