"""Carries out a run that began: papermill in a process of its own, watched until its end, and what it came to."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opc_kernel.errors import KernelError
from opc_kernel.event import EventData, InvalidEvent, Write
from opc_kernel.log.errors import VersionConflict
from opc_kernel.log.files import make_folder, write_whole
from opc_kernel.sql import load_sql
from workbench.company import Company
from workbench.jobs.events import JobCompleted, JobFailed, JobStarted, stream_of
from workbench.jobs.finding import find_job
from workbench.jobs.hiding import Hiding
from workbench.jobs.known import known_jobs
from workbench.jobs.known_secrets import known_secrets
from workbench.jobs.mark import CAUSE, COMPANY, JOB, MODE, ROOT, RUN
from workbench.jobs.mender import look_again
from workbench.jobs.notebook import Notebook, notebook_of
from workbench.jobs.schedule import ACTOR, Begun
from workbench.jobs.verdict import Verdict, read_verdict, without_ours
from workbench.jobs.whole_tree import end_tree

RUNS = "runs"
LOOK_S = 0.02
GRACE_S = 5.0
"""So long a run that is told to end may take to save its notebook."""
ATTEMPTS = 20

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


class Runner:
    """Carries out runs, several at once where several threads ask; `stop` ends them all."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._stopping = threading.Event()

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """End every run now; whoever keeps the schedule next finds them cut off, and goes on."""
        self._stopping.set()

    def carry_out(self, begun: Begun, *, progress: Progress = lambda _, __: None) -> JobCompleted | JobFailed:
        """Run a notebook to its end, whatever that is, and store what came of it; one that was stopped has no end."""
        started, what = time.monotonic(), begun.data
        place = run_path(self._company.folder, begun.job, what.run)
        try:
            make_folder(place.parent)
            _clear(place.parent)
            job = find_job(self._company.folder, self._company.settings, begun.job)
            parameters = job.notebook.given({**what.parameters, "mode": what.mode})
            secrets = known_secrets(self._company.folder, self._company.settings)
            ended = self._execute(job.notebook, begun, parameters, secrets, place, progress)
            hiding = Hiding(secrets)
            came = self._outcome(begun, ended, _kept(place, hiding), hiding.anything(parameters))
        except KernelError as error:
            came = JobFailed(run=what.run, duration_s=0.0, reason=error.happened)
        except OSError as error:
            came = JobFailed(run=what.run, duration_s=0.0, reason=f"the machine refused: {error.strerror}")
        except Exception as error:  # noqa: BLE001 - whatever it was, a run without an end would keep all others waiting
            came = JobFailed(
                run=what.run, duration_s=0.0, reason=f"it can't be judged: {type(error).__name__}"
            )
        came = came.model_copy(update={"duration_s": round(time.monotonic() - started, 3)})
        return came if self.stopped else self._stored(begun, came)

    def _stored(self, begun: Begun, came: JobCompleted | JobFailed) -> JobCompleted | JobFailed:
        """Store the end of a run; one that the log refuses is stored as a failure."""
        try:
            self._store(begun, came)
        except (InvalidEvent, ValueError):
            reason = "what it came to can't be kept: it is too large, or holds what JSON can't"
            came = JobFailed(
                run=came.run,
                duration_s=came.duration_s,
                reason=reason,
                notebook=came.notebook,
                notebook_hash=came.notebook_hash,
            )
            self._store(begun, came)
        return came

    def _execute(
        self,
        notebook: Notebook,
        begun: Begun,
        parameters: dict[str, Any],
        secrets: tuple[str, ...],
        place: Path,
        progress: Progress,
    ) -> Ended:
        what, company = begun.data, self._company
        order = {
            "run": what.run,
            "notebook": notebook.content,
            "parameters": parameters,
            "output": partial_path(place).name,
            "cwd": str(company.folder),
            "secrets": secrets,
        }
        told = {
            COMPANY: str(company.folder),
            RUN: what.run,
            JOB: begun.job,
            MODE: what.mode,
            ROOT: what.root,
            CAUSE: begun.cause,
        }
        with tempfile.TemporaryDirectory(prefix="workbench-run-") as private:
            told |= {"IPYTHONDIR": private, "JUPYTER_RUNTIME_DIR": private}
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", "workbench.jobs.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | told,
                cwd=place.parent,
                start_new_session=True,
            )
            try:
                return self._watch(child, what.run, json.dumps(order).encode(), what.time_limit_s, progress)
            finally:
                end_tree(what.run)
                child.wait()

    def _watch(
        self, child: subprocess.Popen[bytes], run: str, order: bytes, limit_s: float, progress: Progress
    ) -> Ended:
        assert child.stdin is not None
        said = _Said(child, progress)
        with suppress(BrokenPipeError):
            child.stdin.write(order + b"\n")
            child.stdin.flush()
        deadline, cut = time.monotonic() + limit_s, ""
        while child.poll() is None and not cut:
            try:
                if time.monotonic() > deadline:
                    cut = f"it took longer than its time limit of {_spelt(limit_s)}"
                elif self._stopping.wait(LOOK_S):
                    end_tree(run)
            except KeyboardInterrupt:
                cut = "you interrupted it"
        if cut:
            _interrupt(child)
        return Ended(code=child.wait(), said=said.reason(), cut=cut)

    def _outcome(
        self, begun: Begun, ended: Ended, kept: tuple[Notebook, str] | None, asked: dict[str, Any]
    ) -> JobCompleted | JobFailed:
        run = begun.data.run
        verdict = read_verdict(kept[0], asked) if kept else Verdict()
        lies = {
            "run": run,
            "duration_s": 0.0,
            "notebook": f"{RUNS}/{begun.job}/{run}.ipynb" if kept else "",
            "notebook_hash": kept[1] if kept else "",
        }
        reason = _why(ended, verdict)
        if not reason:
            events, effects = self._appended(begun.data)
            outputs = dict(verdict.outputs)
            return JobCompleted(
                **lies, summary=verdict.summary, outputs=outputs, events=events, effects=effects
            )
        failure = verdict.failure
        if failure is None:
            return JobFailed(**lies, reason=reason)
        return JobFailed(**lies, reason=reason, cell=failure.cell, source=failure.source, error=failure.error)

    def _appended(self, run: JobStarted) -> tuple[dict[str, int], tuple[str, ...]]:
        rows = self._company.query(
            load_sql("workbench.jobs", "appended"), story=run.root, after=run.after
        ).rows
        effects = tuple(sorted({stream for _, streams, _ in rows for stream in streams or ()}))
        return {kind: count for kind, _, count in rows}, effects

    def _store(self, begun: Begun, came: EventData) -> None:
        """Append the end of a run, once: whoever found its process gone told of it before."""
        stream = stream_of(begun.job)
        for _ in range(ATTEMPTS):
            known = known_jobs(self._company)[begun.job]
            if known.running is None or known.running.run != begun.data.run:
                return
            write = Write(
                stream=stream,
                data=came,
                actor=ACTOR,
                correlation_id=begun.data.root,
                causation_id=begun.cause,
            )
            with suppress(VersionConflict):
                self._company.append([write], expected={stream: known.version})
                look_again(self._company, begun.job)
                return


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


def run_path(folder: Path, job: str, run: str) -> Path:
    """Return where the executed notebook of a run lies."""
    return folder / RUNS / job / f"{run}.ipynb"


def partial_path(place: Path) -> Path:
    """Return where it grows while the run goes on."""
    return place.with_name(f".{place.stem}.part.ipynb")


def _records(child: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    assert child.stdout is not None
    for line in child.stdout:
        with suppress(ValueError):
            record = json.loads(line)
            if isinstance(record, dict):
                yield record


def _clear(folder: Path) -> None:
    """Remove what runs that were cut off had begun to write: no other run of the job goes on."""
    for left in folder.glob(".*.part.ipynb"):
        left.unlink(missing_ok=True)


def _kept(place: Path, hiding: Hiding) -> tuple[Notebook, str] | None:
    """Put the executed notebook where it stays, once more without secrets; None where none was written."""
    part = partial_path(place)
    try:
        executed = notebook_of(place.stem, part.read_bytes())
    except (OSError, KernelError):
        return None
    content = json.dumps(
        hiding.anything(without_ours(executed.content)), ensure_ascii=False, indent=1
    ).encode()
    write_whole(place, content)
    part.unlink(missing_ok=True)
    return executed, hashlib.sha256(content).hexdigest()


def _why(ended: Ended, verdict: Verdict) -> str:
    """Say what was wrong with a run, empty when nothing was."""
    if ended.cut:
        return ended.cut
    if verdict.failure:
        where = f"cell {verdict.failure.cell}" if verdict.failure.cell else "a cell of papermill's"
        return f"{where} failed: {verdict.failure.error.splitlines()[0]}"
    if ended.code:
        return ended.said or f"its process ended with {_ending(ended.code)}"
    if verdict.differing:
        return f"a parameter did not take: {verdict.differing}"
    return "" if verdict.finished else "it ended without run.finish(…), so nobody knows whether it did all"


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


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
