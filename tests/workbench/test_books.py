"""The books: settled alone only where it is certain, asked where it is not, and every mapping says why."""

import json
from datetime import date

import pytest
from shop import SETTINGS

from opc_kernel.event import Write
from opc_kernel.money import Money
from workbench.capabilities.books.events import InvoicePaid, PaymentMatched

SANDTOR = "RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR"
SECOND = "RE-2026-002,out,Sandtor GmbH,2026-10-02,2026-10-16,1190.00,EUR"
PAID = "2026-10-10, 1190.00, Sandtor GmbH, RE-2026-001"
DOLLARS = SETTINGS + '[[account]]\nid = "8310047729"\nname = "Dollars"\ncurrency = "USD"\n'
RATES = "date,base,quote,rate\n"


def dollars(day, amount, name, text):
    return f"Account,Date,Amount,Currency,Name,Details\n8310047729,{day},{amount},USD,{name},{text}\n"


def test_what_is_certain_is_booked_without_asking(shop):
    shop.invoices(SANDTOR)
    shop.pay(PAID)
    shop.work()

    assert shop.books() == ["1190.00 RE-2026-001 automatic"]
    assert shop.queue() == []


def test_a_rule_books_what_needs_no_invoice(shop):
    shop.pay(
        "2026-10-10, -38.56, Hetzner Online GmbH, server\n2026-10-10, 38.56, Hetzner Online GmbH, refund"
    )
    shop.work()

    assert shop.books() == ["-38.56 software automatic", "38.56 open"]


def test_a_bill_is_paid_by_money_that_leaves_and_an_invoice_by_money_that_comes(shop):
    shop.invoices("B-2026-001,in,Sandtor GmbH,2026-10-01,,1190.00,EUR\n" + SANDTOR)
    shop.pay(PAID + "\n2026-10-10, -1190.00, Sandtor GmbH, B-2026-001")
    shop.work()

    assert shop.books() == ["-1190.00 B-2026-001 automatic", "1190.00 RE-2026-001 automatic"]


@pytest.mark.parametrize(("amount", "asked"), [("2999.99", False), ("3000.00", False), ("3000.01", True)])
def test_above_the_limit_the_operator_is_asked_however_certain_it_is(shop, amount, asked):
    shop.invoices(SANDTOR.replace("1190.00", amount))
    shop.pay(PAID.replace("1190.00", amount))
    shop.work()

    assert bool(shop.queue()) is asked
    if asked:
        assert "the amount is above your limit of 3000.00 EUR" in shop.row().reason
        assert shop.row().risk == "medium"


def test_a_limit_of_nothing_asks_always(found):
    shop = found(SETTINGS.replace("3000.00", "0"))
    shop.pay("2026-10-10, -0.01, Hetzner, server")
    shop.work()

    assert "your rule says 'software'" in shop.row().reason


@pytest.mark.parametrize(
    ("rates", "amount", "settled", "at_stake"),
    [
        ("2026-10-09,USD,EUR,0.8609", "3400.00", True, None),
        ("2026-10-09,USD,EUR,0.8609", "3500.00", False, "3013.15"),
        ("2026-09-09,USD,EUR,0.8609\n2026-10-09,USD,EUR,0.7000", "3500.00", True, None),
        ("2026-10-11,USD,EUR,0.8609", "10.00", False, None),
        ("2026-09-08,USD,EUR,0.8609", "10.00", False, None),
        ("2026-10-09,USD,GBP,0.8609", "10.00", False, None),
    ],
)
def test_money_in_another_currency_counts_at_its_last_rate_and_without_one_as_too_much(
    found, rates, amount, settled, at_stake
):
    shop = found(DOLLARS)
    shop.take(RATES + rates + "\n", "rates.csv")
    shop.invoices(f"US-2026-1,out,Cobalt Freight Inc.,2026-10-01,,{amount},USD")
    shop.take(dollars("2026-10-10", amount, "COBALT FREIGHT INC", "US-2026-1"))
    shop.work()

    assert shop.books() == [f"{amount} US-2026-1 automatic" if settled else f"{amount} open"]
    if not settled:
        row = shop.row()
        assert (f"{row.at_stake:.2f}" if row.at_stake else None) == at_stake
        assert ("no recent rate says what USD is worth" in row.reason) is (at_stake is None)


def test_money_of_unknown_worth_stands_before_all_other(found):
    shop = found(DOLLARS)
    shop.pay("2026-10-10, 9000.00, Sandtor GmbH, thanks")
    shop.take(dollars("2026-10-10", "1.00", "COBALT", "x"))
    shop.work()

    assert [row.currency for row in shop.queue()] == ["USD", "EUR"]


def test_an_invoice_in_another_currency_is_not_paid_by_the_same_number(shop):
    shop.invoices(SANDTOR.replace("EUR", "USD"))
    shop.pay(PAID)
    shop.work()

    assert shop.books() == ["1190.00 open"]


def test_an_invoice_that_comes_after_its_payment_settles_it(shop):
    shop.pay(PAID)
    shop.work()
    old = shop.row()

    shop.invoices(SANDTOR)
    shop.work()

    assert shop.books() == ["1190.00 RE-2026-001 automatic"]
    assert (shop.again(old).state, shop.queue()) == ("replaced", [])


def test_two_that_fit_are_a_question_with_both_and_the_evidence(shop):
    shop.invoices(f"{SANDTOR}\n{SECOND}")
    shop.pay("2026-10-10, 1190.00, Sandtor GmbH, thank you")
    shop.work()

    row = shop.row()
    assert row.summary == "1,190.00 EUR came from Sandtor GmbH on 10 Oct 2026: what is it for?"
    assert shop.labels(row) == [
        "RE-2026-001 · Sandtor GmbH · 1,190.00 EUR",
        "RE-2026-002 · Sandtor GmbH · 1,190.00 EUR",
        "no invoice: software",
        "no invoice: something else",
    ]
    assert "another open invoice has the same amount" in row.reason
    facts = shop.ask("SELECT type FROM event WHERE event_id IN (SELECT unnest($ids))", ids=list(row.facts))
    assert sorted(kind for (kind,) in facts) == ["bank.transaction_booked", *["books.invoice_issued"] * 2]


@pytest.mark.parametrize(
    ("choice", "books"),
    [
        ("RE-2026-002 · Sandtor GmbH · 1,190.00 EUR", "1190.00 RE-2026-002 operator"),
        ("1", "1190.00 RE-2026-001 operator"),
        ("category/software", "1190.00 software operator"),
        ("no invoice: something else", "1190.00 other operator"),
    ],
)
def test_an_answer_settles_it(shop, choice, books):
    shop.invoices(f"{SANDTOR}\n{SECOND}")
    shop.pay("2026-10-10, 1190.00, Sandtor GmbH, thank you")
    shop.work()

    verdict = shop.decide(shop.row(), "answer", choice=choice)

    assert verdict.accepted
    assert (shop.books(), shop.queue()) == ([books], [])


def test_a_declined_pair_is_never_asked_again(shop):
    shop.invoices(SANDTOR.replace("1190.00", "4000.00"))
    shop.pay("2026-10-10, 4000.00, Sandtor GmbH, RE-2026-001")
    shop.work()

    shop.decide(shop.row(), "reject", note="that was the deposit")

    assert shop.labels(shop.row("books")) == ["no invoice: software", "no invoice: something else"]
    shop.invoices("RE-2026-003,out,Sandtor GmbH,2026-10-03,,4000.00,EUR", name="more.csv")
    shop.work()
    assert shop.labels(shop.row("books"))[0] == "RE-2026-003 · Sandtor GmbH · 4,000.00 EUR"
    assert "RE-2026-001 ·" not in str(shop.labels(shop.row("books")))


def test_an_invoice_declined_for_one_payment_is_open_for_another(shop):
    shop.invoices(SANDTOR.replace("1190.00", "4000.00"))
    shop.pay("2026-10-10, 4000.00, Sandtor GmbH, RE-2026-001")
    shop.work()
    shop.decide(shop.row(), "reject")

    shop.pay("2026-10-12, 4000.00, Sandtor GmbH, RE-2026-001", name="later.csv")
    shop.work()

    rows = [row for row in shop.queue() if "12 Oct" in row.summary]
    assert shop.labels(rows[0])[0] == "RE-2026-001 · Sandtor GmbH · 4,000.00 EUR"


SHORT = "2026-10-10, 1187.50, Sandtor GmbH, RE-2026-001"


@pytest.fixture
def short(shop):
    shop.invoices(SANDTOR)
    shop.pay(SHORT)
    shop.work()
    return shop


def difference(shop):
    return shop.ask("SELECT difference::VARCHAR, category FROM settlement")


def test_a_payment_short_by_a_fee_is_proposed_with_the_fee(short):
    row = short.row()

    assert (row.kind, row.content, row.decisions) == (
        "proposal",
        "bank-fees",
        ("approve", "edit", "reject", "defer", "ask"),
    )
    assert row.summary == "Settle RE-2026-001 of Sandtor GmbH with 1,187.50 EUR, 2.50 EUR short"


def test_approved_it_settles_the_invoice_and_books_the_fee(short):
    row = short.row()
    short.decide(row, "approve")

    assert (short.books(), difference(short)) == (
        ["1187.50 RE-2026-001 operator"],
        [("-2.5000", "bank-fees")],
    )
    assert short.ask("SELECT decision_row FROM settlement") == [(row.key,)]


def test_edited_the_edited_category_is_booked(short):
    short.decide(short.row(), "edit", content="discount")

    assert difference(short) == [("-2.5000", "discount")]


def test_rejected_it_becomes_a_question_without_that_invoice(short):
    short.decide(short.row(), "reject", note="they still owe it")

    row = short.row("books")
    assert (row.kind, short.labels(row)) == (
        "question",
        ["no invoice: software", "no invoice: something else"],
    )
    assert short.ask("SELECT declined FROM settlement")[0][0] != []


def test_asked_back_it_is_proposed_again_with_an_answer(short):
    short.decide(short.row(), "ask", note="Which bank?")

    assert short.row().kind == "proposal"
    assert "You asked: “Which bank?”. No model was used" in short.row().reason


def test_approved_after_the_invoice_was_taken_nothing_is_booked_twice(short):
    row = short.row()
    short.decide(row, "approve", work=False)
    short.pay("2026-10-12, 1190.00, Sandtor GmbH, RE-2026-001", name="full.csv")
    settle_by_hand(short, "1190.00")
    short.work()

    assert short.ask("SELECT count(*) FROM event WHERE type = 'books.invoice_paid'") == [(1,)]


def settle_by_hand(shop, amount):
    """Let the payment of that amount take the only invoice, whatever the bookkeeper is doing."""
    payment = "SELECT stream FROM bank_transaction WHERE amount = $amount::DECIMAL(19, 4)"
    take_by_hand(shop, shop.ask(payment, amount=amount)[0][0])


def take_by_hand(shop, payment):
    (invoice, version, amount), *_ = shop.ask(
        "SELECT stream, version, open::VARCHAR FROM invoice ORDER BY number"
    )
    money = Money.of(amount, "EUR")
    taken = Write(stream=invoice, data=InvoicePaid(transaction=payment, money=money), actor="test")
    shop.company.append([taken], expected={invoice: version})


def test_a_question_whose_invoice_was_taken_meanwhile_is_asked_anew(shop):
    shop.invoices(f"{SANDTOR}\n{SECOND}")
    shop.pay("2026-10-10, 1190.00, Sandtor GmbH, thank you")
    shop.work()
    first = shop.row()
    shop.pay("2026-10-12, 1190.00, Sandtor GmbH, RE-2026-001", name="more.csv")
    shop.decide(first, "answer", choice="1", work=False)
    ((later,),) = shop.ask("SELECT stream FROM bank_transaction WHERE booked_on = '2026-10-12'")
    take_by_hand(shop, later)
    shop.work()

    assert "1190.00 RE-2026-001 operator" not in shop.books()
    assert not any("RE-2026-001 ·" in label for row in shop.queue() for label in shop.labels(row))


def test_two_payments_for_one_invoice_are_never_both_it(shop):
    shop.invoices(SANDTOR)
    shop.pay(f"{PAID}\n{PAID}")
    shop.work()

    first, second = shop.queue()
    assert "an earlier payment, still undecided, may be for the same invoice" in second.reason
    shop.decide(first, "answer", choice="1")
    assert sorted(shop.books()) == ["1190.00 RE-2026-001 operator", "1190.00 open"]
    assert "It names RE-2026-001, which a payment of 10 Oct has settled." in shop.row().reason


class Overtaken:
    """A log in which another payment takes the invoice just before the bookkeeper's own match is stored."""

    def __init__(self, shop):
        self._log, self._shop, self._done = shop.company.log, shop, False

    def append(self, writes, *, expected):
        if not self._done and any(isinstance(write.data, PaymentMatched) for write in writes):
            self._done = True
            take_by_hand(self._shop, "bank_transaction/another")
        return self._log.append(writes, expected=expected)

    def __getattr__(self, name):
        return getattr(self._log, name)


def test_a_match_whose_invoice_is_taken_at_the_last_moment_is_not_stored(shop):
    shop.invoices(SANDTOR)
    shop.pay(PAID)
    shop.company.log = Overtaken(shop)

    shop.work()

    assert shop.ask("SELECT count(*) FROM event WHERE type = 'books.invoice_paid'") == [(1,)]
    assert shop.books() == ["1190.00 open"]
    assert shop.row().kind == "question"


def test_two_workers_racing_for_one_invoice_give_it_to_one(shop):
    shop.invoices(SANDTOR)
    shop.pay(f"{PAID}\n{PAID}")
    shop.work()
    rows = shop.queue()
    for row in rows:
        shop.decide(row, "answer", choice="1", work=False)
    errors = shop.race()

    assert errors == []
    assert shop.ask("SELECT count(*) FROM event WHERE type = 'books.invoice_paid'") == [(1,)]
    assert sorted(shop.books()) == ["1190.00 RE-2026-001 operator", "1190.00 open"]
    assert len(shop.queue()) == 1


def test_a_question_back_is_answered_with_the_evidence_and_the_answer_stands(shop):
    shop.pay("2026-10-10, 4000.00, Sandtor GmbH, RE-2026-001")
    shop.invoices(SANDTOR.replace("1190.00", "4000.00"))
    shop.work()

    shop.decide(shop.row(), "ask", note="How sure are you?")
    shop.work()

    assert (
        "You asked: “How sure are you?”. No model was used; all I know is this: RE-2026-001 "
        in shop.row().reason
    )
    assert shop.decide(shop.row(), "answer", choice="1").accepted
    assert shop.books() == ["4000.00 RE-2026-001 operator"]


def test_an_approval_settles_the_invoice_that_was_shown_and_no_other(found):
    shop = found()
    bill = "2026-100,in,{},2026-10-01,2026-10-15,1190.00,EUR"
    shop.invoices(bill.format("Alster Druck GmbH"))
    shop.pay("2026-10-10, -1187.50, Alster Print GmbH, 2026-100")
    shop.work()
    row = shop.row()
    assert "Alster Druck" in row.summary

    shop.invoices(
        bill.format("Alster Print GmbH"), name="more.csv"
    )  # the same number, a name that fits better
    shop.decide(row, "approve")

    assert shop.ask("SELECT party FROM invoice WHERE state = 'settled'") == [("Alster Druck GmbH",)]


@pytest.mark.parametrize(
    ("decide", "by", "begins"),
    [
        (None, "automatic", "RE-2026-001 (Sandtor GmbH): same amount; its number stands in the payment"),
        ("answer", "operator", "you chose it. RE-2026-001 (Sandtor GmbH)"),
    ],
)
def test_each_mapping_says_who_decided_it_on_what_and_why(shop, decide, by, begins):
    amount = "4000.00" if decide else "1190.00"
    shop.invoices(SANDTOR.replace("1190.00", amount))
    shop.pay(PAID.replace("1190.00", amount))
    shop.work()
    row = shop.row() if decide else None
    if row is not None:
        shop.decide(row, "answer", choice="1")

    sql = "SELECT decided_by, score, evidence, reason, decision_row, settled_at FROM settlement"
    ((who, score, evidence, reason, decision_row, settled_at),) = shop.ask(sql)
    assert (who, decision_row) == (by, row.key if row else None)
    assert reason.startswith(begins)
    assert set(json.loads(evidence)) == {"amount", "reference", "name", "date"}
    assert 0.9 < score <= 1
    assert settled_at == shop.clock.now()


def test_a_whole_story_has_one_correlation_id(shop):
    shop.invoices(SANDTOR)
    shop.pay(PAID)
    shop.work()

    ((story,),) = shop.ask("SELECT correlation_id FROM bank_transaction")
    told = shop.ask("SELECT type FROM event WHERE correlation_id = $story ORDER BY position", story=story)
    assert [kind for (kind,) in told] == [
        "bank.transaction_booked",
        "task.requested",
        "task.started",
        "task.completed",
        "books.payment_matched",
        "books.invoice_paid",
    ]


def test_every_category_names_its_reason(shop):
    shop.pay("2026-10-10, -38.56, Hetzner, server")
    shop.work()

    assert shop.ask("SELECT decided_by, reason FROM settlement") == [
        ("automatic", "your rule for 'software' covers it")
    ]


def test_the_same_work_again_changes_nothing(shop):
    shop.invoices(f"{SANDTOR}\n{SECOND}")
    shop.pay(f"{PAID}\n2026-10-11, 5.00, Kiosk, change")
    shop.work()
    before = shop.count()

    assert shop.work().changed == 0
    assert shop.count() == before


def test_a_row_is_put_aside_until_a_day_of_the_companys_zone(shop):
    shop.pay("2026-10-10, 4000.00, Sandtor GmbH, thanks")
    shop.work()
    shop.clock.move(hours=14, minutes=30)  # 2 November, half past eleven at night in UTC; the 3rd in Berlin

    assert not shop.decide(shop.row(), "defer", until=date(2026, 11, 3)).accepted
    assert shop.decide(shop.row(), "defer", until=date(2026, 11, 4)).accepted
    assert shop.queue() == []
    shop.clock.move(hours=24)
    assert len(shop.queue()) == 1


MORE = "number,direction,customer,issued_on,due_on,amount,currency,kind,corrects,tax_rate\n"


def test_one_payment_for_several_invoices_less_a_credit_note_is_booked_on_all_of_them(shop):
    lines = (
        "RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR,,,19\n"
        "RE-2026-002,out,Sandtor GmbH,2026-10-02,2026-10-16,595.00,EUR,,,19\n"
        "GS-2026-001,out,Sandtor GmbH,2026-10-03,2026-10-03,119.00,EUR,credit_note,RE-2026-001,19"
    )
    shop.take(MORE + lines, "invoices.csv")
    shop.pay("2026-10-10, 1666.00, Sandtor GmbH, RE-2026-001 RE-2026-002 GS-2026-001")
    shop.work()

    assert shop.books() == ["1666.00 RE-2026-001 + RE-2026-002 + GS-2026-001 automatic"]
    assert shop.ask("SELECT number, open::VARCHAR, state FROM invoice ORDER BY number") == [
        ("GS-2026-001", "0.0000", "settled"),
        ("RE-2026-001", "0.0000", "settled"),
        ("RE-2026-002", "0.0000", "settled"),
    ]


def test_a_part_is_asked_about_and_the_rest_of_the_invoice_stays_open(shop):
    shop.invoices(SANDTOR)
    shop.pay("2026-10-10, 400.00, Sandtor GmbH, RE-2026-001 part 1")
    shop.work()

    row = shop.row()
    assert shop.labels(row)[0] == "RE-2026-001 · Sandtor GmbH · 400.00 of 1,190.00 EUR"
    shop.decide(row, "answer", choice="1")
    assert shop.ask("SELECT state, open::VARCHAR FROM invoice") == [("open", "790.0000")]

    shop.pay("2026-10-20, 790.00, Sandtor GmbH, RE-2026-001 rest")
    shop.work()
    assert shop.ask("SELECT state, open::VARCHAR FROM invoice") == [("settled", "0.0000")]


@pytest.mark.parametrize(("kind", "rate"), [("gift", "19"), ("credit_note", "a lot"), ("invoice", "-1")])
def test_a_document_of_no_known_kind_or_rate_is_refused_and_nothing_taken(shop, kind, rate):
    line = f"RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR,{kind},,{rate}"
    receipt = shop.take(MORE + line, "invoices.csv")

    assert receipt.status == "refused"
    assert shop.ask("SELECT count(*) FROM invoice") == [(0,)]


def test_a_question_says_what_its_score_is_worth_by_the_companys_own_past(shop):
    numbers = range(1, 26)
    shop.invoices(
        "\n".join(f"RE-{n:04},out,Kunde {n} GmbH,2026-10-01,2026-10-15,{100 + n}.00,EUR" for n in numbers)
    )
    shop.pay("\n".join(f"2026-10-10, {100 + n}.00, Kunde {n} GmbH, RE-{n:04}" for n in numbers))
    shop.work()
    assert shop.queue() == []

    shop.invoices("RE-9000,out,Sandtor GmbH,2026-10-01,2026-10-15,9000.00,EUR", name="more.csv")
    shop.pay("2026-10-11, 9000.00, Sandtor GmbH, RE-9000", name="more-giro.csv")
    shop.work()

    row = shop.row()
    assert row.confidence == pytest.approx(26 / 27, abs=0.001)
    # one booking more is not weighed anew: that takes a twentieth more of them
    assert "were right in 96% of cases: calibrated on 24 of your bookings, Brier score 0.00" in row.reason
