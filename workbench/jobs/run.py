"""A run as its notebook sees it: `run = begin(mode)`, then steps, then `run.finish`.

Under a schedule the process that watches over the run says which it is; by hand, in JupyterLab, it is one of its own
that is written down nowhere.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from opc_kernel.event import ANY_VERSION, Write
from opc_kernel.ids import derived_id, new_id
from workbench.company import Company, open_company
from workbench.jobs.errors import ModeDiffers, StepTwice, StepUnfit
from workbench.jobs.events import StepDone
from workbench.jobs.hiding import Hiding
from workbench.jobs.known_secrets import known_secrets
from workbench.jobs.mark import CAUSE, COMPANY, JOB, MODE, ROOT, RUN
from workbench.jobs.plain_errors import tell_plainly
from workbench.jobs.run_log import RunLog
from workbench.jobs.verdict import MAX_SUMMARY, RESULT

DONE = (
    "SELECT data->'output' FROM event_now WHERE stream = $stream AND type = 'job.step_done' AND data->>'name' = $name "
    "ORDER BY position LIMIT 1"
)
MAX_OUTPUT_BYTES = 200_000


class Run:
    """One run of a job."""

    def __init__(self, company: Company, *, job: str, run: str, root: str, rehearses: bool) -> None:
        self.company, self.job, self.id, self.rehearses = company, job, run, rehearses
        self._root = root
        self._steps: set[str] = set()

    @property
    def day(self) -> date:
        """The day it is in the company's zone."""
        return self.company.today

    def step(self, name: str, do: Callable[[], JsonValue]) -> JsonValue:
        """Do what changes something, once: a run that goes on from one that failed takes what the step came to.

        Returns what `do` returns, which must be JSON; in the sandbox nothing is done, and that is None. A step that
        was cut off in its middle is done again: let it be safe to do twice. Raises StepUnfit, StepTwice.
        """
        if name in self._steps:
            raise StepTwice(name)
        self._steps.add(name)
        if self.rehearses:
            print(f"sandbox: {name} was not done")  # noqa: T201 - the notebook's own output
            return None
        stream = f"job_run/{self._root}"
        done = self.company.query(DONE, stream=stream, name=name).rows
        if done:
            print(f"{name} was done before")  # noqa: T201 - the notebook's own output
            return json.loads(done[0][0]) if done[0][0] is not None else None
        output = _as_json(name, do())
        write = Write(
            stream=stream,
            data=StepDone(run=self.id, name=name, output=self._hidden(output)),
            actor=f"job {self.job}",
            event_id=derived_id(stream, name),
        )
        self.company.append([write], expected={stream: ANY_VERSION})
        return output

    def _hidden(self, output: JsonValue) -> JsonValue:
        """No secret comes into the log: a run that goes on finds it hidden."""
        secrets = known_secrets(self.company.folder, self.company.settings)
        return Hiding(secrets).anything(output)  # type: ignore[no-any-return]  # JSON as it came

    def finish(self, summary: str, /, **outputs: JsonValue) -> None:
        """Say in a line what the run came to, with what others may want to know of it as JSON. Raises StepUnfit."""
        from IPython.display import display

        if not summary.strip() or len(summary) > MAX_SUMMARY:
            raise StepUnfit("finish", f"its summary is empty, or longer than {MAX_SUMMARY} characters")
        found = _as_json("finish", outputs)
        shown = {"text/plain": summary, RESULT: {"summary": summary, "outputs": found}}
        display(shown, raw=True)  # type: ignore[no-untyped-call]  # IPython has no types


def begin(mode: str, *, folder: str | Path | None = None) -> Run:
    """Begin this notebook's work, and say in which mode as its first line.

    `mode` is the notebook's parameter. By hand, `folder` names the company, or WORKBENCH_COMPANY does, else the
    present folder. Raises ModeDiffers, and what opening raises.
    """
    tell_plainly()
    told: Mapping[str, str] = os.environ
    asked = told.get(MODE, mode)
    if mode != asked or mode not in {"sandbox", "production"}:
        raise ModeDiffers(asked, mode)
    company = open_company(folder or told.get(COMPANY, "."))
    run = told.get(RUN) or new_id()
    made = Run(
        company,
        job=told.get(JOB, "by hand"),
        run=run,
        root=told.get(ROOT, run),
        rehearses=mode == "sandbox",
    )
    company.log = RunLog(
        company.log, story=told.get(ROOT, run), cause=told.get(CAUSE), rehearses=made.rehearses
    )
    now = company.now.astimezone(company.settings.tz)
    print(f"{mode} · {made.job} · {now:%a %d %b %Y %H:%M} {company.settings.zone}")  # noqa: T201 - the first line
    return made


def _as_json(name: str, value: Any) -> JsonValue:  # noqa: ANN401 - whatever a notebook gives
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise StepUnfit(name, str(error)) from error
    if len(text.encode()) > MAX_OUTPUT_BYTES:
        raise StepUnfit(name, f"it is larger than {MAX_OUTPUT_BYTES:,} bytes")
    return json.loads(text)  # type: ignore[no-any-return]
