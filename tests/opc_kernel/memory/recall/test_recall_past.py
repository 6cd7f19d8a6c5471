"""A look back finds what stood then, in the words of then, whatever became of it since; what was erased is gone."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recall_examples import Hashed, forgotten, keep, kept, names, opened

from opc_kernel.event import Write
from opc_kernel.log.erase import Order
from opc_kernel.memory.item import ItemFolded, ItemRestored
from opc_kernel.memory.recall import past
from opc_kernel.memory.recall.recall import Recall
from opc_kernel.testing import FrozenClock

NAMES = ("one", "two", "three")


def folded(name, into):
    return Write(stream=f"item/{name}", data=ItemFolded(into=f"item/{into}", reason="the same"), actor="me")


def restored(name):
    return Write(stream=f"item/{name}", data=ItemRestored(reason="asked for"), actor="me")


def texts(found):
    return sorted(each.item.text for each in found)


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture
def world(folder, clock):
    """A log and its recall, after three offers; yields them with the instant just after."""
    with (
        opened(folder, clock=clock) as log,
        Recall(log, folder, embeddings=[Hashed()], clock=clock) as recall,
    ):
        ids = keep(
            log,
            kept("price", "the offer is 100", entities=("entity/acme",)),
            kept("other", "the offer of others"),
            kept("talk", "an offer by mail", kind="mail", entities=("entity/acme",)),
        )
        before = clock.now()
        clock.move(days=1)
        yield log, recall, before, ids


def test_what_was_folded_since_is_found_and_its_summary_is_not(world):
    log, recall, before, ids = world
    keep(log, kept("summary", "offers, summed up", kind="summary"), folded("price", "summary"))

    assert sorted(names(recall.recall("offer"))) == ["other", "summary", "talk"]
    found = recall.recall("offer 100", as_of=before)

    assert (names(found)[0], sorted(names(found))) == ("price", ["other", "price", "talk"])
    assert found.items[0].sources == (ids[0],)
    assert found.notes[-1] == "found by their words only: 1 said anew, folded or faded since"


def test_what_was_said_anew_or_faded_is_found_in_the_words_of_then(world):
    log, recall, before, _ = world
    keep(log, kept("price", "the offer is 200"), forgotten("other"))

    assert texts(recall.recall("offer", as_of=before)) == [
        "an offer by mail",
        "the offer is 100",
        "the offer of others",
    ]


def test_a_look_back_may_be_at_somebody_and_at_a_kind(world):
    log, recall, before, _ = world
    keep(log, folded("price", "talk"), folded("talk", "other"))

    assert sorted(names(recall.recall("offer", entity="entity/acme", as_of=before))) == ["price", "talk"]
    assert names(recall.recall("offer", kinds=["mail"], as_of=before)) == ["talk"]


def test_too_much_to_lay_out_again_is_said_and_the_rest_is_found(world, monkeypatch):
    log, recall, before, _ = world
    keep(log, folded("price", "talk"))
    monkeypatch.setattr(past, "MOST_ITEMS", 2)

    found = recall.recall("offer", as_of=before)

    assert sorted(names(found)) == ["other", "talk"]
    assert found.notes[-1] == "left out: 1 said anew, folded or faded since"


def test_what_was_erased_since_is_in_no_past(world):
    log, recall, before, (price, *_) = world
    keep(log, folded("price", "talk"))

    log.erase(lambda: Order(events=(price,), reason="asked for"))

    assert sorted(names(recall.recall("offer 100", as_of=before))) == ["other", "talk"]


steps = st.lists(
    st.tuples(st.sampled_from(("keeps", "folds", "fades", "restores")), st.sampled_from(NAMES)),
    min_size=1,
    max_size=10,
)


@settings(max_examples=20, deadline=None)
@given(steps)
def test_what_is_found_as_of_then_is_what_was_found_then(history):
    folder = Path(tempfile.mkdtemp())
    clock = FrozenClock()
    try:
        with opened(folder, clock=clock) as log, Recall(log, folder, clock=clock) as recall:
            found = []
            keep(log, *(kept(name, f"the offer of {name}") for name in NAMES))
            for number, (verb, name) in enumerate(history):
                clock.move(minutes=1)
                keep(log, _step(verb, name, number))
                found.append((clock.now(), texts(recall.recall("offer"))))
            for instant, then in found:
                assert texts(recall.recall("offer", as_of=instant)) == then
    finally:
        shutil.rmtree(folder)


def _step(verb, name, number):
    match verb:
        case "keeps":
            return kept(name, f"the offer of {name}, number {number}")
        case "folds":
            return folded(name, "elsewhere")
        case "fades":
            return forgotten(name)
        case _:
            return restored(name)
