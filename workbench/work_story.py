"""A task or a plan as a person reads it: where it stands, what it does outside, what it waits for, what can be done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from opc_kernel.approvals.queue import QueueRow, rows_of
from opc_kernel.flow.plan import UNDO
from opc_kernel.flow.workflow import Step, graph
from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql
from workbench.hold import standing

STORY = "SELECT position, recorded_at, type, actor FROM event WHERE correlation_id = $story ORDER BY position"
FIND_PLANS = (
    "SELECT stream FROM plan WHERE starts_with(stream, $name) OR starts_with(stream, 'plan/' || $name) "
    "ORDER BY stream"
)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """One effect with each of its steps as the log has them."""

    effect: Row
    steps: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStory:
    """A plan: its record, its graph with the state of each step, its tasks and what they did outside."""

    plan: Row
    graph: tuple[str, ...]
    tasks: tuple[Row, ...]
    outside: tuple[Outside, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStory:
    """A task: its record, what it waits for, what can be done now, its plan where it has one."""

    task: Row
    waits_for: str
    options: tuple[tuple[str, str], ...]
    """What can be done now, each with the command that does it."""
    outside: tuple[Outside, ...]
    plan: PlanStory | None
    story: tuple[Row, ...]


def find_plans(company: Queryable, name: str) -> list[str]:
    """Return the plans whose stream or id begins with `name`."""
    return [stream for (stream,) in company.query(FIND_PLANS, name=name).rows]


def plan_story(company: Queryable, stream: str) -> PlanStory:
    """Return a plan as it stands."""
    (plan,) = company.query("SELECT * FROM plan WHERE stream = $stream", stream=stream).dicts()
    plan |= {name: msgspec.json.decode(plan[name] or "null") for name in ("steps", "inputs", "budget")}
    tasks = company.query(load_sql("workbench", "story_steps"), plan=stream).dicts()
    states = {task["step"]: task["state"] for task in tasks if task["kind"] != UNDO}
    done = {step for step, state in states.items() if state in ("completed", "reconciled")}
    undoing = {
        task["step"]: _taken_back(task) for task in tasks if task["kind"] == UNDO and task["step"] in done
    }
    steps = [Step.model_validate(step) for step in plan["steps"]]
    effects = [effect for task in tasks for effect in task["effects"] or ()]
    return PlanStory(
        plan=plan,
        graph=tuple(graph(steps, {**states, **undoing})),
        tasks=tuple(tasks),
        outside=outside(company, effects),
    )


def _taken_back(task: Row) -> str:
    return "taken back" if task["state"] in ("completed", "reconciled") else f"taking back: {task['state']}"


def task_story(company: Queryable, stream: str, *, now: datetime, zone: ZoneInfo) -> TaskStory:
    """Return a task as it stands."""
    (task,) = company.query("SELECT * FROM task WHERE stream = $stream", stream=stream).dicts()
    asked = rows_of(company, [task["waiting_on"] or stream])
    row = next((each for each in asked if each.state == "open"), None)
    return TaskStory(
        task=task,
        waits_for=_waits_for(company, task, row, now=now, zone=zone),
        options=tuple(_options(task, row)),
        outside=outside(company, task["effects"] or ()),
        plan=plan_story(company, task["plan"]) if task["plan"] else None,
        story=tuple(company.query(STORY, story=task["correlation_id"]).dicts()),
    )


def outside(company: Queryable, streams: Sequence[str]) -> tuple[Outside, ...]:
    """Return these effects with each of their steps."""
    if not streams:
        return ()
    named = {"streams": [*streams]}
    steps = company.query(load_sql("workbench", "story_attempts"), **named).dicts()
    return tuple(
        Outside(effect=effect, steps=tuple(step for step in steps if step["stream"] == effect["stream"]))
        for effect in company.query(load_sql("workbench", "story_effects"), **named).dicts()
    )


def _waits_for(company: Queryable, task: Row, row: QueueRow | None, *, now: datetime, zone: ZoneInfo) -> str:
    """Say what a task waits for, empty where it waits for nothing any more."""
    if task["state"] == "blocked":
        return f"you: {row.summary}" if row else "a worker: what it waited for is decided"
    if task["state"] == "in-progress":
        until = task["lease_until"]
        return f"its worker, who has it until {clock(until, zone)}" if until else "its worker"
    if task["state"] == "completed":
        return "the outside world: not everything was read back yet"
    if task["state"] != "requested":
        return ""
    held = standing(company) if task["effects"] else None
    if held is not None:
        return f"'workbench release': effects are held since {clock(held.since, zone)}, by {held.account}"
    if task["not_before"] is not None and task["not_before"] > now:
        return f"its time, {clock(task['not_before'], zone)}: {task['reason'] or 'it was asked for then'}"
    return "a worker: 'workbench work', or 'workbench up'"


def _options(task: Row, row: QueueRow | None) -> Iterator[tuple[str, str]]:
    """Say what the operator can do now, each with its command."""
    short = task["stream"].partition("/")[2][:10]
    if row is not None and row.options:
        for option in row.options:
            yield option.label, f"workbench queue answer {row.short} --choice {option.id}"
    elif row is not None:
        yield "Decide", f"workbench queue show {row.short}"
    if task["state"] == "blocked":
        yield "You did it yourself", f"workbench task resolve {short} --done-by-hand"
    if task["state"] in ("requested", "in-progress", "blocked"):
        yield "Drop it", f"workbench task cancel {short}"


def clock(instant: datetime, zone: ZoneInfo) -> str:
    """Return an instant on the company's clock."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M:%S}"
