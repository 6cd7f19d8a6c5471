"""How a payment is explained: one document or several, whole or in part, and what speaks against it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.capabilities.books.matching import references
from workbench.capabilities.books.matching.calibration import MIN_N, calibrated
from workbench.capabilities.books.matching.candidates import explanations
from workbench.capabilities.books.matching.document import Document, Payment
from workbench.capabilities.books.matching.experience import Experience, Lesson, experience
from workbench.capabilities.books.matching.index import Documents
from workbench.capabilities.books.matching.judging import doubts
from workbench.capabilities.books.matching.outcomes import Outcomes
from workbench.capabilities.books.matching.payouts import Payout, Tariff, tariff

DAY = date(2026, 10, 1)
NOTHING_YET = Experience()


def invoice(number="RE-2026-074", amount="1190.00", party="Muster GmbH", **more):
    asked = Decimal(amount)
    fields = {
        "stream": f"invoice/{number}",
        "version": 1,
        "kind": "invoice",
        "direction": "out",
        "issued_on": DAY - timedelta(20),
        "due_on": DAY - timedelta(6),
        "amount": asked,
        "open": asked,
        "currency": "EUR",
        "event_id": number,
    }
    return Document(number=number, party=party, **{**fields, **more})


def credit_note(number, amount, **more):
    return invoice(number, amount, kind="credit_note", **more)


def paid(amount, words="", payer="Muster GmbH", **more):
    fields = {
        "stream": "bank_transaction/1",
        "version": 1,
        "booked_on": DAY,
        "currency": "EUR",
        "event_id": "p",
    }
    return Payment(amount=Decimal(amount), text=words, counterparty=payer, reference="", **{**fields, **more})


def ranked(payment, *documents, numbers=(), aliases=None, rate=lambda *_: None):
    index = Documents(documents, aliases)
    for number in numbers:
        index.know(number)
    return explanations(payment, index, rate)


def best(payment, *documents, **more):
    return ranked(payment, *documents, **more)[0]


def told(payment, *documents, past=NOTHING_YET, rivals=(), **more):
    return doubts(ranked(payment, *documents, **more), payment, rivals, past)


# numbers


@pytest.mark.parametrize(
    "words",
    ["RE-2026-074", "re 2026/074 danke", "Rechnung RE2026074", "RE-2026-074, RE-2026-075", "Nr.RE-2026-074."],
)
def test_a_number_is_named_however_it_is_spaced(words):
    assert references.key("RE-2026-074") in references.keys_in(words)


@pytest.mark.parametrize("words", ["RE-2026-0741", "XRE-2026-074", "RE-2026-07", "RE-2026-074-2", "2026", ""])
def test_what_is_only_like_a_number_does_not_name_it(words):
    assert references.key("RE-2026-074") not in references.keys_in(words)


@pytest.mark.parametrize("words", ["Rg. 2026-74", "2026/074 danke", "2026074", "Nr 2026-74, 2026-75"])
def test_of_his_own_invoices_a_payer_may_name_one_in_short(words):
    payment = paid("1190.00", words)

    assert best(payment, invoice()).is_named
    assert not best(replace(payment, counterparty="Ganz Anders AG"), invoice()).is_named


def test_a_day_or_another_number_is_no_short_form():
    for words in ("2026-75", "vom 07.04.2026", "20260741"):
        assert not best(paid("1190.00", words), invoice()).is_named


def test_a_short_number_names_nothing():
    assert references.key("7-1") == ""


@given(
    st.lists(st.sampled_from(["RE", "2026", "74", "-", " ", "/", "x", ".", "0"]), max_size=12).map("".join)
)
def test_whatever_a_text_holds_its_numbers_are_found_in_bounded_time(words):
    assert all(len(key) >= references.MIN_NUMBER for key in references.keys_in(words * 20))


# one document


def test_an_invoice_named_and_paid_whole_needs_no_question():
    found = best(paid("1190.00", "RE-2026-074"), invoice())

    assert (found.numbers, found.is_exact, found.is_named, found.against) == ("RE-2026-074", True, True, ())
    assert told(paid("1190.00", "RE-2026-074"), invoice()) == []


def test_money_that_leaves_is_not_for_an_invoice_of_ours():
    assert ranked(paid("-1190.00", "RE-2026-074"), invoice()) == []


def test_a_bill_is_paid_by_money_that_leaves():
    assert best(paid("-1190.00"), invoice(direction="in")).is_exact


@pytest.mark.parametrize(
    ("amount", "kind", "open_after"),
    [
        ("1187.50", "bank-fees", "0.00"),
        ("1166.20", "discount", "0.00"),
        ("1155.00", "payment-fees", "0.00"),
        ("400.00", "", "790.00"),
        ("1200.00", "overpaid", "0.00"),
    ],
)
def test_a_named_invoice_may_be_paid_short_in_part_or_too_much(amount, kind, open_after):
    found = best(paid(amount, "RE-2026-074"), invoice())

    assert found.difference_kind == kind
    assert found.parts[0].document.open - found.parts[0].amount == Decimal(open_after)
    assert told(paid(amount, "RE-2026-074"), invoice()), "it is asked"


def test_the_rest_of_an_invoice_paid_in_part_is_paid_whole():
    rest = invoice(open=Decimal("790.00"))

    assert best(paid("790.00", "RE-2026-074"), rest).is_exact


def test_a_refund_pays_a_credit_note():
    found = best(paid("-119.00", "Gutschrift GS-2026-003"), credit_note("GS-2026-003", "119.00"), invoice())

    assert found.numbers == "GS-2026-003"
    assert found.is_exact


# several documents


def test_one_payment_for_several_named_invoices():
    documents = [
        invoice("RE-2026-001", "100.00"),
        invoice("RE-2026-002", "250.00"),
        invoice("RE-2026-003", "70.00"),
    ]

    found = best(paid("350.00", "RE-2026-001 + RE-2026-002"), *documents)

    assert (found.numbers, found.is_exact, found.is_named) == ("RE-2026-001 + RE-2026-002", True, True)
    assert told(paid("350.00", "RE-2026-001 + RE-2026-002"), *documents) == []


def test_a_credit_note_is_set_off():
    documents = [invoice("RE-2026-001", "1000.00"), credit_note("GS-2026-001", "150.00")]

    found = best(paid("850.00", "RE-2026-001 abzgl. GS-2026-001"), *documents)

    assert found.numbers == "GS-2026-001 + RE-2026-001"
    assert found.is_exact


def test_several_invoices_that_nobody_names_are_asked_about():
    documents = [invoice("RE-2026-001", "100.00"), invoice("RE-2026-002", "250.00")]

    assert best(paid("350.00", "Danke"), *documents).numbers == "RE-2026-001 + RE-2026-002"
    assert told(paid("350.00", "Danke"), *documents)


def test_invoices_of_others_are_never_put_together():
    documents = [
        invoice("RE-2026-001", "100.00", party="Adler AG"),
        invoice("RE-2026-002", "250.00", party="Bär KG"),
    ]

    assert ranked(paid("350.00", "Danke", payer="Clown & Co"), *documents) == []


def test_many_open_invoices_of_one_party_do_not_take_for_ever():
    documents = [invoice(f"RE-2026-{number:03}", f"{100 + number}.{number:02}") for number in range(60)]

    assert ranked(paid("4567.89", "Danke"), *documents) is not None


def test_money_that_goes_back_to_a_customer_is_seen():
    documents = Documents([invoice(open=Decimal(0))])

    assert documents.comes_back(paid("-1190.00"))
    assert not documents.comes_back(paid("1190.00"))
    assert not documents.comes_back(paid("-1190.00", payer="Clown & Co"))


# another currency


def test_an_invoice_in_dollars_may_be_paid_in_euros():
    dollars = invoice(currency="USD", amount="1000.00")

    found = best(paid("921.30", "RE-2026-074"), dollars, rate=lambda base, quote: Decimal("0.92"))

    assert (found.difference, found.difference_kind) == (Decimal("1.30"), "exchange")
    assert ranked(paid("800.00", "RE-2026-074"), dollars, rate=lambda *_: Decimal("0.92")) == []
    assert ranked(paid("921.30", "RE-2026-074"), dollars) == []


# what speaks against it


def test_twins_are_asked_about():
    twins = [invoice("RE-2026-001", "500.00"), invoice("RE-2026-002", "500.00")]

    assert "fits nearly as well" in " ".join(told(paid("500.00"), *twins))
    assert told(paid("500.00", "RE-2026-002"), *twins) == []


def test_a_number_that_is_paid_already_contradicts():
    words = told(paid("1190.00", "RE-2026-011"), invoice(), numbers=["RE-2026-011"])

    assert "the payment names RE-2026-011" in words


def test_another_name_contradicts():
    assert "the name is another one" in told(paid("1190.00", "RE-2026-074", payer="Clown & Co"), invoice())


def test_paid_before_it_was_issued_or_long_after_it_was_due():
    early = paid("1190.00", "RE-2026-074", booked_on=DAY - timedelta(30))
    late = paid("1190.00", "RE-2026-074", booked_on=DAY + timedelta(90))

    assert "it was paid before it was issued" in told(early, invoice())
    assert "it was paid more than 60 days after it was due" in told(late, invoice())


def test_another_payment_for_the_same_is_a_rival():
    second = replace(paid("1190.00", "RE-2026-074"), stream="bank_transaction/2")

    assert told(paid("1190.00", "RE-2026-074"), invoice(), rivals=[second])


# what decisions taught


def lesson(right=True, on=DAY, **more):
    fields = {
        "counterparty": "PP.1234 MUSTER",
        "party": "Muster GmbH",
        "pattern": "one, exact, unnamed, same name",
    }
    return Lesson(**{**fields, **more}, right=right, on=on)


def test_a_payer_is_known_by_the_name_it_was_confirmed_under():
    learned = experience([lesson()], DAY)
    payment = paid("1190.00", payer="pp.1234 Muster")

    assert best(payment, invoice(), aliases=learned.aliases).evidence["name"] == 1
    assert best(payment, invoice()).evidence["name"] < 1


def test_a_pattern_is_trusted_once_it_was_confirmed_twice():
    payment = paid("1190.00")

    assert told(payment, invoice(), past=experience([lesson()], DAY))
    assert told(payment, invoice(), past=experience([lesson(), lesson()], DAY)) == []


def test_a_pattern_that_was_declined_is_not_trusted():
    past = experience([lesson(), lesson(), lesson(), lesson(right=False)], DAY)

    assert told(paid("1190.00"), invoice(), past=past)


def test_what_was_learned_fades():
    old = DAY - timedelta(days=800)

    assert told(paid("1190.00"), invoice(), past=experience([lesson(on=old), lesson(on=old)], DAY))
    assert experience([lesson(on=old)], DAY).aliases == {}


def test_an_unclear_case_says_nothing_of_its_kind():
    done = [lesson(pattern="")] * 9

    assert told(paid("1190.00"), invoice(), past=experience(done, DAY))


def test_the_same_fee_again_is_a_habit_of_its_party():
    habit = [lesson(pattern="one, bank-fees 5.00 of Muster GmbH, named, same name")] * 2
    past = experience(habit, DAY)

    assert told(paid("1185.00", "RE-2026-074"), invoice(), past=past) == []
    assert told(paid("1184.00", "RE-2026-074"), invoice(), past=past)


def test_a_part_is_always_asked():
    habit = [lesson(pattern="one, partial, named, same name")] * 9

    assert "only a part is paid" in told(
        paid("500.00", "RE-2026-074"), invoice(), past=experience(habit, DAY)
    )


def test_a_stranger_over_the_same_amount_is_no_competitor():
    stranger = invoice(number="RE-2026-075", party="Ganz Anders AG")

    past = experience([lesson(), lesson()], DAY)
    assert told(paid("1190.00"), invoice(), stranger, past=past) == []


def test_what_was_issued_after_the_payment_is_no_competitor():
    later = invoice(number="RE-2026-075", issued_on=DAY + timedelta(3), due_on=DAY + timedelta(17))

    assert told(paid("1190.00"), invoice(), later, past=experience([lesson(), lesson()], DAY)) == []


def test_a_rival_that_names_nothing_does_not_claim_what_the_payment_names():
    unnamed = replace(paid("1190.00"), stream="bank_transaction/2")

    assert told(paid("1190.00", "RE-2026-074"), invoice(), rivals=[unnamed]) == []


def test_a_pair_that_was_declined_is_said():
    past = experience([lesson(right=False, counterparty="Muster GmbH")], DAY)

    assert "you said that Muster GmbH does not pay for Muster GmbH" in told(
        paid("1190.00", "RE-2026-074"), invoice(), past=past
    )


# what a score is worth


def test_with_few_decisions_nothing_is_claimed():
    few = calibrated([(0.9, True)] * (MIN_N - 1))

    assert few.probability(0.9) is None
    assert "not calibrated yet: 19 bookings" in str(few)


def test_probabilities_rise_with_the_score_and_are_never_certain():
    past = [(score / 100, score >= 50) for score in range(100)] * 3
    found = calibrated(past)

    shares = [found.probability(score / 100) for score in range(100)]
    assert shares == sorted(shares)
    assert shares[0] < 0.1
    assert 0.9 < shares[-1] < 1
    assert found.brier < 0.1
    assert "calibrated on 300 of your bookings" in str(found)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=80))
def test_whatever_was_decided_probabilities_rise_with_the_score(past):
    found = calibrated(past)

    assert list(found.shares) == sorted(found.shares)
    assert found.brier is None or 0 <= found.brier <= 1


def test_what_is_taken_back_was_never_right():
    past = Outcomes()
    for number in range(30):
        past.add(f"bank_transaction/{number}", 0.9, right=True)
    past.weigh()
    assert past.calibration.probability(0.9) == pytest.approx(31 / 32, abs=0.001)

    past.add("bank_transaction/3", None, right=False)
    past.weigh()

    assert past.calibration.probability(0.9) == pytest.approx(30 / 32, abs=0.001)
    assert past.calibration.n == 30


# payouts of payment processors


def payout(amount, *documents, past=()):
    payment = paid(amount, "PAYOUT PL-0000417", payer="Paylane Payments Europe SE")
    return explanations(payment, Documents(documents), payouts=past)


def confirmed(total, count):
    fee = (Decimal(total) * Decimal("0.024") + Decimal("0.25") * count).quantize(Decimal("0.01"))
    return Payout(payer="paylane payments europe se", total=Decimal(total), count=count, fee=fee)


SEATS = [
    invoice(f"RE-{number}", amount) for number, amount in enumerate(("178.50", "178.50", "240.00", "95.20"))
]


def test_a_payout_is_explained_by_invoices_less_a_fee():
    found = payout("347.93", *SEATS)

    assert found[0].numbers == "RE-0 + RE-1"
    assert (found[0].difference, found[0].difference_category) == (Decimal("-9.07"), "payment-fees")
    assert found[0].against == ()


def test_two_confirmed_payouts_tell_the_tariff_and_with_it_the_set():
    past = [confirmed("357.00", 2), confirmed("240.00", 1)]
    assert tariff(past) == Tariff(share=Decimal("0.0240"), fixed=Decimal("0.25"))

    assert {each.numbers for each in payout("266.63", *SEATS, past=past)} == {"RE-0 + RE-3", "RE-1 + RE-3"}


def test_an_ordinary_customer_pays_out_nothing():
    assert explanations(paid("347.93", "Rechnung", payer="Ganz Anders AG"), Documents(SEATS)) == []


def test_many_open_invoices_are_looked_through_in_bounded_time():
    many = [invoice(f"RE-{number:03}", f"{100 + number}.00") for number in range(300)]

    assert len(payout("1000.00", *many)) <= 6


# numbers told in short one after another


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("RE-2026-066 + 067, Lieferant 2071", {"RE-2026-066", "RE-2026-067"}),
        ("RE-2026-066, 067 und 069", {"RE-2026-066", "RE-2026-067", "RE-2026-069"}),
        ("2026-0071 bis 2026-0074", {"2026-0071", "2026-0072", "2026-0073", "2026-0074"}),
        ("2026-0071 bis 0073", {"2026-0071", "2026-0072", "2026-0073"}),
        ("RE-2026-066 vom 067", {"RE-2026-066"}),
        ("RE-2026-066, 12.08.2026", {"RE-2026-066"}),
        ("2026-0071 bis 2026-9999", {"2026-0071", "2026-9999"}),
    ],
)
def test_numbers_that_continue_a_list_are_named(words, numbers):
    asked = [f"RE-2026-{number:03}" for number in range(60, 75)]
    asked += [f"2026-{number:04}" for number in (*range(70, 76), 2026, 9999)]

    assert {each for each in asked if references.key(each) in references.keys_in(words)} == numbers


def test_a_credit_note_may_name_what_it_corrects():
    note = credit_note(
        "GS-2026-003", "119.00", corrects="RE-2026-080", issued_on=DAY - timedelta(2), due_on=DAY
    )
    payment = paid("-119.00", "Gutschrift GS-2026-003 zu RE-2026-080")

    assert told(payment, note, numbers=["RE-2026-080"]) == []


def test_a_strangers_invoice_is_not_paid_before_it_is_issued():
    later = invoice(party="Ganz Anders AG", issued_on=DAY + timedelta(3), due_on=DAY + timedelta(9))

    assert ranked(paid("1190.00"), later) == []


def test_what_was_always_right_is_one_pool_and_a_lower_score_is_unknown():
    found = calibrated([(0.98 + number / 10_000, True) for number in range(MIN_N)])

    assert {found.probability(0.98), found.probability(0.99)} == {round((MIN_N + 1) / (MIN_N + 2), 3)}
    assert found.probability(0.65) is None
