"""The queue's widget without a browser: what it does with each message, and which it refuses."""

from __future__ import annotations

from datetime import date

import pytest
from queue_rows import again, asked_anew, decide_elsewhere, propose, propose_all, question

from workbench import view_bulk, view_queue
from workbench.widgets.queue_widget import QueueWidget


class Browser:
    """Sends what the widget's own script sends."""

    def __init__(self, company, **given):
        self.company = company
        self.desk = QueueWidget(company, **given)
        self.number = 0

    def send(self, do, **content):
        self.desk._asked(None, {"do": do, **content}, [])

    def choose(self, *rows):
        self.number += 1
        self.send("choose", keys=[row.key for row in rows], number=self.number)

    def decide(self, row, word, **values):
        self.send("decide", key=row.key, hash=row.hash, decision=word, **values)

    def decide_all(self, rows, word, **values):
        self.send("decide_all", rows=[[row.key, row.hash] for row in rows], decision=word, **values)

    @property
    def listed(self):
        return [row["key"].partition("/")[2] for row in self.desk.rows]

    @property
    def offered(self):
        return [each["word"] for each in self.desk.offered["decisions"]]

    def states(self, *rows):
        return [again(self.company, row).state for row in rows]


@pytest.fixture
def company(shop):
    return shop.company


def three(company):
    return propose_all(company, {"one": "pay 1", "two": "pay 2", "three": "pay 3"})


def test_watching_says_what_is_new_and_changes_nothing_else(company):
    one, two, _ = three(company)
    browser = Browser(company)
    before = (browser.desk.rows, browser.desk.row)

    propose(company, "four", "pay 4")
    decide_elsewhere(company, one, "approve")
    decide_elsewhere(company, two, "defer", until=date(2099, 1, 1))
    browser.send("watch")

    assert browser.desk.news["words"] == "1 new row and 2 rows settled elsewhere"
    assert browser.desk.gone == {
        one.key: "decided elsewhere in cli: approve",
        two.key: "put aside elsewhere until 01 Jan 2099",
    }
    assert (browser.desk.rows, browser.desk.row) == before
    browser.send("refresh")
    assert (browser.listed, browser.desk.gone, browser.desk.news["words"]) == (["three", "four"], {}, "")


def test_watching_asks_for_rows_only_when_something_happened(company):
    three(company)
    asked = []
    browser = Browser(company, rows=lambda: asked.append(1) or company.queue())
    browser.send("watch")  # that the rows were shown has happened, too
    told = len(asked)

    browser.send("watch")
    assert (len(asked), browser.desk.watched) == (told, 2)
    propose(company, "four", "pay 4")
    browser.send("watch")
    assert (len(asked), browser.desk.watched) == (told + 1, 3)


def test_after_a_decision_the_list_keeps_its_order_and_takes_in_nothing_new(company):
    one, two, _ = three(company)
    browser = Browser(company)
    propose(company, "dear", "pay 9", euros="9000")  # it would stand first

    browser.decide(one, "approve")

    assert browser.listed == ["two", "three"]
    assert browser.desk.news["words"] == "1 new row"
    assert browser.desk.row["key"] == two.key
    assert browser.desk.said["done"] == [one.key]


def test_what_is_new_is_listed_when_nothing_else_is_left(company):
    one = propose(company, "one", "pay 1")
    browser = Browser(company)
    propose(company, "two", "pay 2")

    browser.decide(one, "reject")

    assert browser.listed == ["two"]


def test_the_row_that_follows_is_the_one_the_operator_sees_next(company):
    one, _, last = three(company)
    browser = Browser(company)

    browser.decide(one, "approve", next=last.key)

    assert browser.desk.row["key"] == last.key


def test_a_conflict_is_told_and_leaves_the_row_in_sight(company):
    one, _, _ = three(company)
    browser = Browser(company)
    decide_elsewhere(company, one, "reject", note="no")

    browser.decide(one, "edit", content="pay 1.50")

    assert browser.desk.said["message"] == "Not taken: already decided: reject (in cli)."
    assert not browser.desk.said["accepted"]
    assert "done" not in browser.desk.said
    assert browser.desk.row["key"] == one.key
    assert browser.desk.gone == {one.key: "decided elsewhere in cli: reject"}


def test_a_row_says_what_it_replaces_and_what_changed(company):
    one = propose(company, "one", "pay 100 to Ada")
    decide_elsewhere(company, one, "ask", note="not 90?")
    asked_anew(company, one, "one again", "pay 90 to Ada")

    row = Browser(company).desk.row

    assert row["replaces"] == one.key
    assert "You said to it: not 90?" in row["html"]
    assert "<del>100</del><ins>90</ins>" in row["html"]


def test_what_the_operator_writes_is_compared_with_what_is_proposed(company):
    one = propose(company, "one", "pay 100 to Ada")
    browser = Browser(company)

    browser.send("compare", key=one.key, content="pay 90 to Ada", number=3)
    assert browser.desk.compared["number"] == 3
    assert "<del>100</del><ins>90</ins>" in browser.desk.compared["html"]
    browser.send("compare", key=one.key, content="pay 100 to Ada", number=4)
    assert browser.desk.compared == {"number": 4, "html": ""}


# Several rows


def test_only_what_all_take_is_offered(company):
    one, two, _ = three(company)
    which = question(company, "which", "left", "right")
    browser = Browser(company)

    browser.choose(one, two)
    assert browser.offered == ["approve", "reject", "defer", "ask"]
    browser.choose(one, which)
    assert browser.offered == ["reject", "defer", "ask"]
    browser.choose()
    assert browser.offered == []


def test_an_answer_is_offered_where_all_know_it(company):
    first = question(company, "first", "rent", "tax", "left")
    second = question(company, "second", "rent", "tax")
    other = question(company, "other", "yes", "no")
    browser = Browser(company)

    browser.choose(first, second)
    assert [option["label"] for option in browser.desk.offered["options"]] == ["rent", "tax"]
    browser.decide_all([first, second], "answer", choice=first.options[2].id)
    assert browser.desk.said["message"] == "Choose one of the answers that all of these rows know."
    browser.decide_all([first, second], "answer", choice=first.options[1].id)
    assert [again(company, row).answer for row in (first, second)] == [first.options[1].id] * 2
    browser.choose(other, question(company, "late", "maybe"))
    assert browser.desk.selected == [other.key]  # the late one was never listed


def test_each_row_has_its_own_answer_and_a_conflict_stops_no_other(company):
    one, two, three_ = three(company)
    browser = Browser(company)
    browser.choose(one, two, three_)
    decide_elsewhere(company, two, "reject")

    browser.decide_all([one, two, three_], "approve", note="as agreed")

    said = browser.desk.said
    assert said["message"] == "Approve recorded for 2 rows, 1 not taken."
    assert not said["accepted"]
    assert said["done"] == [one.key, three_.key]
    assert [(each["short"], each["accepted"]) for each in said["results"]] == [
        ("one", True),
        ("two", False),
        ("three", True),
    ]
    assert "already decided: reject" in said["results"][1]["message"]
    assert browser.states(one, two, three_) == ["approved", "rejected", "approved"]
    assert again(company, one).note == "as agreed"
    assert browser.desk.selected == []


def test_no_row_is_reached_that_was_not_named(company):
    one, two, three_ = three(company)
    browser = Browser(company)
    browser.choose(one, two, three_)

    browser.decide_all([one], "reject")

    assert browser.states(one, two, three_) == ["rejected", "open", "open"]
    assert browser.desk.selected == [two.key, three_.key]


def test_a_row_named_with_another_hash_is_refused(company):
    one, two, _ = three(company)
    browser = Browser(company)

    browser.send("decide_all", rows=[[one.key, "other"], [two.key, two.hash]], decision="approve")

    assert browser.states(one, two) == ["open", "approved"]
    assert [(each["key"], each["accepted"]) for each in browser.desk.said["results"]] == [
        (one.key, False),
        (two.key, True),
    ]


def test_a_row_that_is_listed_nowhere_is_not_decided(company):
    one, _, _ = three(company)
    browser = Browser(company)
    late = propose(company, "late", "pay all")

    browser.decide(late, "approve")
    assert browser.desk.said["message"] == "Not taken: this row is not the one that was shown."
    browser.decide_all([late], "approve")
    assert browser.desk.said["message"] == "Choose rows first."
    browser.decide_all([one], "edit", content="x")
    assert browser.desk.said["message"] == "Not all of these rows take 'edit'."
    browser.decide_all([one], "ask")
    assert browser.desk.said["message"] == "Write your question."
    assert browser.states(one, late) == ["open", "open"]


def test_more_rows_than_a_person_can_mean_are_refused(company, monkeypatch):
    monkeypatch.setattr(view_bulk, "MAX_ROWS", 2)
    rows = three(company)
    browser = Browser(company)

    browser.decide_all(rows, "approve")

    assert browser.desk.said["message"] == "3 rows are more than 2: decide them in parts."
    assert browser.states(*rows) == ["open"] * 3


def test_a_selection_survives_a_refresh_and_loses_what_is_gone(company):
    one, two, _ = three(company)
    browser = Browser(company)
    browser.choose(one, two)
    decide_elsewhere(company, one, "reject")
    propose(company, "dear", "pay 9", euros="9000")

    browser.send("refresh")

    assert browser.desk.selected == [two.key]
    assert browser.listed[0] == "dear"


def test_a_program_can_choose_rows_too(company):
    one, two, _ = three(company)
    browser = Browser(company)
    browser.choose(one)
    assert browser.desk.offered["number"] == 1

    browser.desk.selected = [two.key]

    assert (browser.desk.offered["number"], browser.desk.offered["keys"]) == (0, [two.key])


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"do": "decide"},
        {"do": "decide_all", "rows": [["a"]], "decision": "approve"},
        {"do": "decide_all", "rows": ["ab", 7, None], "decision": "approve"},
        {"do": "choose", "keys": [1, {}], "number": 1},
        {"do": "select", "key": 7},
        {"do": "compare", "key": "x", "content": None, "number": 1},
        {"do": "erase"},
    ],
)
def test_a_message_that_makes_no_sense_does_nothing(company, content):
    rows = three(company)
    browser = Browser(company)

    browser.desk._asked(None, content, [])

    assert browser.states(*rows) == ["open"] * 3


# Many rows


def test_the_first_rows_stand_before_the_others_follow(company, monkeypatch):
    monkeypatch.setattr(view_queue, "ROWS_AT_FIRST", 2)
    monkeypatch.setattr(view_queue, "ROWS_LISTED", 4)
    rows = propose_all(company, {f"row {number}": "pay" for number in range(5)})
    browser = Browser(company)
    assert (len(browser.listed), browser.desk.news["more"]) == (2, True)
    head = "5 rows, most money at risk first, the first 4 of them are listed."
    assert browser.desk.news["head"] == head

    browser.send("more")

    assert (len(browser.listed), browser.desk.news["more"], browser.desk.news["words"]) == (4, False, "")
    assert browser.desk.news["head"] == head
    browser.decide(rows[0], "reject")
    assert len(browser.listed) == 3
    assert browser.desk.news["words"] == ""  # the fifth waits as before
    browser.send("refresh")
    assert browser.listed[-1] == "row-4"


def test_a_row_that_is_wanted_from_further_down_is_listed_at_once(company, monkeypatch):
    monkeypatch.setattr(view_queue, "ROWS_AT_FIRST", 2)
    rows = propose_all(company, {f"row {number}": "pay" for number in range(5)})

    desk = Browser(company, wanted=rows[4].key).desk

    assert desk.row["key"] == rows[4].key
    assert (len(desk.rows), desk.news["more"]) == (5, False)
