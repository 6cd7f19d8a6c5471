"""A plan read from the log is the one that went on in memory, wherever it is cut (W5); two conductors ask once (W6)."""

import random
import threading
from collections import Counter

import pytest
from studio import Asked, Noted, Studio, act, done, page, step, workflow

from opc_kernel.event import ANY_VERSION, Write
from opc_kernel.flow.agent import Reaction
from opc_kernel.flow.conductor import composed
from opc_kernel.flow.plan import ENDED, UNDO, PlanStepFinished, load_plan
from opc_kernel.flow.storing import compose_and_start, planned

CUTS, QUICK_CUTS = 1_000, 60
MOST_STEPS = 8
EVENTS_EACH = 12


@pytest.fixture
def studio(tmp_path):
    opened = Studio(tmp_path)
    yield opened
    opened.log.close()


def any_workflow(chance):
    """Return steps in any graph without a circle."""
    names = [f"s{number}" for number in range(chance.randint(1, MOST_STEPS))]
    return workflow(
        *(
            step(name, after=tuple(chance.sample(names[:number], chance.randint(0, min(number, 2)))))
            for number, name in enumerate(names)
        )
    )


def any_end(chance, task):
    """Return how a task of a plan may end."""
    state = chance.choice(["completed"] * 6 + ["failed", "cancelled"])
    output = {"said": chance.choice(["ä", "", None, 7])} if state == "completed" and task.kind != UNDO else {}
    return PlanStepFinished(
        step=task.step,
        state=state,
        output=output,
        rehearsed=chance.random() < 0.2,
        acted=chance.random() < 0.5,
    )


def lives(studio, chance, name):
    """Let a plan go on in memory, stored step by step, under a clock that jumps; yield it after each."""
    stored = compose_and_start(f"plan/{name}", composed(any_workflow(chance), inputs={}), "story")
    waiting = []
    while True:
        studio.clock.move(seconds=chance.uniform(-3_600, 3_600))
        studio.log.append(stored.writes, expected=stored.expected)
        waiting += stored.requested
        yield stored.plan
        if stored.plan.state in ENDED:
            return
        task = waiting.pop(chance.randrange(len(waiting)))
        stored = planned(stored.plan, any_end(chance, task))


def cuts(studio, chance, most):
    """Cut plans after each thing that happened to them until there are enough cuts; return what state they were in."""
    seen, number = Counter(), 0
    while seen.total() < most:
        number += 1
        for plan in lives(studio, chance, number):
            assert load_plan(studio.log, plan.stream) == plan
            assert studio.plan(str(number))["state"] == plan.state
            seen[plan.state] += 1
    return seen


def test_a_plan_read_from_the_log_is_the_one_that_went_on_in_memory(studio):
    seen = cuts(studio, random.Random(20261102), QUICK_CUTS)

    assert seen.keys() >= {"running", "compensating", "completed", "failed"}


@pytest.mark.soak
def test_w5_a_thousand_cuts(studio, told, fresh_seed):
    seen = cuts(studio, random.Random(fresh_seed), CUTS)

    told(f"{seen.total()} cuts:", dict(seen))
    assert seen.keys() == {"running", "compensating", "completed", "compensated", "failed"}


def test_two_conductors_by_mistake_ask_for_each_thing_once(studio):
    """Both look at the same events at the same time: each task, each plan and each effect is there once."""
    flow = workflow(step("draft"), step("publish", effects=("site.publish",)))
    studio.script = {
        "studio.do": done(),
        "studio.draft": done(),
        "studio.publish": lambda context: act(page(context.task.plan)),
    }
    for number in range(EVENTS_EACH):
        for event in (Asked(), Noted()):
            stream = f"{event.event_type.partition('.')[2]}/{number}"
            studio.log.append([Write(stream=stream, data=event, actor="me")], expected={stream: ANY_VERSION})
    gate = threading.Barrier(2)

    def run():
        worker = studio.worker(flow, reactions=[Reaction(event="studio.noted", workflow="show")])
        gate.wait()
        worker.run_until_idle()
        worker.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    asked = studio.log.query("SELECT kind, count(*) FROM task GROUP BY kind").rows
    ends = studio.log.query("SELECT count(*) FROM event WHERE type = 'task.completed' GROUP BY stream").rows
    assert dict(asked) == dict.fromkeys(("studio.do", "studio.draft", "studio.publish"), EVENTS_EACH)
    assert Counter(ends) == {(1,): 3 * EVENTS_EACH}
    assert Counter(Counter(order.key for order in studio.outside["site"].done).values()) == {1: EVENTS_EACH}
    assert studio.log.query("SELECT DISTINCT state FROM plan").rows == [("completed",)]
