"""The events of jobs. All of one job stand in one stream, `job/<name>`: its version keeps two runs from beginning."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from opc_kernel.event import EventData
from opc_kernel.log.read_model import ReadModel, View
from opc_kernel.text import Text
from workbench.jobs.rule import Missed, Mode

Trigger = Literal["schedule", "caught up", "request", "went on"]
"""Why a run began: its time had come, or had come while nobody was there; you asked; the one before was cut off."""


class JobScheduled(EventData, type="job.scheduled"):
    """From now on these rules hold for the job; what was due before was due by the former ones."""

    cron: str | None = None
    zone: str
    missed: Missed
    stale_after_s: int
    time_limit_s: int
    mode: Mode
    parameters: dict[str, JsonValue] = Field(default_factory=dict)


class JobRequested(EventData, type="job.requested"):
    """Someone wants a run now; it begins as soon as no other of the job goes on."""

    run: str
    mode: Mode
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    resumes: str | None = None
    """The run that failed and that this one goes on from."""
    account: str


class JobStarted(EventData, type="job.started"):
    """A run began. What it appends has the id of the first run of its chain as its story."""

    run: str
    root: str
    """The first of the runs that go on from each other; the steps that were done are kept under it."""
    slot: datetime | None = None
    """When it was due."""
    trigger: Trigger
    mode: Mode
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    resumes: str | None = None
    attempt: int = 1
    """How often it was begun because the one before was cut off."""
    worker: str
    """The process that watches over it; see opc_kernel.flow.presence."""
    time_limit_s: int
    after: int
    """The position the log ended at."""


class JobCompleted(EventData, type="job.completed"):
    """A run came to its end."""

    run: str
    duration_s: float
    summary: Text = ""
    outputs: dict[str, JsonValue] = Field(default_factory=dict)
    events: dict[str, int] = Field(default_factory=dict)
    """How many events of each type it appended."""
    effects: tuple[str, ...] = ()
    """The streams of what it did outside."""
    notebook: str = ""
    """The executed notebook, below the company folder."""
    notebook_hash: str = ""


class JobFailed(EventData, type="job.failed"):
    """A run came to no good end; what it had done stays done."""

    run: str
    duration_s: float
    reason: Text
    """What is wrong, in a line."""
    cell: int | None = None
    """Which cell of the notebook, counted from 1."""
    source: Text = ""
    """Where that cell begins."""
    error: Text = ""
    """What Python said, in a line."""
    lost: bool = False
    """Its process ended without a word: no fault of the notebook."""
    notebook: str = ""
    notebook_hash: str = ""


class JobMissed(EventData, type="job.missed"):
    """Runs that were due and won't be made."""

    first: datetime
    last: datetime
    count: int
    reason: Text


class StepDone(EventData, type="job.step_done"):
    """A step of a run was done; a run that goes on from it takes what it came to. Stands in `job_run/<root>`."""

    run: str
    name: str
    output: JsonValue = None


EVENTS: tuple[type[EventData], ...] = (
    JobScheduled,
    JobRequested,
    JobStarted,
    JobCompleted,
    JobFailed,
    JobMissed,
    StepDone,
)
READ_MODELS = (ReadModel.load("workbench.jobs", "job"),)
VIEWS = (View.load("workbench.jobs", "job_run"), View.load("workbench.jobs", "job_missed"))


def stream_of(job: str) -> str:
    """Return the stream of a job of this name."""
    return f"job/{job}"
