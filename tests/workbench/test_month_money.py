"""Money over time: every euro has its document, category and tax rate, and the views agree with the bank."""

from decimal import Decimal

import pytest
from shop import IBAN, SETTINGS, camt

from opc_kernel.sql import load_sql
from workbench.capabilities.books.months.events import PACKAGE

HEADER = "number,direction,customer,issued_on,due_on,amount,currency,kind,corrects,tax_rate,category\n"
OURS = "RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR,invoice,,19,consulting"
NOTE = "GS-2026-001,out,Sandtor GmbH,2026-10-02,2026-10-15,119.00,EUR,credit_note,RE-2026-001,19,consulting"
BILL = "B-2026-007,in,Papier Kg,2026-10-01,2026-10-15,107.00,EUR,invoice,,7,office"
DOLLARS = '[[account]]\nid = "8310047729"\nname = "Dollars"\ncurrency = "USD"\n'
RATE = "date,base,quote,rate\n2026-10-01,USD,EUR,0.8500\n"


def documents(shop, *lines):
    shop.take(HEADER + "\n".join(lines) + "\n", "invoices.csv")


def answer(shop, start):
    """Answer the one row with the option whose label begins so; approve a proposal."""
    shop.work()
    row = shop.row()
    if row.kind == "proposal":
        return shop.decide(row, "approve")
    return shop.decide(
        row, "answer", choice=next(label for label in shop.labels(row) if label.startswith(start))
    )


def lines(shop):
    sql = (
        "SELECT l.amount::DECIMAL(19, 2), coalesce(d.number, ''), l.category, l.side, l.tax::DECIMAL(19, 2) "
        "FROM ledger_line AS l LEFT JOIN invoice AS d ON d.stream = l.document ORDER BY l.booked_on, l.stream, l.part"
    )
    return [" ".join(str(cell) for cell in row if cell not in (None, "")) for row in shop.ask(sql)]


def test_a_paid_invoice_is_one_line_with_its_category_and_tax(shop):
    documents(shop, OURS)
    shop.pay("2026-10-10, 1190.00, Sandtor GmbH, RE-2026-001")
    shop.work()

    assert lines(shop) == ["1190.00 RE-2026-001 consulting income 190.00"]


def test_a_fee_on_the_way_is_a_cost_of_its_own_and_leaves_the_tax_as_it_was(shop):
    documents(shop, OURS)
    shop.pay("2026-10-10, 1187.50, Sandtor GmbH, RE-2026-001")
    answer(shop, "")

    assert lines(shop) == ["1190.00 RE-2026-001 consulting income 190.00", "-2.50 bank-fees cost"]


def test_a_discount_makes_the_price_smaller_and_its_tax_too(shop):
    documents(shop, OURS)
    shop.pay("2026-10-10, 1166.20, Sandtor GmbH, RE-2026-001")
    answer(shop, "")

    assert lines(shop) == [
        "1190.00 RE-2026-001 consulting income 190.00",
        "-23.80 RE-2026-001 discount income -3.80",
    ]


def test_a_credit_note_set_off_counts_against_the_income(shop):
    documents(shop, OURS, NOTE)
    shop.pay("2026-10-10, 1071.00, Sandtor GmbH, RE-2026-001 minus GS-2026-001")
    shop.work()

    assert lines(shop) == [
        "1190.00 RE-2026-001 consulting income 190.00",
        "-119.00 GS-2026-001 consulting income -19.00",
    ]


def test_a_bill_is_a_cost_with_the_tax_in_it(shop):
    documents(shop, BILL)
    shop.pay("2026-10-10, -107.00, Papier Kg, B-2026-007")
    shop.work()

    assert lines(shop) == ["-107.00 B-2026-007 office cost -7.00"]


def test_dollars_paid_in_euros_are_what_moved_and_what_the_exchange_made_of_it(shop):
    shop.take(RATE, "rates.csv")
    documents(shop, "US-1,out,Cobalt Freight Inc.,2026-10-01,2026-10-15,1000.00,USD,invoice,,,consulting")
    shop.pay("2026-10-10, 845.00, Cobalt Freight Inc., US-1")
    answer(shop, "US-1")

    assert lines(shop) == ["850.00 US-1 consulting income", "-5.00 exchange cost"]


def test_what_the_owner_takes_out_is_no_cost_and_own_transfers_are_neither(found):
    rule = '[[books.rule]]\ncategory = "{0}"\ncontains = ["{0}"]\ndirection = "out"\n'
    shop = found(
        SETTINGS.replace(
            "[[account]]", rule.format("private-draw") + rule.format("own-transfer") + "[[account]]"
        )
    )
    shop.pay(
        "2026-10-10, -500.00, Mareike, private-draw\n2026-10-11, -300.00, Mareike, own-transfer\n"
        "2026-10-12, -38.56, Hetzner, server"
    )
    shop.work()

    assert lines(shop) == [
        "-500.00 private-draw neutral",
        "-300.00 own-transfer transfer",
        "-38.56 software cost",
    ]
    assert shop.ask("SELECT category FROM profit_and_loss") == [("software",)]


def test_the_operator_says_which_categories_are_neither_income_nor_cost(found):
    shop = found(SETTINGS.replace("[books]", '[books]\nneutral = ["software", "it\'s mine"]'))
    shop.pay("2026-10-12, -38.56, Hetzner, server")
    shop.work()

    assert lines(shop) == ["-38.56 software neutral"]
    assert shop.ask("SELECT * FROM setting") == [("EUR", ["software", "it's mine"])]


def test_money_without_a_recent_rate_is_told_apart_and_never_guessed(found):
    shop = found(SETTINGS + DOLLARS)
    shop.take(RATE, "rates.csv")
    shop.take(
        "Account,Date,Amount,Currency,Name,Details\n8310047729,2026-10-05,-10.00,USD,Hetzner,a\n"
        "8310047729,2026-10-06,-20.00,USD,Hetzner,b\n8310047729,2026-09-05,-40.00,USD,Hetzner,c\n"
    )
    for row in (shop.work(), shop.queue())[1]:
        shop.decide(row, "answer", choice="category/software")

    sql = (
        "SELECT month, amount::DECIMAL(9, 2)::VARCHAR, worth::DECIMAL(9, 2)::VARCHAR, unrated::DECIMAL(9, 2)::VARCHAR "
        "FROM profit_and_loss ORDER BY month"
    )
    assert shop.ask(sql) == [
        ("2026-09", "-40.00", "0.00", "-40.00"),
        ("2026-10", "-30.00", "-25.50", "0.00"),
    ]


def test_tax_that_no_document_states_is_not_assumed(shop):
    documents(shop, OURS, BILL)
    shop.pay(
        "2026-10-10, 1190.00, Sandtor GmbH, RE-2026-001\n2026-10-10, -107.00, Papier Kg, B-2026-007\n"
        "2026-10-12, -38.56, Hetzner, server"
    )
    shop.work()

    sql = "SELECT side, category, tax_rate::VARCHAR, net::VARCHAR, tax::VARCHAR, gross::VARCHAR FROM tax"
    assert shop.ask(sql) == [
        ("income", "consulting", "19.0000", "1000.0000", "190.0000", "1190.0000"),
        ("cost", "office", "7.0000", "-100.0000", "-7.0000", "-107.0000"),
        ("cost", "software", None, None, None, "-38.5600"),
    ]


def test_cash_goes_from_balance_to_balance_as_the_statements_state_them(shop):
    shop.take(
        camt(
            "2026-10-05, 1190.00, Sandtor GmbH, x\n2026-10-12, -38.56, Hetzner, y",
            opening="500.00",
            closing="1651.44",
        ),
        "october.xml",
    )

    sql = "SELECT month, account, opening, money_in, money_out, closing, unexplained FROM cash"
    month, account, *amounts = shop.ask(sql)[0]
    assert (month, account) == ("2026-10", IBAN)
    assert [f"{each:.2f}" for each in amounts] == ["500.00", "1190.00", "-38.56", "1651.44", "0.00"]


def test_a_line_that_the_balances_have_and_the_statement_lacks_is_unexplained(shop):
    shop.take(
        camt("2026-10-05, 1190.00, Sandtor GmbH, x", opening="500.00", closing="1680.00"), "october.xml"
    )

    assert shop.ask("SELECT unexplained FROM cash") == [(Decimal("-10.00"),)]


@pytest.mark.parametrize(
    ("as_of", "open_", "age"),
    [
        ("2026-10-09", "1190.00", "not due"),
        ("2026-10-16", "790.00", "1-30"),
        ("2026-11-20", "790.00", "31-60"),
        ("2026-12-20", "790.00", "61-90"),
        ("2027-03-01", "790.00", "over 90"),
    ],
)
def test_what_is_owed_is_as_of_a_day_by_what_was_paid_until_then(shop, as_of, open_, age):
    documents(shop, OURS)
    shop.pay("2026-10-10, 400.00, Sandtor GmbH, RE-2026-001 first part")
    answer(shop, "RE-2026-001")

    (row,) = shop.company.query(load_sql(PACKAGE, "open_items"), as_of=as_of).dicts()
    assert (f"{row['open']:.2f}", row["age"], row["direction"]) == (open_, age, "out")


def test_nothing_is_owed_before_it_was_issued(shop):
    documents(shop, OURS)

    assert shop.company.query(load_sql(PACKAGE, "open_items"), as_of="2026-09-30").rows == []
