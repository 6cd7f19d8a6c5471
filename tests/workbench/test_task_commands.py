"""Tasks and plans as the operator sees them on the command line, and what they say to them."""

import json
import os

import pytest
from errands import Errands
from typer.testing import CliRunner

from opc_kernel.effects.connector import NotDone
from workbench.cli.main import app
from workbench.hold import hold


@pytest.fixture
def errands(shop):
    return Errands(shop)


@pytest.fixture
def run(shop, monkeypatch):
    """Return what runs a command and returns what it printed."""
    monkeypatch.setenv("WORKBENCH_LOG", os.devnull)

    def running(*arguments):
        done = CliRunner().invoke(app, [*arguments, "--company", str(shop.folder)])
        assert done.exit_code == 0, done.output
        return done.stdout

    return running


def test_a_plan_is_shown_as_a_graph_with_each_steps_state(errands, run):
    errands.greet("hello").work()

    shown = run("task", "show", "plan/hello")

    assert "plan hello · Greet somebody · completed · 2 of 2 steps done" in shown
    assert "○ think · courier  [reconciled]" in shown
    assert "│ write · courier  ⇒ post.card  [reconciled]" in shown


def test_a_task_of_a_plan_shows_the_plan_around_it(errands, run):
    errands.greet("hello").work()
    task = errands.shop.ask("SELECT stream FROM task WHERE step = 'think'")[0][0]

    assert "│ write · courier  ⇒ post.card  [reconciled]" in run("task", "show", task)


def test_each_attempt_at_an_effect_is_shown_with_its_reason(errands, run):
    errands.post.script = [NotDone(reason="the letter box is full")]
    errands.request().work()
    errands.clock.move(minutes=5)
    errands.work()

    shown = run("task", "show", "1")

    assert "post.card to ada (card 1 to ada) · sandbox · confirmed · card 1" in shown
    assert "attempt 1 did nothing: the letter box is full (again from 2026-11-02 10:00:" in shown
    assert "attempt 2 begins" in shown
    assert "the provider took it: card 1" in shown


def test_an_effect_nobody_knows_about_says_what_can_be_done_and_the_answer_settles_it(errands, run):
    errands.lost().request().work()

    shown = run("task", "show", "1")
    assert "Waits for\n  you: Nobody knows whether this happened: post.card to ada" in shown
    assert "It happened: I looked: workbench queue answer 1 --choice happened" in shown
    errands.post.blind = False
    run("queue", "answer", "1", "--choice", "happened")
    errands.work()

    assert errands.shop.ask("SELECT state FROM effect") == [("confirmed",)]
    assert errands.post.taken == []


def test_a_task_that_waits_for_the_switch_says_so(errands, run):
    hold(errands.company, reason="", channel="cli")
    errands.request().work()

    assert "'workbench release': effects are held since 2026-11-02 10:00:00" in run("task", "show", "1")


def test_the_list_shows_plan_and_step_due_and_lease(errands, run):
    errands.greet("hello").request(name="2", due="2026-11-05T08:00:00Z")

    listed = [json.loads(line) for line in run("task", "list", "--json").splitlines()]
    listed.sort(key=lambda each: each["plan"] or "~")

    assert [(each["plan"], each["step"]) for each in listed] == [("Greet somebody", "think"), (None, None)]
    assert listed[1]["due"].startswith("2026-11-05T08:00")
    assert "held_until" in listed[0]
    assert "05 Nov 09:00" in run("task", "list")


@pytest.mark.parametrize("of", ["blocked", "requested"])
def test_what_a_person_resolves_counts_as_a_manual_fix_of_its_kind(errands, run, of):
    errands.lost().request(not_before=None if of == "blocked" else "2026-12-01T00:00:00Z").work()
    before = errands.shop.ask("SELECT * FROM manual_fix")

    run("task", "resolve", "1", "--done-by-hand" if of == "blocked" else "--skip", "--note", "by phone")

    assert before == []
    assert errands.shop.ask("SELECT * FROM manual_fix") == [("errand", "errand.card", 1, 1, 1)]
    ((note,),) = errands.shop.ask("SELECT data->>'note' FROM event WHERE type = 'task.decided'")
    assert note == "by phone"


def test_a_task_and_a_plan_are_json_with_all_of_that(errands, run):
    errands.greet("hello").work()
    task = errands.shop.ask("SELECT stream FROM task WHERE step = 'write'")[0][0]

    of_task = json.loads(run("task", "show", task, "--json"))
    of_plan = json.loads(run("task", "show", "plan/hello", "--json"))

    assert of_task["outside"][0]["effect"]["state"] == "confirmed"
    assert [step["type"] for step in of_task["outside"][0]["steps"]][:2] == [
        "effect.intended",
        "effect.claimed",
    ]
    assert of_task["of_plan"]["plan"]["stream"] == "plan/hello"
    assert of_plan["graph"] == of_task["of_plan"]["graph"]
