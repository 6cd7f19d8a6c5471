"""Spans from the log, pure: a plan, its tasks, each turn of an agent, each attempt outside, each call of a model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

Step = Mapping[str, Any]
ATTRIBUTES = (
    "kind",
    "agent",
    "step",
    "workflow",
    "capability",
    "mode",
    "attempt",
    "effect",
    "purpose",
    "model",
    "prompt_version",
)
"""All that a span says of what it is about, beside ids."""
FAILED = ("failed", "retried", "attempted", "undo_attempted", "unknown", "malformed", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Which events begin and end a kind of span on streams of a category."""

    name: str
    begins: tuple[str, ...]
    ends: tuple[str, ...]
    inner: bool = False
    """Whether there may be several on a stream, inside its task's."""


SHAPES: dict[str, tuple[Shape, ...]] = {
    "plan": (
        Shape(
            name="plan",
            begins=("plan.started",),
            ends=("plan.completed", "plan.compensated", "plan.failed"),
        ),
    ),
    "task": (
        Shape(
            name="task",
            begins=("task.requested",),
            ends=("task.completed", "task.failed", "task.cancelled"),
        ),
        Shape(
            name="agent",
            begins=("task.started",),
            ends=("task.completed", "task.failed", "task.cancelled", "task.retried", "task.blocked"),
            inner=True,
        ),
    ),
    "effect": (
        Shape(
            name="effect",
            begins=("effect.claimed", "effect.undo_claimed"),
            ends=(
                "effect.sent",
                "effect.attempted",
                "effect.unknown",
                "effect.failed",
                "effect.compensated",
                "effect.undo_attempted",
            ),
            inner=True,
        ),
    ),
    "model_call": (
        Shape(
            name="model call",
            begins=("model.call_reserved",),
            ends=("model.call_answered", "model.call_malformed", "model.call_failed"),
        ),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One span. The same story is one trace; the same events are the same span, whoever exports them."""

    name: str
    trace_id: int
    span_id: int
    parent_id: int | None
    began_at: datetime
    ended_at: datetime
    ok: bool
    attributes: Mapping[str, str] = field(default_factory=dict)


def spans_of(steps: Iterable[Step], *, after: int) -> list[Span]:
    """Return the spans that ended after a position, from whole streams in the order of their versions."""
    return [
        span
        for stream, of in groupby(steps, key=lambda step: step["stream"])
        for span in _of_stream(stream, [*of], after)
    ]


def _of_stream(stream: str, steps: Sequence[Step], after: int) -> Iterator[Span]:
    known = {name: step[name] for step in reversed(steps) for name in ATTRIBUTES if step[name]}
    for shape in SHAPES.get(stream.partition("/")[0], ()):
        begin: Step | None = None
        for step in steps:
            if step["type"] in shape.begins:
                begin = step
            elif step["type"] in shape.ends and begin is not None:
                if step["position"] > after:
                    yield _span(shape, stream, steps[0], begin, step, known)
                begin = None


def _span(shape: Shape, stream: str, first: Step, begin: Step, end: Step, known: Mapping[str, Any]) -> Span:
    outcome = end["type"].partition(".")[2].removeprefix("call_")
    about = {**known, "attempt": begin["attempt"]} if begin["attempt"] else known
    return Span(
        name=f"{shape.name} {_said(shape, about)}".rstrip(),
        trace_id=number(begin["correlation_id"], 16),
        span_id=span_id(shape.name, stream, begin["version"] if shape.inner else 0),
        parent_id=_parent(shape, stream, first),
        began_at=begin["recorded_at"],
        ended_at=end["recorded_at"],
        ok=outcome not in FAILED,
        attributes={
            "workbench.correlation_id": begin["correlation_id"],
            "workbench.stream": stream,
            "workbench.outcome": outcome,
            **{f"workbench.{name}": str(value) for name, value in about.items()},
        },
    )


def _said(shape: Shape, about: Mapping[str, Any]) -> str:
    wanted = {
        "plan": "workflow",
        "task": "kind",
        "agent": "agent",
        "effect": "effect",
        "model call": "purpose",
    }
    return str(about.get(wanted[shape.name], ""))


def _parent(shape: Shape, stream: str, first: Step) -> int | None:
    """Return the span around one: the task around its agent and its effects, the plan around its task."""
    if shape.name == "agent":
        return span_id("task", stream)
    if first["task"]:
        return span_id("task", first["task"])
    return span_id("plan", first["plan"]) if first["plan"] else None


def span_id(name: str, stream: str, version: int = 0) -> int:
    """Return the id that a span always has; `version` tells those of one stream apart."""
    return number(f"{name} {stream} {version}", 8)


def number(text: str, size: int) -> int:
    """Return so many bytes of a text's digest as a number; never zero, which means none."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size]) or 1
