"""A corpus of workbooks other people made, where one is given: a sync leaves all that was there, or refuses."""

import os
from pathlib import Path

import pytest

from tests.workbook_corpus import WITHIN_S, report, results

GIVEN = os.environ.get("WORKBENCH_WORKBOOK_CORPUS", "")

pytestmark = pytest.mark.skipif(
    not GIVEN, reason="WORKBENCH_WORKBOOK_CORPUS names no folder with a corpus; see tests/workbook_corpus.py"
)


@pytest.fixture(scope="module")
def found():
    return list(results(Path(GIVEN)))


def test_nothing_crashes_and_every_refusal_says_why(found, told):
    told(next(iter(report(found))))

    assert [each for each in found if each.outcome == "crashed"] == []
    assert all(each.reason for each in found if each.outcome != "synced")


def test_what_was_there_is_there_again(found):
    assert {each.file: each.differences for each in found if each.differences} == {}
    assert any(each.outcome == "synced" for each in found)


def test_none_takes_long(found):
    assert [each.file for each in found if each.seconds > WITHIN_S] == []
