"""Ends everything that a run started, wherever it went: each process carries the run's id in its environment."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psutil

from workbench.jobs.mark import RUN

WAIT_S = 3.0


def end_tree(run: str, *, but: int = 0) -> int:
    """Kill every process of a run, but the one with this number; return how many there were."""
    ended = 0
    for _ in range(3):  # one may start another while we look
        found = [each for each in tree_of(run) if each.pid != but]
        if not found:
            break
        for each in found:
            with contextlib.suppress(psutil.Error):
                each.kill()
        psutil.wait_procs(found, timeout=WAIT_S)
        ended += len(found)
    return ended


def tree_of(run: str) -> Iterator[psutil.Process]:
    """Yield the living processes of a run, those of this user alone."""
    for each in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if each.environ().get(RUN) == run and each.status() != psutil.STATUS_ZOMBIE:
                yield each
