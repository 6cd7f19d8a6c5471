"""A plan: a workflow's steps for one request, on the stream `plan/<id>`; what comes next is a pure function of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce
from typing import Literal

from pydantic import Field, JsonValue

from opc_kernel.event import EventData
from opc_kernel.flow.budget import Budget
from opc_kernel.flow.workflow import OnFailure, Step
from opc_kernel.ids import derived_id
from opc_kernel.log.protocol import Queryable
from opc_kernel.log.read_model import ReadModel
from opc_kernel.sql import among
from opc_kernel.text import Text

StepState = Literal["requested", "completed", "failed", "cancelled"]
PlanState = Literal["composed", "running", "compensating", "completed", "compensated", "failed"]
ENDED: frozenset[PlanState] = frozenset(("completed", "compensated", "failed"))
PLANNER = "conductor"
UNDO = "effects.undo"
"""The kind of task that takes back what another did."""
STORIES = "SELECT stream, type, data, correlation_id FROM event_now WHERE {these} ORDER BY stream, version"


class PlanComposed(EventData, type="plan.composed"):
    """The steps that were put together for a request; nothing runs yet."""

    workflow: str
    workflow_version: int
    title: Text
    asked: Text = ""
    """The words of the request."""
    steps: tuple[Step, ...]
    inputs: dict[str, JsonValue] = Field(default_factory=dict)
    on_failure: OnFailure = "compensate"
    budget: Budget = Budget()
    due: datetime | None = None
    priority: int = 0
    note: Text = ""
    """How it was composed: by which rule, or by which model."""


class PlanStarted(EventData, type="plan.started"):
    """It runs from here on, in the steps that were shown."""

    approval: str | None = None
    """Key of the row whose decision started it; None where asking for it was the decision."""


class PlanStepFinished(EventData, type="plan.step_finished"):
    """The task of a step is at its end."""

    step: str
    state: Literal["completed", "failed", "cancelled"]
    output: dict[str, JsonValue] = Field(default_factory=dict)
    rehearsed: bool = False
    acted: bool = False
    """Whether it did something outside."""


class PlanCompensating(EventData, type="plan.compensating"):
    """A step failed: what the others did outside is taken back, the last one first."""

    reason: Text
    steps: tuple[str, ...]
    """The steps whose effects are taken back, in that order."""


class PlanCompleted(EventData, type="plan.completed"):
    """Every step is done."""

    rehearsed: bool = False


class PlanCompensated(EventData, type="plan.compensated"):
    """It failed, and what it had done outside is taken back."""


class PlanFailed(EventData, type="plan.failed"):
    """It can't be done; what it did stands."""

    reason: Text


EVENTS: tuple[type[EventData], ...] = (
    PlanComposed,
    PlanStarted,
    PlanStepFinished,
    PlanCompensating,
    PlanCompleted,
    PlanCompensated,
    PlanFailed,
)
READ_MODELS = (ReadModel.load("opc_kernel.flow", "plan"),)
_PARSE = {model.event_type: model for model in EVENTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a plan looks like now."""

    stream: str
    version: int
    correlation_id: str
    composed: PlanComposed
    state: PlanState = "composed"
    requested: frozenset[str] = frozenset()
    """The steps whose tasks were asked for."""
    finished: Mapping[str, PlanStepFinished] = field(default_factory=dict)
    undoing: tuple[str, ...] = ()
    """The steps whose effects are being taken back, in that order."""
    undone: Mapping[str, PlanStepFinished] = field(default_factory=dict)
    reason: str = ""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps it started with."""
        return self.composed.steps

    @property
    def rehearsed(self) -> bool:
        """Whether any step only recorded what it would have done."""
        return any(each.rehearsed for each in self.finished.values())

    def task(self, step: str) -> str:
        """Return the stream of a step's task."""
        return f"task/{derived_id(self.stream, step)}"

    def undo_task(self, step: str) -> str:
        """Return the stream of the task that takes a step back."""
        return f"task/{derived_id(self.stream, step, UNDO)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A task to be asked for: a step, or taking one back."""

    step: Step
    inputs: Mapping[str, JsonValue]
    undo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfolded:
    """A plan after something happened: what it says of itself then, and the tasks it asks for."""

    plan: Plan
    events: tuple[EventData, ...]
    requests: tuple[Request, ...]


def unfold(plan: Plan, event: EventData) -> Unfolded:
    """Return what follows from one event, itself included. Pure: the same plan always goes on alike."""
    events: list[EventData] = []
    requests: list[Request] = []
    following: EventData | None = event
    while following is not None:
        before, plan = plan, evolve(plan, following)
        events.append(following)
        requests += _new_requests(before, plan)
        following = _becomes(plan)
    return Unfolded(plan=plan, events=tuple(events), requests=tuple(requests))


def _new_requests(before: Plan, plan: Plan) -> list[Request]:
    new = plan.requested - before.requested
    asked = [Request(step=step, inputs=inputs_of(plan, step)) for step in plan.steps if step.name in new]
    left = [name for name in plan.undoing if name not in plan.undone]
    if left and (before.state != "compensating" or len(plan.undone) > len(before.undone)):
        step = next(each for each in plan.steps if each.name == left[0])
        asked.append(Request(step=step, inputs={"task": plan.task(step.name)}, undo=True))
    return asked


def _becomes(plan: Plan) -> EventData | None:
    """Return what a plan becomes by itself, once nothing that it asked for is under way."""
    if plan.state == "running" and plan.requested <= plan.finished.keys():
        return _ended(plan)
    if plan.state == "compensating" and len(plan.undone) == len(plan.undoing):
        kept = [name for name, each in plan.undone.items() if each.state != "completed"]
        reason = f"{plan.reason}; not taken back: {', '.join(kept)}"
        return PlanFailed(reason=reason) if kept else PlanCompensated()
    return None


def _ended(plan: Plan) -> EventData:
    lost = [name for name, each in plan.finished.items() if each.state != "completed"]
    if not lost:
        return PlanCompleted(rehearsed=plan.rehearsed)
    reason = f"{lost[0]} was not done"
    acted = tuple(name for name, each in reversed([*plan.finished.items()]) if each.acted)
    if plan.composed.on_failure == "ask" or not acted:
        return PlanFailed(reason=reason)
    return PlanCompensating(reason=reason, steps=acted)


def _with_requests(plan: Plan) -> Plan:
    """Ask for each step whose predecessors are done; once one is lost, nothing more is asked for."""
    if any(each.state != "completed" for each in plan.finished.values()):
        return plan
    ready = (step.name for step in plan.steps if plan.finished.keys() >= set(step.after or ()))
    return replace(plan, requested=plan.requested | frozenset(ready))


def inputs_of(plan: Plan, step: Step) -> dict[str, JsonValue]:
    """Return what a step is given: what was asked with, and under each earlier step's name what it came to."""
    before = {
        name: each.output for name, each in plan.finished.items() if name in _ancestors(plan.steps, step)
    }
    return {**plan.composed.inputs, **before}


def _ancestors(steps: Iterable[Step], step: Step) -> set[str]:
    named = {each.name: each for each in steps}
    found: set[str] = set()
    left = [*(step.after or ())]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += named[name].after or ()
    return found


def evolve(plan: Plan, event: EventData) -> Plan:
    """Return the plan after one more of its events."""
    plan = replace(plan, version=plan.version + 1)
    match event:
        case PlanStarted():
            return _with_requests(replace(plan, state="running"))
        case PlanStepFinished(step=step) if plan.state == "compensating":
            return replace(plan, undone={**plan.undone, step: event})
        case PlanStepFinished(step=step):
            return _with_requests(replace(plan, finished={**plan.finished, step: event}))
        case PlanCompensating(reason=reason, steps=steps):
            return replace(plan, state="compensating", undoing=steps, reason=reason)
        case PlanCompleted():
            return replace(plan, state="completed")
        case PlanCompensated():
            return replace(plan, state="compensated")
        case PlanFailed(reason=reason):
            return replace(plan, state="failed", reason=reason)
        case _:
            return plan


def new_plan(stream: str, composed: PlanComposed, correlation_id: str) -> Plan:
    """Return the plan that was just composed."""
    return Plan(stream=stream, version=1, correlation_id=correlation_id, composed=composed)


def load_plan(company: Queryable, stream: str) -> Plan | None:
    """Return a plan as its events tell it; None where there is none, or it was erased."""
    return load_plans(company, [stream]).get(stream)


def load_plans(company: Queryable, streams: Sequence[str]) -> dict[str, Plan]:
    """Return plans by stream, with one question; those that there are not, or that were erased, are left out."""
    if not streams:
        return {}
    these, given = among("stream", streams)
    stories = defaultdict[str, list[tuple[str, str | None, str]]](list)
    for stream, *event in company.query(STORIES.format(these=these), **given).rows:
        stories[stream].append((event[0], event[1], event[2]))
    plans = {stream: _folded(stream, story) for stream, story in stories.items()}
    return {stream: plan for stream, plan in plans.items() if plan is not None}


def _folded(stream: str, story: Sequence[tuple[str, str | None, str]]) -> Plan | None:
    events = [_PARSE[kind].model_validate_json(data) for kind, data, _ in story if data is not None]
    if len(events) < len(story):
        return None
    composed, *later = events
    assert isinstance(composed, PlanComposed), "a plan begins with its steps"
    return reduce(evolve, later, new_plan(stream, composed, story[0][2]))
