"""Asking an agent: what it may know goes in, what it may not do never comes out, and a gate is set where one is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from traceback import extract_tb

from pydantic import ValidationError

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.approvals.row import content_hash
from opc_kernel.clock import Clock
from opc_kernel.effects.effect import Effect
from opc_kernel.effects.intent import MAX_INTENTS, Intent, Mode
from opc_kernel.effects.ledger import Ledger
from opc_kernel.errors import KernelError
from opc_kernel.flow.agent import Agent, Context, Note, nowhere
from opc_kernel.flow.gate import approved, gate, needs_gate
from opc_kernel.flow.outcome import Act, Ask, Block, Cancel, Done, Outcome, Propose, Retry
from opc_kernel.flow.plan import load_plan
from opc_kernel.flow.reading import Reading
from opc_kernel.flow.storing import Storable
from opc_kernel.flow.task import Task
from opc_kernel.log.protocol import Company
from opc_kernel.memory.port import Memory
from opc_kernel.models.port import ModelPort, Use
from opc_kernel.models.task_models import TaskModels
from opc_kernel.telemetry import warn

MAX_ATTEMPTS = 2
"""After this many failed deliveries a person is asked."""


OURS = frozenset(
    (
        "conductor",
        "connector",
        "effect",
        "hold",
        "log",
        "model",
        "model_call",
        "plan",
        "proposal",
        "question",
        "task",
    )
)
"""Categories of streams that say what is decided, done and stopped: whatever an agent wrote there would change that."""
MEMORY = frozenset(("apart", "contradiction", "entity", "fact", "item", "lesson", "likeness", "memory"))
"""Categories of streams that are what memory holds: only who may remember writes there."""


class NotAllowed(KernelError):
    """An agent's outcome holds what its role may not write or do."""

    def __init__(self, agent: str, what: str, verb: str = "write") -> None:
        super().__init__(
            f"The {agent} may not {verb} {what!r}.", "Nothing was stored; see 'workbench agent list'."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A task, its row, and what the operator asked back: what was so when it was looked at."""

    task: Task
    row: QueueRow | None = None
    asked_back: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """These may be done now, in this mode; `approval` is the row that allows it where one is needed."""

    intents: tuple[Intent, ...]
    mode: Mode
    approval: str | None


class Asking:
    """Turns a task into what comes of it, by asking its agent. It stores nothing."""

    def __init__(
        self,
        company: Company,
        agents: Mapping[str, Agent],
        ledger: Ledger | None,
        *,
        clock: Clock,
        models: ModelPort | None,
        memory: Memory | None = None,
    ) -> None:
        self._company, self._agents, self._ledger = company, agents, ledger
        self._clock, self._models, self._memory = clock, models, memory

    def ask(self, seen: Seen, *, effects: tuple[Effect, ...] = (), note: Note = nowhere) -> Storable | Begin:
        """Return what the task's agent says. A failing agent is an outcome too: it stops no other task."""
        task = seen.task
        agent = self._agents.get(task.agent)
        step = agent.steps.get(task.kind) if agent else None
        if agent is None or step is None:
            return Block(
                reason=f"No agent {task.agent!r} does {task.kind!r} here.", tried="looked for the agent"
            )
        context = Context(
            task=task,
            row=seen.row,
            asked_back=seen.asked_back,
            company=Reading(self._company, agent.name, agent.may_read),
            now=self._clock.now(),
            effects=effects,
            note=note,
            models=self._models_for(agent, task),
            memory=self._memory,
        )
        try:
            outcome = step(context)
            check_allowed(agent, task, outcome)
            check_start(agent, seen, outcome)
            return self._gated(seen, outcome, done=bool(effects)) if isinstance(outcome, Act) else outcome
        except Exception as error:  # noqa: BLE001 - the border between worker and agents: the cause goes into the log
            return failed(task, error)

    def _models_for(self, agent: Agent, task: Task) -> TaskModels | None:
        if self._models is None or not agent.uses_models:
            return None
        plan = load_plan(self._company, task.plan) if task.plan else None
        story = plan.composed.budget if plan is not None else None
        return TaskModels(self._models, Use.of(task, allowed=agent.may_spend, story=story))

    def _gated(self, seen: Seen, act: Act, *, done: bool) -> Storable | Begin:
        """Return what an intent comes to: the row that asks for it, its beginning, or its end where it is done."""
        if done or not act.intents:
            return Done(result=act.result, output=act.output)
        if self._ledger is None:
            return Block(reason="Nothing can be done outside from here.", tried=act.summary)
        kinds, mode = self._ledger.kinds, self._ledger.mode(act.intents)
        if not needs_gate(act.intents, kinds, seen.task):
            return Begin(intents=act.intents, mode=mode, approval=None)
        proposal, row = gate(act, kinds, mode), seen.row
        if row is None or row.hash != content_hash(proposal):
            return Propose(proposal=proposal)
        match row.state:
            case "approved":
                return Begin(intents=approved(row), mode=mode, approval=row.key)
            case "rejected":
                return Cancel(reason=row.note or "you rejected it")
            case _:
                return Propose(proposal=proposal)


def check_allowed(agent: Agent, task: Task, outcome: Outcome) -> None:
    """Raise NotAllowed for what the agent's role, or the step it does, does not cover."""
    if isinstance(outcome, Done | Ask | Propose):
        for write in outcome.writes:
            if write.data.event_type not in agent.may_write:
                raise NotAllowed(agent.name, write.data.event_type)
            category = write.stream.partition("/")[0]
            if category in OURS or (category in MEMORY and not agent.may_remember):
                raise NotAllowed(agent.name, write.stream)
    if isinstance(outcome, Act):
        if len(outcome.intents) > MAX_INTENTS:
            raise NotAllowed(agent.name, f"{len(outcome.intents)} things at once", "do")
        for intent in outcome.intents:
            if intent.kind not in agent.may_act or (task.plan and intent.kind not in task.side_effects):
                raise NotAllowed(agent.name, intent.kind, "do")
    if isinstance(outcome, Propose) and outcome.proposal.effects is not None:
        raise NotAllowed(agent.name, "effects", "propose by itself")


def check_start(agent: Agent, seen: Seen, outcome: Outcome) -> None:
    """Raise NotAllowed for a plan that begins without the operator's word."""
    if isinstance(outcome, Done) and outcome.starts is not None:
        row = seen.row
        is_approved = row is not None and row.kind == "proposal" and row.state == "approved"
        if not (agent.may_plan and is_approved and seen.task.plan is None):
            raise NotAllowed(agent.name, outcome.starts.workflow, "start")


def failed(task: Task, error: Exception) -> Retry | Block:
    """Return what a failure comes to: another try, and then a person is asked."""
    warn("agent failed", correlation_id=task.correlation_id, agent=task.agent, error=type(error).__name__)
    reason = f"{type(error).__name__}{_told(error)}"[:500].encode(errors="replace").decode()
    if task.attempts < MAX_ATTEMPTS:
        return Retry(reason=reason, after=timedelta(0), failed=True)
    return Block(reason=reason, tried=f"{task.attempts + 1} times")


def _told(error: Exception) -> str:
    """Say what went wrong in our own words: a library's may hold an address with a token, or a password."""
    match error:
        case KernelError():
            return f": {error}"
        case ValidationError():
            found = error.errors(include_url=False, include_input=False, include_context=False)
            return ": " + "; ".join(f"{'.'.join(map(str, each['loc']))} {each['msg']}" for each in found)
        case _:
            places = [
                each for each in extract_tb(error.__traceback__) if "site-packages" not in each.filename
            ]
            return f" in {Path(places[-1].filename).name}, line {places[-1].lineno}" if places else ""
