"""Plans: steps in their order, each once, given what came before; when one is lost, what was done is taken back."""

import threading
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studio import Studio, act, capture, done, mail, page, step, workflow

from opc_kernel.flow.conductor import composed
from opc_kernel.flow.outcome import Block, Cancel, Retry
from opc_kernel.flow.plan import PlanStarted, PlanStepFinished, evolve, new_plan, unfold
from opc_kernel.testing.outside import keys, never_reached, refused


@pytest.fixture
def studio(tmp_path):
    opened = Studio(tmp_path)
    yield opened
    opened.log.close()


def test_steps_run_in_their_order_and_are_given_what_came_before(studio):
    flow = workflow(
        step("draft"), step("check"), step("count", after=("draft",)), step("end", after=("check", "count"))
    )
    studio.script = {
        "studio.draft": done(words=["a", "b"]),
        "studio.check": done(ok=True),
        "studio.count": lambda context: done(words=len(context.task.inputs["draft"]["words"])),
        "studio.end": done(),
    }

    studio.start(flow, subject="page/1")
    studio.work(flow)

    assert studio.plan()["state"] == "completed"
    assert studio.contexts[-1].task.inputs == {
        "subject": "page/1", "draft": {"words": ["a", "b"]}, "check": {"ok": True}, "count": {"words": 2}
    }  # fmt: skip


def test_a_plan_waits_at_a_gate_and_goes_on(studio):
    flow = workflow(step("write"), step("send", effects=("mail.send",), gate=True), step("note"))
    studio.script = {"studio.write": done(), "studio.send": act(mail()), "studio.note": done()}

    studio.start(flow)
    studio.work(flow)
    assert (studio.plan()["state"], studio.plan()["finished_steps"]) == ("running", ["write"])
    studio.decide("approve")
    studio.work(flow)

    assert studio.plan()["state"] == "completed"


def test_a_gate_holds_back_what_could_be_undone_too(studio):
    flow = workflow(step("publish", effects=("site.publish",), gate=True))
    studio.script = {"studio.publish": act(page())}

    studio.start(flow)
    studio.work(flow)

    assert (studio.outside["site"].done, studio.row().kind) == ([], "proposal")


def test_a_step_does_no_other_kind_of_thing_than_its_plan_says(studio):
    flow = workflow(step("publish", effects=("site.publish",)))
    studio.script = {"studio.publish": act(capture())}

    studio.start(flow)
    studio.work(flow)

    assert (studio.outside["pay"].done, "may not do 'pay.capture'" in studio.row().summary) == ([], True)


def test_an_invoice_is_issued_and_the_capture_of_its_payment_fails(studio):
    flow = workflow(
        step("issue", effects=("site.publish",)),
        step("capture", effects=("pay.capture",)),
        step("thank", effects=("mail.send",), gate=True),
    )
    studio.script = {
        "studio.issue": act(page("invoice-1")),
        "studio.capture": act(capture()),
        "studio.thank": act(mail()),
    }
    studio.outside["pay"].instead = [refused("card declined")]

    studio.start(flow)
    studio.work(flow)

    assert (studio.plan()["state"], studio.plan()["reason"]) == ("compensated", "capture was not done")
    assert studio.states() == {"site.publish": "compensated", "pay.capture": "failed"}
    assert (len(studio.outside["site"].undone), studio.outside["mail"].done) == (1, [])


def test_what_was_done_is_taken_back_the_last_one_first(studio):
    names = ("one", "two", "three")
    flow = workflow(
        *(step(name, effects=("site.publish",)) for name in names), step("capture", effects=("pay.capture",))
    )
    studio.script = {f"studio.{name}": act(page(name)) for name in names} | {"studio.capture": act(capture())}
    studio.outside["pay"].instead = [refused()]

    studio.start(flow)
    studio.work(flow)

    site = studio.outside["site"]
    undone = [next(each.intent.target for each in site.done if each.key == key) for key in site.undone]
    assert (studio.plan()["state"], undone) == ("compensated", ["three", "two", "one"])


def test_what_can_not_be_taken_back_becomes_a_persons_task(studio):
    flow = workflow(
        step("send", effects=("mail.send",), gate=True), step("capture", effects=("pay.capture",))
    )
    studio.script = {"studio.send": act(mail()), "studio.capture": act(capture())}
    studio.outside["pay"].instead = [refused()]
    studio.start(flow)
    studio.work(flow)
    studio.decide("approve")

    studio.work(flow)
    assert ("can't be taken back" in studio.row().summary, studio.plan()["state"]) == (True, "compensating")
    studio.decide("answer", choice="done", note="wrote to her")
    studio.work(flow)

    assert studio.plan()["state"] == "compensated"


def test_a_plan_that_asks_stops_where_a_step_is_refused(studio):
    flow = workflow(
        step("issue", effects=("site.publish",)), step("capture", effects=("pay.capture",)), on_failure="ask"
    )
    studio.script = {"studio.issue": act(page()), "studio.capture": act(capture())}
    studio.outside["pay"].instead = [refused("card declined")]

    studio.start(flow)
    studio.work(flow)

    assert (studio.plan()["state"], studio.row().kind) == ("running", "blocked")
    studio.decide("answer", choice="retry")
    studio.work(flow)
    assert studio.plan()["state"] == "completed"


@pytest.mark.parametrize(("choice", "state"), [("done", "completed"), ("cancel", "failed")])
def test_a_person_ends_a_step_and_its_plan_goes_on(studio, choice, state):
    flow = workflow(step("ask"), step("end"))
    studio.script = {"studio.ask": Block(reason="no idea", tried="nothing"), "studio.end": done()}
    studio.start(flow)
    worker = studio.worker(flow)
    worker.run_until_idle()

    studio.decide("answer", choice=choice)
    worker.run_until_idle()

    assert studio.plan()["state"] == state


def test_a_dropped_step_takes_back_what_others_did(studio):
    flow = workflow(step("publish", effects=("site.publish",)), step("end"))
    studio.script = {"studio.publish": act(page()), "studio.end": Cancel(reason="not wanted any more")}

    studio.start(flow)
    studio.work(flow)

    assert (studio.plan()["state"], studio.states()) == ("compensated", {"site.publish": "compensated"})


def test_a_running_plan_keeps_the_steps_it_started_with(studio):
    flow = workflow(step("draft"), step("publish", effects=("site.publish",), gate=True))
    studio.script = {"studio.draft": done(), "studio.publish": act(page()), "studio.other": done()}
    studio.start(flow)
    studio.work(flow)

    newer = workflow(step("other"), step("publish", effects=("site.publish",)), step("draft"), version=2)
    studio.decide("approve")
    studio.work(newer)

    assert (studio.plan()["finished_steps"], studio.plan()["state"]) == (["draft", "publish"], "completed")


def test_taking_back_is_tried_again_until_it_works(studio):
    flow = workflow(step("publish", effects=("site.publish",)), step("end"))
    studio.script = {"studio.publish": act(page()), "studio.end": Cancel(reason="no")}
    site = studio.outside["site"]
    undo, calls = site.undo, [never_reached()]
    site.undo = lambda order, reference: calls.pop()(order) if calls else undo(order, reference)

    studio.start(flow)
    studio.work(flow)
    assert studio.plan()["state"] == "compensating"
    studio.clock.move(minutes=1)
    studio.work(flow)

    assert studio.plan()["state"] == "compensated"


def test_a_worker_goes_on_with_a_plan_that_went_on_elsewhere_meanwhile(studio):
    flow = workflow(step("one"), step("two"), step("three"))
    later = Retry(reason="not yet", after=timedelta(minutes=1))
    answers = {"studio.two": [later], "studio.three": [later]}
    studio.script = {"studio.one": done()} | {
        kind: lambda _, left=left: left.pop() if left else done() for kind, left in answers.items()
    }
    studio.start(flow)

    first, second = studio.worker(flow), studio.worker(flow)
    for worker in (first, second, first):
        worker.run_until_idle()
        studio.clock.move(minutes=1)

    assert (studio.plan()["state"], studio.task("studio.three")["attempts"]) == ("completed", 0)


def test_steps_that_end_at_the_same_moment_both_count(studio):
    gate = threading.Barrier(2)

    def together(context):
        if not context.effects:
            return act(page(context.task.step))
        gate.wait(30)
        return done()

    names = ("one", "two", "three", "four")
    flow = workflow(*(step(name, effects=("site.publish",), after=()) for name in names))
    studio.script = {f"studio.{name}": together for name in names}
    studio.start(flow)

    studio.work(flow)

    assert (studio.plan()["state"], sorted(studio.plan()["finished_steps"])) == ("completed", sorted(names))


def test_a_rehearsed_plan_says_so(studio):
    studio.production["site"] = False
    flow = workflow(step("publish", effects=("site.publish",)), step("end"))
    studio.script = {"studio.publish": act(page()), "studio.end": done()}

    studio.start(flow)
    studio.work(flow)

    assert (studio.plan()["state"], studio.plan()["rehearsed"]) == ("completed", True)
    assert keys(studio.rehearsal["site"].done) == ["hello"]


@st.composite
def graphs(draw):
    """Any graph of steps without a circle."""
    count = draw(st.integers(1, 8))
    before = [draw(st.sets(st.integers(0, number - 1))) if number else set() for number in range(count)]
    return [
        step(f"s{number}", after=tuple(f"s{each}" for each in sorted(of))) for number, of in enumerate(before)
    ]


@settings(max_examples=300, deadline=None)
@given(graphs(), st.data())
def test_any_plan_comes_to_an_end_and_asks_for_each_step_once_after_those_before_it(steps, data):
    flow = workflow(*steps)
    plan = new_plan("plan/1", composed(flow, inputs={}), "c")
    begun = unfold(plan, PlanStarted())
    plan, open_ = begun.plan, [each.step for each in begun.requests]
    asked = [each.name for each in open_]
    while open_:
        one = open_.pop(data.draw(st.integers(0, len(open_) - 1)))
        assert set(one.after) <= {name for name, each in plan.finished.items() if each.state == "completed"}
        state = data.draw(st.sampled_from(["completed", "completed", "completed", "failed"]))
        ended = unfold(plan, PlanStepFinished(step=one.name, state=state))
        again = plan
        for event in ended.events:
            again = evolve(again, event)
        assert again == ended.plan  # going on in memory is reading the log
        plan = ended.plan
        open_ += [each.step for each in ended.requests]
        asked += [each.step.name for each in ended.requests]

    assert len(asked) == len(set(asked))
    lost = any(each.state == "failed" for each in plan.finished.values())
    assert plan.state == ("failed" if lost else "completed")
    assert lost or set(asked) == {each.name for each in steps}
