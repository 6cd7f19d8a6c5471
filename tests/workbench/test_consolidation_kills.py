"""Consolidation is killed wherever it hurts; after that nothing is doubled or lost, and it goes on alone."""

import os
import random
import shutil
import signal
import time
from contextlib import suppress

import pytest
from memories import POLICY, Memories, a_talk, opened

from opc_kernel.log.crash import STEPS, KillAt, no_crash
from opc_kernel.testing import FrozenClock
from opc_kernel.testing.lives import CLEAN
from workbench.memory.consolidation import Consolidation

ENDS = """
SELECT stream, state, folded_into, text, sources, version FROM memory_item ORDER BY stream
"""
CHANGES = "SELECT stream, type, count(*) FROM event WHERE starts_with(type, 'memory.item_') GROUP BY ALL ORDER BY ALL"


def clock():
    return FrozenClock("2027-06-01T09:00:00+00:00")


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A memory with something to fold, to sum up and to let fade."""
    folder = tmp_path_factory.mktemp("full") / "company"
    folder.mkdir()
    with opened(folder, FrozenClock()) as log:
        memory = Memories(log, None)
        for talk in ("one", "two", "three"):
            a_talk(memory, talk)
        for number in range(3):
            memory.keep(f"same{number}", "The harbour office is closed on Fridays.", about=())
        memory.keep("chat", "Lovely weather in the harbour.", about=("entity/other",))
    return folder


@pytest.fixture(scope="module")
def undisturbed(full, tmp_path_factory):
    folder = shutil.copytree(full, tmp_path_factory.mktemp("undisturbed") / "company")
    return consolidated(folder)


def consolidated(folder):
    """Let consolidation go on until nothing is left; return what memory holds, and every change of an item."""
    with opened(folder, clock(), wait_s=30.0) as log:
        Consolidation(log, POLICY, clock=clock()).run()
        assert log.verify().findings == ()
        return log.query(ENDS).rows, log.query(CHANGES).rows


def life(folder, crash=no_crash, kill_after_s=None):
    begun = CLEAN.Event()
    child = CLEAN.Process(target=live, args=(folder, crash, begun))
    child.start()
    if kill_after_s is not None:
        begun.wait(30)
        time.sleep(kill_after_s)  # the instant of the kill is what varies here
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
    child.join()
    return child.exitcode


def live(folder, crash, begun):
    with opened(folder, clock(), wait_s=30.0, crash=crash) as log:
        begun.set()
        Consolidation(log, POLICY, clock=clock()).run()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("number", [1, 3])
def test_killed_at_a_step_of_an_append_it_ends_as_if_nothing_had_been(
    full, undisturbed, tmp_path, step, number
):
    folder = shutil.copytree(full, tmp_path / "company")

    assert life(folder, KillAt(step, number)) == -signal.SIGKILL
    assert consolidated(folder) == undisturbed


@pytest.mark.soak
def test_consolidation_killed_at_any_instant_ends_as_if_nothing_had_been(full, undisturbed, tmp_path):
    lots = random.Random(8)
    for number in range(10):
        folder = shutil.copytree(full, tmp_path / str(number))
        while life(folder, kill_after_s=lots.uniform(0, 1)) != 0:
            pass
        assert consolidated(folder) == undisturbed
        shutil.rmtree(folder)
