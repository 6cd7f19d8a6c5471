"""The queue: what waits, in the order in which it deserves attention, and when it was first shown."""

import threading
from datetime import timedelta

import pytest
from counter import day

from opc_kernel.approvals.queue import option_id
from opc_kernel.approvals.row import Option, Question, content_hash


def test_most_money_at_risk_comes_first_and_unknown_worth_before_all(queue):
    queue.propose("small", money="10.00 EUR", at_stake="10.00")
    queue.ask("no money")
    queue.ask("large, going out", money="-900.00 EUR", at_stake="-900.00")
    queue.block("blocked")
    queue.propose("nobody knows", money="1.00 XAU")
    queue.propose("middle", money="100.00 USD", at_stake="86.00")

    assert queue.names() == ["nobody knows", "large, going out", "middle", "small", "no money", "blocked"]


def test_equal_rows_stand_in_the_order_they_were_asked(queue):
    for name in ("first", "second", "third"):
        queue.propose(name, money="5.00 EUR", at_stake="5.00")

    assert queue.names() == ["first", "second", "third"]


def test_a_deferred_row_comes_back_on_its_day(queue):
    queue.decide(queue.propose("later"), "defer", until=day("2026-11-05"))

    assert queue.names(day("2026-11-04")) == []
    assert queue.names(day("2026-11-05")) == ["later"]


@pytest.mark.parametrize("word", ["approve", "reject"])
def test_a_decided_row_waits_no_more(queue, word):
    queue.decide(queue.propose(), word)

    assert queue.names() == []


def test_a_row_that_was_asked_back_waits_for_its_agent(queue):
    row = queue.propose()
    queue.decide(row, "ask", note="why?")

    assert (queue.names(), queue.again(row).state) == ([], "asked")


@pytest.mark.parametrize("kind", ["proposal", "question", "blocked"])
def test_when_a_row_was_first_shown_is_recorded_once(queue, kind):
    row = queue.put(kind)
    queue.show(row)
    first = queue.clock.now()
    queue.clock.move(hours=3)

    queue.show(queue.again(row), channel="excel")
    queue.show(row, channel="excel")

    assert queue.again(row).first_shown_at == first
    assert queue.events(row).count("shown") == 1


def test_who_was_shown_a_row_stands_in_the_event(queue):
    row = queue.propose()

    queue.show(row, channel="view", account="aushilfe")

    event = queue.all_events()[-1]
    assert (event.actor, event.source) == ("aushilfe", "view")
    assert f'"hash":"{row.hash}"' in event.text


def test_many_faces_showing_many_rows_record_each_once(queue):
    rows = [queue.propose(f"row{number}") for number in range(5)]
    gate = threading.Barrier(4)

    def face(number):
        gate.wait()
        queue.show(*rows[number % 2 :], channel=f"face{number}")

    threads = [threading.Thread(target=face, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [queue.events(row) for row in rows] == [["made", "shown"]] * 5


def test_showing_nothing_records_nothing(queue):
    queue.show()

    assert queue.all_events() == []


def test_a_row_is_found_by_the_beginning_of_its_id_or_key(queue):
    queue.propose("alpha1")
    queue.ask("alpha2")

    assert queue.found("alpha") == ["alpha1", "alpha2"]
    assert queue.found("alpha2") == ["alpha2"]
    assert queue.found("proposal/al") == ["alpha1"]
    assert queue.found("%") == []


@pytest.mark.parametrize("name", ["", " ", "/", "p", "proposal", "proposal/", "proposal/ "])
def test_a_kind_alone_names_no_row(queue, name):
    queue.propose("alpha1")

    assert queue.found(name) == []


def test_an_option_is_named_by_number_id_or_label(queue):
    row = queue.ask(options=("left", "right"))

    assert [option_id(row, choice) for choice in ("2", "right", " left ", "middle")] == [
        "right",
        "right",
        "left",
        "middle",
    ]


def test_the_hash_covers_everything_that_is_shown_but_not_for_how_long():
    options = (Option(id="left", label="Left"), Option(id="right", label="Right"))
    shown = Question(summary="Which?", reason="two fit", facts=("e1",), options=options)
    changes = {
        "summary": "Which one?",
        "reason": "three fit",
        "facts": ("e2",),
        "options": options[:1],
        "confidence": 0.5,
        "risk": "high",
        "at_stake": "5.00",
    }

    hashes = {content_hash(shown.model_copy(update={name: value})) for name, value in changes.items()}

    assert len(hashes | {content_hash(shown)}) == len(changes) + 1
    expiring = shown.model_copy(update={"expires_at": day("2026-12-01")})
    assert content_hash(expiring) == content_hash(shown)


def test_an_expired_row_still_stands_in_the_queue_until_it_is_asked_anew(queue):
    queue.propose("old", expires_at=queue.clock.now() - timedelta(days=1))

    assert queue.names() == ["old"]
