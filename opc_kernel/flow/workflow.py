"""Workflows: what is done one after the other, written down as a plain value that reads at a glance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from opc_kernel.effects.intent import EffectKind
from opc_kernel.errors import KernelError
from opc_kernel.flow.agent import Agent
from opc_kernel.flow.budget import NO_MODELS, Budget
from opc_kernel.text import Text

MAX_STEPS = 100
OnFailure = Literal["compensate", "ask"]


class Step(BaseModel):
    """One step: which agent does what, after which others, and what it may do outside."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    agent: str
    kind: str
    after: tuple[str, ...] | None = None
    """The steps before it; by default the one that is written above it."""
    effects: tuple[str, ...] = ()
    """Kinds of effect it may ask for."""
    gate: bool = False
    """Whether the operator is asked before its effects even where they could be undone."""
    rollback: Text = ""
    """What is done about its effects when a later step fails, in words."""


def nothing(_: str) -> Mapping[str, object]:
    """Words alone tell nothing of what it must be asked with."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A way of doing something. `version` rises with every change; running plans keep the one they started with."""

    name: str
    version: int = 1
    title: str
    """What comes of it, in a few words: "Publish a page"."""
    steps: tuple[Step, ...]
    inputs: type[BaseModel]
    """What it must be asked with."""
    asked_by: tuple[str, ...] = ()
    """Words that ask for it, such as "publish"; all words of one entry must stand in the request."""
    read: Callable[[str], Mapping[str, object]] = nothing
    """What the operator's words say of its inputs, as far as rules can tell; the inputs check it."""
    on_failure: OnFailure = "compensate"
    budget: Budget = NO_MODELS


class WorkflowUnsound(KernelError):
    """A workflow that can't be run as it is written."""

    def __init__(self, name: str, problems: Sequence[str]) -> None:
        super().__init__(f"The workflow {name!r} is unsound: {'; '.join(problems)}.", "Nothing was started.")
        self.problems = tuple(problems)


def linked(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps with every `after` written out."""
    before: tuple[str, ...] = ()
    found = []
    for step in steps:
        found.append(step if step.after is not None else step.model_copy(update={"after": before}))
        before = (step.name,)
    return tuple(found)


def problems(
    steps: Sequence[Step], budget: Budget, agents: Mapping[str, Agent], kinds: Mapping[str, EffectKind]
) -> Iterator[str]:
    """Say everything that speaks against running these steps."""
    names = [step.name for step in steps]
    if not 0 < len(steps) <= MAX_STEPS:
        yield f"it has {len(steps)} steps; 1 to {MAX_STEPS} are possible"
    yield from (
        f"the step {name!r} stands twice" for name in sorted({n for n in names if names.count(n) > 1})
    )
    for step in steps:
        yield from _misfits(step, budget, agents, kinds)
        yield from (
            f"{step.name} comes after {name!r}, which is no step"
            for name in step.after or ()
            if name not in names
        )
    try:
        TopologicalSorter({step.name: step.after or () for step in steps}).prepare()
    except CycleError as error:
        yield f"it goes in a circle: {' → '.join(error.args[1])}"
    if not budget.is_nothing and Decimal(budget.cost) <= 0:
        yield "its budget allows calls of models that may cost nothing"


def _misfits(
    step: Step, budget: Budget, agents: Mapping[str, Agent], kinds: Mapping[str, EffectKind]
) -> Iterator[str]:
    agent = agents.get(step.agent)
    if agent is None or step.kind not in agent.steps:
        yield f"no agent {step.agent!r} does {step.kind!r} here"
        return
    if agent.uses_models and budget.is_nothing:
        yield f"{step.name} asks a model and the budget allows no call"
    for effect in step.effects:
        kind = kinds.get(effect)
        if kind is None:
            yield f"{step.name} wants {effect!r}, which no connector offers"
        elif effect not in agent.may_act:
            yield f"the {agent.name} may not ask for {effect!r}"
        elif kind.undo == "none" and not step.gate:
            yield f"{step.name} does {effect!r}, which can't be undone, and no gate stands before it"


def graph(steps: Sequence[Step], states: Mapping[str, str] | None = None) -> list[str]:
    """Draw the steps in order, a line each, with what each waits for and what it does outside.

    A step that waits for exactly the one above it says nothing of it.
    """
    lines = []
    above: tuple[str, ...] = ()
    for step in _ordered(steps):
        waits = (
            "" if step.after == above else f"  after {', '.join(step.after)}" if step.after else "  at once"
        )
        outside = f"  ⇒ {', '.join(step.effects)}" if step.effects else ""
        gate = "  ⛉ you approve" if step.gate else ""
        state = f"  [{states.get(step.name, 'not yet')}]" if states is not None else ""
        lines.append(f"{'○' if not above else '│'} {step.name} · {step.agent}{waits}{outside}{gate}{state}")
        above = (step.name,)
    return lines


def _ordered(steps: Sequence[Step]) -> list[Step]:
    named = {step.name: step for step in steps}
    order = TopologicalSorter({step.name: step.after or () for step in steps}).static_order()
    return [named[name] for name in order]
