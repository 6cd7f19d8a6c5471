"""What an older release wrote is read to the same state by this one, and what nobody knows is kept."""

import json

import pytest
from golden_release import NEWER, RELEASES, FromElsewhere, FromTheFuture, content_hash, state

from workbench.composition import open_log

STREAMS = sorted(RELEASES.iterdir())


@pytest.fixture(params=STREAMS, ids=lambda path: path.name)
def release(request):
    return request.param


@pytest.fixture
def recorded(release):
    return json.loads((release / "state.json").read_text("utf-8"))


@pytest.fixture
def replayed(release, tmp_path):
    """Return a log made of nothing but the release's journal."""
    state(release / "journal", tmp_path)
    with open_log(tmp_path) as log:
        yield log


def test_there_is_a_stream():
    assert STREAMS


def test_it_replays_to_the_same_chain_and_the_same_read_models(recorded, replayed):
    assert replayed.tail.chain_hash == recorded["head"]
    assert replayed.verify().findings == ()
    for name, table in recorded["read_models"].items():
        assert content_hash(replayed, name, table["columns"]) == table["sha256"], name
    assert set(replayed.differences().values()) == {0}


def test_it_has_something_for_every_read_model_of_its_release(recorded):
    assert recorded["read_models"]
    assert all(table["rows"] for table in recorded["read_models"].values())


def test_an_unknown_type_and_a_newer_schema_are_kept(recorded, replayed):
    assert replayed.unknown_types() == recorded["unknown"] == {FromElsewhere.event_type: 1}
    newer = [event for event in replayed.read() if event.schema_version == NEWER]
    assert [(event.type, event.text) for event in newer] == [
        (FromTheFuture.event_type, '{"novelty":"none of ours"}')
    ]
