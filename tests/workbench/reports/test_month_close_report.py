"""The month's closing as a report: it shows what is missing, asks once, and closes nothing by itself."""

import pytest
from shop import camt

from workbench.closing import NotAMonth
from workbench.reports.month_close import MonthClose

WHOLE = "2026-10-05, 1190.00, Sandtor GmbH, RE-2026-001\n2026-10-09, -30.00, Hetzner Online, Server"
INVOICE = "RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR"


@pytest.fixture
def whole(shop):
    """A company whose October misses nothing."""
    shop.invoices(INVOICE)
    shop.take(camt(WHOLE, opening="100.00", closing="1260.00"), "october.xml")
    shop.work()
    return shop


@pytest.fixture
def lacking(shop):
    """A company whose October has a transaction that nobody explained."""
    shop.take(
        camt("2026-10-28, 950.00, Unbekannt GmbH, Danke", opening="0.00", closing="950.00"), "october.xml"
    )
    shop.work()
    return shop


def report(shop, month=""):
    return MonthClose(shop.company, month)


def test_without_a_month_it_is_the_one_before(whole):
    assert report(whole).month == "2026-10"


def test_what_is_no_month_is_refused(whole):
    with pytest.raises(NotAMonth):
        report(whole, "2026-13")


def test_a_whole_month_is_asked_for_and_waits_for_the_operator(whole):
    closing = report(whole)
    done = closing.ask()

    assert (done["asked"], done["closed"]) == (True, False)
    assert whole.row("books").key == done["row"]
    assert closing.summary(done) == "October 2026: nothing is missing, a row waits for you"
    assert f"workbench queue show {done['row'].partition('/')[2][:10]}" in str(closing.asked(done))


def test_asking_twice_appends_nothing(whole):
    first = report(whole).ask()
    before = whole.count()

    assert report(whole).ask() == first
    assert whole.count() == before


def test_nothing_is_closed_before_the_operator_approves(whole):
    report(whole).ask()
    assert not report(whole).books.is_closed

    whole.decide(whole.row("books"), "approve")
    after = report(whole)
    assert after.books.is_closed
    assert after.ask() == {"asked": False}
    assert after.summary(None) == "October 2026 is closed"


def test_what_is_missing_is_named_and_looked_at_again_once_it_is_there(lacking):
    closing = report(lacking)
    done = closing.ask()
    before = lacking.count()

    assert "! every transaction is settled" in str(closing.way()).splitlines()
    assert closing.summary(done) == "October 2026: 1 step misses something, a row waits for you"
    assert report(lacking).ask()["row"] == done["row"]
    assert lacking.count() == before

    (question,) = [row for row in lacking.queue() if row.kind == "question"]
    lacking.decide(question, "answer", choice=question.options[0].label)
    again = report(lacking).ask()
    assert again["row"] != done["row"]
    assert not report(lacking).missing


def test_an_empty_month_is_not_asked_for(shop):
    closing, before = report(shop), shop.count()

    assert closing.ask() == {"asked": False}
    assert shop.count() == before
    assert closing.summary(None) == "October 2026: nothing was booked"
    assert "there is nothing to close" in str(closing.glance())


def test_a_month_that_lasts_is_not_asked_for(whole):
    whole.pay("2026-11-01, -9.00, Hetzner, Server", "later.csv")

    assert report(whole, "2026-11").ask() == {"asked": False}


def test_a_rehearsal_says_what_it_would_do(whole):
    assert "in production this month's closing is requested" in str(report(whole).asked(None))
