"""Consolidation as a report: told before it is done, done once, with sizes before and after."""

import pytest
from memories import Memories
from shop import SETTINGS

from workbench.reports.memory_consolidation import MemoryConsolidation

TALK = ("We will send it by 3 May.", "It costs 80 EUR.", "Agreed, thanks.", "Is blue all right?")


def talk(shop):
    memory = Memories(shop.company, shop.clock)
    for place, text in enumerate(TALK):
        memory.keep(
            f"a{place}", text, day=f"2026-05-0{place + 1}", conversation="talk", place=place, kind="mail"
        )


@pytest.fixture
def talked(shop):
    talk(shop)
    return shop


def report(shop):
    return MemoryConsolidation(shop.company)


def test_a_preview_stores_nothing(talked):
    before = talked.count()
    told = report(talked)
    done = told.preview()

    assert talked.count() == before
    assert done["counts"] == {"sum up": 4}
    assert told.summary(done) == "would be: 4 summed up; 4 items recalled"
    assert str(told.changes(done)).startswith("What would be done\n4 items summed up.")


def test_it_is_done_and_told_with_sizes(talked):
    told = report(talked)
    done = told.consolidate()

    assert (done["before"]["items"], done["after"]["items"]) == (4, 1)
    assert told.summary(done) == "4 summed up; 1 item recalled"
    assert "Items that are recalled        4      1" in str(told.sizes(done)).splitlines()
    assert talked.types()[-1] == "memory.consolidated"


def test_a_second_run_finds_nothing_and_appends_nothing(talked):
    report(talked).consolidate()
    before = talked.count()
    done = report(talked).consolidate()

    assert talked.count() == before
    assert done["counts"] == {}
    assert "Nothing says the same twice" in str(report(talked).changes(done))


def test_what_happened_since_is_remembered_first(shop):
    shop.take(b"kind: note\n\nMet Anna of Sandtor GmbH.\n", "note.md")
    report(shop).preview()
    assert shop.ask("SELECT count(*) FROM memory_item") == [(0,)]

    report(shop).consolidate()
    assert shop.ask("SELECT count(*) FROM memory_item") == [(1,)]


def test_without_a_policy_nothing_is_proposed(talked):
    assert "No policy is set" in str(report(talked).forgetting())
    assert report(talked).consolidate()["proposed"] == 0


def test_with_a_policy_what_is_due_is_named_or_it_is_said_that_nothing_is(found):
    shop = found(SETTINGS + "\n[memory.forget]\nmails_after_days = 30\n")

    assert str(report(shop).forgetting()) == "To be forgotten for good\nNothing is due."


def test_an_empty_memory_is_a_readable_report(shop):
    told = report(shop)
    done = told.consolidate()

    assert told.summary(done) == "nothing to fold; 0 items recalled"
    assert "Items that sleep" in str(told.sizes(done))
