"""A small disk filled to the last page at every stage: refused or stored, never half; with room again all goes on."""

import os
import shutil
import subprocess
import time
from collections import Counter

import pytest
from log_examples import append, opened
from log_lives import Notes

from opc_kernel.log import database as database_module
from opc_kernel.log import durable as durable_module
from opc_kernel.log import journal as journal_module
from opc_kernel.log.errors import (
    DatabaseFailed,
    DiskFull,
    JournalUnwritable,
    LogClosed,
    LogError,
    OutcomeUnknown,
)
from opc_kernel.testing.lives import hold_against

DISK_BYTES = 32 * 2**20
PAGE = 4096
ATTEMPTS = 12
"""Appends on each full disk: the first may still find room."""
RECOVERED_S = 5.0
STAGES = {
    # what fills the disk: sizes of appends, bytes of an event, free pages to begin with
    "commits": ((1,), (200,), range(14)),
    "large events": ((1,), (40_000,), range(0, 60, 3)),
    "bulks": ((700,), (200,), range(0, 420, 40)),
    "segments": ((1,), (200,), range(14)),
    "checkpoints": ((1, 3), (200,), range(0, 260, 20)),
}


@pytest.fixture
def small_disk(tmp_path, not_run):
    path = tmp_path / "disk"
    path.mkdir()
    if not mounted(path):
        not_run("a small disk can't be mounted here (it needs root): a full disk is only simulated")
    yield path
    subprocess.run(["umount", "-l", path], check=True)


def mounted(path):
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", path]
    return (
        bool(shutil.which("mount"))
        and not subprocess.run(command, capture_output=True, check=False).returncode
    )


@pytest.fixture
def no_floor(monkeypatch):
    """Without the free space that an append demands, the disk is full in the middle of things."""
    monkeypatch.setattr(durable_module, "FREE_FLOOR_BYTES", 0)
    monkeypatch.setattr(durable_module, "BYTES_ON_DISK", 0)


class FullDisk:
    """A company on a disk with a few free pages, and a client that goes on appending."""

    def __init__(self, disk, plan):
        self.company, self.ballast, self.plan = disk / "acme", disk / "ballast", plan
        self.acknowledged, self.happened = {}, Counter()
        self.log = None

    def run(self, free_pages):
        shutil.rmtree(self.company, ignore_errors=True)
        self.acknowledged.clear()
        self.log = opened(self.company)
        try:
            self._append(0)
            self._fill(free_pages)
            for number in range(1, ATTEMPTS):
                self._try(number)
            self.ballast.unlink()
            self._recover()
        finally:
            self.ballast.unlink(missing_ok=True)
            self.log.close()
        with opened(self.company) as log:
            hold_against(log, self.plan, self.acknowledged, threads=len(self.plan))
            assert log.verify().findings == ()

    def _fill(self, free_pages):
        free = shutil.disk_usage(self.company).free - free_pages * PAGE
        with self.ballast.open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, max(free, PAGE))

    def _try(self, number):
        """Append; a log that closed is opened again, as far as a full disk lets it."""
        try:
            self._append(number)
        except (JournalUnwritable, DatabaseFailed) as refused:
            self.happened[type(refused).__name__] += 1
        except (OutcomeUnknown, LogClosed) as closed:
            self.happened[type(closed).__name__] += 1
            self._open_again()
        self.happened["database failed"] += self.log._database.failed is not None

    def _open_again(self):
        try:
            self.log = opened(self.company)
        except (LogError, OSError) as error:
            self.happened[f"opening: {type(error).__name__}"] += 1

    def _recover(self):
        """With room again, everything that was refused goes in, and without any other action."""
        started = time.monotonic()
        for number in range(len(self.plan)):
            try:
                self._append(number)
            except LogClosed:
                self.log = opened(self.company)
                self._append(number)
        assert self.log.query("SELECT sum(events) FROM note").rows == [(sum(self.plan.sizes),)]
        assert time.monotonic() - started < RECOVERED_S

    def _append(self, number):
        done = append(self.log, *self.plan[number])
        assert self.acknowledged.setdefault(number, done.positions) == done.positions
        self.happened["acknowledged"] += not done.repeated


def fill(small_disk, monkeypatch, stage, every=1):
    sizes, lengths, free_pages = STAGES[stage]
    if stage == "segments":
        monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 1)
    if stage == "checkpoints":
        monkeypatch.setattr(database_module, "CHECKPOINT_AT", "1KB")
    full = FullDisk(small_disk, Notes("life", (sizes * ATTEMPTS)[: ATTEMPTS + 1], lengths))
    for free in free_pages[::every]:
        full.run(free)
    return full.happened


@pytest.mark.parametrize("stage", ["commits", "checkpoints"])
def test_a_full_disk_loses_nothing(small_disk, no_floor, monkeypatch, stage):
    happened = fill(small_disk, monkeypatch, stage, every=7)
    assert happened["acknowledged"] > 13


@pytest.mark.soak
@pytest.mark.parametrize("stage", STAGES)
def test_d6_every_number_of_free_pages(small_disk, no_floor, monkeypatch, told, stage):
    happened = fill(small_disk, monkeypatch, stage)
    told(dict(happened))
    assert happened["JournalUnwritable"] + happened["DatabaseFailed"] + happened["OutcomeUnknown"] >= 20
    assert stage != "checkpoints" or happened["database failed"] >= 5


def test_a_nearly_full_disk_is_refused_with_what_is_free(small_disk, monkeypatch):
    monkeypatch.setattr(durable_module, "FREE_FLOOR_BYTES", DISK_BYTES)
    with opened(small_disk / "acme") as log, pytest.raises(DiskFull, match=r"Only \d+ MiB are free"):
        append(log, *Notes("life", (1,))[0])
