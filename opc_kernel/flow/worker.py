"""The worker: starts the tasks that events ask for, runs what is due, and turns each outcome into events."""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from opc_kernel.approvals.queue import QueueRow, rows_of
from opc_kernel.approvals.row import (
    ProposalMade,
    ProposalReplaced,
    QuestionAsked,
    QuestionReplaced,
    content_hash,
)
from opc_kernel.clock import Clock
from opc_kernel.errors import KernelError
from opc_kernel.event import NEW_STREAM, EventData, Write
from opc_kernel.flow.agent import Agent, Context, Reaction
from opc_kernel.flow.outcome import Ask, Block, Cancel, Done, Outcome, Propose, Retry
from opc_kernel.flow.task import (
    Task,
    TaskBlocked,
    TaskCancelled,
    TaskCompleted,
    TaskRequested,
    TaskRetried,
    TaskStarted,
    check_path,
)
from opc_kernel.ids import derived_id
from opc_kernel.log.database import load_sql
from opc_kernel.log.errors import AppendRefused, VersionConflict
from opc_kernel.log.protocol import Company
from opc_kernel.telemetry import operation, warn

BATCH = 500
MAX_ROUNDS = 200
MAX_ATTEMPTS = 2
"""After this many failed deliveries a person is asked."""


class NotAllowed(KernelError):
    """An agent's outcome holds an event its role may not write."""

    def __init__(self, agent: str, event_type: str) -> None:
        super().__init__(
            f"The {agent} may not write {event_type!r}.", "Nothing was stored; see 'workbench agent list'."
        )


@dataclass(slots=True)
class Summary:
    """What one run of the worker did."""

    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def changed(self) -> int:
        """How many tasks moved."""
        return sum(self.outcomes.values())


class Worker:
    """Does the work of one company; several may run at once, each step is taken by the first."""

    def __init__(
        self, company: Company, agents: Iterable[Agent], reactions: Sequence[Reaction], *, clock: Clock
    ) -> None:
        self._company = company
        self._agents = {agent.name: agent for agent in agents}
        self._reactions = reactions
        self._clock = clock
        self._name = f"{socket.gethostname()}:{os.getpid()}"

    def run_until_idle(self) -> Summary:
        """Go on, round after round, until nothing moves any more."""
        return self._rounds(MAX_ROUNDS)

    def run_once(self) -> Summary:
        """Do what is due now, but not what that leads to."""
        return self._rounds(1)

    def _rounds(self, limit: int) -> Summary:
        summary = Summary()
        with operation("work") as line:
            for _ in range(limit):
                if not self._round(summary):
                    break
            line["tasks"] = summary.changed
        return summary

    def _round(self, summary: Summary) -> int:
        """React to events and do what is due; when nothing was, look again at what waits."""
        moved = self._react() + self._run(self._due(), summary)
        return moved or self._run(self._waiting(), summary)

    def _react(self) -> int:
        started = 0
        for reaction in self._reactions:
            sql = load_sql("opc_kernel.flow", "unanswered")
            rows = self._company.query(sql, kind=reaction.kind, type=reaction.event, limit=BATCH)
            writes = [_request(reaction, *row) for row in rows]
            if writes and self._try(writes, {write.stream: NEW_STREAM for write in writes}):
                started += len(writes)
        return started

    def _due(self) -> list[Task]:
        rows = self._company.query(load_sql("opc_kernel.flow", "due"), now=self._clock.now(), limit=BATCH)
        return [Task(**row) for row in rows.dicts()]

    def _waiting(self) -> list[Task]:
        rows = self._company.query(load_sql("opc_kernel.flow", "waiting"), limit=BATCH)
        return [Task(**row) for row in rows.dicts()]

    def _run(self, tasks: Sequence[Task], summary: Summary) -> int:
        moved = 0
        for task in tasks:
            row = self._row(task)
            outcome = self._ask_agent(task, row)
            if not self._stands(outcome, row) and self._apply(task, row, outcome):
                summary.outcomes[type(outcome).__name__] += 1
                moved += 1
        return moved

    def _row(self, task: Task) -> QueueRow | None:
        return next(iter(rows_of(self._company, [task.waiting_on])), None) if task.waiting_on else None

    def _ask_agent(self, task: Task, row: QueueRow | None) -> Outcome:
        """A failing agent is an outcome too: no task's failure stops another, and none is tried for ever."""
        agent = self._agents.get(task.agent)
        step = agent.steps.get(task.kind) if agent else None
        if agent is None or step is None:
            return Block(
                reason=f"No agent {task.agent!r} does {task.kind!r} here.", tried="looked for the agent"
            )
        try:
            outcome = step(Context(task=task, row=row, company=self._company, now=self._clock.now()))
            _check_allowed(agent, outcome)
        except Exception as error:  # noqa: BLE001 - the border between worker and agents: the cause goes into the log
            warn("agent failed", task=task.stream, agent=agent.name, error=type(error).__name__)
            return _failed(task, error)
        return outcome

    def _stands(self, outcome: Outcome, row: QueueRow | None) -> bool:
        """Whether exactly this is being asked already, and can still be decided."""
        if (
            row is None
            or row.state != "open"
            or (row.expires_at is not None and row.expires_at <= self._clock.now())
        ):
            return False
        match outcome:
            case Ask(question=content) | Propose(proposal=content):
                return content_hash(content) == row.hash
            case _:
                return False

    def _apply(self, task: Task, row: QueueRow | None, outcome: Outcome) -> bool:
        events, writes, expected = self._translate(task, row, outcome)
        check_path(task.stream, task.state, events)
        own = [_write(task, event) for event in events]
        return self._try([*own, *writes], {**expected, task.stream: task.version})

    def _translate(
        self, task: Task, row: QueueRow | None, outcome: Outcome
    ) -> tuple[tuple[EventData, ...], list[Write], dict[str, int]]:
        """Turn an outcome into the task's own events, what is written beside them, and the versions relied on."""
        started = () if task.state == "in-progress" else (TaskStarted(worker=self._name),)
        match outcome:
            case Done(result=result, writes=writes, expected=expected):
                closing, guard = _close(row, None, result)
                return (*started, TaskCompleted(result=result)), [*closing, *writes], {**guard, **expected}
            case Ask(writes=writes, expected=expected) | Propose(writes=writes, expected=expected):
                asked, key = _row_write(task, outcome)
                closing, guard = _close(row, key, "asked anew")
                guard |= {**expected, key: NEW_STREAM}
                return (*started, TaskBlocked(waiting_on=key)), [*closing, *writes, asked], guard
            case Retry(reason=reason, after=after):
                return (*started, TaskRetried(reason=reason, not_before=self._clock.now() + after)), [], {}
            case Block(reason=reason, tried=tried, options=options):
                closing, guard = _close(row, None, reason)
                shown = TaskBlocked(reason=reason, tried=tried, options=options)
                return (*started, shown.model_copy(update={"hash": content_hash(shown)})), closing, guard
            case Cancel(reason=reason):
                closing, guard = _close(row, None, reason)
                return (*started, TaskCancelled(reason=reason)), closing, guard

    def _try(self, writes: Sequence[Write], expected: dict[str, int]) -> bool:
        """Append; when another worker was faster there is nothing left to do here."""
        try:
            self._company.append(writes, expected=expected)
        except VersionConflict:
            return False
        except AppendRefused as refusal:
            warn("step not stored", reason=refusal.happened)
            return False
        return True


def _request(reaction: Reaction, event_id: str, stream: str, correlation_id: str) -> Write:
    return Write(
        stream=f"task/{derived_id(reaction.kind, event_id)}",
        event_id=derived_id("task.requested", reaction.kind, event_id),
        data=TaskRequested(kind=reaction.kind, agent=reaction.agent, subject=stream, trigger=event_id),
        actor="conductor",
        correlation_id=correlation_id,
        causation_id=event_id,
    )


def _write(task: Task, data: EventData) -> Write:
    return Write(
        stream=task.stream,
        data=data,
        actor=task.agent,
        correlation_id=task.correlation_id,
        causation_id=task.trigger,
    )


def _check_allowed(agent: Agent, outcome: Outcome) -> None:
    if isinstance(outcome, Done | Ask | Propose):
        for write in outcome.writes:
            if write.data.event_type not in agent.may_write:
                raise NotAllowed(agent.name, write.data.event_type)


def _failed(task: Task, error: Exception) -> Outcome:
    reason = f"{type(error).__name__}: {error}"[:500]
    if task.attempts < MAX_ATTEMPTS:
        return Retry(reason=reason, after=timedelta(0))
    return Block(reason=reason, tried=f"{task.attempts + 1} times")


def _row_write(task: Task, outcome: Ask | Propose) -> tuple[Write, str]:
    """Return the event that puts a row into the queue, and the row's key."""
    content = outcome.question if isinstance(outcome, Ask) else outcome.proposal
    digest = content_hash(content)
    kind = "question" if isinstance(outcome, Ask) else "proposal"
    key = f"{kind}/{derived_id(task.stream, str(task.version), digest)}"
    capability = task.kind.partition(".")[0]
    data: EventData = (
        QuestionAsked(task=task.stream, capability=capability, hash=digest, question=outcome.question)
        if isinstance(outcome, Ask)
        else ProposalMade(task=task.stream, capability=capability, hash=digest, proposal=outcome.proposal)
    )
    return Write(
        stream=key,
        event_id=derived_id(key, "asked"),
        data=data,
        actor=task.agent,
        correlation_id=task.correlation_id,
        causation_id=task.trigger,
    ), key


def _close(row: QueueRow | None, by: str | None, reason: str) -> tuple[list[Write], dict[str, int]]:
    """Take a row that still stands out of the queue, guarded by its version: no decision is overtaken."""
    if row is None or row.state not in ("open", "asked"):
        return [], {}
    replaced = QuestionReplaced if row.kind == "question" else ProposalReplaced
    write = Write(
        stream=row.key,
        event_id=derived_id(row.key, "replaced"),
        data=replaced(by=by, reason=reason),
        actor="conductor",
        correlation_id=row.correlation_id,
    )
    return [write], {row.key: row.version}
