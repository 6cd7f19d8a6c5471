"""The worker: starts the tasks that events ask for, runs what is due, and turns each outcome into events."""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec
from pydantic import ValidationError

from opc_kernel.approvals.decide import withdrawal
from opc_kernel.approvals.queue import QueueRow, rows_of
from opc_kernel.approvals.row import Option, ProposalMade, QuestionAsked, content_hash
from opc_kernel.clock import Clock
from opc_kernel.errors import KernelError
from opc_kernel.event import NEW_STREAM, EventData, InvalidEvent, UnknownEventType, Write
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
from opc_kernel.log.errors import AppendRefused, DiskFull, EventIdTaken, PartlyStored, VersionConflict
from opc_kernel.log.protocol import Company
from opc_kernel.sql import load_sql
from opc_kernel.telemetry import operation, warn

BATCH = 500
MAX_ROUNDS = 200
MAX_ATTEMPTS = 2
"""After this many failed deliveries a person is asked."""
ASKED_BACK = (
    "SELECT wanted, note FROM ("
    "SELECT key AS wanted, note, decided_at, 1 AS own FROM queue WHERE decision = 'ask' "
    "UNION ALL SELECT replaced_by, note, decided_at, 0 FROM queue WHERE decision = 'ask'"
    ") WHERE list_contains($keys::VARCHAR[], wanted) ORDER BY own, decided_at"
)


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
            started += self._start(writes) if writes else 0
        return started

    def _start(self, writes: Sequence[Write]) -> int:
        # another worker may answer the same events: the next round sees what is left
        with suppress(VersionConflict, EventIdTaken, PartlyStored):
            self._company.append(writes, expected={write.stream: NEW_STREAM for write in writes})
        return len(writes)

    def _due(self) -> list[Task]:
        rows = self._company.query(load_sql("opc_kernel.flow", "due"), now=self._clock.now(), limit=BATCH)
        return [Task(**row) for row in rows.dicts()]

    def _waiting(self) -> list[Task]:
        rows = self._company.query(load_sql("opc_kernel.flow", "waiting"), limit=BATCH)
        return [Task(**row) for row in rows.dicts()]

    def _run(self, tasks: Sequence[Task], summary: Summary) -> int:
        """Do tasks one after the other; their rows are read at once: what is decided meanwhile has another version."""
        keys = [task.waiting_on for task in tasks if task.waiting_on]
        rows = {row.key: row for row in rows_of(self._company, keys)} if keys else {}
        asked_back = dict(self._company.query(ASKED_BACK, keys=keys).rows) if keys else {}
        moved = 0
        for task in tasks:
            row = rows.get(task.waiting_on or "")
            outcome = self._ask_agent(task, row, asked_back.get(task.waiting_on))
            if not self._stands(task, outcome, row):
                self._apply(task, row, outcome, summary)
                moved += 1
        return moved

    def _ask_agent(self, task: Task, row: QueueRow | None, asked_back: str | None) -> Outcome:
        """A failing agent is an outcome too: no task's failure stops another, and none is tried for ever."""
        agent = self._agents.get(task.agent)
        step = agent.steps.get(task.kind) if agent else None
        if agent is None or step is None:
            return Block(
                reason=f"No agent {task.agent!r} does {task.kind!r} here.", tried="looked for the agent"
            )
        try:
            outcome = step(
                Context(
                    task=task,
                    row=row,
                    asked_back=asked_back,
                    company=self._company,
                    now=self._clock.now(),
                )
            )
            _check_allowed(agent, outcome)
        except Exception as error:  # noqa: BLE001 - the border between worker and agents: the cause goes into the log
            return _failed(task, error)
        return outcome

    def _stands(self, task: Task, outcome: Outcome, row: QueueRow | None) -> bool:
        """Whether exactly this is being asked already, and can still be decided."""
        if task.state != "blocked" or row is None or row.state != "open":
            return False
        if row.expires_at is not None and row.expires_at <= self._clock.now():
            return False
        match outcome:
            case Ask(question=content) | Propose(proposal=content):
                return content_hash(content) == row.hash
            case _:
                return False

    def _apply(self, task: Task, row: QueueRow | None, outcome: Outcome, summary: Summary) -> None:
        """Store an outcome. What the log refuses of it is the agent's failure, unless somebody was faster."""
        try:
            self._store(task, row, outcome)
        except DiskFull:
            raise
        except VersionConflict:
            return  # the next round reads anew what is due
        except (AppendRefused, InvalidEvent, UnknownEventType, ValidationError) as refusal:
            if self._version(task) == task.version:
                self._apply(task, row, _failed(task, refusal), summary)
        else:
            summary.outcomes[type(outcome).__name__] += 1

    def _store(self, task: Task, row: QueueRow | None, outcome: Outcome) -> None:
        events, writes, expected = self._translate(task, row, outcome)
        check_path(task.stream, task.state, events)
        own = [_write(task, event) for event in events]
        story = [_in_story(task, write) for write in writes]
        self._company.append([*own, *story], expected={**expected, task.stream: task.version})

    def _version(self, task: Task) -> int:
        now = self._company.query("SELECT version FROM task WHERE stream = $stream", stream=task.stream).one()
        return int(now["version"]) if now else 0

    def _translate(
        self, task: Task, row: QueueRow | None, outcome: Outcome
    ) -> tuple[tuple[EventData, ...], list[Write], dict[str, int]]:
        """Turn an outcome into the task's own events, what is written beside them, and the versions relied on."""
        started = () if task.state == "in-progress" else (TaskStarted(worker=self._name),)
        match outcome:
            case Done(result=result, writes=writes, expected=expected):
                closing, guard = withdrawal(row, by=None, reason=result)
                return (*started, TaskCompleted(result=result)), [*closing, *writes], {**guard, **expected}
            case Ask(writes=writes, expected=expected) | Propose(writes=writes, expected=expected):
                asked, key = _row_write(task, outcome)
                closing, guard = withdrawal(row, by=key, reason="asked anew")
                guard |= {**expected, key: NEW_STREAM}
                return (*started, TaskBlocked(waiting_on=key)), [*closing, *writes, asked], guard
            case Retry(reason=reason, after=after, failed=failed):
                closing, guard = ([], {}) if failed else withdrawal(row, by=None, reason=reason)
                again = TaskRetried(reason=reason, not_before=self._clock.now() + after, waits=not failed)
                return (*started, again), closing, guard
            case Block(reason=reason, tried=tried, options=options):
                closing, guard = withdrawal(row, by=None, reason=reason)
                return (*started, _blocked(task, reason, tried, options)), closing, guard
            case Cancel(reason=reason):
                closing, guard = withdrawal(row, by=None, reason=reason)
                return (*started, TaskCancelled(reason=reason)), closing, guard


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


def _in_story(task: Task, write: Write) -> Write:
    """What an agent writes belongs to the story of its task."""
    return msgspec.structs.replace(
        write,
        correlation_id=write.correlation_id or task.correlation_id,
        causation_id=write.causation_id or task.trigger,
    )


def _blocked(task: Task, reason: str, tried: str, options: tuple[Option, ...]) -> TaskBlocked:
    shown = TaskBlocked(reason=reason, tried=tried, options=options)
    # the version makes it another row when the same is asked again: an old answer in a sheet is not the new one
    return shown.model_copy(update={"hash": derived_id(task.stream, str(task.version), content_hash(shown))})


def _check_allowed(agent: Agent, outcome: Outcome) -> None:
    if isinstance(outcome, Done | Ask | Propose):
        for write in outcome.writes:
            if write.data.event_type not in agent.may_write:
                raise NotAllowed(agent.name, write.data.event_type)


def _failed(task: Task, error: Exception) -> Outcome:
    warn("agent failed", correlation_id=task.correlation_id, agent=task.agent, error=type(error).__name__)
    reason = f"{type(error).__name__}: {error}"[:500].encode(errors="replace").decode()
    if task.attempts < MAX_ATTEMPTS:
        return Retry(reason=reason, after=timedelta(0), failed=True)
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
