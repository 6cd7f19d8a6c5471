"""A habit is booked without asking only where it was said often enough, and nothing speaks against it."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from booked import a_decision, decided, paid, payment
from books_world import HARD, RULES, USUAL, months

from workbench.capabilities.books.categories.covering import covers
from workbench.capabilities.books.categories.habit import (
    MIN_N,
    certain,
    habit_of,
    is_cause_to_look,
    is_reliable,
)
from workbench.capabilities.books.categories.learner import Calibration, learn
from workbench.capabilities.books.categories.precedents import Precedents
from workbench.settings import Rule

YEARS = 20
LUNCHES = decided("""
    2026-01-12 | -18.00 | Cafe Central | Kartenzahlung 0815 | meals
    2026-02-11 | -22.50 | Cafe Central | Kartenzahlung 4711 | meals
    2026-03-13 | -20.00 | CAFE CENTRAL | Kartenzahlung 1123 | meals
""")
NEXT = payment("2026-04-14 | -19.90 | Cafe Central | Kartenzahlung 5813")


def test_what_was_booked_alike_three_times_is_a_habit():
    assert habit_of(NEXT, LUNCHES) == "meals"


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("2026-04-14 | -19.90 | Cafe Central | Kartenzahlung Gutschein", "another word"),
        ("2026-04-14 | -19.90 | Cafe Zentral | Kartenzahlung", "another name"),
        ("2026-04-14 | -8.99 | Cafe Central | Kartenzahlung", "less than half of the smallest"),
        ("2026-04-14 | -33.76 | Cafe Central | Kartenzahlung", "more than one and a half of the largest"),
        ("2027-02-12 | -19.90 | Cafe Central | Kartenzahlung", "only one of them is of the last year"),
    ],
)
def test_what_is_a_little_different_is_asked(asked, why):
    assert habit_of(payment(asked), LUNCHES) is None, why


def test_twice_is_no_habit():
    assert habit_of(NEXT, LUNCHES[:2]) is None


def test_another_currency_is_another_matter():
    assert habit_of(replace(NEXT, currency="USD"), LUNCHES) is None


@pytest.mark.parametrize(
    "against",
    [
        "2026-04-01 | -20.00 | Cafe Central | Kartenzahlung | gifts",
        "2026-04-01 | -80.00 | Cafe Central | Catering Workshop | events",
        "2026-04-01 | -20.00 | Cafe Central | Kartenzahlung | other",
    ],
)
def test_one_decision_otherwise_takes_the_habit_away_at_once_and_a_year_gives_it_back(against):
    habit = [*LUNCHES, *decided(against)]
    year_later = [*habit, *(_later(one, 380) for one in LUNCHES)]

    assert habit_of(NEXT, habit) is None
    assert habit_of(replace(NEXT, booked_on=date(2027, 5, 14)), year_later) == "meals"


def _later(one, days):
    return a_decision(
        replace(one.payment, booked_on=one.payment.booked_on + timedelta(days=days)), one.category
    )


@pytest.mark.parametrize("category", ["other", "own-transfer"])
def test_what_says_what_a_payment_is_not_never_becomes_a_habit(category):
    assert habit_of(NEXT, [replace(one, category=category) for one in LUNCHES]) is None


def test_payments_without_any_word_are_no_habit():
    bare = decided("2026-01-12 | -18.00 | | 4711 | meals", times=5)

    assert habit_of(bare[0].payment, bare) is None


@pytest.mark.parametrize(
    ("given", "reliable"),
    [
        ({}, True),
        ({"n": MIN_N - 1}, False),
        ({"brier": 0.16}, False),
        ({"answered": 0, "right": 0}, False),
        ({"answered": 40, "right": 38}, True),
        ({"answered": 39, "right": 37}, False),
    ],
)
def test_only_a_learner_that_has_been_right_is_relied_on(given, reliable):
    assert (
        is_reliable(Calibration(**{"brier": 0.05, "n": 60, "answered": 50, "right": 50, **given})) is reliable
    )


def test_a_habit_says_on_what_it_rests_and_how_sure_that_is():
    known = [*LUNCHES, *decided("2026-01-20 | -60.00 | Bahn AG | Fahrkarte | travel", times=20)]

    habit = certain(NEXT, "meals", learn(known), 3)

    assert habit.reason.startswith("as you booked CAFE CENTRAL on 13 Mar 2026 (words: ")
    assert f"3 times alike; {habit.probability:.0%}, calibrated on 23 of your decisions" in habit.reason
    assert (habit.evidence["confirmed"], habit.evidence["n"]) == (3, 23)
    assert certain(NEXT, "travel", learn(known), 3) is None
    assert certain(NEXT, "meals", learn(LUNCHES), 3) is None


def test_cause_to_look_for_rules_comes_now_and_then():
    assert [n for n in range(1, 60) if is_cause_to_look(1, n)] == [3, 6, 12, 24, 48]
    assert [n for n in range(1, 60) if is_cause_to_look(n, 1)] == [20, 40]


@pytest.mark.parametrize("mix", [USUAL, HARD], ids=["usual", "hard"])
def test_in_generated_years_no_habit_is_wrong_and_questions_are_saved(mix, told):
    """Only what needs no invoice and no rule covers; nothing but words and amounts tells it from the rest."""
    counted = Counter()
    for seed in range(YEARS):
        counted += _lived(*months(seed, 12, mix=mix))
    told(f"{YEARS} years: {dict(counted)}")

    assert counted["wrong"] == 0
    assert counted["alone"] > counted["asked"] / 2


def _lived(shown, truth):
    """Go through a year's expenses in order: the operator says what no habit says."""
    rules = [Rule(category=name, direction=way, contains=words) for name, way, words in RULES]
    precedents, counted = Precedents(), Counter()
    for move in shown.transactions:
        one, true = _seen(move), truth.explained[move.key]
        if true.parts or true.transfer or true.refund_of or any(covers(rule, one) for rule in rules):
            continue
        alike = precedents.alike(one)
        category = habit_of(one, alike)
        habit = category and certain(one, category, precedents.learner, len(alike))
        if habit:
            counted["alone" if habit.category == (true.category or "other") else "wrong"] += 1
        else:
            precedents.put(move.key, a_decision(one, true.category or "other"))
            counted["asked"] += 1
    return counted


def _seen(move):
    return replace(
        paid(move.booked_on, move.counterparty, move.text, move.amount, move.currency), account=move.account
    )


def test_decisions_are_found_by_name_or_words_and_taken_back():
    precedents = Precedents()
    for number, one in enumerate(LUNCHES):
        precedents.put(str(number), one)

    assert [one.category for one in precedents.alike(NEXT)] == ["meals"] * 3
    assert precedents.times(replace(NEXT, text="something else")) == {"meals": 3}
    assert precedents.alike(replace(NEXT, amount=Decimal("19.90"))) == []

    precedents.put("1", None)
    assert len(precedents.alike(NEXT)) == len(precedents.decisions) == 2


def test_it_is_learned_again_only_after_new_decisions():
    precedents = Precedents()
    precedents.put("1", LUNCHES[0])
    before = precedents.learner

    assert precedents.learner is before
    precedents.put("2", LUNCHES[1])
    assert precedents.learner is not before
    assert precedents.learner.calibration.n == 2
