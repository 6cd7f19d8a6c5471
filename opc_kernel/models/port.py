"""The port that agents see: a prompt and its inputs in, an answer or the reason why there is none out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel

from opc_kernel.flow.budget import Budget
from opc_kernel.flow.task import Task
from opc_kernel.models.prompt import In, Prompt
from opc_kernel.models.settings import TierName

Value_co = TypeVar("Value_co", covariant=True)
Shape = TypeVar("Shape", bound=BaseModel)
Cause = Literal["unset", "cap", "local-only", "held", "failed", "malformed", "too-large", "busy", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a call is for: who pays for it, and to which story it belongs."""

    capability: str
    task: str | None = None
    customer: str | None = None
    actor: str = "workbench"
    correlation_id: str | None = None
    causation_id: str | None = None
    allowed: Budget | None = None
    """What its task may spend; None: no more than the caps of the settings."""
    story_allowed: Budget | None = None
    """What the whole story may spend, such as a plan with all its steps."""

    @classmethod
    def of(
        cls,
        task: Task,
        *,
        customer: str | None = None,
        allowed: Budget | None = None,
        story: Budget | None = None,
    ) -> Use:
        """Return the use that a task makes of models."""
        return cls(
            allowed=allowed,
            story_allowed=story,
            capability=task.kind.partition(".")[0],
            task=task.stream,
            customer=customer,
            actor=task.agent,
            correlation_id=task.correlation_id,
            causation_id=task.trigger,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[Value_co]):
    """What a model said, as the prompt's type."""

    value: Value_co
    model: str
    call: str
    """The stream of the call that was made for it."""
    reused: bool = False

    @property
    def told(self) -> str:
        """The sentence that goes with whatever is made of it."""
        return f"written with the model {self.model}{' (a recorded answer)' if self.reused else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoModel:
    """There is no answer: go on with rules and templates, or later where `transient`."""

    cause: Cause
    reason: str
    transient: bool = False
    wait_s: float | None = None
    """How long the endpoint asks to be left alone."""

    @property
    def told(self) -> str:
        """The sentence that goes with whatever is made without it."""
        return "no model was used" if self.cause == "unset" else f"no model was used ({self.reason})"


class ModelPort(Protocol):
    """Asks models. Whatever can go wrong with a model is a NoModel, never an exception."""

    def text(
        self,
        prompt: Prompt[In, str],
        inputs: In,
        *,
        use: Use,
        tier: TierName | None = None,
        fresh: bool = False,
    ) -> Answer[str] | NoModel:
        """Return plain text. `tier` overrides the route; `fresh` takes no recorded answer."""
        ...

    def answer(
        self,
        prompt: Prompt[In, Shape],
        inputs: In,
        *,
        use: Use,
        tier: TierName | None = None,
        fresh: bool = False,
    ) -> Answer[Shape] | NoModel:
        """Return an answer of the prompt's own type. `tier` overrides the route; `fresh` takes no recorded answer."""
        ...
