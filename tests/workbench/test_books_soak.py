"""Many generated months with a hidden truth: nothing that is settled alone is wrong, and questions become fewer."""

from itertools import chain

import pytest
from books_operator import figures
from books_report import by_case, by_month, play, wrong
from books_world import HARD, USUAL

MONTHS = 200
YEARS = (7, 11)
FIRST_HALF = 5
"""The months before the sixth."""


@pytest.mark.soak
def test_books_months(told):
    """200 first months: half of them usual, half with twice as many hard cases."""
    worlds = [play(seed, 1, HARD if seed % 2 else USUAL) for seed in range(MONTHS)]
    moves = list(chain.from_iterable(moved for _, moved in worlds))
    for line in by_case(moves):
        told(line)
    told(figures(chain.from_iterable(played for played, _ in worlds)))

    assert list(wrong(moves)) == []


@pytest.mark.soak
@pytest.mark.parametrize("seed", YEARS)
def test_books_year(told, seed):
    """One year of one company: the second half asks less than the first."""
    played, moves = play(seed, 12, USUAL)
    for line in by_month([played]):
        told(line)

    assert list(wrong(moves)) == []
    early, late = played[:FIRST_HALF], played[FIRST_HALF:]
    assert share(late) < share(early)


def share(played):
    return sum(each.asked for each in played) / sum(each.transactions for each in played)
