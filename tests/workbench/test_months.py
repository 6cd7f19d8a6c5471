"""Generated months: whatever files a bank gives of them, in whatever order, what is recorded is the truth, or asked.

T5: the same file twice, overlapping periods, a re-issue with one correction, other formats of one period, and twins.
"""

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from workbench.connectors.bank.canonical import Ledger
from workbench.connectors.bank.events import CorrectionFound, StatementImported
from workbench.connectors.bank.honesty import Stated, faults
from workbench.connectors.bank.reading import Line, Statement

QUICK, SOAK = 200, 5_000
START = Decimal("1000.00")
FIRST = date(2026, 3, 1)
FORMATS = ("ofx", "mt940", "camt.053", "csv")
SHOPS = ("Rewe Markt", "Shell Station", "Deutsche Bahn", "Netflix Abo", "Stadtwerke Strom", "Cafe Central")
AMOUNTS = ("-3.20", "-3.20", "-9.99", "-49.90", "-120.00", "250.00", "1190.00")


@dataclass(frozen=True)
class Moved:
    number: int
    on: date
    amount: Decimal
    shop: str


def month(chance):
    """Return about forty transactions of five weeks; many are twins."""
    days = sorted(chance.choices(range(35), k=chance.randint(15, 60)))
    return [
        Moved(number, FIRST + timedelta(days=day), Decimal(chance.choice(AMOUNTS)), chance.choice(SHOPS))
        for number, day in enumerate(days)
    ]


def issue(moved, first, last, kind):
    """Return the statement of some days as a bank would issue it in one format."""
    inside = [each for each in moved if first <= each.on <= last]
    opening = START + sum(each.amount for each in moved if each.on < first)
    closing = opening + sum(each.amount for each in inside)
    balanced = kind in {"mt940", "camt.053"}
    return Statement(
        account="A",
        currency="EUR",
        opening=opening if balanced else None,
        closing=closing if kind != "csv" else None,
        closing_on=last if kind != "csv" else None,
        number="",
        lines=tuple(
            Line(
                booked_on=each.on,
                value_on=each.on if kind == "camt.053" else None,
                amount=each.amount,
                currency="EUR",
                text=each.shop.upper() if kind == "mt940" else each.shop,
                bank_id="" if kind == "csv" else f"{kind}-{each.number}",
            )
            for each in inside
        ),
    )


def corrected(moved, chance, kind):
    """Return the month with one transaction changed, taken back or added: what a bank corrects.

    Not on the first or last day of a file without opening balance: it may as well be of a shorter period.
    """
    first, last = moved[0].on, moved[-1].on
    index = chance.choice(
        [index for index, each in enumerate(moved) if kind not in {"csv", "ofx"} or first < each.on < last]
    )
    match chance.choice(("amount", "gone", "added")):
        case "amount":
            changed = replace(moved[index], amount=moved[index].amount + Decimal("0.50"), number=900)
            return [*moved[:index], changed, *moved[index + 1 :]]
        case "gone":
            return [*moved[:index], *moved[index + 1 :]]
    return [*moved[:index], replace(moved[index], number=901, shop="Nachtrag"), *moved[index:]]


class Desk:
    """One account, and what its statements made of it."""

    def __init__(self):
        self.ledger = Ledger(account="A")
        self.files = 0
        self.asked = 0
        self.stated = []

    def take(self, statement, kind):
        self.files += 1
        facts = self.ledger.take(statement, kind=kind, file=f"file {self.files}", index=0)
        self.asked += sum(isinstance(fact.data, CorrectionFound) for fact in facts)
        (imported,) = [fact for fact in facts if isinstance(fact.data, StatementImported)]
        self.stated.append(stated(imported, self.files))

    def booked(self):
        return Counter(
            (each.booked_on, each.amount) for each in self.ledger.recorded if each.state == "booked"
        )

    def faults(self):
        def moved(after, before):
            known = [each for each in self.ledger.recorded if each.state == "booked"]
            return sum((each.amount for each in known if after < each.booked_on < before), Decimal(0))

        return [
            fault
            for this in self.stated
            for fault in faults(this, [each for each in self.stated if each is not this], moved)
        ]


def stated(fact, position):
    data = fact.data
    read = {
        name: None if getattr(data, name) is None else Decimal(getattr(data, name))
        for name in ("opening", "closing", "difference", "total")
    }
    return Stated(
        stream=fact.stream,
        position=position,
        format=data.format,
        number=data.number,
        currency=data.currency,
        transactions=data.transactions,
        begins=data.first_on or data.closing_on,
        ends=data.closing_on or data.last_on,
        **read,
    )


def truth(moved):
    return Counter((each.on, each.amount) for each in moved)


def some_files(moved, chance):
    """Yield statements that together cover the month: overlapping, repeated, in any format and any order."""
    last = FIRST + timedelta(days=34)
    begins = [FIRST]
    while begins[-1] < last - timedelta(days=6):
        begins.append(begins[-1] + timedelta(days=chance.randint(3, 9)))
    ends = [min(last, begin + timedelta(days=chance.randint(9, 14))) for begin in begins]
    ends[-1] = last
    files = [(first, end, chance.choice(FORMATS)) for first, end in zip(begins, ends, strict=True)]
    files += chance.choices(files, k=2)
    files.append((FIRST, last, chance.choice(FORMATS)))
    chance.shuffle(files)
    return [(issue(moved, first, end, kind), kind) for first, end, kind in files]


def run(seed):
    """Return how one month ended: "exact" or "asked"; anything else is an error."""
    chance = random.Random(seed)
    moved = month(chance)
    desk = Desk()
    for statement, kind in some_files(moved, chance):
        desk.take(statement, kind)
    assert desk.asked == 0, f"month {seed}: asked although nothing contradicts"
    assert desk.booked() == truth(moved), f"month {seed}"
    assert desk.faults() == [], f"month {seed}"
    if chance.random() < 0.5:
        return "exact"
    kind = chance.choice(FORMATS)
    now = corrected(moved, chance, kind)
    desk.take(issue(now, FIRST, FIRST + timedelta(days=34), kind), kind)
    if desk.booked() == truth(now):
        return "exact"
    assert desk.asked or desk.faults(), f"month {seed}: silently wrong after {kind}"
    return "asked"


def outcomes(months, start=0):
    return Counter(run(seed) for seed in range(start, start + months))


def test_two_hundred_months():
    found = outcomes(QUICK)

    assert found["exact"] > QUICK / 2
    assert found.total() == QUICK


@pytest.mark.soak
def test_thousands_of_months():
    assert outcomes(SOAK, start=QUICK).total() == SOAK
