"""The worker: each event is answered once, each outcome becomes events, no failure stops the rest."""

import threading
from datetime import timedelta

import pytest
from office import MoneySent, asking, filing, proposing

from opc_kernel.approvals.row import Option
from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.flow.outcome import Block, Cancel, Done, Retry
from opc_kernel.log.errors import DiskFull


def test_an_event_becomes_one_task_however_often_the_worker_looks(office):
    here = office(Done(result="filed")).letter()

    here.work()
    here.work()

    assert here.types() == ["task.requested", "task.started", "task.completed"]


def test_a_task_without_side_effects_is_reconciled_when_it_is_done(office):
    here = office(Done(result="filed")).letter()

    here.work()

    assert (here.task()["state"], here.task()["reason"]) == ("reconciled", "filed")


def test_what_a_task_writes_is_stored_with_its_end_or_not_at_all(office):
    here = office(Done(result="filed", writes=(filing("left"),), expected={"drawer/left": 7})).letter()

    here.worker().run_once()

    assert here.types("drawer/") == []
    assert here.task()["state"] == "requested"


def test_what_an_agent_writes_belongs_to_the_story_of_its_event(office):
    here = office(
        Done(result="filed", writes=(filing("left"),), expected={"drawer/left": NEW_STREAM})
    ).letter()

    here.work()

    stories = here.log.query("SELECT DISTINCT correlation_id FROM event").rows
    causes = here.log.query(
        "SELECT causation_id = (SELECT event_id FROM event WHERE type = 'office.letter_came') "
        "FROM event WHERE stream = 'drawer/left'"
    ).rows
    assert (len(stories), causes) == (1, [(True,)])


def test_a_retry_waits_for_its_time(office):
    here = office(Retry(reason="the bank is closed", after=timedelta(hours=2)), Done(result="filed")).letter()

    here.work()
    assert (here.task()["state"], len(here.seen)) == ("requested", 1)
    here.clock.move(hours=1, minutes=59)
    here.work()
    assert len(here.seen) == 1
    here.clock.move(minutes=1)
    here.work()
    assert (here.task()["state"], len(here.seen)) == ("reconciled", 2)


def test_waiting_is_no_failed_attempt(office):
    not_yet = Retry(reason="not yet", after=timedelta(0))
    here = office(not_yet, not_yet, not_yet, OSError("no paper"), Done(result="filed")).letter()

    here.work()

    assert here.task()["state"] == "reconciled"


def test_nothing_is_asked_while_a_task_waits(office):
    here = office(asking(), Retry(reason="not yet", after=timedelta(hours=1)), asking()).letter()
    here.work()
    assert here.log.query("SELECT state FROM queue").rows == [("replaced",)]

    here.clock.move(hours=1)
    here.work()

    assert here.log.query("SELECT state FROM queue ORDER BY asked_position").rows == [
        ("replaced",),
        ("open",),
    ]


def test_a_failing_agent_is_tried_three_times_and_then_a_person_is_asked(office):
    here = office(OSError("no paper")).letter()

    here.work()

    row = here.row()
    assert len(here.seen) == 3
    assert here.types() == [
        "task.requested",
        *("task.started", "task.retried") * 2,
        "task.started",
        "task.blocked",
    ]
    assert (row.kind, row.reason) == ("blocked", "3 times")
    assert row.summary.startswith("OSError in office.py, line "), "its text may hold anything"
    assert [option.id for option in row.options] == ["retry", "done", "cancel"]


def test_one_failing_task_does_not_stop_the_others(office):
    def step(context):
        if context.task.subject == "letter/bad":
            raise ValueError("torn")
        return Done(result="filed")

    here = office(step).letter("bad").letter("good")
    here.work()

    states = {task["subject"]: task["state"] for task in here.tasks()}
    assert states == {"letter/bad": "blocked", "letter/good": "reconciled"}


def test_an_agent_that_writes_what_it_did_not_declare_is_refused(office):
    sent = Write(stream="money/1", data=MoneySent(), actor="clerk")
    here = office(Done(result="sent", writes=(sent,), expected={"money/1": NEW_STREAM})).letter()

    here.work()

    assert here.types("money/") == []
    assert here.row().summary.startswith("NotAllowed: The clerk may not write 'office.money_sent'.")


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Done(result="filed", writes=(filing("left"),)), "MissingExpectation"),
        (Done(result="filed", writes=(filing("a b"),), expected={"drawer/a b": 0}), "InvalidStream"),
        (
            Done(result="filed", writes=(filing(event_id="x"),) * 2, expected={"drawer/left": 0}),
            "RepeatedEventId",
        ),
        (Block(reason="half a letter \ud800", tried=""), "ValidationError"),
    ],
)
def test_what_the_log_refuses_of_an_agent_is_the_agents_failure(office, outcome, reason):
    here = office(outcome).letter()

    here.work()

    assert here.row().summary.startswith(reason)


def test_a_full_disk_is_nobodys_failure_but_said_aloud(office, monkeypatch):
    here = office(Done(result="filed")).letter()
    here.worker()._conductor.look()

    def full(*_, **__):
        raise DiskFull(here.log._folder, 1, 2)

    monkeypatch.setattr(here.log, "append", full)
    with pytest.raises(DiskFull):
        here.work()


def test_a_task_nobody_can_do_is_blocked_and_says_so(office):
    here = office(Done(result="filed")).letter()
    worker = here.worker()
    worker._agents.clear()

    worker.run_until_idle()

    assert here.row().summary == "No agent 'clerk' does 'office.file' here."


def test_an_agents_own_options_bring_the_choice_back_to_it(office):
    drawers = (Option(id="left", label="Left"), Option(id="right", label="Right"))
    here = office(
        Block(reason="two drawers", tried="", options=drawers),
        lambda context: Done(result=f"filed {context.task.choice}"),
    ).letter()
    here.work()

    here.decide(here.row(), "answer", choice="right")
    here.work()

    assert here.task()["reason"] == "filed right"


def test_the_same_block_asked_again_is_another_row(office):
    here = office(Block(reason="no key", tried="the door")).letter()
    here.work()
    first = here.row()

    here.decide(first, "answer", choice="retry")
    here.work()

    again = here.row()
    assert again.key == first.key
    assert again.hash != first.hash
    refused = here.decide(first, "answer", choice="done")
    assert (refused.accepted, refused.message) == (
        False,
        "the content has changed since it was shown; look at it again",
    )


@pytest.mark.parametrize(("choice", "state"), [("done", "reconciled"), ("cancel", "cancelled")])
def test_a_person_can_end_a_blocked_task(office, choice, state):
    here = office(Block(reason="no key", tried="the door")).letter()
    here.work()

    verdict = here.decide(here.row(), "answer", choice=choice, note="I had a key")
    here.work()

    assert verdict.accepted
    assert (here.task()["state"], here.task()["reason"], here.queue()) == (state, "I had a key", [])


def test_an_answer_goes_to_the_agent(office):
    def step(context):
        decided = context.row is not None and context.row.state == "answered"
        return Done(result=f"filed {context.row.answer}") if decided else asking("Which drawer?")

    here = office(step).letter()
    here.work()
    assert here.task()["waiting_on"] == here.row().key

    here.decide(here.row(), "answer", choice="right")
    here.work()

    assert (here.task()["state"], here.task()["reason"], here.queue()) == ("reconciled", "filed right", [])


def test_what_still_stands_is_not_asked_again(office):
    here = office(asking("Which drawer?")).letter()
    here.work()
    row = here.row()

    here.work()

    assert here.row() == row


def test_changed_content_is_a_new_row_and_the_old_one_is_replaced(office):
    here = office(asking("Which drawer?"), asking("Which of three drawers?")).letter()
    worker = here.worker()
    worker.run_once()
    old = here.row()

    worker.run_once()

    new = here.row()
    assert (new.summary, new.key != old.key) == ("Which of three drawers?", True)
    assert (here.again(old).state, here.again(old).replaced_by) == ("replaced", new.key)


def test_what_needs_no_answer_any_more_leaves_the_queue(office):
    here = office(asking("Which drawer?"), Done(result="filed by itself")).letter()
    worker = here.worker()
    worker.run_once()
    old = here.row()

    worker.run_once()

    assert (here.queue(), here.again(old).state, here.again(old).replaced_by) == ([], "replaced", None)
    assert here.decide(old, "answer", choice="left").message == "this is no longer asked"


def test_an_agent_may_give_up_and_its_row_goes_too(office):
    here = office(proposing(), Cancel(reason="it was an advertisement")).letter()
    worker = here.worker()
    worker.run_once()

    worker.run_once()

    assert (here.task()["state"], here.queue()) == ("cancelled", [])


def test_a_row_that_expired_is_asked_anew(office):
    def for_an_hour(context):
        return asking("Which drawer?", expires_at=context.now + timedelta(hours=1))

    here = office(for_an_hour).letter()
    here.work()
    old = here.row()
    here.clock.move(hours=1)

    assert here.decide(old, "answer", choice="left").message == "it has expired; it is asked again"
    here.work()
    assert here.row().key != old.key
    assert here.decide(here.row(), "answer", choice="left").accepted


def test_a_question_back_reaches_the_agent_and_its_answer_stands(office):
    def step(context):
        return asking(f"Which drawer? {context.asked_back or ''}".strip())

    here = office(step).letter()
    here.work()
    here.decide(here.row(), "ask", note="Is the left one free?")

    here.work()
    here.work()

    assert here.row().summary == "Which drawer? Is the left one free?"
    assert len(here.types("question/")) == 4  # asked, asked back, the answer, the old one replaced


def test_two_workers_at_once_do_each_task_once(office):
    here = office(lambda context: Done(result="filed"))
    for number in range(12):
        here.letter(str(number))
    gate = threading.Barrier(2)

    def step(_):
        return Done(result="filed")

    def run():
        gate.wait()
        here.worker(step).run_until_idle()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    ends = here.log.query(
        "SELECT stream, count(*) FROM event WHERE type = 'task.completed' GROUP BY stream"
    ).rows
    assert [count for _, count in ends] == [1] * 12


def test_a_worker_that_was_overtaken_changes_nothing(office):
    here = office(Done(result="by the second")).letter()
    first = here.worker()
    first._conductor.look()
    (task,) = first._due()
    here.work()

    first._run([task])

    assert here.types() == ["task.requested", "task.started", "task.completed"]


def test_a_decision_beats_an_agent_that_wanted_to_ask_otherwise(office):
    def late(context):
        if context.row is not None and context.row.state == "open":
            here.decide(context.row, "answer", choice="left")  # while the agent is thinking
        return asking("Which drawer?") if context.row is None else asking("Another question")

    here = office(asking("Which drawer?"), late, lambda context: Done(result=context.row.answer)).letter()
    here.work()

    assert (here.task()["state"], here.task()["reason"]) == ("reconciled", "left")
