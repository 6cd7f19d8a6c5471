"""From an outcome to what is appended: the task's own events, what goes with them, what its plan does next. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from opc_kernel.approvals.decide import withdrawal
from opc_kernel.approvals.queue import QueueRow
from opc_kernel.approvals.row import Option, ProposalMade, QuestionAsked, content_hash
from opc_kernel.event import NEW_STREAM, EventData, Write
from opc_kernel.flow.outcome import Ask, Block, Cancel, Done, Fail, Propose, Retry
from opc_kernel.flow.plan import (
    PLANNER,
    UNDO,
    Plan,
    PlanComposed,
    PlanStarted,
    PlanStepFinished,
    Request,
    StepState,
    Unfolded,
    new_plan,
    unfold,
)
from opc_kernel.flow.task import (
    Task,
    TaskBlocked,
    TaskCancelled,
    TaskCompleted,
    TaskFailed,
    TaskReconciled,
    TaskRequested,
    TaskRetried,
    TaskStarted,
)
from opc_kernel.ids import derived_id, new_id

ENDS: dict[type[EventData], StepState] = {
    TaskCompleted: "completed",
    TaskFailed: "failed",
    TaskCancelled: "cancelled",
}
Storable = Done | Ask | Propose | Retry | Block | Fail | Cancel


@dataclass(frozen=True, slots=True, kw_only=True)
class Storing:
    """What one outcome comes to in the log. `requested` are the tasks that it asks for."""

    own: tuple[EventData, ...]
    writes: tuple[Write, ...] = ()
    expected: Mapping[str, int] = field(default_factory=dict)
    plan: Plan | None = None
    requested: tuple[Task, ...] = ()

    @property
    def ends(self) -> bool:
        """Whether the task is at its end by this."""
        return any(type(event) in ENDS for event in self.own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What a task did outside, as far as its end must say."""

    rehearsed: bool = False
    """Something of it was only recorded, in the sandbox."""
    read_back: bool = False
    """All of it was read back already."""


NOTHING = Outside()


def storing(
    task: Task,
    row: QueueRow | None,
    outcome: Storable,
    *,
    worker: str,
    now: datetime,
    plan: Plan | None = None,
    outside: Outside = NOTHING,
) -> Storing:
    """Say what an outcome is stored as; what was shown for it leaves the queue with it."""
    closing, guard = _closing(task, row, outcome)
    own = (*_taken_up(task, worker), *_own(task, outcome, now, outside))
    asked = _row_write(task, outcome) if isinstance(outcome, Ask | Propose) else None
    if asked is not None:
        guard[asked.stream] = NEW_STREAM
    writes, relied_on = _brought(outcome, outside)
    starts = _starts(task, row, outcome)
    follows = _follows(task, own, plan) or starts
    return Storing(
        own=own,
        writes=(
            *closing,
            *(in_story(task, write) for write in writes),
            *([asked] if asked else []),
            *(follows.writes if follows else ()),
        ),
        expected={**guard, **relied_on, **(follows.expected if follows else {})},
        plan=follows.plan if follows else plan,
        requested=follows.requested if follows else (),
    )


def _starts(task: Task, row: QueueRow | None, outcome: Storable) -> Storing | None:
    """Return what begins the plan that was approved; its own task is no step of it."""
    if not isinstance(outcome, Done) or outcome.starts is None:
        return None
    assert row is not None, "a plan begins with the row that was approved"
    stream = f"plan/{derived_id(task.stream, row.key)}"
    return compose_and_start(
        stream, outcome.starts, task.correlation_id, causation=task.trigger, approval=row.key
    )


def _taken_up(task: Task, worker: str) -> tuple[EventData, ...]:
    return () if task.state == "in-progress" else (TaskStarted(worker=worker),)


def _closing(task: Task, row: QueueRow | None, outcome: Storable) -> tuple[list[Write], dict[str, int]]:
    """Withdraw what was asked; a failed attempt leaves it as it is."""
    match outcome:
        case Retry(failed=True):
            return [], {}
        case Ask() | Propose():
            return withdrawal(row, by=_row_key(task, outcome), reason="asked anew")
        case (
            Done(result=reason)
            | Retry(reason=reason)
            | Block(reason=reason)
            | Fail(reason=reason)
            | Cancel(reason=reason)
        ):
            return withdrawal(row, by=None, reason=reason)


def _own(task: Task, outcome: Storable, now: datetime, outside: Outside) -> tuple[EventData, ...]:
    match outcome:
        case Done(result=result, output=output):
            said = f"rehearsed: {result}" if outside.rehearsed else result
            done = TaskCompleted(result=said, output=dict(output), rehearsed=outside.rehearsed)
            return (done, TaskReconciled()) if outside.read_back else (done,)
        case Ask() | Propose():
            return (TaskBlocked(waiting_on=_row_key(task, outcome)),)
        case Retry(reason=reason, after=after, failed=failed):
            return (TaskRetried(reason=reason, not_before=now + after, waits=not failed),)
        case Block(reason=reason, tried=tried, options=options):
            return (_blocked(task, reason, tried, options),)
        case Fail(reason=reason):
            return (TaskFailed(reason=reason),)
        case Cancel(reason=reason):
            return (TaskCancelled(reason=reason),)


def _brought(outcome: Storable, outside: Outside) -> tuple[Sequence[Write], Mapping[str, int]]:
    """Return what the agent writes. What was only rehearsed changes nothing of the business."""
    if outside.rehearsed or not isinstance(outcome, Done | Ask | Propose):
        return (), {}
    return outcome.writes, outcome.expected


def _follows(task: Task, own: Sequence[EventData], plan: Plan | None) -> Storing | None:
    """Return what a plan does next when one of its tasks is at its end."""
    end = next((event for event in own if type(event) in ENDS), None)
    if plan is None or end is None:
        return None
    done = end if isinstance(end, TaskCompleted) else None
    return planned(
        plan,
        PlanStepFinished(
            step=task.step,
            state=ENDS[type(end)],
            output=done.output if done else {},
            rehearsed=done.rehearsed if done else False,
            acted=bool(task.effects),
        ),
    )


def _new_name(*_of: str) -> str:
    return new_id()


def planned(plan: Plan, event: EventData, *, name: Callable[..., str] = _new_name) -> Storing:
    """Return what is stored when something happens to a plan: its events, and the tasks it asks for.

    `name` gives the events their ids. New ones let a worker that is late meet another version, as with anything else;
    derived ones let the same request come twice.
    """
    unfolded: Unfolded = unfold(plan, event)
    requests = [request(unfolded.plan, each, name) for each in unfolded.requests]
    own = [
        Write(
            stream=plan.stream,
            event_id=name(plan.stream, str(plan.version + number), each.event_type),
            data=each,
            actor=PLANNER,
            correlation_id=plan.correlation_id,
        )
        for number, each in enumerate(unfolded.events, start=1)
    ]
    return Storing(
        own=(),
        writes=(*own, *(write for write, _ in requests)),
        expected={plan.stream: plan.version, **{write.stream: NEW_STREAM for write, _ in requests}},
        plan=unfolded.plan,
        requested=tuple(task for _, task in requests),
    )


def compose_and_start(
    stream: str, data: PlanComposed, story: str, *, causation: str | None = None, approval: str | None = None
) -> Storing:
    """Return what is stored to compose a plan and let it run at once, its first tasks included."""
    write = Write(
        stream=stream,
        event_id=derived_id(stream, "composed"),
        data=data,
        actor=PLANNER,
        correlation_id=story,
        causation_id=causation,
    )
    started = planned(new_plan(stream, data, story), PlanStarted(approval=approval), name=derived_id)
    return Storing(
        own=(),
        writes=(write, *started.writes),
        expected={**started.expected, stream: NEW_STREAM},
        plan=started.plan,
        requested=started.requested,
    )


def request(plan: Plan, asked: Request, name: Callable[..., str] = _new_name) -> tuple[Write, Task]:
    """Return what asks for a step's task, and the task as it will stand."""
    step = asked.step
    stream = plan.undo_task(step.name) if asked.undo else plan.task(step.name)
    data = TaskRequested(
        kind=UNDO if asked.undo else step.kind,
        agent=PLANNER if asked.undo else step.agent,
        subject=plan.stream,
        trigger=derived_id(plan.stream, "composed"),
        required_approvals=step.effects if step.gate and not asked.undo else (),
        side_effects=() if asked.undo else step.effects,
        rollback_plan=step.rollback,
        plan=plan.stream,
        step=step.name,
        inputs=dict(asked.inputs),
        due=plan.composed.due,
        priority=plan.composed.priority,
    )
    write = Write(
        stream=stream,
        event_id=name(stream, "requested"),
        data=data,
        actor=PLANNER,
        correlation_id=plan.correlation_id,
    )
    return write, Task(
        stream=stream,
        version=1,
        state="requested",
        kind=data.kind,
        agent=data.agent,
        subject=data.subject,
        trigger=data.trigger,
        correlation_id=plan.correlation_id,
        plan=plan.stream,
        step=step.name,
        inputs=data.inputs,
        required_approvals=data.required_approvals,
        side_effects=data.side_effects,
        priority=data.priority,
        due=data.due,
    )


def own_write(task: Task, data: EventData) -> Write:
    """Return one of a task's own events, ready to be appended."""
    return Write(
        stream=task.stream,
        data=data,
        actor=task.agent,
        correlation_id=task.correlation_id,
        causation_id=task.trigger,
    )


def in_story(task: Task, write: Write) -> Write:
    """What an agent writes belongs to the story of its task, and bears the agent's name."""
    return msgspec.structs.replace(
        write,
        actor=task.agent,
        correlation_id=write.correlation_id or task.correlation_id,
        causation_id=write.causation_id or task.trigger,
    )


def _blocked(task: Task, reason: str, tried: str, options: tuple[Option, ...]) -> TaskBlocked:
    shown = TaskBlocked(reason=reason, tried=tried, options=options)
    # the version makes it another row when the same is asked again: an old answer in a sheet is not the new one
    return shown.model_copy(update={"hash": derived_id(task.stream, str(task.version), content_hash(shown))})


def _row_key(task: Task, outcome: Ask | Propose) -> str:
    content = outcome.question if isinstance(outcome, Ask) else outcome.proposal
    kind = "question" if isinstance(outcome, Ask) else "proposal"
    return f"{kind}/{derived_id(task.stream, str(task.version), content_hash(content))}"


def _row_write(task: Task, outcome: Ask | Propose) -> Write:
    """Return the event that puts a row into the queue."""
    key = _row_key(task, outcome)
    capability = task.kind.partition(".")[0]
    data: EventData = (
        QuestionAsked(
            task=task.stream,
            capability=capability,
            hash=content_hash(outcome.question),
            question=outcome.question,
        )
        if isinstance(outcome, Ask)
        else ProposalMade(
            task=task.stream,
            capability=capability,
            hash=content_hash(outcome.proposal),
            proposal=outcome.proposal,
        )
    )
    return Write(
        stream=key,
        event_id=derived_id(key, "asked"),
        data=data,
        actor=task.agent,
        correlation_id=task.correlation_id,
        causation_id=task.trigger,
    )
