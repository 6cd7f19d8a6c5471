"""A booking can be taken back: nothing of it stays, and what was taken back is never settled alone again."""

import pytest
from shop import IBAN, SETTINGS, statement, withdraw

from workbench.capabilities.books.undoing import NoBooking, NotBooked
from workbench.closing import request_close
from workbench.recording import take_back

SANDTOR = "RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR"
OTHER = "DE02120300000000202051"
TWO_ACCOUNTS = f'{SETTINGS}\n[[account]]\nid = "{OTHER}"\nname = "Second"\ncurrency = "EUR"\n'
PAID = "2026-10-10, 1190.00, Sandtor GmbH, RE-2026-001"


@pytest.fixture
def settled(shop):
    shop.invoices(SANDTOR)
    shop.pay(PAID)
    shop.work()
    assert shop.books() == ["1190.00 RE-2026-001 automatic"]
    return shop


def key_of(shop, amount="1190.00"):
    ((stream,),) = shop.ask("SELECT stream FROM ledger WHERE amount = $amount", amount=amount)
    return stream.partition("/")[2]


def test_what_was_booked_is_open_again_and_asked(settled):
    said = take_back(settled.company, key_of(settled), "it was for another invoice")

    assert said.startswith("The booking of +1,190.00 EUR of 10 Oct 2026 is taken back")
    assert settled.books() == ["1190.00 open"]
    assert settled.ask("SELECT state, open::VARCHAR FROM invoice") == [("open", "1190.0000")]
    assert "you took its booking back" in settled.row().reason


def test_it_can_be_booked_to_the_same_invoice_after_all(settled):
    take_back(settled.company, key_of(settled), "a mistake")
    settled.decide(settled.row(), "answer", choice="1")

    assert settled.books() == ["1190.00 RE-2026-001 operator"]
    assert settled.ask("SELECT state, open::VARCHAR FROM invoice") == [("settled", "0.0000")]
    take_back(settled.company, key_of(settled), "and back once more")
    assert settled.ask("SELECT state, open::VARCHAR FROM invoice") == [("open", "1190.0000")]
    assert set(settled.company.log.differences().values()) == {0}


def test_a_rule_books_nothing_that_was_taken_back(shop):
    shop.pay("2026-10-10, -38.56, Hetzner, server")
    shop.work()
    take_back(shop.company, key_of(shop, "-38.56"), "private")

    assert shop.books() == ["-38.56 open"]
    assert shop.row().summary.startswith("38.56 EUR went to Hetzner")


def test_a_refund_that_was_taken_back_can_be_given_again(shop):
    shop.pay("2026-10-07, -50.00, Kiosk Nord, coffee\n2026-10-09, 50.00, Kiosk Nord, sorry")
    shop.work()
    for row in shop.queue():
        wanted = "refund/" if "came from" in row.summary else "category/software"
        shop.decide(row, "answer", choice=next(e.id for e in row.options if e.id.startswith(wanted)))
    take_back(shop.company, key_of(shop, "50.00"), "no")

    assert shop.ask("SELECT refunded::VARCHAR FROM settlement WHERE state = 'categorised'") == [("0.0000",)]
    assert [each.id for each in shop.row().options if each.id.startswith("refund/")]


def test_what_is_not_booked_or_not_there_is_said(shop):
    shop.pay("2026-10-10, 4000.00, Sandtor GmbH, thanks")
    shop.work()

    with pytest.raises(NotBooked):
        take_back(shop.company, key_of(shop, "4000.00"), "no")
    with pytest.raises(NoBooking):
        take_back(shop.company, "zzz", "no")


def test_of_a_closed_month_it_is_told_where_the_change_is_posted(settled):
    settled.pay("2026-10-31, -1.00, Hetzner, the last", name="later.csv")
    settled.work()
    settled.decide(request_close(settled.company, "2026-10", channel="cli").row, "approve")

    said = take_back(settled.company, key_of(settled), "it was for another invoice")

    assert said.endswith("October 2026 is closed and stays as it is: the change is posted in November 2026.")


def test_a_transfer_is_taken_back_though_the_bank_withdrew_its_other_side(found):
    shop = found(TWO_ACCOUNTS)
    shop.pay("2026-10-10, -500.00, Mareike, moved")
    shop.take(statement("2026-10-10, 500.00, Mareike, moved").replace(IBAN, OTHER), name="other.csv")
    shop.work()
    row = shop.queue()[0]
    shop.decide(row, "answer", choice=next(e.id for e in row.options if e.id.startswith("transfer/")))
    assert shop.queue() == []
    withdraw(shop, "500.00")

    take_back(shop.company, key_of(shop, "-500.00"), "it never arrived")

    assert shop.books() == ["-500.00 open"]
    assert shop.row().summary.startswith("500.00 EUR went to Mareike")


def test_whoever_takes_back_a_moment_later_is_told_that_it_was_done(settled, monkeypatch):
    key, append = key_of(settled), settled.company.append

    def after_another(writes, *, expected):
        monkeypatch.undo()
        take_back(settled.company, key, "quicker")
        return append(writes, expected=expected)

    monkeypatch.setattr(
        type(settled.company), "append", lambda _, writes, **more: after_another(writes, **more)
    )

    with pytest.raises(NotBooked):
        take_back(settled.company, key, "slower")

    assert settled.types().count("books.booking_undone") == 1
