"""Which workflow a request asks for, and with what inputs: by its words, or by a model where one is set up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field, JsonValue

from opc_kernel.flow.workflow import Workflow
from opc_kernel.models.port import Answer
from opc_kernel.models.prompt import Inputs, Prompt
from opc_kernel.models.task_models import TaskModels

WORD = re.compile(r"[\w@.+/-]+")
PROMPT = "plan"
NOT = {
    "not",
    "don't",
    "dont",
    "never",
    "no",
    "stop",
    "without",
    "nicht",
    "kein",
    "keine",
    "keinen",
    "nie",
    "ohne",
}
IDLE = {
    "a",
    "an",
    "the",
    "please",
    "now",
    "and",
    "my",
    "our",
    "page",
    "bitte",
    "jetzt",
    "und",
    "das",
    "die",
    "der",
}
"""Words that no one misses where they play no part."""


class Offered(BaseModel):
    """A workflow as a model is shown it."""

    name: str
    does: str
    inputs: dict[str, str]


class Asked(Inputs):
    """What a model is given: the request and what there is to choose from."""

    workflows: list[Offered]
    request: str


class Chosen(BaseModel):
    """What a model answers."""

    workflow: str | None = Field(description="the name of one of the workflows, or null")
    inputs: dict[str, JsonValue] = Field(
        default_factory=dict, description="the inputs that the request states"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The workflows that may be meant, the inputs as far as they were read, and how that was found out."""

    workflows: tuple[Workflow, ...]
    inputs: Mapping[str, object]
    how: str
    doubt: str = ""
    """Why the operator is asked although one workflow fits."""


def choose(words: str, workflows: Sequence[Workflow], models: TaskModels | None) -> Choice:
    """Return what a request asks for. Words that name one workflow alone settle it; a model helps where they don't."""
    named = _named(words, workflows)
    read = dict(named[0].read(words)) if len(named) == 1 else {}
    if len(named) == 1 and (negation := _negation(words)):
        return Choice(workflows=named, inputs=read, how="no model was used", doubt=f"It says “{negation}”.")
    if len(named) == 1 and not _missing(named[0], read):
        how = f"its words say which; no model was used{_unused(words, named[0], read)}"
        return Choice(workflows=named, inputs=read, how=how)
    told = _ask(words, named or workflows, models) if models is not None else None
    if told is not None:
        return told
    return Choice(workflows=named or tuple(workflows), inputs=read, how="no model was used")


def _named(words: str, workflows: Sequence[Workflow]) -> tuple[Workflow, ...]:
    """Return the workflows whose words stand in the request; the one that names most of them goes before all others."""
    said = {word.casefold().strip(".,;:!?") for word in WORD.findall(words)}
    fits = {
        each.name: max(
            (len(entry.split()) for entry in each.asked_by if {*entry.casefold().split()} <= said), default=0
        )
        for each in workflows
    }
    best = max(fits.values(), default=0)
    return tuple(each for each in workflows if best and fits[each.name] == best)


def _negation(words: str) -> str:
    """Return a word that may turn the request into its opposite, empty where there is none."""
    said = [word.strip('.,;:!?“”"').replace("’", "'") for word in words.casefold().split()]
    return next((word for word in said if word in NOT), "")


def _unused(words: str, workflow: Workflow, inputs: Mapping[str, object]) -> str:
    """Say which words of a request play no part in its plan."""
    used = {word for entry in workflow.asked_by for word in entry.casefold().split()} | IDLE
    said = " ".join(str(value).casefold() for value in inputs.values())
    left = [
        word for word in WORD.findall(words) if word.casefold() not in used and word.casefold() not in said
    ]
    return f"; these words play no part in it: {', '.join(left)}" if left else ""


def _missing(workflow: Workflow, inputs: Mapping[str, object]) -> list[str]:
    fields = workflow.inputs.model_fields
    return [name for name, field in fields.items() if field.is_required() and name not in inputs]


def _ask(words: str, workflows: Sequence[Workflow], models: TaskModels) -> Choice | None:
    prompt = Prompt.load("workbench.planning", PROMPT, inputs=Asked, output=Chosen)
    offered = [
        Offered(
            name=each.name,
            does=each.title,
            inputs={name: field.description or name for name, field in each.inputs.model_fields.items()},
        )
        for each in workflows
    ]
    answer = models.answer(prompt, Asked(workflows=offered, request=words))
    if not isinstance(answer, Answer):
        return None
    chosen = next((each for each in workflows if each.name == answer.value.workflow), None)
    if chosen is None:
        return None
    inputs = {
        name: value for name, value in answer.value.inputs.items() if name in chosen.inputs.model_fields
    }
    return Choice(workflows=(chosen,), inputs=inputs, how=f"chosen by {answer.model} from your words")
