"""The provider does the work and the answer is lost, or we die of it: each effect once, or a person is asked."""

import os
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import dovecot
import pytest
from settling import settled
from worlds import OutboxWorld, SiteWorld, TillWorld

from opc_kernel.effects.connector import Found, NotDone, Sent, Unclear

NUMBERS = count(10_000)
CUTS = ("before", "within", "after")
POSSIBLE = {Sent: (1,), NotDone: (0,), Unclear: (0, 1)}
DYING = Path(__file__).with_name("dying.py")


def lose_answers(world, runs):
    """Lose an answer in each run; return how often which end was reached."""
    ends = {"sent": 0, "unknown": 0, "failed": 0}
    for run in range(runs):
        order = world.order(next(NUMBERS))
        world.lose(CUTS[run % 3])
        end = settled(world.connector(), order)
        ends[end] += 1
        done = world.effects()[order.key]
        assert done <= 1, f"{done} times after an answer lost {CUTS[run % 3]} it"
        assert done == 1 or end != "sent"
    return ends


def test_w4_payments_happen_once_though_answers_are_lost(payments_world):
    assert lose_answers(payments_world, 21) == {"sent": 21, "unknown": 0, "failed": 0}


def test_w4_no_letter_is_sent_twice_though_answers_are_lost(mail_world, not_run):
    if dovecot.PROGRAM is None:
        not_run("no Dovecot is installed")

    ends = lose_answers(mail_world, 21)

    assert ends == {"sent": 0, "unknown": 21, "failed": 0}


@pytest.mark.soak
def test_w4_payments_at_length(payments_world, told):
    told(lose_answers(payments_world, 200))


@pytest.mark.soak
def test_w4_letters_at_length(mail_world, told):
    told(lose_answers(mail_world, 200))


def test_a_page_is_put_once_though_the_disk_fails_at_every_step(tmp_path, monkeypatch):
    world = SiteWorld(tmp_path)
    for call in ("link", "fsync", "write", "unlink"):
        for at in (1, 2):
            order = world.order(next(NUMBERS))
            with monkeypatch.context() as patched:
                patched.setattr(os, call, failing(getattr(os, call), at))
                first = world.connector().act(order)
            assert world.effects()[order.key] in POSSIBLE[type(first)]
            assert settled(world.connector(), order, crashed=True) == "sent"
            assert world.effects()[order.key] == 1


def failing(real, at):
    seen = []

    def call(*words, **named):
        seen.append(words)
        if len(seen) == at:
            raise OSError(5, "Input/output error")
        return real(*words, **named)

    return call


def test_after_a_day_the_provider_has_forgotten_the_key_and_nothing_is_done_blindly(payments_world):
    captured = payments_world.order(next(NUMBERS))
    payments_world.connector().act(captured)
    part = {"kind": "payments.refund", "money": {"amount": "10.00", "currency": "EUR"}}
    refund = payments_world.order(number := next(NUMBERS))
    payments_world.connector().act(refund)
    refund = type(refund)(
        key=f"{number:026}", intent=payments_world.order(number, **part, action="refund").intent
    )
    payments_world.lose("after")
    assert isinstance(payments_world.connector().act(refund), Unclear)

    payments_world.advance(25 * 3600)

    assert isinstance(payments_world.connector().find(refund), Found)
    assert isinstance(payments_world.connector().act(refund), Sent)
    assert isinstance(payments_world.connector().act(captured), Sent)
    assert payments_world.effects()[refund.key] == 1
    assert payments_world.effects()[captured.key] == 1


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("kind", ["site", "site sandbox", "mail sandbox", "payments sandbox"])
def test_killed_while_it_writes_a_file_it_is_there_whole_or_not_at_all(tmp_path, kind, step):
    worlds = {"site": SiteWorld, "mail sandbox": OutboxWorld, "payments sandbox": TillWorld}
    world = worlds[kind](tmp_path) if kind in worlds else SiteWorld(tmp_path, sandbox=True)
    order = world.order(1)

    died = die(kind, world.folder, order, step).wait()

    assert died == -9
    assert world.effects()[order.key] == step - 1
    assert settled(world.connector(), order, crashed=True) == "sent"
    assert world.effects()[order.key] == 1


@pytest.mark.parametrize("kind", ["mail", "payments"])
def test_killed_after_the_provider_did_it_and_before_its_answer(request, not_run, kind):
    if kind == "mail" and dovecot.PROGRAM is None:
        not_run("no Dovecot is installed")
    world = request.getfixturevalue(f"{kind}_world")
    order = world.order(next(NUMBERS))
    world.lose("hang")
    where = world.settings.port if kind == "mail" else world.url
    dying = die(kind, where, order)
    wait_until(lambda: world.effects()[order.key])
    dying.kill()
    dying.wait()

    assert settled(world.connector(), order, crashed=True) == ("unknown" if kind == "mail" else "sent")
    assert world.effects()[order.key] == 1


def die(kind, where, order, *step):
    words = [sys.executable, DYING, kind, where, order.key, order.intent.model_dump_json(), *step]
    return subprocess.Popen([str(word) for word in words])


def wait_until(seen, limit_s=20):
    end = time.monotonic() + limit_s
    while not seen():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)  # the instant of the kill
