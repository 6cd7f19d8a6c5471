"""Recordings of the real API, where they are given: the stand-in answers each request as Google did."""

import os
from pathlib import Path

import pytest
from google_recordings import LEFT_OUT, replay

GIVEN = os.environ.get("WORKBENCH_GOOGLE_RECORDINGS", "")

pytestmark = pytest.mark.skipif(
    not GIVEN, reason="WORKBENCH_GOOGLE_RECORDINGS names no folder with recordings; see google_recordings.py"
)


@pytest.fixture(scope="module")
def found():
    return list(replay(Path(GIVEN)))


def test_every_answer_has_the_status_and_the_json_that_google_gave(found):
    differing = [
        f"{each.cassette} {each.number} {each.request}: {each.differences}"
        for each in found
        if each.differences
    ]

    assert len(found) > 1000
    assert differing == []


def test_only_what_the_product_never_asks_for_is_left_out(found):
    left_out = [each for each in found if each.left_out]

    assert {each.left_out for each in left_out} <= set(LEFT_OUT.values())
    assert len(left_out) <= len(found) // 100
