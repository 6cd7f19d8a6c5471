"""Carries out a run that began: papermill in a process of its own, watched until its end, and what it came to."""

from __future__ import annotations

import hashlib
import json
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from opc_kernel.errors import KernelError
from opc_kernel.event import EventData, InvalidEvent, Write
from opc_kernel.log.errors import VersionConflict
from opc_kernel.log.files import make_folder, write_whole
from opc_kernel.sql import load_sql
from workbench.company import Company
from workbench.jobs.events import JobCompleted, JobFailed, JobStarted, stream_of
from workbench.jobs.execution import Ended, Execution, Progress
from workbench.jobs.finding import find_job
from workbench.jobs.hiding import Hiding
from workbench.jobs.known import known_jobs
from workbench.jobs.known_secrets import known_secrets
from workbench.jobs.mark import CAUSE, COMPANY, JOB, MODE, ROOT, RUN
from workbench.jobs.mender import look_again
from workbench.jobs.notebook import Notebook, notebook_of
from workbench.jobs.schedule import ACTOR, Begun
from workbench.jobs.verdict import Verdict, read_verdict, without_ours

RUNS = "runs"
ATTEMPTS = 20


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
        started = time.monotonic()
        came = self._came(begun, progress)
        came = came.model_copy(update={"duration_s": round(time.monotonic() - started, 3)})
        return came if self.stopped else self._stored(begun, came)

    def _came(self, begun: Begun, progress: Progress) -> JobCompleted | JobFailed:
        try:
            return self._run(begun, progress)
        except KernelError as error:
            reason = error.happened
        except OSError as error:
            reason = f"the machine refused: {error.strerror}"
        except Exception as error:  # noqa: BLE001 - whatever it was, a run without an end would keep all others waiting
            reason = f"it can't be judged: {type(error).__name__}"
        return JobFailed(run=begun.data.run, duration_s=0.0, reason=reason)

    def _run(self, begun: Begun, progress: Progress) -> JobCompleted | JobFailed:
        folder, settings, what = self._company.folder, self._company.settings, begun.data
        place = run_path(folder, begun.job, what.run)
        make_folder(place.parent)
        _clear(place.parent)
        notebook = find_job(folder, settings, begun.job).notebook
        parameters = notebook.given({**what.parameters, "mode": what.mode})
        secrets = known_secrets(folder, settings)
        ended = self._execute(notebook, begun, parameters, secrets, place, progress)
        hiding = Hiding(secrets)
        return self._outcome(begun, ended, _kept(place, hiding), hiding.anything(parameters))

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
        folder, what = str(self._company.folder), begun.data
        order = {
            "run": what.run,
            "notebook": notebook.content,
            "parameters": parameters,
            "output": partial_path(place).name,
            "cwd": folder,
            "secrets": secrets,
        }
        told = {
            COMPANY: folder,
            RUN: what.run,
            JOB: begun.job,
            MODE: what.mode,
            ROOT: what.root,
            CAUSE: begun.cause,
        }
        execution = Execution(what.run, limit_s=what.time_limit_s, stopping=self._stopping, progress=progress)
        return execution.run(order, told, cwd=place.parent)

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


def run_path(folder: Path, job: str, run: str) -> Path:
    """Return where the executed notebook of a run lies."""
    return folder / RUNS / job / f"{run}.ipynb"


def partial_path(place: Path) -> Path:
    """Return where it grows while the run goes on."""
    return place.with_name(f".{place.stem}.part.ipynb")


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
