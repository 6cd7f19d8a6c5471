"""Lives of a recall that end in the middle: a child reads, embeds and writes until it is killed."""

import os
import signal
import time
from contextlib import suppress

from pytest import approx  # noqa: PT013 - reads as a word
from recall_examples import Hashed, keep, kept, opened

from opc_kernel.log.crash import no_crash
from opc_kernel.memory.recall.recall import Recall
from opc_kernel.testing.lives import CLEAN

ITEMS = 60
STEP = 7
QUESTIONS = ("Which harbour has note 17?", "lamp 3", "Where was the anchor 44?", "note")
THINGS = ("harbour", "lamp", "anchor", "sail", "rope")


def fill(log, items=ITEMS):
    keep(log, *(item(number) for number in range(items)))


def item(number):
    text = f"The {THINGS[number % 5]} of note {number} lies beside {THINGS[number * 3 % 5]} {number // 2}"
    return kept(f"n{number}", text, conversation=f"c{number // 10}", place=number)


def answers(log, folder, embeddings):
    """Read everything, then ask; return what was refused and what was answered."""
    with Recall(log, folder, embeddings=embeddings) as recall:
        while recall.catch_up().waiting:
            pass
        return recall.refused, asked(recall)


def asked(recall):
    """Ask; return what was answered. Scores are rounded, for vectors in cells have half the bytes."""
    return [
        {(one.item.stream, one.item.text): approx(one.score, abs=1e-3) for one in recall.recall(question)}
        for question in QUESTIONS
    ]


def one_life(folder, models, crash=no_crash, kill_after_s=None):
    """Let a child catch up until it is done or dies; return its exit code."""
    begun = CLEAN.Event()
    child = CLEAN.Process(target=_live, args=(folder, models, crash, begun))
    child.start()
    if kill_after_s is not None:
        begun.wait(30)
        time.sleep(kill_after_s)  # the instant of the kill is what varies here
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
    child.join()
    return child.exitcode


def _live(folder, models, crash, begun):
    embeddings = [Hashed(model) for model in models]
    with (
        opened(folder, wait_s=30.0) as log,
        Recall(log, folder, embeddings=embeddings, crash=crash) as recall,
    ):
        begun.set()
        while recall.catch_up(STEP).waiting:
            pass
