"""Writers that are killed: each life appends in a process of its own and tells what was acknowledged through a pipe."""

import contextlib
import multiprocessing
import os
import random
import signal
import time

from log_examples import append, note, opened

NEVER = "never"


class KillAt:
    """Ends the process, as `kill -9` does, when an append comes to a step."""

    def __init__(self, step, *, append):
        self.step, self.left = step, append

    def __call__(self, step):
        if step == "before journal":
            self.left -= 1
        if step == self.step and self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def writes(life, number, count):
    """The events of one append: a retry makes the same ones."""
    return [
        note(f"s{number % 3}", f"{life}/{number}/{n}", event_id=f"{life}-{number}-{n}") for n in range(count)
    ]


CLEAN = multiprocessing.get_context("forkserver")
"""Children come from a process that never opened a database: DuckDB does not outlive a fork."""
CLEAN.set_forkserver_preload(["log_lives"])


def live(folder, life, sizes, *, crash=None, kill_after_s=None):
    """Append `sizes` one after the other in a child process until it is killed.

    Returns the positions that were acknowledged, by append. `kill_after_s` counts from the first acknowledgement.
    """
    hearing, telling = CLEAN.Pipe(duplex=False)
    child = CLEAN.Process(target=_append_all, args=(folder, life, sizes, crash, telling))
    child.start()
    telling.close()
    heard = []
    if kill_after_s is not None:
        heard.append(hearing.recv())
        time.sleep(kill_after_s)  # the instant of the kill is what varies here
        os.kill(child.pid, signal.SIGKILL)
    with contextlib.suppress(EOFError):
        while True:
            heard.append(hearing.recv())
    child.join()
    assert child.exitcode == -signal.SIGKILL
    return dict(heard)


def _append_all(folder, life, sizes, crash, telling):
    with opened(folder, crash=crash or KillAt(NEVER, append=0), wait_s=5.0) as log:
        for number, count in enumerate(sizes):
            telling.send((number, list(append(log, *writes(life, number, count)).positions)))


def check(log, life, sizes, acknowledged, *, after=0):
    """Hold what a log stored after a position against what was acknowledged.

    Returns how many appends were stored without a word.
    """
    positions = {event.event_id: event.position for event in log.read(after=after)}
    assert sorted(positions.values()) == list(range(after + 1, after + len(positions) + 1)), (
        "positions have gaps"
    )
    assert log.tail.position == after + len(positions)
    silent = 0
    for number, count in enumerate(sizes):
        ids = [write.event_id for write in writes(life, number, count)]
        alive = [positions[each] for each in ids if each in positions]
        assert len(alive) in (0, count), f"half of append {number} is alive"
        if number in acknowledged:
            assert alive == acknowledged[number], f"append {number} was acknowledged and is lost"
        silent += bool(alive) and number not in acknowledged
    return silent


def retry(log, life, sizes):
    """Send everything again: what is stored adds nothing, what is not is stored now."""
    before = log.tail.position
    repeated = sum(
        count for number, count in enumerate(sizes) if append(log, *writes(life, number, count)).repeated
    )
    assert log.tail.position == before + sum(sizes) - repeated


def random_sizes(chance: random.Random, count):
    return [chance.choice([1] * 40 + [2] * 20 + [5] * 20 + [40] * 5 + [700]) for _ in range(count)]
