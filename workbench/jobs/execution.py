"""The process of one run: papermill in a child, watched until its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.jobs.whole_tree import end_tree

LOOK_S = 0.02
GRACE_S = 5.0
"""So long a run that is told to end may take to save its notebook."""

Progress = Callable[[int, int], None]
"""Called with the cell that begins, and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the process of a run ended."""

    code: int
    said: str = ""
    """Why, where it could say it."""
    cut: str = ""
    """Why it was told to end."""


class Execution:
    """One process with all it starts; `stopping` ends it at once."""

    def __init__(self, run: str, *, limit_s: float, stopping: threading.Event, progress: Progress) -> None:
        self._run, self._limit_s, self._stopping, self._progress = run, limit_s, stopping, progress

    def run(self, order: Mapping[str, Any], told: Mapping[str, str], *, cwd: Path) -> Ended:
        """Start the process, give it its order, and return how it ended; nothing of it is left then."""
        with tempfile.TemporaryDirectory(prefix="workbench-run-") as private:
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", "workbench.jobs.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **told, "IPYTHONDIR": private, "JUPYTER_RUNTIME_DIR": private},
                cwd=cwd,
                start_new_session=True,
            )
            try:
                return self._watch(child, json.dumps(order).encode())
            finally:
                end_tree(self._run)
                child.wait()

    def _watch(self, child: subprocess.Popen[bytes], order: bytes) -> Ended:
        assert child.stdin is not None
        said = _Said(child, self._progress)
        with suppress(BrokenPipeError):
            child.stdin.write(order + b"\n")
            child.stdin.flush()
        deadline, cut = time.monotonic() + self._limit_s, ""
        while child.poll() is None and not cut:
            try:
                if time.monotonic() > deadline:
                    cut = f"it took longer than its time limit of {_spelt(self._limit_s)}"
                elif self._stopping.wait(LOOK_S):
                    end_tree(self._run)
            except KeyboardInterrupt:
                cut = "you interrupted it"
        if cut:
            _interrupt(child)
        return Ended(code=child.wait(), said=said.reason(), cut=cut)


class _Said:
    """Listens to what the process of a run tells."""

    def __init__(self, child: subprocess.Popen[bytes], progress: Progress) -> None:
        self._reason = ""
        self._thread = threading.Thread(target=self._listen, args=(child, progress), daemon=True)
        self._thread.start()

    def reason(self) -> str:
        """Return why it ended, once it has."""
        self._thread.join(GRACE_S)
        return self._reason

    def _listen(self, child: subprocess.Popen[bytes], progress: Progress) -> None:
        for record in _records(child):
            if "cell" in record:
                progress(record["cell"], record["of"])
            self._reason = str(record.get("reason", self._reason))


def _records(child: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    assert child.stdout is not None
    for line in child.stdout:
        with suppress(ValueError):
            record = json.loads(line)
            if isinstance(record, dict):
                yield record


def _interrupt(child: subprocess.Popen[bytes]) -> None:
    """Let it save what it has; whoever does not end then is ended with all it started."""
    child.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_S)
        return
    child.kill()


def _spelt(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return (
        f"{rest} seconds" if not minutes else f"{minutes} minutes" if not rest else f"{minutes} min {rest} s"
    )
