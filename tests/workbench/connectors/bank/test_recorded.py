"""What lies near a statement is all it needs: compared with everything of its account, it means the same."""

import random
from datetime import date, timedelta
from decimal import Decimal

from workbench.connectors.bank.canonical import Ledger, with_schemes
from workbench.connectors.bank.events import TransactionPending
from workbench.connectors.bank.identity import WINDOW, Period, compare
from workbench.connectors.bank.reading import Line, Statement

ACCOUNTS = 150
FIRST = date(2026, 1, 1)
FORMATS = ("ofx", "mt940", "camt.053", "csv")


def line(day, amount="-9.99", text="", **more):
    return Line(
        booked_on=FIRST + timedelta(day),
        value_on=None,
        amount=Decimal(amount),
        currency="EUR",
        text=text,
        **more,
    )


def statement(*lines, opening=None, closing=None, closing_on=None):
    return Statement(
        account="A",
        currency="EUR",
        opening=opening,
        closing=closing,
        closing_on=None if closing_on is None else FIRST + timedelta(closing_on),
        number="",
        lines=lines,
    )


def any_statement(chance):
    """Return one of a day or of months, whose few amounts, words and ids often look like those of another."""
    begin = chance.randint(0, 200)
    end = begin + chance.choice([0, 1, 5, 40, 120])
    lines = [
        line(
            chance.randint(begin, end),
            chance.choice(["-5.00", "-9.99", "5.00"]),
            chance.choice(["Rewe Markt", "Bahn Ticket", ""]),
            bank_id=chance.choice(["", "", f"id {chance.randint(0, 30)}"]),
            state=chance.choice(["booked", "booked", "pending"]),
        )
        for _ in range(chance.choice([0, 1, 3, 8, 20]))
    ]
    moved = sum((each.amount for each in lines if each.state == "booked"), Decimal(0))
    opening = Decimal(chance.choice([0, 5])) if chance.random() < 0.6 else None
    return statement(
        *lines,
        opening=opening,
        closing=None if opening is None else opening + moved + chance.choice([0, 0, 1]),
        closing_on=chance.choice([None, end, end + chance.randint(0, 30)]),
    )


def test_what_is_near_a_statement_is_all_it_needs():
    for seed in range(ACCOUNTS):
        chance = random.Random(seed)
        ledger, periods = Ledger(account="A"), []
        for number in range(8):
            kind = chance.choice(FORMATS)
            taken = with_schemes(any_statement(chance), kind)
            everything = sorted(ledger.recorded, key=lambda each: each.booked_on)

            near = compare(taken, *ledger.recorded.around(taken), kind)

            if taken.lines or taken.closing_on:
                assert near == compare(taken, everything, periods, kind), (
                    f"account {seed}, statement {number}"
                )
            imported = ledger.take(taken, kind=kind, file=f"file {number}", index=0)[0]
            periods.append(covered(imported, taken, kind))


def covered(imported, taken, kind):
    data = imported.data
    return Period(
        stream=imported.stream,
        format=kind,
        currency="EUR",
        first_on=data.first_on,
        last_on=data.closing_on or data.last_on,
        opening=taken.opening,
        closing=taken.closing,
    )


def test_a_statement_of_a_day_is_not_compared_with_years():
    ledger = Ledger(account="A")
    for day in range(1_000):
        ledger.take(statement(line(day), closing_on=day), kind="mt940", file="years", index=day)

    known, periods = ledger.recorded.around(statement(line(500)))

    assert len(list(ledger.recorded)) == 1_000
    assert len(known) == 2 * WINDOW.days + 1
    assert {each.stream for each in periods} == {each.statement for each in known}


def test_a_pending_transaction_is_counted_on_its_day_after_it_was_booked_on_another():
    ledger = Ledger(account="A")
    pending = statement(line(0, text="Hotel Adler", state="pending"))
    (_, first) = ledger.take(pending, kind="csv", file="one", index=0)
    (_, booked) = ledger.take(statement(line(12, text="Hotel Adler")), kind="csv", file="one", index=1)

    (_, second) = ledger.take(pending, kind="csv", file="one", index=2)

    assert booked.stream == first.stream
    assert isinstance(second.data, TransactionPending)
    assert second.stream != first.stream


def test_the_id_of_the_bank_means_a_pending_transaction_of_any_day():
    ledger = Ledger(account="A")
    hold = line(0, text="Hotel Adler", bank_id="7", state="pending")
    (_, pending) = ledger.take(statement(hold), kind="ofx", file="one", index=0)

    (_, booked) = ledger.take(statement(line(60, bank_id="7")), kind="ofx", file="one", index=1)

    assert booked.stream == pending.stream


def test_a_statement_that_told_nothing_new_still_says_where_the_next_begins():
    ledger = Ledger(account="A")
    lines = (line(5, "5.00"), line(10, "-1.00"))
    ledger.take(statement(*lines), kind="csv", file="table", index=0)
    balanced = statement(*lines, opening=Decimal(1), closing=Decimal(5), closing_on=10)
    assert len(ledger.take(balanced, kind="mt940", file="first", index=0)) == 1

    following = statement(line(10, "-1.00"), opening=Decimal(5), closing=Decimal(4), closing_on=11)
    facts = ledger.take(following, kind="mt940", file="second", index=0)

    assert [type(fact.data).__name__ for fact in facts] == ["StatementImported", "TransactionBooked"]
