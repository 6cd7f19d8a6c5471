"""A task: one piece of work, asked for by an event, whose every change of state is an event too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from opc_kernel.approvals.row import Option
from opc_kernel.errors import KernelError
from opc_kernel.event import EventData
from opc_kernel.log.protocol import Queryable
from opc_kernel.log.read_model import ReadModel
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
    side_effects: tuple[str, ...] = ()
    rollback_plan: Text = ""
    not_before: datetime | None = None


class TaskStarted(EventData, type="task.started"):
    """A worker took the task up."""

    worker: str


class TaskRetried(EventData, type="task.retried"):
    """The task goes back to be tried again."""

    reason: Text
    not_before: datetime | None = None
    waits: bool = False
    """It is not yet time for it: no attempt that failed."""


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
    """The operator said how a blocked task goes on."""

    choice: str
    hash: str
    channel: str
    account: str
    note: Text = ""


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
EVENTS: tuple[type[EventData], ...] = (*TRANSITIONS, TaskShown, TaskDecided)
READ_MODELS = (ReadModel.load("opc_kernel.flow", "task"),)


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
    attempts: int
    waiting_on: str | None
    choice: str | None
    """What the operator chose last, when it was blocked."""


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
    "stream, version, state, kind, agent, subject, trigger, correlation_id, attempts, waiting_on, choice"
)


def find_tasks(company: Queryable, name: str) -> list[Task]:
    """Return the tasks whose stream or id begins with `name`."""
    sql = f"SELECT {COLUMNS} FROM task WHERE starts_with(stream, $name) OR starts_with(stream, 'task/' || $name)"
    return [Task(**row) for row in company.query(sql, name=name).dicts()]
