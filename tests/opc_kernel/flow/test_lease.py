"""A lease: who took a task first and comes late stores nothing, however the clocks stand."""

from datetime import timedelta

import pytest
from studio import Studio

from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.flow.lease import Lease, LeaseLost
from opc_kernel.flow.task import TaskCheckpointed, TaskRequested, TaskRetried, TaskStarted

TASK = "task/1"
LENGTH = timedelta(seconds=10)


@pytest.fixture
def studio(tmp_path):
    opened = Studio(tmp_path)
    asked = TaskRequested(kind="studio.do", agent="hand", subject="wish/1", trigger="t")
    opened.log.append([Write(stream=TASK, data=asked, actor="hand")], expected={TASK: NEW_STREAM})
    yield opened
    opened.log.close()


def lease(studio, version, seconds=None):
    """Return a lease on a task at this version; `seconds` is what its clock shows."""
    return Lease(
        studio.log,
        TASK,
        version,
        lambda event: Write(stream=TASK, data=event, actor="hand"),
        token=version,
        clock=studio.clock,
        length=LENGTH,
        monotonic=lambda: (seconds or [0.0])[0],
    )


def test_who_was_overtaken_stores_nothing(studio):
    first = lease(studio, 1)
    first.store([TaskStarted(worker="first")])
    second = lease(studio, 2)
    second.store(
        [TaskRetried(reason="it did not come back", waits=True, lost=True), TaskStarted(worker="second")]
    )

    with pytest.raises(LeaseLost):
        first.store([TaskCheckpointed(state={"done": 1})])

    second.store([TaskCheckpointed(state={"done": 2})])
    assert studio.log.query("SELECT checkpoint->>'done' FROM task").rows == [("2",)]


def test_who_comes_late_by_its_own_clock_begins_nothing(studio):
    seconds = [0.0]
    held = lease(studio, 1, seconds)
    held.store([TaskStarted(worker="first")])

    seconds[0] = LENGTH.total_seconds()

    with pytest.raises(LeaseLost):
        held.require()


def test_who_lives_says_so_and_goes_on(studio):
    seconds = [0.0]
    held = lease(studio, 1, seconds)
    held.store([TaskStarted(worker="first")])

    for _ in range(5):
        seconds[0] += 0.6 * LENGTH.total_seconds()
        held.extend()

    held.require()
    assert studio.types(TASK).count("task.extended") == 5
