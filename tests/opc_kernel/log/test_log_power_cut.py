"""A power cut after any system call: whatever a disk may have kept, nothing acknowledged is lost."""

import random
import shutil
from collections import Counter

import log_tracer
import pytest
from log_examples import opened
from log_lives import LENGTHS, Notes, one_life
from power_cut import CHANGES, Disk, steps

from opc_kernel.log.crash import KillAt
from opc_kernel.testing.lives import hold_against, retry

SIZES = (1, 2, 600, 1, 3, 40, 1)
QUICK_SIZES = (1, 2, 20, 1)
WORKLOAD = ["--segment-bytes", "3000", "--checkpoint-at", "200KB"]
SUBSETS = 4
"""So many random subsets of unsynced pages are tried after each call."""
QUICK_SEED = 20261102
QUICK_EVERY = 7


@pytest.fixture
def strace(not_run):
    if not log_tracer.works():
        not_run("strace is missing or may not trace here: power cuts are simulated from its record")


class Cuts:
    """A recorded run, and a cut after its calls."""

    def __init__(self, path, seed, sizes=SIZES, subsets=SUBSETS):
        self.folder, self.cut, self.trace = path / "acme", path / "cut" / "acme", path / "trace"
        self.chance, self.seed, self.subsets = random.Random(seed), seed, subsets
        self.happened, self.known = Counter(), set()
        self.plan = Notes("life", sizes, LENGTHS)

    def record(self, *more):
        before = Disk(self.folder)
        done = log_tracer.traced(
            *("-xx", "-y", "-s", "100000000", "-o", self.trace, "-e", f"trace={CHANGES}"),
            folder=self.folder,
            child=[*WORKLOAD, "--sizes", ",".join(map(str, self.plan.sizes)), *more],
        )
        assert done.returncode == 0, done.stderr
        return before

    def after_each(self, disk, every=1):
        for number, step in enumerate(steps(self.trace)):
            if disk.play(step):
                self.happened["calls"] += 1
                if self.happened["calls"] % every == 0:
                    self._cut_in_every_way(disk, number)
        assert disk.killed() == Disk(self.folder).killed(), "the simulation is not what really happened"

    def _cut_in_every_way(self, disk, number):
        ways = [("killed", disk.killed()), ("ordered", disk.ordered()), ("names lost", disk.names_lost())]
        ways += [(f"pages {n}", disk.some_pages(self.chance)) for n in range(self.subsets)]
        for way, files in ways:
            state = hash((tuple(disk.acknowledged), tuple(sorted(files.items()))))
            if state not in self.known:
                self.known.add(state)
                self.happened[way.rstrip(" 0123456789")] += 1
                self._recover(files, disk.acknowledged, f"call {number}, {way}")

    def _recover(self, files, acknowledged, what):
        shutil.rmtree(self.cut, ignore_errors=True)
        self.cut.mkdir(parents=True)
        for name, content in files.items():
            (self.cut / name).parent.mkdir(exist_ok=True, parents=True)
            (self.cut / name).write_bytes(content)
        try:
            with opened(self.cut) as log:
                for words in log.mended:
                    self.happened[words.split("(")[0].split(":")[0].lstrip("0123456789 ")] += 1
                hold_against(log, self.plan, acknowledged, threads=len(self.plan))
                retry(log, self.plan, range(len(self.plan)))
                assert log.tail.position == sum(self.plan.sizes)
                assert log.verify().findings == ()
        except Exception as error:
            error.add_note(f"after a power cut at {what}, seed {self.seed}")
            raise


def a_life(cuts):
    """A whole life: a new company, small and large appends of three threads, new segments, checkpoints, the end."""
    return cuts.record("--threads", "3")


def a_mending(cuts, step):
    """A life after a kill: opening completes the database or cuts a torn tail, and may itself be cut short."""
    one_life(cuts.folder, cuts.plan, crash=KillAt(step, 3))
    return cuts.record()


def test_some_power_cuts(fast_path, strace):
    cuts = Cuts(fast_path, QUICK_SEED, QUICK_SIZES, subsets=1)
    cuts.after_each(a_life(cuts), every=QUICK_EVERY)
    assert len(cuts.known) >= 15


@pytest.mark.soak
def test_d3_a_power_cut_after_every_call_of_a_life(fast_path, strace, told, fresh_seed):
    cuts = Cuts(fast_path, fresh_seed)
    cuts.after_each(a_life(cuts))
    told(dict(cuts.happened), f"{len(cuts.known)} states recovered")
    assert len(cuts.known) >= 400
    assert cuts.happened["ordered"] >= 20
    assert cuts.happened["names lost"] >= 5


@pytest.mark.soak
@pytest.mark.parametrize("step", ["half journal", "before sync", "before database"])
def test_d3_a_power_cut_after_every_call_of_a_mending(fast_path, strace, told, fresh_seed, step):
    cuts = Cuts(fast_path, fresh_seed)
    cuts.after_each(a_mending(cuts, step))
    told(dict(cuts.happened), f"{len(cuts.known)} states recovered")
    assert len(cuts.known) >= 150
