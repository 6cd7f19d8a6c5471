"""A dry run shows what would leave, word for word, and leaves everything as it is."""

import os
from dataclasses import replace

import pytest
from errands import COURIER, Errands
from typer.testing import CliRunner

from opc_kernel.effects.connector import NotDone
from opc_kernel.flow.budget import Budget
from opc_kernel.flow.dry_run import Unsaid, dry_run
from workbench import composition
from workbench.cli.main import app
from workbench.hold import hold


@pytest.fixture
def errands(shop):
    return Errands(shop)


def dry(errands, *agents):
    before = errands.shop.count()
    found = dry_run(errands.company, agents or (COURIER,), errands.ledger("dry"), clock=errands.clock)
    assert errands.shop.count() == before
    assert errands.post.taken == []
    return found


def test_what_needs_no_approval_is_shown_with_its_words_mode_account_and_key(errands):
    (leaving,) = dry(errands.request())

    assert (leaving.intent.target, leaving.intent.content) == ("ada", "Hello, it is me.")
    assert (leaving.mode, leaving.account, leaving.approval) == ("sandbox", "me@example.com", None)
    errands.work()
    assert errands.shop.ask("SELECT stream FROM effect") == [(f"effect/{leaving.key}",)]


def test_what_needs_approval_is_shown_once_it_is_approved_in_the_words_that_were(errands):
    errands.request("letter").work()
    assert dry(errands) == []

    row = errands.shop.row()
    errands.shop.decide(row, "approve", work=False)

    (leaving,) = dry(errands)
    assert (leaving.approval, leaving.intent) == (row.key, row.effects[0])


def test_what_was_begun_is_gone_on_with(errands):
    errands.post.script = [NotDone(reason="the letter box is full")]
    errands.request().work()
    assert dry(errands) == []

    errands.clock.move(minutes=5)

    (leaving,) = dry(errands)
    assert leaving.does == "go on"


def test_what_a_model_is_asked_about_first_nobody_knows_yet(errands):
    thinking = replace(COURIER, may_spend=Budget(calls=1, cost="0.10"))

    assert dry(errands.request(), thinking) == [Unsaid(task="task/1", kind="errand.card", agent="courier")]


def test_the_command_shows_each_word_and_that_effects_are_held(errands, monkeypatch):
    monkeypatch.setenv("WORKBENCH_LOG", os.devnull)
    monkeypatch.setattr(composition, "agents", lambda *_: (COURIER,))
    monkeypatch.setattr(composition, "ledger", lambda *_, **__: errands.ledger)
    errands.request()
    hold(errands.company, reason="", channel="cli")

    shown = CliRunner().invoke(app, ["work", "--dry-run", "--company", str(errands.shop.folder)]).output

    assert "as long as that is so, nothing leaves at all." in shown
    assert "post.card → ada (card 1 to ada)\n  sandbox · me@example.com · key " in shown
    assert "  | Hello, it is me." in shown
    assert "1 would leave the machine now. Nothing was stored, nothing was sent." in shown
