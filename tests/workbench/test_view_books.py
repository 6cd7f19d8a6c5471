"""What the page 'books' says of a month: sums to the cent, what is owed by age, and each line down to its bytes."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from workbench.view_books import (
    cash,
    categories,
    checklist,
    glance,
    lines,
    month,
    months,
    owed,
    rows_of_month,
    tax,
)
from workbench.view_chain import chain
from workbench.view_figures import day, figure, figures
from workbench.view_page import Markup

SANDTOR = "RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR"
LATE = "RE-2026-002,out,Hafen KG,2026-08-01,2026-08-15,500.00,EUR"
PAYMENTS = """
2026-10-10, 1190.00, Sandtor GmbH, RE-2026-001
2026-10-12, -38.56, Hetzner Online GmbH, server
2026-10-13, -7.00, Kiosk, coffee
"""


@pytest.fixture
def october(shop):
    shop.invoices(f"{SANDTOR}\n{LATE}")
    shop.pay(PAYMENTS)
    shop.work()
    return shop


def words(markup: Markup) -> str:
    """Return a page's part as its words."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup.text)).strip()


def test_a_month_says_income_cost_and_result_and_how_much_was_settled_alone(october):
    told = words(glance(month(october.company, "2026-10")))

    assert "Income 1,190.00 EUR Cost −38.56 EUR Result 1,151.44 EUR" in told
    assert "2 settled alone (67%) 0 decided by you (0%) 1 still open (33%)" in told


def test_what_is_owed_stands_by_age_on_the_last_day_of_the_month(october):
    assert "Receivables, EUR – – – 500.00 EUR – 500.00 EUR" in words(owed(month(october.company, "2026-10")))
    assert "Owed on 31 Oct 2026" in words(owed(month(october.company, "2026-10")))


def test_tax_that_no_document_states_is_not_assumed(october):
    assert "Income not stated – – 1,190.00 EUR" in words(tax(month(october.company, "2026-10")))


def test_an_account_whose_statements_state_no_balance_says_so(october):
    told = words(cash(month(october.company, "2026-10")))
    assert "Main account not stated 1,190.00 EUR −45.56 EUR 0.00 EUR not stated" in told


def test_what_is_missing_to_close_a_month_is_named(october):
    told = words(checklist(month(october.company, "2026-10")))
    assert "13 Oct 2026 -7.00 EUR Kiosk" in told
    assert "steps miss something" in told


def test_the_categories_of_a_month_add_up_to_its_result(october):
    assert "software Cost −38.56 EUR" in words(categories(month(october.company, "2026-10")))


def test_months_have_names_the_newest_first(october):
    october.pay("2026-11-01, 5.00, Kiosk, change", "november.csv")
    assert months(october.company) == {"November 2026": "2026-11", "October 2026": "2026-10"}


def test_only_what_is_about_a_month_is_open_in_it(october):
    october.pay("2026-09-30, -9.00, Kiosk, tea", "september.csv")
    october.work()

    (open_now,) = rows_of_month(october.company, "2026-10")
    assert "7.00 EUR went to Kiosk" in open_now.summary


def test_a_line_says_what_it_was_booked_as_and_by_whom(october):
    told = [
        (each["day"], each["booked"], each["by"], each["amount"], each["minus"])
        for each in lines(october.company, "2026-10")
    ]
    assert told == [
        ("10 Oct", "RE-2026-001", "alone", "1,190.00 EUR", False),
        ("12 Oct", "software", "alone", "−38.56 EUR", True),
        ("13 Oct", "still open", "", "−7.00 EUR", True),
    ]


def test_the_chain_of_a_match_goes_from_the_bytes_to_what_is_still_open(october):
    ((stream, digest),) = october.ask(
        "SELECT t.stream, b.file FROM bank_transaction AS t JOIN bank_statement AS b ON b.stream = t.statement "
        "WHERE t.counterparty = 'Sandtor GmbH'"
    )
    told = words(chain(october.company, stream))

    assert "giro.csv (csv)" in told
    assert digest in told
    assert "transaction 1 that statement without a number brought, of 3 in it" in told
    assert re.search(r"amount 0\.40 1\.00 0\.400 reference 0\.35 1\.00 0\.350", told)
    assert "Nobody was asked: the bookkeeper settled it alone" in told
    assert "RE-2026-001 · Sandtor GmbH 1 Oct, due 15 Oct 1,190.00 EUR 1,190.00 EUR 0.00 EUR" in told
    for kind in (
        "bank.transaction_booked",
        "books.payment_matched",
        "books.invoice_issued",
        "books.invoice_paid",
    ):
        assert kind in told


def test_the_chain_of_a_decision_says_who_when_and_where(october):
    row = october.row()
    october.decide(row, "answer", choice="no invoice: software", note="from the phone shop")
    told = words(chain(october.company, october.ask("SELECT stream FROM ledger WHERE amount = -7")[0][0]))

    assert "Said answer: from the phone shop Who mareike, on the command line" in told
    assert row.hash[:16] in told
    assert "question.decided" in told


def test_a_line_that_is_still_open_says_so(october):
    told = words(chain(october.company, october.ask("SELECT stream FROM ledger WHERE amount = -7")[0][0]))
    assert "It is still open" in told


def test_no_line_and_an_unknown_one_say_what_to_do(october):
    assert words(chain(october.company, None)) == words(chain(october.company, "bank_transaction/none"))


def test_negative_sums_are_marked_and_amounts_stand_to_the_right():

    told = figures(
        ("What", "How much"), [["x", figure(Decimal("-1234.5"), "EUR")], ["y", figure(None, "EUR")]]
    ).text
    assert '<span class="wb-minus">−1,234.50 EUR</span>' in told
    assert told.count('<td class="wb-number">') == 2
    assert day(date(2026, 10, 3)) == "3 Oct"
