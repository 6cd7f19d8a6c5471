"""Ends everything that a run started, wherever it went: each process carries the run's id in its environment.

One that threw its environment away is found as a descendant of the run's first process, which takes orphans in.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Iterator

import psutil

from workbench.jobs.mark import OUTLIVES, RUN

WAIT_S = 3.0
PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Let what this process's descendants leave behind become its own children, where the system can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


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
    marked = [each for each in psutil.process_iter() if _value(each, RUN) == run]
    found = {each.pid: each for each in marked}
    for each in marked:
        with contextlib.suppress(psutil.Error):
            found |= {below.pid: below for below in each.children(recursive=True) if not _outlives(below)}
    for each in found.values():
        with contextlib.suppress(psutil.Error):
            if each.status() != psutil.STATUS_ZOMBIE:
                yield each


def _outlives(process: psutil.Process) -> bool:
    """Whether it is a company's server, or something that such a one started."""
    with contextlib.suppress(psutil.Error):
        return any(_value(each, OUTLIVES) for each in (process, *process.parents()))
    return False


def _value(process: psutil.Process, name: str) -> str | None:
    with contextlib.suppress(psutil.Error, OSError):
        return process.environ().get(name)  # type: ignore[no-any-return]  # psutil has no types
    return None
