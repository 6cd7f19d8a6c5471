"""A task: one piece of work, asked for by an event, whose every change of state is an event too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import msgspec
from pydantic import Field, JsonValue

from opc_kernel.approvals.row import Option
from opc_kernel.errors import KernelError
from opc_kernel.event import EventData
from opc_kernel.log.protocol import Queryable
from opc_kernel.log.read_model import ReadModel, View
from opc_kernel.log.rows import Rows
from opc_kernel.text import Text

State = Literal["requested", "in-progress", "blocked", "completed", "reconciled", "failed", "cancelled"]

MAY_BECOME: dict[State, tuple[State, ...]] = {
    "requested": ("in-progress", "blocked", "cancelled"),
    "in-progress": ("requested", "blocked", "completed", "failed", "cancelled"),
    "blocked": ("requested", "in-progress", "completed", "failed", "cancelled"),
    "completed": ("reconciled", "blocked"),
    "reconciled": (),
    "failed": (),
    "cancelled": (),
}


class TaskRequested(EventData, type="task.requested"):
    """Someone or something asked for work."""

    kind: str
    agent: str
    subject: str
    """The stream the work is about."""
    trigger: str
    """Id of the event that asked for it."""
    required_approvals: tuple[str, ...] = ()
    """Kinds of effect that wait for the operator."""
    side_effects: tuple[str, ...] = ()
    """Kinds of effect it may ask for."""
    rollback_plan: Text = ""
    not_before: datetime | None = None
    plan: str | None = None
    """The stream of the plan it is a step of."""
    step: str = ""
    inputs: dict[str, JsonValue] = Field(default_factory=dict)
    """What it is given: what the plan was asked with, and what the steps before it came to."""
    due: datetime | None = None
    """When it should be done."""
    priority: int = 0
    """Higher goes first."""


class TaskStarted(EventData, type="task.started"):
    """A worker took the task up. Its version is the fencing token of what is done under it."""

    worker: str
    until: datetime | None = None
    """When its lease runs out; None where it was done in the same moment."""


class TaskActing(EventData, type="task.acting"):
    """It begins to do something outside; until its end it goes on with exactly this."""

    effects: tuple[str, ...]
    """The streams of the effects, in their order."""


class TaskExtended(EventData, type="task.extended"):
    """The worker lives and needs longer."""

    until: datetime


class TaskCheckpointed(EventData, type="task.checkpointed"):
    """How far a long step has come: whoever takes it up goes on from here."""

    state: dict[str, JsonValue]


class TaskRetried(EventData, type="task.retried"):
    """The task goes back to be tried again."""

    reason: Text
    not_before: datetime | None = None
    waits: bool = False
    """It is not yet time for it: no attempt that failed."""
    lost: bool = False
    """Its worker did not come back: another takes it up."""


class TaskBlocked(EventData, type="task.blocked"):
    """The task can't go on by itself: it waits for a row of the queue, or says what would unblock it."""

    waiting_on: str | None = None
    """Key of the row whose decision unblocks it."""
    reason: Text = ""
    tried: Text = ""
    options: tuple[Option, ...] = ()
    hash: str = ""


class TaskCompleted(EventData, type="task.completed"):
    """The work is done."""

    result: Text
    by_hand: bool = False
    output: dict[str, JsonValue] = Field(default_factory=dict)
    """What later steps are given."""
    rehearsed: bool = False
    """Something of it was only recorded, in the sandbox."""


class TaskReconciled(EventData, type="task.reconciled"):
    """Every effect of the task was read back from outside."""


class TaskFailed(EventData, type="task.failed"):
    """The work can't be done."""

    reason: Text


class TaskCancelled(EventData, type="task.cancelled"):
    """Nobody wants the work any more."""

    reason: Text


class TaskShown(EventData, type="task.shown"):
    """The operator could see the blocked task for the first time."""

    channel: str
    hash: str


class TaskDecided(EventData, type="task.decided"):
    """A person said how a task goes on: each time is a manual fix."""

    choice: str
    hash: str
    """Of the row that was shown; empty where the task was no row of the queue."""
    channel: str
    account: str
    note: Text = ""


BESIDE: tuple[type[EventData], ...] = (TaskActing, TaskExtended, TaskCheckpointed, TaskShown, TaskDecided)
"""What changes no state."""
TRANSITIONS: dict[type[EventData], State] = {
    TaskRequested: "requested",
    TaskStarted: "in-progress",
    TaskRetried: "requested",
    TaskBlocked: "blocked",
    TaskCompleted: "completed",
    TaskReconciled: "reconciled",
    TaskFailed: "failed",
    TaskCancelled: "cancelled",
}
EVENTS: tuple[type[EventData], ...] = (*TRANSITIONS, *BESIDE)
READ_MODELS = (ReadModel.load("opc_kernel.flow", "task"),)
VIEWS = (View.load("opc_kernel.flow", "manual_fix"),)


class ImpossibleTransition(KernelError):
    """A task was asked to become what it can't become."""

    def __init__(self, task: str, state: State, target: State) -> None:
        allowed = ", ".join(MAY_BECOME[state]) or "nothing: this is its end"
        super().__init__(
            f"{task} is {state} and can't become {target}.", f"From {state} it may become {allowed}."
        )
        self.task, self.state, self.target = task, state, target


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a task looks like now."""

    stream: str
    version: int
    state: State
    kind: str
    agent: str
    subject: str
    trigger: str
    correlation_id: str
    attempts: int = 0
    """How often it failed."""
    takeovers: int = 0
    """How often its worker did not come back since it last got anywhere."""
    waiting_on: str | None = None
    choice: str | None = None
    """What the operator chose last, when it was blocked."""
    account: str | None = None
    """Who chose it."""
    decided_position: int | None = None
    plan: str | None = None
    step: str = ""
    inputs: Mapping[str, JsonValue] = field(default_factory=dict)
    checkpoint: Mapping[str, JsonValue] | None = None
    """What it noted of how far it had come."""
    required_approvals: tuple[str, ...] = ()
    """Kinds of effect that wait for the operator although they could be undone."""
    side_effects: tuple[str, ...] = ()
    """Kinds of effect that a step may ask for."""
    effects: tuple[str, ...] = ()
    """The streams of what it did outside."""
    priority: int = 0
    due: datetime | None = None
    updated_at: datetime | None = None


def check_path(task: str, state: State, events: tuple[EventData, ...]) -> None:
    """Raise ImpossibleTransition unless a task in `state` may go through these events one after the other."""
    for event in events:
        target = TRANSITIONS.get(type(event))
        if target is not None:
            if target not in MAY_BECOME[state]:
                raise ImpossibleTransition(task, state, target)
            state = target


def after_choice(choice: str, note: str) -> EventData:
    """Return what the operator's choice makes of a blocked task; an agent's own options send it back to the agent."""
    match choice:
        case "done":
            return TaskCompleted(result=note or "done by hand", by_hand=True)
        case "cancel":
            return TaskCancelled(reason=note or "cancelled by the operator")
        case _:
            return TaskRetried(reason=note or f"the operator chose {choice}")


COLUMNS = (
    "stream, version, state, kind, agent, subject, trigger, correlation_id, attempts, takeovers, waiting_on, choice, "
    "account, decided_position, plan, step, inputs, checkpoint, required_approvals, side_effects, effects, priority, "
    "due, updated_at"
)


def tasks_of(rows: Rows) -> list[Task]:
    """Return tasks from rows with COLUMNS."""
    return [
        Task(
            **{
                **row,
                "inputs": msgspec.json.decode(row["inputs"] or "{}"),
                "checkpoint": msgspec.json.decode(row["checkpoint"]) if row["checkpoint"] else None,
                "effects": tuple(row["effects"] or ()),
                "required_approvals": tuple(msgspec.json.decode(row["required_approvals"] or "[]")),
                "side_effects": tuple(msgspec.json.decode(row["side_effects"] or "[]")),
            }
        )
        for row in rows.dicts()
    ]


def find_tasks(company: Queryable, name: str) -> list[Task]:
    """Return the tasks whose stream or id begins with `name`."""
    sql = f"SELECT {COLUMNS} FROM task WHERE starts_with(stream, $name) OR starts_with(stream, 'task/' || $name)"
    return tasks_of(company.query(sql, name=name))
