"""Every system call that changes a company's files, killed there or failing: nothing acknowledged is lost."""

import itertools
import shutil
import signal
from collections import Counter

import log_tracer
import pytest
from log_child import GAVE_UP
from log_examples import opened
from log_lives import LENGTHS, Notes

from opc_kernel.testing.lives import hold_against, retry

CALLS = {
    "write": "write",
    "pwrite": "pwrite64",
    "fdatasync": "fdatasync",
    "fsync": "fsync",
    "ftruncate": "ftruncate",
    "unlink": "?unlink,?unlinkat",
    "rename": "?rename,?renameat,?renameat2",
}
FAILING = [call for call in CALLS if call != "unlink"]
SIZES = (1, 2, 600, 1, 3)
ALONE = ["--segment-bytes", "3000", "--checkpoint-at", "200KB"]
TOGETHER = [*ALONE, "--threads", "3"]
KILL, EIO, NO_SPACE = "signal=SIGKILL", "error=EIO", "error=ENOSPC"
COMPLETED_RUNS = 2
"""The n-th call is past the end when so many runs in turn met none: threads divide the work in another way each time.

strace counts the calls of each thread apart, so a call of DuckDB's own threads is met only where no other came first;
the simulation of power cuts knows them all.
"""


@pytest.fixture
def strace(not_run):
    if not log_tracer.works():
        not_run(
            "strace is missing or may not trace here; the steps of an append are tried, system calls are not"
        )


class Injection:
    """One workload, one kind of failure: life after life, each with the failure at the next call."""

    def __init__(self, path, mode):
        self.folder, self.mode = path / "acme", mode
        self.plan = Notes("life", SIZES, LENGTHS)
        self.happened = Counter()

    def every(self, call, failure):
        met_none = 0
        for n in itertools.count(1):
            met_none = 0 if self.one(call, failure, n) else met_none + 1
            if met_none == COMPLETED_RUNS:
                return

    def one(self, call, failure, n):
        """Let the n-th call fail; return whether there was one."""
        shutil.rmtree(self.folder, ignore_errors=True)
        trace = self.folder.with_name("trace")
        done = log_tracer.traced(
            *("-o", trace, "-e", f"trace={CALLS[call]}", "-e", f"inject={CALLS[call]}:{failure}:when={n}"),
            folder=self.folder,
            child=["--sizes", ",".join(map(str, SIZES)), *self.mode],
        )
        injected = b"INJECTED" in trace.read_bytes() or done.returncode in (
            -signal.SIGKILL,
            128 + signal.SIGKILL,
        )
        assert injected or done.returncode == 0, done.stderr
        assert done.returncode in (0, GAVE_UP, -signal.SIGKILL), done.stderr
        self.happened[f"{call} {failure}"] += injected
        self._hold_against(log_tracer.heard(done.stdout), f"{call} {failure} n={n}")
        return injected

    def _hold_against(self, acknowledged, what):
        self.happened["acknowledged"] += len(acknowledged)
        try:
            with opened(self.folder, wait_s=5.0) as log:
                self.happened["silent"] += hold_against(log, self.plan, acknowledged, threads=len(self.plan))
                retry(log, self.plan, range(len(self.plan)))
                assert log.query("SELECT sum(events) FROM note").rows == [(sum(SIZES),)]
                assert log.verify().findings == ()
        except Exception as error:
            error.add_note(f"after {what}")
            raise


@pytest.mark.parametrize(
    ("call", "failure", "n"),
    [
        ("fdatasync", KILL, 3),
        ("rename", KILL, 2),
        ("unlink", KILL, 1),
        ("fdatasync", EIO, 4),
        ("write", NO_SPACE, 9),
    ],
)
def test_a_call_that_ends_or_fails(fast_path, strace, call, failure, n):
    assert Injection(fast_path, ALONE).one(call, failure, n), "the workload makes no such call"


@pytest.mark.soak
@pytest.mark.parametrize(("mode", "least"), [(ALONE, 60), (TOGETHER, 20)], ids=["alone", "three threads"])
def test_d2_a_kill_at_every_call(fast_path, strace, told, mode, least):
    injection = Injection(fast_path, mode)
    for call in CALLS:
        injection.every(call, KILL)
    told(dict(injection.happened))
    assert sum(injection.happened[f"{call} {KILL}"] for call in CALLS) >= least
    assert injection.happened["silent"] >= 1, "no kill came between a commit and its acknowledgement"


@pytest.mark.soak
@pytest.mark.parametrize(("mode", "least"), [(ALONE, 60), (TOGETHER, 20)], ids=["alone", "three threads"])
@pytest.mark.parametrize("failure", [EIO, NO_SPACE])
def test_d7_every_call_fails_once(fast_path, strace, told, failure, mode, least):
    injection = Injection(fast_path, mode)
    for call in FAILING:
        injection.every(call, failure)
    told(dict(injection.happened))
    assert sum(injection.happened[f"{call} {failure}"] for call in FAILING) >= least
    assert injection.happened["acknowledged"] >= 4 * least
