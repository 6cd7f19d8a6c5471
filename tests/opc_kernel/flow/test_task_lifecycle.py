"""A task becomes only what the table of the design lets it become."""

import pytest

from opc_kernel.approvals.row import Option
from opc_kernel.flow.task import (
    MAY_BECOME,
    TRANSITIONS,
    ImpossibleTransition,
    TaskActing,
    TaskBlocked,
    TaskCancelled,
    TaskCompleted,
    TaskDecided,
    TaskFailed,
    TaskReconciled,
    TaskRequested,
    TaskRetried,
    TaskShown,
    TaskStarted,
    after_choice,
    check_path,
)

DESIGN = """
requested   | in-progress, blocked, cancelled
in-progress | requested, blocked, completed, failed, cancelled
blocked     | requested, in-progress, completed, failed, cancelled
completed   | reconciled, blocked
reconciled  |
failed      |
cancelled   |
"""
TABLE = {
    state.strip(): tuple(target.strip() for target in targets.split(",") if target.strip())
    for state, _, targets in (line.partition("|") for line in DESIGN.strip().splitlines())
}

asked = TaskRequested(kind="office.file", agent="clerk", subject="letter/1", trigger="e1")
acting = TaskActing(effects=("effect/1",))
started = TaskStarted(worker="w")
retried = TaskRetried(reason="the bank is closed")
blocked = TaskBlocked(
    reason="no key", tried="the door", options=(Option(id="retry", label="Again"),), hash="h1"
)
waiting = TaskBlocked(waiting_on="question/1")
completed = TaskCompleted(result="filed")
reconciled = TaskReconciled()
failed = TaskFailed(reason="burnt")
cancelled = TaskCancelled(reason="nobody wants it")
EVENT_OF = {
    TRANSITIONS[type(event)]: event
    for event in (asked, started, blocked, completed, reconciled, failed, cancelled)
} | {"requested": retried}

PAIRS = [(state, target) for state in TABLE for target in TABLE]
ALLOWED = [pair for pair in PAIRS if pair[1] in TABLE[pair[0]]]
REFUSED = [pair for pair in PAIRS if pair[1] not in TABLE[pair[0]]]


def test_the_code_holds_the_table_of_the_design():
    assert MAY_BECOME == TABLE


@pytest.mark.parametrize(("state", "target"), ALLOWED)
def test_a_task_becomes_what_the_table_allows(state, target):
    check_path("task/1", state, (EVENT_OF[target],))


@pytest.mark.parametrize(("state", "target"), REFUSED)
def test_a_task_does_not_become_anything_else(state, target):
    with pytest.raises(ImpossibleTransition) as refusal:
        check_path("task/1", state, (EVENT_OF[target],))

    assert refusal.value.happened == f"task/1 is {state} and can't become {target}."


@pytest.mark.parametrize(
    ("state", "target", "todo"),
    [
        ("requested", "completed", "From requested it may become in-progress, blocked, cancelled."),
        ("completed", "failed", "From completed it may become reconciled, blocked."),
        ("cancelled", "requested", "From cancelled it may become nothing: this is its end."),
    ],
)
def test_a_refusal_says_what_the_task_may_become(state, target, todo):
    with pytest.raises(ImpossibleTransition) as refusal:
        check_path("task/1", state, (EVENT_OF[target],))

    assert refusal.value.todo == todo


def test_a_path_is_checked_step_by_step():
    check_path("task/1", "requested", (started, blocked))
    with pytest.raises(ImpossibleTransition, match="blocked and can't become reconciled"):
        check_path("task/1", "requested", (started, blocked, reconciled))


def test_what_is_shown_and_decided_changes_no_state():
    shown, decided = (
        TaskShown(channel="cli", hash="h"),
        TaskDecided(choice="retry", hash="h", channel="cli", account="m"),
    )
    check_path("task/1", "blocked", (shown, decided, retried))


@pytest.mark.parametrize(
    ("state", "story"),
    [
        ("requested", [asked]),
        ("in-progress", [asked, started]),
        ("requested", [asked, started, retried]),
        ("blocked", [asked, started, blocked]),
        ("blocked", [asked, started, waiting]),
        ("reconciled", [asked, started, completed]),
        ("completed", [asked, started, acting, completed]),
        ("reconciled", [asked, started, acting, completed, reconciled]),
        ("blocked", [asked, started, acting, completed, blocked]),
        ("failed", [asked, started, failed]),
        ("cancelled", [asked, cancelled]),
        ("blocked", [asked, blocked, TaskShown(channel="cli", hash="h1")]),
    ],
)
def test_the_state_follows_from_the_story(archive, state, story):
    archive.record("task/1", *story)

    assert archive.task()["state"] == state


def test_a_task_carries_what_it_was_asked_with(archive):
    archive.record(
        "task/1",
        asked.model_copy(
            update={
                "required_approvals": ("owner",),
                "side_effects": ("mail",),
                "rollback_plan": "write again",
            }
        ),
    )

    task = archive.task()
    assert (task["trigger"], task["agent"], task["rollback_plan"]) == ("e1", "clerk", "write again")
    assert (task["required_approvals"], task["side_effects"]) == ('["owner"]', '["mail"]')


@pytest.mark.parametrize(
    ("choice", "becomes"),
    [("retry", "requested"), ("done", "completed"), ("cancel", "cancelled"), ("left", "requested")],
)
def test_a_choice_says_what_a_blocked_task_becomes(choice, becomes):
    assert TRANSITIONS[type(after_choice(choice, ""))] == becomes


def test_a_second_block_is_a_new_row_that_nobody_has_seen_or_decided(archive):
    shown = TaskShown(channel="cli", hash="h1")
    decided = TaskDecided(choice="retry", hash="h1", channel="cli", account="m")
    again = blocked.model_copy(update={"hash": "h2"})
    archive.record("task/1", asked, blocked, shown, decided, retried, started, again)

    row = archive.row()
    assert (row.hash, row.first_shown_at, row.decision, row.account) == ("h2", None, None, None)


def test_showing_a_blocked_task_does_not_move_it_in_the_queue(archive):
    archive.record("task/1", asked, blocked)
    archive.record("task/2", asked, blocked)
    archive.record("task/1", TaskShown(channel="cli", hash="h1"))

    assert [row.task.partition("-")[0] for row in archive.queue()] == ["task/1", "task/2"]
