"""A corpus of categorised bank lines, where one is given: the learner does better than TF-IDF with an SVM."""

import os
from pathlib import Path

import pytest

from tests.category_corpus import by_the_learner, by_the_peer, decisions, foretold_and_found, measure

GIVEN = os.environ.get("WORKBENCH_CATEGORY_CORPUS", "")


@pytest.fixture
def everything(not_run):
    pytest.importorskip("sklearn", reason="scikit-learn, the peer, is not installed")
    if not GIVEN:
        not_run("WORKBENCH_CATEGORY_CORPUS names no folder with a corpus; see tests/category_corpus.py")
    return decisions(Path(GIVEN))


@pytest.mark.parametrize("is_grouped", [False, True], ids=["stratified", "new beginnings"])
def test_the_learner_beats_the_peer(everything, told, is_grouped):
    ours = measure(everything, by_the_learner, is_grouped=is_grouped)
    peers = measure(everything, by_the_peer, is_grouped=is_grouped)
    told(f"ours {ours}, the peer's {peers}")

    assert ours.accuracy > peers.accuracy
    assert ours.macro_f1 > peers.macro_f1


def test_what_it_states_of_itself_is_what_is_found(everything, told):
    foretold, found = foretold_and_found(everything, seed=0)
    told(f"Brier score stated {foretold:.3f}, found {found:.3f}")

    assert foretold == pytest.approx(found, abs=0.04)
