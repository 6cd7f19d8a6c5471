"""Agents: a role is a function from a context to an outcome, with a statement of what it may touch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.flow.outcome import Outcome
from opc_kernel.flow.task import Task
from opc_kernel.log.protocol import Queryable


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A role. `steps` maps each kind of task it does to the function that does it."""

    name: str
    role: str
    capability: str
    steps: dict[str, Callable[[Context], Outcome]]
    may_read: tuple[str, ...]
    may_write: tuple[str, ...]
    """Event types its outcomes may hold; the worker refuses any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """Event in, task out: each event of type `event` gets one task of `kind` for `agent`."""

    event: str
    kind: str
    agent: str
