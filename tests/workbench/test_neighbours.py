"""A check of a statement reads only those that bear on it: all of the account would say the same."""

import random
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal

from shop import IBAN

from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.ids import derived_id
from workbench.clerk import NEIGHBOURS
from workbench.connectors.bank.events import StatementImported
from workbench.connectors.bank.honesty import Stated, faults, moved_in

STATEMENTS = 150
FIRST = date(2025, 7, 1)
EVERY = (
    "SELECT *, coalesce(first_on, opening_on, closing_on) AS begins, coalesce(closing_on, last_on) AS ends "
    "FROM bank_statement ORDER BY position"
)


def any_statement(chance):
    """Return one of a few days of two years; a balance, a day or the number is often not stated."""
    begin = chance.randrange(0, 700, 7)
    days = [FIRST + timedelta(begin), FIRST + timedelta(begin + chance.choice([0, 0, 7, 28]))]
    opening, closing = (chance.choice([None, "0.00", "5.00"]) for _ in range(2))
    first_on, closing_on = (chance.choice([None, day, day, day]) for day in days)
    return StatementImported(
        account=IBAN,
        currency=chance.choice(["EUR", "EUR", "EUR", "USD"]),
        number=chance.choice(["", "S", "0", "7/1", str(begin // 10)]),
        opening=opening,
        closing=closing,
        opening_on=chance.choice([None, days[0]]),
        closing_on=closing_on,
        first_on=first_on,
        last_on=first_on and days[1],
        transactions=chance.randint(0, 2),
        total=chance.choice(["0.00", "5.00"]),
        difference=None,
        file="f",
        format=chance.choice(["mt940", "camt.053", "ofx"]),
    )


def stated(row):
    return Stated(**{each.name: row[each.name] for each in fields(Stated)})


def test_what_bears_on_a_statement_gives_the_same_faults_as_all_of_its_account(shop):
    chance = random.Random(5)
    streams = [f"bank_statement/{derived_id(str(number))}" for number in range(STATEMENTS)]
    writes = [
        Write(
            stream=stream, event_id=derived_id(stream, "imported"), data=any_statement(chance), actor="test"
        )
        for stream in streams
    ]
    shop.company.append(writes, expected=dict.fromkeys(streams, NEW_STREAM))
    moved = moved_in([(FIRST + timedelta(day), Decimal(5)) for day in range(0, 730, 50)])
    every = [stated(row) for row in shop.company.query(EVERY).dicts()]

    read, words = 0, set()
    for this in every:
        near = [stated(row) for row in shop.company.query(NEIGHBOURS, stream=this.stream).dicts()]
        others = [each for each in near if each.stream != this.stream]
        all_others = [each for each in every if each.stream != this.stream and each.currency == this.currency]
        found = faults(this, others, moved)

        assert found == faults(this, all_others, moved)
        read += len(near)
        words |= {fault.short for fault in found}

    assert len(every) == STATEMENTS
    assert read < STATEMENTS**2 / 4
    assert len(words) == 4
