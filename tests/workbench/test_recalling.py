"""Recall for everybody: one set of indexes, held by whoever holds the folder, the same answers through a server."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from typer.testing import CliRunner

from opc_kernel.event import ANY_VERSION, Write
from opc_kernel.memory.entity import EntityFound, EntityMerged
from opc_kernel.memory.item import ItemKept
from opc_kernel.memory.recall.asked import NoInstant, NothingAsked, NotYet, OutOfRange, UnknownKind
from opc_kernel.memory.recall.embedding import EmbeddingFailed
from opc_kernel.memory.recall.recall import Recall
from opc_kernel.testing import FrozenClock
from workbench.address import read_address
from workbench.cli.main import app
from workbench.company import company_id, open_company, own_company
from workbench.connectors.embedding.model_files import ModelDamaged
from workbench.health import memory_line
from workbench.memory.index_loop import IndexLoop
from workbench.memory.recalling import Recalling

WORKBENCH = [sys.executable, "-P", "-m", "workbench"]
NOTES = {
    "lease": "The lease of the workshop ends in May",
    "lamp": "The lamp in the yard is broken",
    "paper": "Paper comes from Elbe Papier",
}


@pytest.fixture
def folder(blank, tmp_path):
    return shutil.copytree(blank, tmp_path / "acme")


@pytest.fixture(autouse=True)
def no_model(tmp_path, monkeypatch):
    """Whatever model this user has fetched, these companies find by words."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(autouse=True)
def nobody_left(folder):
    yield
    with suppress(ProcessLookupError, AttributeError):
        os.kill(read_address(company_id(folder), folder).pid, signal.SIGKILL)


def note(company, notes, **fields):
    writes = [
        Write(
            stream=f"item/{name}",
            data=ItemKept(kind="note", text=text, sources=(f"said-{name}",), **fields),
            actor="me",
        )
        for name, text in notes.items()
    ]
    company.append(writes, expected={write.stream: ANY_VERSION for write in writes})


def streams(found):
    return [each.item.stream for each in found]


class Reading:
    """An embedding that stops in the middle of its work, or fails, when it is told to."""

    name, dimension, local = "reading", 8, True

    def __init__(self):
        self.trouble, self.begun, self.may_end = "", threading.Event(), threading.Event()
        self.may_end.set()

    def embed(self, texts):
        self.begun.set()
        assert self.may_end.wait(30)
        if self.trouble:
            raise EmbeddingFailed(self.name, self.trouble)
        return np.eye(8, dtype=np.float32)[[len(text) % 8 for text in texts]]


@pytest.fixture
def reading():
    return Reading()


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture
def recalling(folder, reading, clock):
    with own_company(folder, clock=clock) as company:
        held = Recalling(
            company.log, lambda log: Recall(log, folder, embeddings=[reading], clock=clock), clock
        )
        yield held
        held.close()


def many(log, number):
    note(log, {f"n{at}": f"note {at} of the harbour" for at in range(number)})


# through a server


def test_a_client_recalls_what_the_holder_recalls(folder):
    with own_company(folder) as company:
        note(company, NOTES)
        here = company.recall("When does the lease end?", k=2)

    with open_company(folder) as client:
        there = client.recall("When does the lease end?", k=2)

    assert streams(there)[0] == "item/lease"
    assert [(each.item, each.why, each.sources) for each in there] == [
        (each.item, each.why, each.sources) for each in here
    ]
    assert there.notes == here.notes


def test_what_was_just_kept_is_found_through_the_server(folder):
    with open_company(folder) as client:
        assert streams(client.recall("lamp")) == []
        note(client, NOTES)
        assert streams(client.recall("lamp")) == ["item/lamp"]
        assert client.recaller.condition().items == 3


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"query": " "}, NothingAsked),
        ({"query": "lamp", "k": 0}, OutOfRange),
        ({"query": "lamp", "k": 1_001}, OutOfRange),
        ({"query": "lamp", "kinds": ["letter"]}, UnknownKind),
        ({"query": "lamp", "as_of": datetime(2026, 1, 1)}, NoInstant),  # noqa: DTZ001 - what is tested
        ({"query": "lamp", "as_of": datetime(2999, 1, 1, tzinfo=UTC)}, NotYet),
    ],
)
def test_what_can_not_be_answered_is_refused_in_words(shop, asked, refusal):
    with pytest.raises(refusal) as refused:
        shop.company.recall(**asked)
    assert refused.value.todo


def test_a_refusal_through_a_server_is_the_same_refusal(folder):
    with open_company(folder) as client, pytest.raises(UnknownKind) as refused:
        client.recall("lamp", kinds=["letter"])
    assert (refused.value.kind, refused.value.happened) == (
        "letter",
        "Memory has no items of the kind 'letter'.",
    )


def test_a_client_touches_no_index(folder):
    asks = (
        "import sys; from workbench.company import open_company\n"
        "with open_company(sys.argv[1]) as company: company.recall('lamp')\n"
        "print(*({'faiss', 'numpy', 'opc_kernel.memory.recall.recall'} & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", asks, str(folder)], check=True, stdout=subprocess.PIPE, text=True
    )

    assert done.stdout.strip() == ""


def test_who_does_not_hold_the_folder_writes_no_index(folder):
    with own_company(folder) as company:
        note(company, NOTES)
        company.recall("lamp")
        done = subprocess.run(
            [*WORKBENCH, "memory", "recall", "lamp", "--company", str(folder)],
            check=False,
            capture_output=True,
            text=True,
        )

        assert (done.returncode, str(os.getpid()) in done.stderr) == (1, True)
        assert not (folder / "index").exists(), "this process writes when it closes"
    assert [path.name for path in (folder / "index").iterdir()] == ["words.npz"]


def test_whoever_shares_the_folder_here_shares_the_indexes(folder):
    with own_company(folder) as company, open_company(folder) as borrowed:
        assert borrowed.recaller is company.recaller
        borrowed.close()
        assert streams(company.recall("lamp")) == []


def test_about_a_merged_entity_means_all_that_are_the_same(shop):
    note(shop.company, {"old": "lamp of the old name"}, entities=("entity/old",))
    note(shop.company, {"new": "lamp of the new name"}, entities=("entity/new",))
    note(shop.company, {"other": "lamp of another"}, entities=("entity/other",))
    merged = EntityMerged(into="entity/new", evidence=("you said so",), decided_by="operator")
    found = [EntityFound(kind="firm", name=name) for name in ("old", "new")]
    for stream, data in zip(["entity/old", "entity/new", "entity/old"], [*found, merged], strict=True):
        shop.company.append([Write(stream=stream, data=data, actor="me")], expected={stream: ANY_VERSION})

    for entity in ("entity/old", "entity/new"):
        assert {*streams(shop.company.recall("lamp", entity=entity))} == {"item/old", "item/new"}


# beside the requests


def test_questions_are_answered_while_the_model_reads(recalling, reading):
    many(recalling.log, 40)
    reading.may_end.clear()
    step = threading.Thread(target=recalling.catch_up)
    step.start()
    assert reading.begun.wait(30)

    found = recalling._opened().recall("harbour", k=3)

    assert (len(found), step.is_alive()) == (3, True)
    assert found.notes == ("40 items are found by words only until their meaning is read",)
    reading.may_end.set()
    step.join()
    assert recalling.condition().waiting == 8


def test_the_index_catches_up_by_itself_in_bounded_steps(recalling):
    many(recalling.log, 100)
    loop = IndexLoop(recalling)

    loop.look()

    assert (recalling.condition().waiting, recalling.condition().items) == (0, 100)


def test_what_is_said_anew_while_the_model_reads_gets_no_old_vector(recalling, reading):
    many(recalling.log, 40)
    reading.may_end.clear()
    step = threading.Thread(target=recalling.catch_up)
    step.start()
    assert reading.begun.wait(30)
    note(recalling.log, {"n0": "an anchor"})
    assert recalling._opened().condition().items == 40
    reading.may_end.set()
    step.join()

    index = recalling._opened()._meanings[0].index
    assert {*index.positions.tolist()} < {*recalling._opened()._shelf.standing().tolist()}


def test_a_model_that_fails_is_told_left_alone_and_tried_again(recalling, reading, clock, caplog):
    many(recalling.log, 3)
    reading.trouble = "the endpoint is down"
    loop = IndexLoop(recalling)
    loop.look()
    told = memory_line(recalling.condition())
    assert told == "3 items, 3 of them wait for reading, which failed: the endpoint is down"

    reading.trouble = ""
    reading.begun.clear()
    with pytest.raises(EmbeddingFailed):
        recalling.catch_up()
    assert not reading.begun.is_set(), "it is left alone for a while"

    clock.move(minutes=2)
    recalling.catch_up()
    assert memory_line(recalling.condition()) == "3 items, found by words and by meaning (reading)"


def test_a_model_that_comes_while_the_server_runs_reads_everything_by_itself(folder, reading, clock):
    came = []
    with own_company(folder, clock=clock) as company:
        held = Recalling(
            company.log,
            lambda log: Recall(log, folder, clock=clock),
            clock,
            came=lambda: came[0] if came else None,
        )
        many(company.log, 40)
        loop = IndexLoop(held)
        loop.look()
        assert held.condition().model is None

        came.append(reading)
        loop.look()

        now = held.condition()
        assert (now.model, now.serving, now.waiting) == ("reading", "reading", 0)
        assert held._opened().recall("harbour").notes == ()
        held.close()
    assert list((folder / "index").glob("meaning-reading-*")), "what it read is kept"


def test_a_model_that_came_damaged_is_told_and_left_alone_for_a_while(folder, clock, caplog):
    asked = []

    def damaged():
        asked.append(1)
        raise ModelDamaged(folder)

    with own_company(folder, clock=clock) as company:
        held = Recalling(company.log, lambda log: Recall(log, folder, clock=clock), clock, came=damaged)
        loop = IndexLoop(held)
        loop.look()
        loop.look()
        held.close()

    assert (len(asked), "is not what the model's authors published" in caplog.text) == (1, True)


# on the command line


@pytest.fixture
def run(shop):
    note(shop.company, NOTES)
    shop.company.close()

    def call(*words):
        return CliRunner().invoke(app, ["memory", "recall", *words, "--company", str(shop.folder)])

    return call


def test_recall_prints_score_reason_and_position(run):
    done = run("when", "does", "the", "lease", "end")

    assert done.exit_code == 0
    assert "  note  The lease of the workshop ends in May\n      words: lease" in done.stdout
    assert done.stderr == "words only: no model of meaning is set up\n"


def test_recall_as_json_holds_items_and_notes(run):
    told = json.loads(run("lamp", "--json", "--kind", "note", "-k", "1").stdout)

    assert [(each["stream"], each["sources"]) for each in told["items"]] == [("item/lamp", ["said-lamp"])]
    assert told["notes"] == ["words only: no model of meaning is set up"]


def test_recall_within_a_budget_is_a_context(run):
    told = json.loads(run("lamp", "yard", "--json", "--budget", "60").stdout)

    assert told["tokens"] <= 60
    assert NOTES["lamp"] in told["context"]


def test_a_budget_too_small_for_anything_is_said(run):
    assert (
        run("lamp", "--budget", "1").stdout
        == "A budget of 1 token holds nothing of what was found: give more.\n"
    )
    assert run("zeppelin", "--budget", "9").stdout == "Nothing in memory fits.\n"


def test_recall_of_nothing_says_so(run):
    assert run("zeppelin").stdout == "Nothing in memory fits.\n"


def test_recall_of_a_day_to_come_is_refused(run):
    day = datetime.now(UTC).date() + timedelta(days=2)
    done = run("lamp", "--as-of", day.isoformat())

    assert (done.exit_code, "Nobody knows yet" in done.stderr) == (1, True)
