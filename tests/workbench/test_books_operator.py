"""The operator who knows the truth plays generated months: nothing is left, and what was settled alone is right."""

from dataclasses import replace

import pytest
from books_operator import Operator, agrees, figures, settled, wrong_at_most
from books_records import Difference, Explanation, Part
from books_report import Told, by_case, by_month, wrong
from books_world import months

RIGHT = Explanation(case="named", parts=(Part(number="RE-1", amount=100),))


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    operator = Operator(*months(4, 2), tmp_path_factory.mktemp("world") / "acme")
    yield operator, operator.play()
    operator.company.close()


def test_a_month_ends_with_everything_settled_and_nothing_wrong_by_itself(played, told):
    operator, months_played = played
    told(figures(months_played))

    assert sum(each.transactions for each in months_played) == len(operator.shown.transactions)
    assert all((each.wrong, each.left) == ((), 0) for each in months_played)
    assert all(each.automatic > 0 and each.asked > 0 for each in months_played)
    assert operator.waiting() == []


def test_what_a_row_can_say_is_booked_as_the_truth_says(played):
    operator, _ = played
    found = settled(operator.company, operator.shown)

    sure = {"unnamed", "private_payer", "twins", "unlisted", "meal", "wrong_other", "wrong_paid", "double"}
    for key, truth in operator.truth.explained.items():
        if truth.case in sure:
            assert agrees(found[key].explanation, truth), truth


@pytest.mark.parametrize(
    "found",
    [
        Explanation(case="", parts=(Part(number="RE-2", amount=100),)),
        Explanation(case="", parts=(Part(number="RE-1", amount=50),)),
        Explanation(case="", parts=RIGHT.parts, difference=Difference(amount=-1, category="bank-fees")),
        Explanation(case="", category="travel"),
        Explanation(case="", category="other"),
        Explanation(case="", transfer="a1"),
    ],
)
def test_another_explanation_does_not_agree(found):
    assert agrees(RIGHT, RIGHT)
    assert not agrees(found, RIGHT)


def test_nothing_wrong_of_a_hundred_leaves_up_to_three_percent():
    assert wrong_at_most(0, 100) == pytest.approx(1 - 0.05 ** (1 / 100))
    assert wrong_at_most(1, 100) == pytest.approx(0.0466, abs=0.0001)


def test_a_report_counts_by_month_and_kind_and_names_what_is_wrong(played):
    operator, months_played = played
    found = settled(operator.company, operator.shown)
    moves = {each.key: each for each in operator.shown.transactions}
    told = [
        Told(seed=4, move=moves[key], truth=operator.truth.explained[key], found=each)
        for key, each in found.items()
    ]
    rent = next(each for each in told if each.truth.case == "rent")

    assert len(list(by_month([months_played]))) == 2
    assert "rent                     2     2 alone     2 right" in list(by_case(told))
    assert list(wrong(told)) == []
    (named,) = wrong([replace(rent, truth=RIGHT)])
    assert "category='rent'" in named
