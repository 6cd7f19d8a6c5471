"""A corpus of real files, where one is given: nothing crashes, and what is read is what its own project states."""

import os
from pathlib import Path

import pytest

from tests.bank_corpus import results

GIVEN = os.environ.get("WORKBENCH_BANK_CORPUS", "")

pytestmark = pytest.mark.skipif(
    not GIVEN, reason="WORKBENCH_BANK_CORPUS names no folder with a corpus; see tests/bank_corpus.py"
)


@pytest.fixture(scope="module")
def found():
    return list(results(Path(GIVEN)))


def test_nothing_crashes(found):
    assert [f"{each.file}: {each.reason}" for each in found if each.outcome == "crashed"] == []


def test_most_of_what_is_read_is_what_is_stated(found):
    compared = [each for each in found if each.outcome == "read" and each.compared]
    differing = [f"{each.file}: {each.differences}" for each in compared if each.differences]

    assert compared
    assert len(differing) <= len(compared) // 5, differing


def test_every_refusal_says_why(found):
    assert all(each.reason for each in found if each.outcome == "refused")
