"""The learner of categories: it answers as the operator decided, names its reasons, and else says that it is unsure."""

import random
from datetime import date
from decimal import Decimal

import pytest
from booked import a_decision, decided, paid, payment

from workbench.capabilities.books.categories import learner as the_learner
from workbench.capabilities.books.categories.learner import (
    MIN_SEEN,
    Answer,
    Unsure,
    answer,
    best_guesses,
    learn,
)
from workbench.capabilities.books.categories.words import words_of

QUARTER = decided("""
    2026-01-05 | -42.10 | HETZNER ONLINE GMBH | Rechnung R0012 Server    | hosting
    2026-01-12 | -18.00 | Cafe Central        | Kaffee Kartenzahlung     | meals
    2026-01-20 | 900.00 | Meier KG            | Beratung Januar          | consulting income
    2026-02-05 | -42.10 | HETZNER ONLINE GMBH | Rechnung R0044 Server    | hosting
    2026-02-11 | -22.50 | Cafe Central        | Kaffee Kartenzahlung     | meals
    2026-02-20 | 900.00 | Meier KG            | Beratung Februar         | consulting income
    2026-03-05 | -42.10 | HETZNER ONLINE GMBH | Rechnung R0071 Server    | hosting
    2026-03-13 | -19.90 | Baecker Ruf         | Kaffee Kuchen Kartenzahlung | meals
    2026-03-20 | 950.00 | Meier KG            | Beratung Maerz           | consulting income
    2026-05-03 | -42.10 | HETZNER ONLINE GMBH | Rechnung R0102 Server    | hosting
""")


def test_a_payment_like_earlier_ones_gets_their_category():
    found = answer(
        learn(QUARTER), payment("2026-06-05 | -42.10 | Hetzner Online GmbH | Rechnung R0119 Server")
    )

    assert isinstance(found, Answer)
    assert (found.category, found.n) == ("hosting", 4)
    assert 0.6 <= found.probability <= 1


def test_an_answer_names_the_newest_like_decision_and_the_words_that_speak_for_it():
    found = answer(
        learn(QUARTER), payment("2026-06-05 | -42.10 | Hetzner Online GmbH | Rechnung R0119 Server")
    )

    assert found.reason.startswith("as you booked HETZNER ONLINE GMBH on 3 May 2026 (words: ")
    assert "hetzner" in found.words
    assert found.precedents[0] == QUARTER[-1]


def test_the_same_words_in_another_vendors_payment_still_speak():
    guesses = best_guesses(learn(QUARTER), payment("2026-06-05 | -9.80 | Konditorei Huber | Kaffee Kuchen"))

    assert guesses[0].category == "meals"
    assert sum(each.probability for each in guesses) == pytest.approx(1, abs=0.01)


def test_money_that_comes_in_is_told_from_money_that_goes_out():
    both_ways = decided(
        """
        2026-01-05 | -80.00 | Stripe | fees and payouts | fees
        2026-01-06 | 900.00 | Stripe | fees and payouts | sales
        """,
        times=4,
    )
    learned = learn(both_ways)

    assert answer(learned, payment("2026-02-05 | -75.00 | Stripe | fees and payouts")).category == "fees"
    assert answer(learned, payment("2026-02-05 | 650.00 | Stripe | fees and payouts")).category == "sales"


def test_nothing_decided_is_nothing_answered():
    learned = learn([])

    assert answer(learned, QUARTER[0].payment) == Unsure(reason="nothing was decided yet")
    assert best_guesses(learned, QUARTER[0].payment) == []
    assert learned.calibration.n == 0


def test_a_category_decided_too_few_times_is_never_answered():
    twice = decided("2026-04-01 | -300.00 | Allianz | Haftpflicht | insurance", times=MIN_SEEN - 1)
    learned = learn([*QUARTER, *twice])

    assert best_guesses(learned, twice[0].payment)[0].category == "insurance"
    assert answer(learned, twice[0].payment) == Unsure(
        reason=f"insurance fits best but was decided only {MIN_SEEN - 1} times"
    )


def test_a_payment_without_a_known_word_is_left_to_the_operator():
    found = answer(learn(QUARTER), payment("2026-06-05 | -12.00 | Xylo | Zzyzx 4711"))

    assert found == Unsure(reason="no word of it was in an earlier decision")


def test_decisions_that_disagree_make_it_unsure():
    either = decided(
        """
        2026-01-05 | -30.00 | Amazon | Bestellung | office
        2026-01-06 | -30.00 | Amazon | Bestellung | books
        """,
        times=5,
    )
    found = answer(learn(either), payment("2026-02-05 | -25.00 | Amazon | Bestellung"))

    assert isinstance(found, Unsure)
    assert "60% is asked for" in found.reason


def test_what_was_decided_long_ago_fades_before_what_is_decided_now():
    old = decided("2021-01-05 | -30.00 | Adobe | Abo | software", times=5)
    new = decided("2026-01-05 | -30.00 | Adobe | Abo | marketing", times=3)

    assert best_guesses(learn([*old, *new]), new[0].payment)[0].category == "marketing"
    assert best_guesses(learn([*new, *old]), new[0].payment)[0].category == "marketing"


def test_a_habit_holds_whatever_its_single_words_mean_elsewhere():
    """No word alone tells here, and no sum of them: only both together do."""
    crossed = decided(
        """
        2026-01-01 | -5 | Alpha | Miete | rent
        2026-01-01 | -5 | Alpha | Kauf  | office
        2026-01-01 | -5 | Bravo | Miete | office
        2026-01-01 | -5 | Bravo | Kauf  | rent
        """,
        times=6,
    )
    learned = learn(crossed)

    assert [answer(learned, one.payment).category for one in crossed] == [one.category for one in crossed]
    assert learned.calibration.right == learned.calibration.n


def test_what_nobody_decided_for_years_is_less_certain():
    asked = payment("2026-06-05 | -42.10 | Hetzner Online GmbH | Rechnung Server")
    now, later = learn(QUARTER, date(2026, 6, 5)), learn(QUARTER, date(2032, 6, 5))

    assert isinstance(answer(now, asked), Answer)
    assert best_guesses(later, asked)[0].category == "hosting"
    assert best_guesses(later, asked)[0].probability < best_guesses(now, asked)[0].probability


def test_the_same_history_learns_the_same():
    assert best_guesses(learn(QUARTER), QUARTER[3].payment) == best_guesses(
        learn(QUARTER), QUARTER[3].payment
    )


def test_leaving_a_decision_out_by_formula_is_leaving_it_out(monkeypatch):
    """The closed form against the plain way: learn again without it, everything else held the same."""
    monkeypatch.setattr(the_learner, "SHARPNESS", (the_learner.USUAL_SHARPNESS,))
    monkeypatch.setattr(the_learner, "BALANCE", 0.0)
    copies = [one for one in QUARTER for _ in range(4)]  # leaving one of four out changes no word's rarity
    stated = learn(copies).calibration
    squares = []
    for at, left_out in enumerate(copies):
        learned = learn([*copies[:at], *copies[at + 1 :]], today=date(2026, 5, 3))
        best = best_guesses(learned, left_out.payment)[0]
        squares.append((best.probability - (best.category == left_out.category)) ** 2)

    assert stated.n == len(copies)
    assert stated.brier == pytest.approx(sum(squares) / len(squares), abs=0.002)


def test_noise_is_stated_as_badly_known():
    chance = random.Random(7)
    noise = [
        a_decision(one.payment, chance.choice(["hosting", "meals", "rent", "tax"])) for one in QUARTER * 10
    ]
    calibration = learn(noise).calibration

    assert calibration.answered <= calibration.n // 10
    assert learn(QUARTER * 10).calibration.brier < 0.01


def test_only_the_newest_ways_of_writing_are_learned_from(monkeypatch):
    monkeypatch.setattr(the_learner, "MAX_SHAPES", 2)
    learned = learn(QUARTER)

    assert len(learned.shapes) == 2
    assert learned.shapes[0][0] == QUARTER[-1]


def test_thousands_of_decisions_are_bounded_by_their_ways_of_writing():
    years = [
        paid(
            date(2026, 1, 1),
            f"Vendor {'abcdefghij'[k % 10] * 3} {'klmnopqrst'[k // 10 % 10] * 3}",
            f"Rechnung {k}",
            Decimal(-10),
        )
        for k in range(3_000)
    ]
    learned = learn([a_decision(one, one.counterparty[7]) for one in years])

    assert len(learned.shapes) == 100
    assert learned.calibration.n == 3_000


@pytest.mark.parametrize("text", ["", "4711 0815", "\0\ud800" + "x" * 10_000, "ﬁnanz Ⅷ"])
def test_any_text_can_be_asked_about(text):
    odd = paid(date(9999, 12, 31), text, text, Decimal(0))

    assert isinstance(answer(learn(QUARTER), odd), Unsure)
    assert isinstance(answer(learn([a_decision(odd, "odd")]), odd), Unsure)


def test_words_are_read_without_case_accents_and_numbers():
    assert words_of("Café CENTRAL 2026-05 Straße R0012") == ("cafe", "central", "strasse")
