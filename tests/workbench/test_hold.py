"""The switch over everything that leaves the machine."""

import os

import pytest
from typer.testing import CliRunner

from opc_kernel.effects.hold import HOLD, held
from workbench import hold, view_today
from workbench.cli.main import app


@pytest.fixture
def run(shop, monkeypatch):
    monkeypatch.setenv("WORKBENCH_LOG", os.devnull)

    def running(*arguments):
        return CliRunner().invoke(app, [*arguments, "--company", str(shop.folder)])

    return running


def switched(shop):
    return [
        kind
        for (kind,) in shop.ask("SELECT type FROM event WHERE stream = $stream ORDER BY version", stream=HOLD)
    ]


def test_what_is_held_says_since_when_by_whom_and_why(shop):
    hold.hold(shop.company, reason="on a train", channel="cli")

    said = hold.standing(shop.company)
    assert (said.since, said.reason) == (shop.clock.now(), "on a train")
    assert held(shop.company)[:2] == (True, "on a train")


def test_holding_and_releasing_twice_adds_nothing(shop):
    changed = [
        switch(shop.company, reason="", channel="cli")
        for switch in (hold.release, hold.hold, hold.hold, hold.release, hold.release)
    ]

    assert changed == [False, True, False, True, False]
    assert switched(shop) == ["hold.held", "hold.released"]


def test_today_says_that_effects_are_held(shop):
    assert view_today.held(shop.company).text == ""

    hold.hold(shop.company, reason="<b>on a train", channel="cli")

    text = view_today.held(shop.company).text
    assert "effects are held since 10:00" in text
    assert "&lt;b&gt;on a train" in text


def test_the_commands_hold_and_release(shop, run):
    first, again, freed, nothing = (run(word) for word in ("hold", "hold", "release", "release"))

    assert first.output == "Held: nothing leaves the machine until 'workbench release'.\n"
    assert again.output.startswith("Held already since 02 Nov 2026, 10:00")
    assert freed.output.startswith("Released: effects go on.\n")
    assert nothing.output.startswith("Nothing was held.\n")
    assert "workbench doctor --moved" in nothing.output, "its folder was copied for this test"
    assert switched(shop) == ["hold.held", "hold.released"]
