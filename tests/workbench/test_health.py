"""How the company runs, told from its read models: honest where nothing happened, exact where something did."""

import json
import os

import pytest
from errands import ACCOUNT, Errands
from typer.testing import CliRunner

from opc_kernel.effects.connector import NotDone
from workbench import view_health as view
from workbench.cli.main import app
from workbench.health import error_rate, look
from workbench.hold import hold


@pytest.fixture
def errands(shop):
    return Errands(shop)


@pytest.fixture
def run(shop, monkeypatch):
    monkeypatch.setenv("WORKBENCH_LOG", os.devnull)
    return lambda *more: CliRunner().invoke(app, ["health", *more, "--company", str(shop.folder)]).stdout


def test_an_empty_company_says_that_nothing_happened(shop, run):
    found = look(shop.company)

    assert (found.waiting, found.oldest_at, found.effects, found.models) == (0, None, (), ())
    assert "Nothing was ever done outside" in view.ledgers(found).text
    assert "Attempts outside that failed</dt><dd>–" in view.numbers(found).text
    assert "0 rows wait for you.\n" in run()
    assert "None was ever called." in run()


def test_both_ledgers_stand_side_by_side_with_attempts_and_their_failures(errands):
    errands.post.script = [NotDone(reason="full")]
    errands.request().request(name="2", inputs={"to": "bob"}).work()
    errands.clock.move(minutes=5)
    errands.work()

    found = look(errands.company)

    (row,) = found.effects
    assert (row["connector"], row["account"], row["capability"], row["mode"]) == (
        "post",
        ACCOUNT,
        "errand",
        "sandbox",
    )
    assert (row["confirmed"], row["attempts"], row["failed_attempts"]) == (2, 3, 1)
    assert error_rate(row) == pytest.approx(1 / 3)
    shown = view.ledgers(found).text
    assert "33%" in shown
    assert "Production: nothing." in shown


def test_an_open_breaker_and_an_unknown_effect_are_said_first(errands, run):
    errands.mode = "production"
    errands.lost().request().work()
    errands.post.script = [NotDone(reason="closed today")] * 5
    for number in range(5):
        errands.request(name=f"n{number}", inputs={"to": f"no {number}"})
    errands.work()

    found = look(errands.company)

    assert [row["breaker"] for row in found.breakers] == ["open"]
    shown = view.state(errands.company, found).text
    assert "post (me@example.com) is left alone until 02 Nov 2026, 10:00: closed today" in shown
    assert "1 effect: happened or not, nobody knows" in shown
    assert (
        "post (me@example.com) failed; the next call tries it again: closed today" in run()
    )  # by today's clock


def test_what_is_held_is_said(errands, run):
    hold(errands.company, reason="on a train", channel="cli")

    assert "by " in run()
    assert "on a train." in run()
    assert "on a train" in view.state(errands.company, look(errands.company)).text


def test_plans_that_run_and_what_waits_are_counted(errands, run):
    errands.greet("slow")
    errands.request("letter").work()
    errands.greet("next")

    found = look(errands.company)

    assert [(row["title"], row["state"], row["completed_steps"]) for row in found.plans] == [
        ("Greet somebody", "running", 0)
    ]
    assert found.waiting == 1
    (errand,) = found.tasks
    assert (errand["blocked"], errand["requested"], errand["done"]) == (1, 1, 2)
    record = json.loads(run("--json"))
    assert record["queue"][0]["kind"] == "proposal"
    assert record["held"] is None
