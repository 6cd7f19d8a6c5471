"""Consolidation on the command line: told before it is done, taken back afterwards."""

import json

import pytest
from memories import Memories
from typer.testing import CliRunner

from workbench.cli.main import app


@pytest.fixture
def talked(shop):
    memory = Memories(shop.company, shop.clock)
    for place, text in enumerate(
        ("We will send it by 3 May.", "It costs 80 EUR.", "Agreed, thanks.", "Is blue all right?")
    ):
        memory.keep(
            f"a{place}", text, day=f"2026-05-0{place + 1}", conversation="talk", place=place, kind="mail"
        )
    return memory


@pytest.fixture
def run(shop, talked):
    def call(*words):
        return CliRunner().invoke(app, ["memory", *words, "--company", str(shop.folder)])

    shop.company.close()
    return call


def record(done):
    return json.loads(done.stdout)


def test_told_done_and_taken_back(run):
    told, done = record(run("consolidate", "--dry-run", "--json")), record(run("consolidate", "--json"))

    assert told == done
    assert done["what"] == "summed up"
    assert done["items"] == ["item/a0", "item/a1", "item/a2", "item/a3"]
    assert run("consolidate").stdout == "Nothing to do.\n"
    assert run("restore", "a1", "--reason", "word for word").stdout == "It is recalled again.\n"
    assert run("restore", done["into"]).stdout == "3 items are recalled again.\n"
    assert run("consolidate").stdout == "Nothing to do.\n"


def test_what_is_no_item_is_refused_in_words(run):
    done = run("restore", "nothing")

    assert (done.exit_code, "it is no item of memory" in done.stderr) == (1, True)


def test_a_notebook_finds_again_what_it_had_at_hand(shop):
    shop.company.working_memory("notebook").put("note", "Anna likes blue.")
    for number in range(63):
        shop.company.working_memory(f"other {number}")

    assert [held.key for held in shop.company.working_memory("notebook").held] == ["note"]
    for number in range(64):
        shop.company.working_memory(f"other {number}")
    assert shop.company.working_memory("notebook").held == ()
