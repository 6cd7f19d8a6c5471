"""Agents: a role is a function from a context to an outcome, with a statement of what it may touch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.effects.effect import Effect
from opc_kernel.flow.budget import Budget
from opc_kernel.flow.outcome import Outcome
from opc_kernel.flow.task import Task
from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.port import Memory
from opc_kernel.models.task_models import TaskModels

Note = Callable[[Mapping[str, JsonValue]], None]


def nowhere(_: Mapping[str, JsonValue]) -> None:
    """A short step needs no checkpoint: it is done again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an agent may know: the task, what the operator decided about its row, and a way to ask the company."""

    task: Task
    row: QueueRow | None
    """The row this task waits for or waited for; decided when its state is no longer open."""
    asked_back: str | None
    """What the operator asked back about this row, or about the one it replaced."""
    company: Queryable
    now: datetime
    effects: tuple[Effect, ...] = ()
    """What this task did outside, once all of it happened: the agent is asked once more what follows from it."""
    note: Note = nowhere
    """Notes how far a long step has come; whoever goes on finds it in `task.checkpoint`."""
    models: TaskModels | None = None
    """The models, where the agent may spend on them and the company can ask any."""
    memory: Memory | None = None
    """What is known of whom, and what was said, where the company remembers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A role. `steps` maps each kind of task it does to the function that does it."""

    name: str
    role: str
    capability: str
    steps: Mapping[str, Callable[[Context], Outcome]]
    may_read: tuple[str, ...]
    """Tables it may ask; with none it knows its inputs alone, and its tasks are done many at once."""
    may_write: tuple[str, ...]
    """Event types its outcomes may hold; the worker refuses any other."""
    may_act: tuple[str, ...] = ()
    """Kinds of effect it may ask for."""
    may_remember: bool = False
    """Whether it may change what memory holds: what is known of whom."""
    may_plan: bool = False
    """Whether it may start a plan that the operator approved."""
    may_spend: Budget = field(default_factory=Budget)
    """What one task of it may spend on models."""
    long: tuple[str, ...] = ()
    """Kinds of task that take their time: held by a lease and done beside others, as is whatever asks a model."""

    @property
    def uses_models(self) -> bool:
        """Whether it asks models."""
        return not self.may_spend.is_nothing

    def takes_time(self, kind: str) -> bool:
        """Whether a task of this kind is done under a lease, beside others."""
        return self.uses_models or kind in self.long


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """Event in, work out: each event of type `event` gets one task of `kind` for `agent`, or one plan of `workflow`."""

    event: str
    kind: str = ""
    agent: str = ""
    workflow: str | None = None

    @property
    def starts(self) -> str:
        """What it starts, by name."""
        return self.workflow or self.kind
