"""The worker: does what is due, many tasks beside each other where that is safe, and stores what came of each."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from opc_kernel.approvals.queue import rows_of
from opc_kernel.approvals.row import content_hash
from opc_kernel.clock import Clock
from opc_kernel.effects.ledger import Ledger
from opc_kernel.event import InvalidEvent, UnknownEventType
from opc_kernel.flow.agent import Agent, Reaction
from opc_kernel.flow.asking import Asking, Begin, Seen, failed
from opc_kernel.flow.batch import Batch, Thought
from opc_kernel.flow.conductor import Conductor
from opc_kernel.flow.holding import MAX_TAKEOVERS, Held, Holding
from opc_kernel.flow.lease import LEASE, LONGEST, LeaseLost
from opc_kernel.flow.outcome import Ask, Block, Propose
from opc_kernel.flow.plan import ENDED, UNDO, Plan, load_plans
from opc_kernel.flow.presence import is_gone, present
from opc_kernel.flow.storing import NOTHING, Outside, Storable, Storing, own_write, storing
from opc_kernel.flow.task import Task, TaskReconciled, TaskRetried, tasks_of
from opc_kernel.flow.workflow import Workflow
from opc_kernel.log.errors import AppendRefused, DiskFull, VersionConflict
from opc_kernel.log.protocol import Company
from opc_kernel.memory.port import Memory
from opc_kernel.models.port import ModelPort
from opc_kernel.sql import load_sql
from opc_kernel.telemetry import operation

BATCH = 500
MAX_ROUNDS = 200
AT_ONCE = 8
"""Tasks that take time, beside each other."""
OF_A_CAPABILITY = 4
TOGETHER_S = 0.05
"""So long steps that only compute may wait for each other until they are stored."""
ATTEMPTS = 5
"""Several steps of one plan may end at the same moment."""
SOONEST = timedelta(seconds=10)
READ_BACK_FOR = timedelta(days=3)
"""What was not read back by then stays as the provider's word."""
MANY_PLANS = 1_000
REFUSALS = (AppendRefused, InvalidEvent, UnknownEventType, ValidationError)
"""What the log may say to what an agent wants stored."""
HOLDERS = "SELECT DISTINCT worker FROM task WHERE NOT finished AND lease_until IS NOT NULL ORDER BY worker"
ASKED_BACK = (
    "SELECT wanted, note FROM ("
    "SELECT key AS wanted, note, decided_at, 1 AS own FROM queue WHERE decision = 'ask' "
    "UNION ALL SELECT replaced_by, note, decided_at, 0 FROM queue WHERE decision = 'ask'"
    ") WHERE list_contains($keys::VARCHAR[], wanted) ORDER BY own, decided_at"
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
        self,
        company: Company,
        agents: Iterable[Agent],
        reactions: Sequence[Reaction],
        *,
        clock: Clock,
        workflows: Mapping[str, Workflow] | None = None,
        ledger: Callable[[str], Ledger] | None = None,
        models: ModelPort | None = None,
        memory: Memory | None = None,
        lease: timedelta = LEASE,
    ) -> None:
        """`ledger` builds the effect ledger for a worker of this name; without one nothing can be done outside."""
        self._company, self._clock = company, clock
        self._agents = {agent.name: agent for agent in agents}
        self._name = present()
        self._ledger = ledger(self._name) if ledger else None
        self._conductor = Conductor(company, reactions, workflows or {})
        self._asking = Asking(company, self._agents, self._ledger, clock=clock, models=models, memory=memory)
        self._holding = Holding(
            company, self._asking, self._ledger, clock=clock, worker=self._name, lease=lease
        )
        self._plans: dict[str, Plan] = {}
        self._running: dict[str, tuple[Future[None], str]] = {}
        """What runs in a thread of its own, with its capability."""
        self._pool: ThreadPoolExecutor | None = None
        self._looked_at: dict[str, datetime] = {}
        self._gone: list[str] = []
        """Workers that ended without giving back what they held."""
        self._summary = Summary()
        self._lock = threading.Lock()

    def run_until_idle(self) -> Summary:
        """Go on, round after round, until nothing moves any more."""
        return self._rounds(MAX_ROUNDS)

    def run_once(self) -> Summary:
        """Do what is due now, but not what that leads to."""
        return self._rounds(1)

    def start(self, storing: Storing) -> None:
        """Store a plan that begins, and go on with it at once as far as its steps need nobody and no time."""
        self._company.append(storing.writes, expected=storing.expected)
        if storing.plan is not None:
            self._plans[storing.plan.stream] = storing.plan
        self._waves([Seen(task=task) for task in storing.requested])

    def close(self) -> None:
        """End the threads; what they hold is theirs to the end."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._pool = None

    def _rounds(self, limit: int) -> Summary:
        self._summary = Summary()
        self._gone = [
            worker
            for (worker,) in self._company.query(HOLDERS).rows
            if worker is not None and is_gone(worker)
        ]
        with operation("work") as line:
            for _ in range(limit):
                if not self._round():
                    break
            self._wait(ALL_COMPLETED)
            line["tasks"] = self._summary.changed
        return self._summary

    def _round(self) -> int:
        """See what happened and do what is due; when nothing was, look again at what waits."""
        moved = self._conductor.look() + self._run(self._due())
        if moved or self._wait(FIRST_COMPLETED):
            return moved + 1
        return self._run(self._tasks("waiting")) + self._read_back()

    def _due(self) -> list[Task]:
        now = self._clock.now()
        return self._tasks("due", now=now, absurd=now + LONGEST, gone=self._gone)

    def _tasks(self, question: str, **more: Any) -> list[Task]:  # noqa: ANN401 - SQL parameters are plain values of any kind
        rows = self._company.query(load_sql("opc_kernel.flow", question), limit=BATCH, **more)
        return [task for task in tasks_of(rows) if task.stream not in self._running]

    def _run(self, tasks: Sequence[Task]) -> int:
        """Do tasks; their rows are read at once: what is decided meanwhile has another version."""
        self._know_plans(tasks)
        seen = self._look_at(tasks)
        together = [each for each in seen if self._knows_only_inputs(each.task)]
        alone = [each for each in seen if not self._knows_only_inputs(each.task)]
        return self._waves(together) + sum(self._waves([each]) for each in alone)

    def _look_at(self, tasks: Sequence[Task]) -> list[Seen]:
        keys = [task.waiting_on for task in tasks if task.waiting_on]
        rows = {row.key: row for row in rows_of(self._company, keys)} if keys else {}
        back = dict(self._company.query(ASKED_BACK, keys=keys).rows) if keys else {}
        return [
            Seen(task=task, row=rows.get(task.waiting_on or ""), asked_back=back.get(task.waiting_on or ""))
            for task in tasks
        ]

    def _knows_only_inputs(self, task: Task) -> bool:
        """Whether nothing that is stored meanwhile could change what its agent says."""
        agent = self._agents.get(task.agent)
        return agent is not None and not agent.may_read

    def _waves(self, wave: Sequence[Seen]) -> int:
        """Do tasks, then those that follow on them, until none does that can be done at once."""
        moved = 0
        while wave:
            batch, taking, follows = self._think(wave)
            try:
                batch.store(self._company)
                self._stored(batch.thoughts)
                moved += len(batch.thoughts)
            except DiskFull:
                raise
            except REFUSALS:  # one spoils it for all, and what followed on them is thought over again
                there = {seen.task.stream for seen in wave}
                taking = [each for each in taking if each[0].task.stream in there]
                first = [each for each in batch.thoughts if each.seen.task.stream in there]
                follows = [seen for each in first for seen in self._store_singly(each.seen, each.outcome)]
                moved += len(first)
            moved += sum(self._begin(*each) for each in taking)
            wave = follows
        return moved

    def _think(self, wave: Sequence[Seen]) -> tuple[Batch, list[tuple[Seen, Begin | None]], list[Seen]]:
        """Ask agents, wave after wave, until something must be stored first; return what takes time and what follows.

        Steps that only compute are stored together: to think them once more after a crash costs less than to store
        each by itself.
        """
        batch, taking = Batch(), list[tuple[Seen, Begin | None]]()
        ends = time.monotonic() + TOGETHER_S
        while True:
            follows: list[Seen] = []
            for seen in wave:
                outcome = self._outcome(seen)
                if outcome is None and self._is_open(seen):
                    continue  # what takes its time is not done again before somebody decided
                if isinstance(outcome, Begin) or outcome is None:
                    taking.append((seen, outcome))
                elif not self._stands(seen, outcome):
                    follows += self._add(batch, seen, outcome)
            depends = not all(self._knows_only_inputs(each.task) for each in follows)
            if taking or depends or not follows or time.monotonic() >= ends:
                return batch, taking, follows
            wave = follows

    def _add(self, batch: Batch, seen: Seen, outcome: Storable) -> list[Seen]:
        """Put an outcome into a batch; return what follows on it."""
        plan = batch.plans.get(seen.task.plan or "") or self._plan(seen.task)
        try:
            thought = self._thought(seen, outcome, plan)
            batch.add(thought)
        except VersionConflict:
            return []  # it rests on what another one changes: the next round sees it anew
        except REFUSALS as refusal:
            return self._add(batch, seen, failed(seen.task, refusal))
        return [Seen(task=task) for task in thought.storing.requested]

    def _outcome(self, seen: Seen) -> Storable | Begin | None:
        """Ask the agent; None where it takes its time, or where there is something to be gone on with outside."""
        task = seen.task
        if task.takeovers >= MAX_TAKEOVERS and task.state == "in-progress":
            return Block(
                reason=f"{task.kind} never came to an end",
                tried=f"{task.takeovers + 1} workers did not come back",
            )
        agent = self._agents.get(task.agent)
        if task.kind == UNDO or task.effects or (agent is not None and agent.takes_time(task.kind)):
            return None
        return self._asking.ask(seen)

    def _is_open(self, seen: Seen) -> bool:
        """Whether a task waits for a row that can still be decided."""
        row = seen.row
        if seen.task.state != "blocked" or row is None or row.state != "open":
            return False
        return row.expires_at is None or row.expires_at > self._clock.now()

    def _stands(self, seen: Seen, outcome: Storable) -> bool:
        """Whether exactly this is being asked already, and can still be decided."""
        row = seen.row
        if row is None or not self._is_open(seen):
            return False
        match outcome:
            case Ask(question=content) | Propose(proposal=content):
                return content_hash(content) == row.hash
            case _:
                return False

    def _store_singly(self, seen: Seen, outcome: Storable) -> list[Seen]:
        """Store one outcome. What the log refuses of it is the agent's failure, unless somebody was faster."""
        batch = Batch()
        follows = self._add(batch, seen, outcome)
        try:
            batch.store(self._company)
        except DiskFull:
            raise
        except VersionConflict:
            self._plans.pop(seen.task.plan or "", None)
            return []  # the next round reads anew what is due
        except REFUSALS as refusal:
            again = self._is_current(seen.task)
            return self._store_singly(seen, failed(seen.task, refusal)) if again else []
        self._stored(batch.thoughts)
        return follows

    def _thought(
        self, seen: Seen, outcome: Storable, plan: Plan | None, outside: Outside = NOTHING
    ) -> Thought:
        now = self._clock.now()
        each = storing(seen.task, seen.row, outcome, worker=self._name, now=now, plan=plan, outside=outside)
        return Thought(seen=seen, outcome=outcome, storing=each)

    def _stored(self, thoughts: Sequence[Thought]) -> None:
        with self._lock:
            for each in thoughts:
                self._summary.outcomes[type(each.outcome).__name__] += 1
                plan = each.storing.plan
                if plan is None:
                    continue
                if each.storing.ends:
                    self._conductor.told(each.seen.task.stream)
                self._plans[plan.stream] = plan
                if plan.state in ENDED:
                    del self._plans[plan.stream]

    def _plan(self, task: Task) -> Plan | None:
        if task.plan is None:
            return None
        if task.plan not in self._plans:
            self._know_plans([task])
        return self._plans.get(task.plan)

    def _know_plans(self, tasks: Sequence[Task]) -> None:
        """Read the plans of some tasks at once."""
        unknown = {task.plan for task in tasks if task.plan is not None and task.plan not in self._plans}
        plans = load_plans(self._company, sorted(unknown))
        with self._lock:
            if len(self._plans) >= MANY_PLANS:
                self._plans.clear()
            self._plans |= plans

    def _is_current(self, task: Task) -> bool:
        now = self._company.query("SELECT version FROM task WHERE stream = $stream", stream=task.stream).one()
        return (int(now["version"]) if now else 0) == task.version

    def _begin(self, seen: Seen, begin: Begin | None) -> int:
        """Let a task that takes time go its own way, unless there are enough of its kind already."""
        capability = seen.task.kind.partition(".")[0]
        busy = [of for _, of in self._running.values()]
        if len(busy) >= AT_ONCE or busy.count(capability) >= OF_A_CAPABILITY:
            return 0
        if self._pool is None:
            self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="work")
        self._running[seen.task.stream] = (self._pool.submit(self._hold, seen, begin), capability)
        return 1

    def _hold(self, seen: Seen, begin: Begin | None) -> None:
        """Hold a task to what comes of it, in a thread of its own."""
        with suppress(LeaseLost, VersionConflict):  # somebody else goes on with it
            held = self._holding.hold(seen, begin, self._plan(seen.task))
            for _ in range(ATTEMPTS):
                again = self._end(held)
                if again is None:
                    return
                held = again

    def _end(self, held: Held) -> Held | None:
        """Store what came of a task that was held; return what is to be stored instead where that can't be."""
        task = held.seen.task
        try:
            thought = self._thought(held.seen, held.outcome, self._plan(task), held.outside)
            stored = thought.storing
            held.lease.store(stored.own, stored.writes, stored.expected)
        except DiskFull:
            raise
        except VersionConflict as conflict:
            if conflict.stream != task.plan:
                held.lease.store([TaskRetried(reason="what it rests on changed meanwhile", waits=True)])
                return None
            self._plans.pop(task.plan, None)  # another step ended at the same moment
            return held
        except REFUSALS as refusal:
            return replace(held, outcome=failed(task, refusal)) if self._is_current(task) else None
        self._stored([thought])
        return None

    def _wait(self, until: str) -> bool:
        """Wait for tasks that take time; False where there are none. What went wrong in one is raised here."""
        if not self._running:
            return False
        done, _ = wait([future for future, _ in self._running.values()], return_when=until)
        self._running = {stream: each for stream, each in self._running.items() if each[0] not in done}
        for future in done:
            future.result()
        return True

    def _read_back(self) -> int:
        """Ask providers for what they took and could not be read back yet, longer and longer after it."""
        if self._ledger is None:
            return 0
        now = self._clock.now()
        moved = 0
        for task in self._tasks("unread", since=now - READ_BACK_FOR):
            assert task.updated_at is not None, "it was completed at some time"
            looked = self._looked_at.get(task.stream, task.updated_at)
            if now - looked < max(SOONEST, (looked - task.updated_at) / 2):
                continue
            self._looked_at[task.stream] = now
            if self._ledger.read_back(task.effects):
                write = own_write(task, TaskReconciled())
                with suppress(VersionConflict):
                    self._company.append([write], expected={task.stream: task.version})
                    moved += 1
        return moved
