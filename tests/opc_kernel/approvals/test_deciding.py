"""Deciding: each kind of row takes its own words, once, and every refusal says why."""

import threading
from datetime import timedelta

import pytest
from counter import day, decision

from opc_kernel.approvals.decide import decide, decision_writes
from opc_kernel.errors import KernelError

CHANGED = "the content has changed since it was shown; look at it again"
TAKEN = [
    ("proposal", "approve", {}, "approved", ""),
    ("proposal", "edit", {"content": "1187.50 to Sandtor"}, "approved", "1187.50 to Sandtor"),
    ("proposal", "reject", {"note": "paid in cash"}, "rejected", ""),
    ("proposal", "defer", {"until": day("2026-11-03")}, "open", ""),
    ("proposal", "ask", {"note": "why now?"}, "asked", ""),
    ("question", "answer", {"choice": "left"}, "answered", "left"),
    ("question", "reject", {}, "rejected", ""),
    ("question", "defer", {"until": day("2026-11-03")}, "open", ""),
    ("question", "ask", {"note": "which left?"}, "asked", ""),
    ("blocked", "answer", {"choice": "done"}, "closed", "done"),
    ("blocked", "answer", {"choice": "retry"}, "closed", "retry"),
    ("blocked", "answer", {"choice": "cancel"}, "closed", "cancel"),
]
WRONG = [
    (
        "proposal",
        "answer",
        {"choice": "left"},
        "'answer' is no decision for this row; it takes approve, edit, reject, defer, ask",
    ),
    ("question", "approve", {}, "'approve' is no decision for this row; it takes answer, reject, defer, ask"),
    (
        "question",
        "edit",
        {"content": "x"},
        "'edit' is no decision for this row; it takes answer, reject, defer, ask",
    ),
    ("blocked", "reject", {}, "'reject' is no decision for this row; it takes answer"),
    ("proposal", "", {}, "'' is no decision for this row; it takes approve, edit, reject, defer, ask"),
    (
        "proposal",
        "Approve",
        {},
        "'Approve' is no decision for this row; it takes approve, edit, reject, defer, ask",
    ),
    ("question", "answer", {}, "the answer must be one of left, right"),
    ("question", "answer", {"choice": "middle"}, "the answer must be one of left, right"),
    ("blocked", "answer", {"choice": "later"}, "the answer must be one of retry, done, cancel"),
    ("proposal", "edit", {"content": " \n"}, "an edit needs the edited content"),
    (
        "proposal",
        "approve",
        {"content": "1.00 to Sandtor"},
        "approve takes the content as it is shown; decide edit for what you wrote",
    ),
    ("proposal", "defer", {}, "defer needs a day in the future, in until"),
    ("question", "defer", {"until": day("2026-11-02")}, "defer needs a day in the future, in until"),
    ("question", "defer", {"until": day("2026-11-01")}, "defer needs a day in the future, in until"),
    ("proposal", "ask", {}, "ask needs a question in the note"),
    ("question", "ask", {"note": "  "}, "ask needs a question in the note"),
    ("proposal", "reject", {"note": "half \ud800"}, "text holds half a character (a lone surrogate)"),
    ("proposal", "approve", {"hash": "0" * 64}, CHANGED),
    ("question", "reject", {"hash": ""}, CHANGED),
    ("blocked", "answer", {"choice": "done", "hash": "h0"}, CHANGED),
]


@pytest.mark.parametrize(("kind", "word", "given", "state", "answer"), TAKEN)
def test_a_row_takes_its_words(queue, kind, word, given, state, answer):
    row = queue.put(kind)

    verdict = queue.decide(row, word, **given)

    decided = queue.again(row)
    assert (verdict.accepted, verdict.repeated, verdict.message) == (True, False, f"{word} recorded")
    assert (decided.state, decided.decision, decided.answer) == (state, word, answer)
    assert (decided.channel, decided.account, decided.note) == ("cli", "mareike", given.get("note", ""))
    assert decided.decided_at == queue.clock.now()


@pytest.mark.parametrize(("kind", "word", "given", "reason"), WRONG)
def test_a_row_refuses_what_is_not_clear_and_stays_as_it_is(queue, kind, word, given, reason):
    row = queue.put(kind)

    verdict = queue.decide(row, word, **given)

    assert (verdict.accepted, verdict.message) == (False, reason)
    assert queue.again(row) == row


def test_a_proposal_that_may_not_be_edited_refuses_an_edit(queue):
    row = queue.propose(editable=False)

    verdict = queue.decide(row, "edit", content="2.00 to Sandtor")

    assert verdict.message == "'edit' is no decision for this row; it takes approve, reject, defer, ask"


def test_a_row_that_never_was_refuses(queue):
    row = queue.propose()

    verdict = queue.decide(row, "approve", key="proposal/other")

    assert verdict.message == "there is no such row in the queue"


@pytest.mark.parametrize(("kind", "word", "given", "state", "answer"), TAKEN)
def test_the_same_decision_delivered_twice_is_taken_once(queue, kind, word, given, state, answer):
    row = queue.put(kind)
    queue.decide(row, word, **given)
    before = queue.events(row)

    verdict = queue.decide(row, word, **given)

    assert (verdict.accepted, verdict.repeated) == (True, True)
    assert verdict.message == f"{word} was recorded before"
    assert queue.events(row) == before


@pytest.mark.parametrize(("kind", "word", "given", "state", "answer"), TAKEN)
def test_an_entry_of_a_sheet_is_taken_once_whatever_it_says_later(queue, kind, word, given, state, answer):
    row = queue.put(kind)
    queue.decide(row, word, **given, entry="entry-1", channel="excel")
    before = queue.events(row)

    verdict = queue.decide(row, "reject", entry="entry-1", channel="excel")

    assert (verdict.accepted, verdict.repeated) == (True, True)
    assert queue.events(row) == before


@pytest.mark.parametrize(
    ("kind", "first", "given", "second", "more", "reason"),
    [
        ("proposal", "approve", {}, "reject", {}, "already decided: approve (in cli)"),
        ("proposal", "reject", {"note": "no"}, "approve", {}, "already decided: reject (in cli)"),
        ("proposal", "edit", {"content": "a"}, "edit", {"content": "b"}, "already decided: edit a (in cli)"),
        (
            "question",
            "answer",
            {"choice": "left"},
            "answer",
            {"choice": "right"},
            "already decided: answer left (in cli)",
        ),
        (
            "question",
            "ask",
            {"note": "why?"},
            "answer",
            {"choice": "left"},
            "you asked back; the answer comes as a new row",
        ),
        (
            "question",
            "ask",
            {"note": "why?"},
            "ask",
            {"note": "how?"},
            "you asked back; the answer comes as a new row",
        ),
        (
            "blocked",
            "answer",
            {"choice": "done"},
            "answer",
            {"choice": "cancel"},
            "already decided: answer done (in cli)",
        ),
    ],
)
def test_the_first_decision_stands(queue, kind, first, given, second, more, reason):
    row = queue.put(kind)
    queue.decide(row, first, **given)

    verdict = queue.decide(row, second, **more, channel="excel")

    assert (verdict.accepted, verdict.message) == (False, reason)


def test_a_replaced_row_says_that_it_is_asked_again(queue):
    old = queue.propose("old")
    queue.withdraw(old, by="proposal/new")

    verdict = queue.decide(old, "approve")

    assert (verdict.accepted, verdict.message) == (False, "the content has changed since; it is asked again")


def test_a_withdrawn_row_says_that_it_is_no_longer_asked(queue):
    old = queue.ask("old")
    queue.withdraw(old)

    assert queue.decide(old, "answer", choice="left").message == "this is no longer asked"


def test_an_expired_row_is_not_decided(queue):
    row = queue.propose(expires_at=queue.clock.now() + timedelta(minutes=5))
    queue.clock.move(minutes=5)

    verdict = queue.decide(row, "approve")

    assert (verdict.accepted, verdict.message) == (False, "it has expired; it is asked again")


def test_a_deferred_row_can_be_decided_before_its_day(queue):
    row = queue.propose()
    queue.decide(row, "defer", until=day("2026-12-01"))

    assert queue.decide(row, "approve").accepted
    assert queue.again(row).state == "approved"


def test_a_row_can_be_deferred_again(queue):
    row = queue.propose()
    queue.decide(row, "defer", until=day("2026-11-03"))

    assert queue.decide(row, "defer", until=day("2026-11-04")).accepted
    assert queue.again(row).deferred_until == day("2026-11-04")


@pytest.mark.parametrize("kind", ["proposal", "question"])
def test_what_stands_beside_a_decision_by_accident_is_not_part_of_it(queue, kind):
    row = queue.put(kind)

    queue.decide(row, "reject", choice="left", content="x", until=day("2027-01-01"))

    decided = queue.again(row)
    assert (decided.answer, decided.deferred_until) == ("", None)


@pytest.mark.parametrize("kind", ["proposal", "question", "blocked"])
def test_the_same_decision_on_the_same_row_always_has_the_same_ids(queue, kind):
    row = queue.put(kind)
    said = decision(row, "answer" if kind == "blocked" else "reject", choice="done")

    first, again = decision_writes(row, said), decision_writes(row, said)
    other = decision_writes(row, decision(row, said.decision, choice="done", channel="excel"))

    assert [write.event_id for write in first] == [write.event_id for write in again]
    assert not {write.event_id for write in first} & {write.event_id for write in other}


def test_who_decides_is_the_account_and_the_channel(queue):
    row = queue.propose()

    queue.decide(row, "approve", channel="excel", account="aushilfe")

    event = queue.all_events()[-1]
    assert (event.actor, event.source) == ("aushilfe", "excel")
    assert (queue.again(row).account, queue.again(row).channel) == ("aushilfe", "excel")


def test_two_faces_at_once_only_one_is_taken(queue):
    row = queue.propose()
    gate = threading.Barrier(8)
    verdicts = []

    def face(number):
        gate.wait()
        words = ("approve", "reject", "defer", "ask")
        given = {"note": f"from {number}", "until": day("2026-12-01") if number % 4 == 2 else None}
        try:
            verdicts.append(
                decide(queue.log, decision(row, words[number % 4], **given), now=queue.clock.now())
            )
        except KernelError as error:  # none is meant to come out
            verdicts.append(error)

    threads = [threading.Thread(target=face, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    final = [each for each in verdicts if each.accepted and not each.message.startswith("defer")]
    assert len(verdicts) == 8
    assert len(final) == 1


def test_the_same_decision_from_eight_threads_is_stored_once(queue):
    row = queue.propose()
    gate = threading.Barrier(8)
    verdicts = []

    def deliver():
        gate.wait()
        verdicts.append(queue.decide(row, "defer", until=day("2026-12-01")))

    threads = [threading.Thread(target=deliver) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [verdict.accepted for verdict in verdicts] == [True] * 8
    assert queue.events(row) == ["made", "decided"]


def test_a_question_that_takes_own_words_is_answered_with_them(queue):
    row = queue.ask(typed="a new colour")

    assert queue.decide(row, "answer", content=" dark green ").accepted

    decided = queue.again(row)
    assert (decided.state, decided.answer) == ("answered", "dark green")
    assert queue.decide(row, "answer", content="dark green").repeated


@pytest.mark.parametrize(
    ("typed", "given", "said"),
    [
        (None, {"content": "green"}, "the answer must be one of left, right"),
        ("a colour", {}, "the answer must be one of left, right, or a colour"),
        ("a colour", {"content": "\n "}, "the answer must be one of left, right, or a colour"),
        ("a colour", {"choice": "gren"}, "the answer must be one of left, right, or a colour"),
        ("a colour", {"content": "x" * 61}, "type a colour in one line of at most 60 characters"),
        ("a colour", {"content": "dark\ngreen"}, "type a colour in one line of at most 60 characters"),
        (
            "a colour",
            {"choice": "left", "content": "green"},
            "an option is the whole answer; put more words into the note",
        ),
    ],
)
def test_words_that_are_no_clear_answer_are_refused(queue, typed, given, said):
    row = queue.ask(typed=typed)

    verdict = queue.decide(row, "answer", **given)

    assert (verdict.accepted, verdict.message) == (False, said)
    assert queue.again(row).state == "open"
