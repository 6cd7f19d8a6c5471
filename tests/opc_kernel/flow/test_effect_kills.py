"""`kill -9` at any instant of a plan with effects: each reaches the servers once, or a person is asked (W1)."""

import os
import random
import tempfile
from itertools import count
from pathlib import Path

import pytest
from effect_accounts import Outside
from effect_kills import BEFORE_EFFECT, BEFORE_RECORD, ELSEWHERE, Figures, cold_life, kill_and_go_on, one_life
from effect_lives import FLOWS, Life

from opc_kernel.log.crash import STEPS

BEFORE, AFTER = "before-journal", "after-database"
"""Of an append: nothing of it is there yet, or all of it, without an answer."""
KILLS = int(os.environ.get("SOAK_KILLS", "300"))
EFFECTS, KILLS_PER_PHASE = 300, 5
RECOVERY_S = 5.0
MOST_APPENDS = 200


@pytest.fixture(scope="module")
def outside():
    with tempfile.TemporaryDirectory() as folder:  # the path of a socket is short
        world = Outside(Path(folder))
        yield world
        world.end()


@pytest.fixture
def life(tmp_path, outside):
    """Return what begins a life in a company of its own."""
    numbers = count()

    def begin(flow, **how):
        place = f"{tmp_path.name}-{next(numbers)}"
        folder = tmp_path / place
        folder.mkdir()
        return Life(folder=str(folder), world=outside.path, place=place, flow=flow, **how)

    return begin


@pytest.mark.parametrize(
    ("killed", "phase"),
    [
        ("before plan.composed:1", ELSEWHERE),
        ("after plan.step_finished:1", ELSEWHERE),
        ("after effect.claimed:1", BEFORE_EFFECT),
        ("before effect.sent:1", BEFORE_RECORD),
        ("after effect.claimed:2", BEFORE_EFFECT),
        ("before effect.sent:2", BEFORE_RECORD),
        ("before task.completed:3", ELSEWHERE),
    ],
)
def test_a_kill_at_a_boundary_of_a_plan(outside, life, killed, phase):
    figures = Figures()

    assert kill_and_go_on(outside, life("short", killed=killed), figures)

    assert list(figures.phases) == [phase]


@pytest.mark.parametrize(
    ("killed", "stands"),
    [("after effect.claimed:3", 1), ("before effect.sent:3", 1), ("after effect.sent:3", 0)],
)
def test_a_letter_that_may_have_gone_out_waits_for_a_person(outside, life, killed, stands):
    figures = Figures()

    assert kill_and_go_on(outside, life("short", killed=killed, answers=False), figures)

    assert figures.standing == stands


def test_some_kills_at_random_instants(outside, life):
    chance, figures = random.Random(20261102), Figures()
    while figures.kills < 3:
        begun = life("short", reads=figures.kills % 2 == 0)
        kill_and_go_on(outside, begun, figures, kill_after_s=chance.uniform(0, 0.3))
    assert figures.effects == 9


@pytest.mark.soak
def test_w1_kills_at_every_boundary(outside, life, told):
    """All the steps of an append in the longest plan; before and after each append in the others."""
    figures, boundaries = Figures(), 0
    for flow in FLOWS:
        for step in [each.replace(" ", "-") for each in STEPS] if flow == "campaign" else (BEFORE, AFTER):
            boundaries += _every_boundary(outside, life, flow, step, figures)
        told(flow, len(FLOWS[flow].steps), "steps:", boundaries, "boundaries so far;", figures)
    _enough(figures)


def _every_boundary(outside, life, flow, step, figures):
    """Kill before or after the first append, the second …, until a life comes to its end unharmed."""
    for n in range(1, MOST_APPENDS):
        begun = life(flow, crash=f"{step}:{n}", answers=n % 2 == 0)
        if not kill_and_go_on(outside, begun, figures):
            return n - 1
    raise AssertionError("no end of appends")


@pytest.mark.soak
def test_w1_kills_at_random_instants(outside, life, told, fresh_seed):
    chance, figures = random.Random(fresh_seed), Figures()
    lasts_s = {flow: _lasts_s(outside, life(flow)) for flow in FLOWS}
    while figures.kills < KILLS:
        flow = chance.choice([*FLOWS])
        begun = life(flow, answers=chance.random() < 0.5, reads=chance.random() < 0.5)
        after_s = chance.uniform(0, lasts_s[flow])
        kill_and_go_on(outside, begun, figures, again=cold_life, kill_after_s=after_s)
    told(f"SOAK_KILLS={KILLS}, recovery in a fresh interpreter:", figures)
    _enough(figures)
    assert sorted(figures.went_on_s)[len(figures.went_on_s) // 2] <= RECOVERY_S


def _lasts_s(outside, life):
    outside.arrange(life.place, slow=True)
    whole = one_life(life)
    return whole.ended_s - (whole.went_on_s or 0)


def _enough(figures):
    """A run in which too little happened proves nothing."""
    assert figures.effects >= EFFECTS, figures
    assert all(
        figures.phases[phase] >= KILLS_PER_PHASE for phase in (BEFORE_EFFECT, BEFORE_RECORD, ELSEWHERE)
    ), figures
    assert figures.silent >= 1, figures
