"""H1: whatever people do between any two calls, whatever fails, nothing is decided that was not shown."""

import pytest
import stamina
from google_life import live

LIVES, LONG_LIVES = 12, 1_000


@pytest.fixture(autouse=True)
def _no_waiting():
    stamina.set_testing(True, attempts=3)
    yield
    stamina.set_testing(False)


def test_h1_lives_of_a_spreadsheet():
    done = sum((live(seed, rows=40) for seed in range(LIVES)), start=live(LIVES, rows=40))

    assert done["decisions"] >= LIVES, "so few decisions prove nothing"
    assert done["sync crashed"] > 0
    assert done["fault"] > 0


@pytest.mark.soak
def test_h1_a_thousand_lives_of_two_hundred_rows():
    done = sum((live(seed) for seed in range(LONG_LIVES)), start=live(LONG_LIVES))

    assert done["decisions"] >= LONG_LIVES
