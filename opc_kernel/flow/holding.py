"""Holding a task: under a lease it is taken up, done outside or thought over, and brought to what came of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from pydantic import JsonValue

from opc_kernel.approvals.row import Option
from opc_kernel.clock import Clock
from opc_kernel.effects.effect import State, effects_of
from opc_kernel.effects.ledger import Ledger
from opc_kernel.effects.progress import Intended, Later, Progress, Refused, Stuck, Through
from opc_kernel.event import EventData
from opc_kernel.flow.asking import Asking, Begin, Seen
from opc_kernel.flow.lease import LEASE, Lease, LeaseLost
from opc_kernel.flow.outcome import BLOCKED_OPTIONS, Block, Done, Fail, Retry
from opc_kernel.flow.plan import UNDO, Plan
from opc_kernel.flow.storing import NOTHING, Outside, Storable, own_write
from opc_kernel.flow.task import Task, TaskActing, TaskCheckpointed, TaskRetried, TaskStarted
from opc_kernel.log.protocol import Company

MAX_TAKEOVERS = 3
"""A task whose workers ended this often without getting anywhere is shown to a person."""
UNKNOWN_OPTIONS = (
    Option(id="happened", label="It happened: I looked"),
    Option(id="again", label="It did not happen: do it now"),
    Option(id="cancel", label="Drop it"),
)
NOT_UNDONE_OPTIONS = (
    Option(id="done", label="I saw to it by hand"),
    Option(id="retry", label="Try again"),
    Option(id="cancel", label="Leave it as it is"),
)
SETTLED_BY: dict[str, tuple[State, bool]] = {
    "happened": ("unknown", True),
    "again": ("unknown", False),
    "retry": ("failed", False),
}
"""What a choice says about the first effect in a state: whether it happened."""
NOTHING_INTENDED = Intended(streams=(), writes=(), expected={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What came of a task that was held: stored under its lease, or not at all."""

    seen: Seen
    outcome: Storable
    outside: Outside
    lease: Lease


class Holding:
    """Takes tasks that take time. Whatever it stores is refused once somebody else has taken the task."""

    def __init__(
        self,
        company: Company,
        asking: Asking,
        ledger: Ledger | None,
        *,
        clock: Clock,
        worker: str,
        lease: timedelta = LEASE,
    ) -> None:
        self._company, self._asking, self._ledger = company, asking, ledger
        self._clock, self._worker, self._length = clock, worker, lease

    def hold(self, seen: Seen, begin: Begin | None, plan: Plan | None) -> Held:
        """Take a task and bring it as far as it goes. Raises LeaseLost, or VersionConflict when another was faster."""
        lease, seen = self._take(seen, self._intended(seen.task, begin))
        with self._kept(lease):
            outcome, outside = self._go_on(seen, lease, plan)
            if isinstance(outcome, Begin):
                intended = self._intended(seen.task, outcome)
                lease.store([TaskActing(effects=intended.streams)], intended.writes, intended.expected)
                seen = replace(seen, task=replace(seen.task, effects=intended.streams))
                outcome, outside = self._go_on(seen, lease, plan)
        assert not isinstance(outcome, Begin), "what was done is not begun again"
        task = replace(seen.task, version=lease.version)
        return Held(seen=replace(seen, task=task), outcome=outcome, outside=outside, lease=lease)

    def _intended(self, task: Task, begin: Begin | None) -> Intended:
        if begin is None:
            return NOTHING_INTENDED
        assert self._ledger is not None, "only a ledger lets anything begin"
        return self._ledger.intend(task, begin.intents, begin.mode, begin.approval)

    def _take(self, seen: Seen, intended: Intended) -> tuple[Lease, Seen]:
        """Take the task up, from a worker that did not come back too; what it shall do outside is stored with that."""
        task = seen.task
        taking: list[EventData] = []
        if task.state == "in-progress":
            taking.append(TaskRetried(reason="its worker did not come back", waits=True, lost=True))
        taking.append(TaskStarted(worker=self._worker, until=Lease.until(self._clock, self._length)))
        lease = Lease(
            self._company,
            task.stream,
            task.version,
            lambda event: own_write(task, event),
            token=task.version + len(taking),
            clock=self._clock,
            length=self._length,
        )
        if intended.streams:
            taking.append(TaskActing(effects=intended.streams))
            task = replace(task, effects=intended.streams)
        guard = {seen.row.key: seen.row.version} if seen.row is not None else {}
        lease.store(taking, intended.writes, {**guard, **intended.expected})
        return lease, replace(seen, task=replace(task, state="in-progress", version=lease.version))

    def _go_on(self, seen: Seen, lease: Lease, plan: Plan | None) -> tuple[Storable | Begin, Outside]:
        task = seen.task
        if task.kind == UNDO:
            return self._undone(task, lease), NOTHING
        if task.effects:
            return self._acted(seen, lease, plan)

        def note(state: Mapping[str, JsonValue]) -> None:
            lease.store([TaskCheckpointed(state=dict(state))])

        return self._asking.ask(seen, note=note), NOTHING

    def _acted(self, seen: Seen, lease: Lease, plan: Plan | None) -> tuple[Storable, Outside]:
        """Do what is intended, and ask the agent what follows from it."""
        assert self._ledger is not None, "what was intended came from a ledger"
        task = seen.task
        self._settle(task)
        progress = self._ledger.perform(task.effects, lease)
        if not isinstance(progress, Through):
            return _short_of(progress, plan), NOTHING
        read_back = self._ledger.read_back(task.effects)
        effects = tuple(effects_of(self._company, task.effects))
        outcome = self._asking.ask(seen, effects=effects)
        assert not isinstance(outcome, Begin), "an agent that acted is only asked what follows"
        return outcome, Outside(
            rehearsed=any(effect.mode == "sandbox" for effect in effects), read_back=read_back
        )

    def _settle(self, task: Task) -> None:
        """Take a person's word: about an effect nobody knew about, or that a refused one shall be tried again."""
        about = SETTLED_BY.get(task.choice or "")
        if about is not None and task.decided_position is not None:
            assert self._ledger is not None, "what is unknown came from a ledger"
            state, happened = about
            self._ledger.settle(
                task.effects, state, happened, by=task.account or "", before=task.decided_position
            )

    def _undone(self, task: Task, lease: Lease) -> Storable:
        """Take back what another task of the plan did."""
        if self._ledger is None:
            return Block(reason="Nothing can be taken back from here.", tried="", options=NOT_UNDONE_OPTIONS)
        other = self._company.query(
            "SELECT effects FROM task WHERE stream = $stream", stream=task.inputs["task"]
        )
        streams = tuple(other.rows[0][0] or ()) if other.rows else ()
        progress = self._ledger.take_back(streams, lease)
        match progress:
            case Through():
                return Done(result=f"taken back: {len(streams)}")
            case Later(reason=reason, after=after):
                return Retry(reason=reason, after=after)
            case Stuck(effect=effect, reason=reason) | Refused(effect=effect, reason=reason):
                return Block(reason=reason, tried=f"to take back {effect.says}", options=NOT_UNDONE_OPTIONS)

    @contextmanager
    def _kept(self, lease: Lease) -> Iterator[None]:
        """Say from time to time that the holder lives; when the lease is lost, it can store nothing more anyway."""
        over = threading.Event()

        def beat() -> None:
            with suppress(LeaseLost):
                while not over.wait(self._length.total_seconds() / 4):
                    lease.extend()

        thread = threading.Thread(target=beat, daemon=True, name=f"lease {lease.stream}")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _short_of(progress: Progress, plan: Plan | None) -> Storable:
    """Return what becomes of a task whose effects are not all done."""
    match progress:
        case Later(reason=reason, after=after):
            return Retry(reason=reason, after=after)
        case Stuck(effect=effect, reason=reason):
            return Block(
                reason=f"Nobody knows whether this happened: {effect.says}",
                tried=f"{reason}\nBegun {effect.attempts} times. Look there, and say what is so.",
                options=UNKNOWN_OPTIONS,
            )
        case Refused(effect=effect, reason=reason):
            if plan is not None and plan.composed.on_failure == "compensate":
                return Fail(reason=f"{effect.says}: {reason}")
            return Block(
                reason=f"{effect.says} was not done: {reason}",
                tried=f"{effect.attempts} times",
                options=BLOCKED_OPTIONS,
            )
        case Through():
            raise AssertionError("everything happened")
