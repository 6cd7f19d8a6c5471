"""Whatever the operator does to the workbook, each decision reaches its own item, once."""

import pytest
from google_world import GoogleWorld
from sheet_examples import SCHEMA, proposal, question
from sheet_worlds import ExcelWorld, TwinWorld

from sheets_sync.sync import Base


@pytest.fixture(params=[TwinWorld, ExcelWorld, GoogleWorld], ids=["twin", "excel", "google"])
def world(request, tmp_path):
    world = request.param(*(proposal(number) for number in (1, 2, 3)), folder=tmp_path)
    world.sync()
    yield world
    world.close()


def test_the_queue_is_shown_in_its_own_order(world):
    assert world.keys() == ["proposal/1", "proposal/2", "proposal/3"]
    assert world.queue.first_shown == [("proposal/1", "h1"), ("proposal/2", "h2"), ("proposal/3", "h3")]


def test_a_second_sync_changes_nothing(world):
    before = world.workbook.read(SCHEMA)

    report = world.sync()

    assert str(report) == "Nothing new on either side."
    assert world.workbook.read(SCHEMA) == before


def test_a_decision_is_taken_and_its_row_says_so(world):
    world.enter("proposal/2", "approve", Note="fine")

    report = world.sync()

    assert world.words() == [("proposal/2", "approve")]
    assert world.queue.decisions[0].values["note"] == "fine"
    assert world.line("proposal/2")["Status"] == "settled (approve)"
    assert world.line("proposal/2")["decision"] == "approve"
    assert "proposal/2: approve" in str(report)


def test_a_taken_decision_is_not_taken_again(world):
    world.enter("proposal/2", "defer")
    for _ in range(3):
        report = world.sync()

    assert world.words() == [("proposal/2", "defer")]
    assert not report.conflicts


def test_a_refused_decision_does_not_stop_the_others_and_is_tried_again(world):
    world.enter("proposal/1", "approve")
    world.enter("proposal/2", "approve")
    world.queue.refusing = {"proposal/1": "everything is on hold"}

    report = world.sync()

    assert world.words() == [("proposal/2", "approve")]
    assert world.line("proposal/1")["Status"] == "Not counted: everything is on hold."
    assert [conflict.key for conflict in report.conflicts] == ["proposal/1"]

    world.queue.refusing = {}
    world.sync()

    assert world.words() == [("proposal/2", "approve"), ("proposal/1", "approve")]


def test_sorting_is_harmless(world):
    world.enter("proposal/1", "reject")
    world.edit(lambda lines: lines.sort(key=lambda line: line["Amount"], reverse=True))

    world.sync()

    assert world.words() == [("proposal/1", "reject")]
    assert world.keys() == ["proposal/3", "proposal/2", "proposal/1"]


def test_new_items_stand_below_whatever_the_operator_arranged(world):
    world.edit(lambda lines: lines.insert(0, {"What": "a line of my own"}))
    world.queue.put(question(4, "yes", "no"))

    world.sync()

    assert world.keys() == [None, "proposal/1", "proposal/2", "proposal/3", "question/4"]
    assert world.lines()[0]["What"] == "a line of my own"


def test_a_decision_in_a_row_of_the_operators_own_means_nothing(world):
    world.edit(lambda lines: lines.append({"What": "a line of my own", "decision": "approve"}))

    report = world.sync()

    assert not world.words()
    assert not report.conflicts


def test_a_deleted_open_row_comes_back(world):
    world.edit(lambda lines: lines.pop(1))

    assert world.sync().added == 1
    assert world.keys() == ["proposal/1", "proposal/3", "proposal/2"]


def test_a_deleted_settled_row_stays_away(world):
    world.enter("proposal/2", "approve")
    world.sync()
    world.edit(lambda lines: lines.pop(1))

    assert world.sync().added == 0


def test_a_column_sorted_apart_from_the_rest_decides_nothing(world):
    def sort_one_column(lines):
        for line, title in zip(lines, [line["Content"] for line in lines][::-1], strict=True):
            line["Content"] = title

    world.enter("proposal/1", "approve")
    world.edit(sort_one_column)

    report = world.sync()

    assert not world.words()
    assert report.added == 2
    assert "sorted apart" in world.lines()[0]["Status"]


def test_a_torn_item_can_be_decided_in_its_new_row(world):
    world.edit(lambda lines: lines[0].update(What="Something else"))
    world.sync()
    world.edit(lambda lines: lines[-1].update(decision="approve"))

    world.sync()

    assert world.words() == [("proposal/1", "approve")]


def test_a_pasted_key_decides_nothing(world):
    world.edit(lambda lines: lines[0].update(key="proposal/2", hash="h2", decision="approve"))

    world.sync()

    assert not world.words()


def test_a_copied_row_counts_once(world):
    world.enter("proposal/1", "approve")
    world.edit(lambda lines: lines.append(dict(lines[0])))

    world.sync()

    assert world.words() == [("proposal/1", "approve")]


def test_copies_that_disagree_count_not_at_all(world):
    world.enter("proposal/1", "approve")
    world.edit(lambda lines: lines.append({**lines[0], "decision": "reject"}))

    report = world.sync()

    assert not world.words()
    assert "more than once" in report.conflicts[0].message


def test_changed_content_is_asked_again_in_a_new_row(world):
    world.queue.put(proposal(1, "Reminder with another amount", hash="h1b"))

    world.sync()

    assert world.lines()[0]["Status"].startswith("replaced")
    assert world.lines()[-1]["hash"] == "h1b"


def test_a_decision_on_content_that_changed_meanwhile_is_not_taken(world):
    world.enter("proposal/1", "approve")
    world.queue.put(proposal(1, "Reminder with another amount", hash="h1b"))

    report = world.sync()

    assert not world.words()
    assert "asked again" in report.conflicts[0].message


def test_an_older_copy_put_back_is_not_taken_as_new(world):
    older = world.lines()
    world.queue.put(proposal(4))
    world.enter("proposal/1", "reject")
    world.enter("proposal/2", "defer")
    world.sync()

    world.save(older)
    report = world.sync()

    assert world.words() == [("proposal/1", "reject"), ("proposal/2", "defer")]
    assert world.keys() == ["proposal/1", "proposal/2", "proposal/3", "proposal/4"]
    assert world.line("proposal/1")["Status"] == "settled (reject)"
    assert not report.conflicts


@pytest.mark.parametrize("world", [TwinWorld, ExcelWorld], ids=["twin", "excel"], indirect=True)
def test_while_it_is_open_elsewhere_decisions_are_read_and_nothing_is_written(world):
    world.enter("proposal/1", "approve")
    world.queue.put(proposal(4))
    before = world.lines()
    world.open_elsewhere()

    report = world.sync()

    assert world.words() == [("proposal/1", "approve")]
    assert world.lines() == before
    assert (report.added, report.updated, report.waiting) == (0, 0, 2)
    assert "2 changes not written: it is open" in str(report)
    assert str(world.sync()).startswith("2 changes not written: it is open"), "and not: nothing new"

    world.open_elsewhere(opened=False)
    report = world.sync()

    assert (report.added, report.updated, report.waiting) == (1, 1, 0)
    assert world.words() == [("proposal/1", "approve")]


def test_a_lost_base_loses_no_decision_and_takes_none_twice(world):
    world.enter("proposal/1", "defer")
    world.sync()
    world.base.base = Base()
    world.enter("proposal/2", "approve")

    report = world.sync()

    assert world.words() == [("proposal/1", "defer"), ("proposal/2", "approve")]
    assert not report.conflicts
