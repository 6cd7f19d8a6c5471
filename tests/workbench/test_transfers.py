"""Money moved between own accounts is one transfer, whichever side comes first, and neither income nor cost."""

import pytest
from shop import IBAN, SETTINGS

from workbench.erasure.erasing import erase_payload, preview_erasure
from workbench.erasure.traces import Wanted

SAVINGS = "DE02120300000000202051"
TWO = (
    SETTINGS
    + f"""
[[account]]
id = "{SAVINGS}"
name = "Savings"
currency = "EUR"
"""
)


@pytest.fixture
def two(found):
    return found(TWO)


def csv(account, *lines):
    header = "Account,Date,Amount,Currency,Name,Details,Counterparty account\n"
    return header + "".join(f"{account},{line}\n" for line in lines)


OUT = csv(IBAN, f"2026-10-05,-500.00,EUR,Mareike,reserve,{SAVINGS}")
BACK = csv(SAVINGS, f"2026-10-06,500.00,EUR,Mareike,reserve,{IBAN}")
NAMELESS = csv(SAVINGS, "2026-10-06,500.00,EUR,Mareike,reserve,")


def links(shop):
    return shop.ask(
        "SELECT a.amount::VARCHAR, b.amount::VARCHAR FROM ledger AS a JOIN ledger AS b ON b.stream = a.other_side "
        "ORDER BY a.booked_on, a.amount"
    )


LINKED = [("-500.0000", "500.0000"), ("500.0000", "-500.0000")]


@pytest.mark.parametrize("files", [(OUT, BACK), (BACK, OUT), (OUT, NAMELESS), (NAMELESS, OUT)])
@pytest.mark.parametrize("work_between", [False, True])
def test_both_sides_are_linked_once_whichever_comes_first(two, files, work_between):
    for number, text in enumerate(files):
        two.take(text, name=f"{number}.csv")
        if work_between:
            two.work()
    two.work()

    assert links(two) == LINKED
    assert two.queue() == []
    assert len([kind for kind in two.types() if kind == "books.transfer_linked"]) == 2


def test_one_side_alone_is_half_a_transfer(two):
    two.take(OUT)
    two.work()

    assert two.books() == ["-500.00 own-transfer automatic"]


def test_two_equal_transfers_are_two(two):
    two.take(csv(IBAN, *[f"2026-10-05,-500.00,EUR,Mareike,reserve,{SAVINGS}"] * 2), name="1.csv")
    two.take(csv(SAVINGS, *["2026-10-06,500.00,EUR,Mareike,reserve,"] * 2), name="2.csv")
    two.work()

    pairs = two.ask("SELECT stream, other_side FROM ledger")
    assert len(pairs) == 4
    assert {(b, a) for a, b in pairs} == set(pairs)


def test_the_same_amount_the_other_way_without_proof_is_an_option_not_a_link(two):
    two.take(csv(IBAN, "2026-10-05,-500.00,EUR,Miller,thanks,"), name="1.csv")
    two.take(csv(SAVINGS, "2026-10-06,500.00,EUR,Smith,hello,"), name="2.csv")
    two.work()

    first, _ = two.queue()
    label = next(
        label for label in two.labels(first) if label.startswith("own transfer: the other side is on")
    )
    two.decide(first, "answer", choice=label)

    assert (links(two), two.queue()) == (LINKED, [])


def test_above_the_limit_it_is_asked(two):
    two.take(OUT.replace("500.00", "50000.00"), name="1.csv")
    two.take(BACK.replace("500.00", "50000.00"), name="2.csv")
    two.work()

    assert len(two.queue()) == 2


def test_a_link_whose_words_are_erased_is_still_a_link(two):
    two.take(OUT, "out.csv")
    two.take(BACK, "back.csv")
    two.work()
    links_ids = two.ask("SELECT event_id FROM event WHERE type = 'books.transfer_linked'")
    wanted = Wanted(events=tuple(event_id for (event_id,) in links_ids))

    erase_payload(two.company, wanted, confirmed=preview_erasure(two.company, wanted).hash)
    two.work()

    assert two.ask("SELECT DISTINCT state, category FROM settlement") == [("transferred", "own-transfer")]
    assert two.queue() == []


DOLLARS = "US12000000001111"
THREE = (
    SETTINGS
    + f"""
[[account]]
id = "{DOLLARS}"
name = "Dollars"
currency = "USD"
"""
)
LEFT = csv(DOLLARS, "2026-10-05,-1000.00,USD,Mareike,wire out,")


@pytest.fixture
def three(found):
    return found(THREE)


RATES = "date,base,quote,rate\n2026-10-02,USD,EUR,0.8571\n"


def home(euros):
    return csv(IBAN, f"2026-10-07,{euros},EUR,Mareike,from USD,{DOLLARS}")


@pytest.mark.parametrize("files", [(LEFT, home("852.00")), (home("852.00"), LEFT)])
def test_money_that_changed_its_currency_on_the_way_is_one_transfer(three, files):
    three.take(RATES, "rates.csv")
    for number, text in enumerate(files):
        three.take(text, name=f"{number}.csv")
    three.work()

    assert links(three) == [("-1000.0000", "852.0000"), ("852.0000", "-1000.0000")]


def test_what_is_far_from_the_recorded_rate_is_no_other_side(three):
    three.take(RATES, "rates.csv")
    three.take(LEFT, name="1.csv")
    three.take(home("800.00"), name="2.csv")
    three.work()

    assert links(three) == []


def month(number):
    return (
        csv(IBAN, f"2026-0{number}-05,-500.00,EUR,Mareike,reserve,"),
        csv(SAVINGS, f"2026-0{number}-06,500.00,EUR,Mareike,reserve,"),
    )


def test_a_transfer_that_no_account_number_proves_is_usual_once_it_was_confirmed_twice(two):
    for number in (7, 8, 9):
        for side, text in enumerate(month(number)):
            two.take(text, name=f"{number}-{side}.csv")
        two.work()
        asked = two.queue()
        if asked:
            choice = next(each for each in asked[0].options if each.id.startswith("transfer/"))
            two.decide(asked[0], "answer", choice=choice.id)
        assert bool(asked) == (number < 9)

    assert two.ask("SELECT decided_by FROM ledger ORDER BY booked_on")[-2:] == [("automatic",)] * 2
    assert two.ask("SELECT count(*) FROM settlement WHERE state = 'transferred'") == [(6,)]


@pytest.mark.parametrize("said", ["RE-2026-001", "thanks"])
def test_a_customer_who_pays_what_was_just_moved_is_no_other_side(two, said):
    two.invoices("RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,500.00,EUR")
    two.take(OUT)
    two.work()
    two.take(csv(SAVINGS, f"2026-10-06,500.00,EUR,Sandtor GmbH,{said},"), name="savings.csv")
    two.work()

    assert two.books() == ["-500.00 own-transfer automatic", "500.00 open"]
    assert [label.partition(":")[0] for label in two.labels(two.row())][:2] == [
        "RE-2026-001 · Sandtor GmbH · 500.00 EUR",
        "own transfer",
    ]
