"""Money that comes back is booked as what it gives back, once, and only as far as it was not given back before."""

import pytest
from shop import withdraw

TICKET = "2026-10-07, -119.80, DB Vertrieb GmbH, ticket 4711"
HALF = "2026-10-14, 59.90, DB Vertrieb GmbH, ticket 4711 cancelled"


def booked_as(shop):
    return shop.ask(
        "SELECT amount::VARCHAR, state, category, decided_by FROM ledger ORDER BY booked_on, amount"
    )


def answer(shop, words):
    row = shop.row()
    choice = next(each for each in row.options if words in each.label)
    return shop.decide(row, "answer", choice=choice.id)


@pytest.fixture
def bought(shop):
    shop.pay(TICKET)
    shop.work()
    answer(shop, "software")
    return shop


def test_a_refund_is_booked_as_what_it_gives_back(bought):
    bought.pay(HALF, name="later.csv")
    bought.work()
    answer(bought, "gives back a part of -119.80 EUR of 07 Oct")

    assert booked_as(bought) == [
        ("-119.8000", "categorised", "software", "operator"),
        ("59.9000", "refund", "software", "operator"),
    ]
    assert bought.ask("SELECT refunded::VARCHAR FROM settlement ORDER BY ALL") == [("0.0000",), ("59.9000",)]


def test_nothing_is_given_back_twice(bought):
    bought.pay(f"{HALF}\n2026-10-15, 70.00, DB Vertrieb GmbH, another", name="later.csv")
    bought.work()
    first, second = sorted(bought.queue(), key=lambda row: row.summary)
    options = [[each.label for each in row.options if "gives back" in each.label] for row in (first, second)]
    assert [len(each) for each in options] == [1, 1]

    choice = next(each.id for each in first.options if each.id.startswith("refund/"))
    bought.decide(first, "answer", choice=choice)

    assert not [each for each in bought.row().options if each.id.startswith("refund/")]


def test_who_gave_back_twice_is_known_the_third_time(shop):
    for number in range(3):
        shop.pay(
            f"2026-10-0{number + 1}, -10.{number}0, Kiosk Nord, coffee\n"
            f"2026-10-1{number + 1}, 10.{number}0, Kiosk Nord, sorry",
            name=f"{number}.csv",
        )
        shop.work()
        if number < 2:
            out = next(row for row in shop.queue() if "went to" in row.summary)
            shop.decide(out, "answer", choice="category/software")
            back = shop.row()
            shop.decide(back, "answer", choice=next(e.id for e in back.options if e.id.startswith("refund/")))
    bought = next(row for row in shop.queue() if "went to" in row.summary)
    shop.decide(bought, "answer", choice="category/software")

    assert shop.queue() == []
    assert [who for *_, who in booked_as(shop)].count("automatic") == 1


def test_another_party_gives_nothing_back(bought):
    bought.pay("2026-10-14, 119.80, Ganz Anders AG, thanks", name="later.csv")
    bought.work()

    assert not [each for each in bought.row().options if each.id.startswith("refund/")]


TWICE = (
    "2026-10-10, 1190.00, Sandtor GmbH, RE-2026-001\n"
    "2026-10-12, 1190.00, Sandtor GmbH, RE-2026-001 again\n"
    "2026-10-15, -1190.00, Sandtor GmbH, RE-2026-001 was paid twice"
)


def test_what_was_paid_twice_and_sent_back_needs_no_question(shop):
    shop.invoices("RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR")
    shop.pay(TWICE)
    shop.work()

    assert shop.queue() == []
    assert booked_as(shop) == [
        ("1190.0000", "matched", None, "automatic"),
        ("1190.0000", "categorised", "other", "automatic"),
        ("-1190.0000", "refund", "other", "automatic"),
    ]


def test_what_was_paid_twice_and_not_sent_back_is_asked(shop):
    shop.invoices("RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR")
    shop.pay(TWICE.replace("-1190.00, Sandtor", "-1190.00, Ganz Anders"))
    shop.work()

    assert len(shop.queue()) == 2


def test_what_was_given_back_itself_gives_nothing_back(shop):
    shop.pay(
        "2026-10-07, -50.00, Kiosk Nord, coffee\n2026-10-08, 50.00, Kiosk Nord, sorry\n"
        "2026-10-09, -50.00, Kiosk Nord, sent again"
    )
    shop.work()
    last, middle = (next(row for row in shop.queue() if day in row.summary) for day in ("09 Oct", "08 Oct"))
    assert all(any(each.id.startswith("refund/") for each in row.options) for row in (last, middle))

    shop.decide(last, "answer", choice=refund_in(last))
    shop.decide(middle, "answer", choice=refund_in(middle))

    asked = next(row for row in shop.queue() if "08 Oct" in row.summary)
    assert not [each for each in asked.options if each.id.startswith("refund/")]
    for row in shop.queue():
        shop.decide(row, "answer", choice="category/software")
    assert {category for _, _, category, _ in booked_as(shop)} == {"software"}


def test_what_a_withdrawn_refund_gave_back_can_be_given_back_by_another(bought):
    bought.pay(HALF, name="later.csv")
    bought.work()
    answer(bought, "gives back a part of -119.80 EUR of 07 Oct")

    withdraw(bought, "59.90")

    assert bought.ask("SELECT refunded::VARCHAR FROM settlement WHERE state = 'categorised'") == [("0.0000",)]


def refund_in(row):
    return next(each.id for each in row.options if each.id.startswith("refund/"))
