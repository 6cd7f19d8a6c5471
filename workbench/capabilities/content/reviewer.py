"""The reviewer: a second opinion on a draft, from a model where one is set up; nothing of it decides."""

from __future__ import annotations

from pydantic import BaseModel, Field

from opc_kernel.flow.agent import Agent, Context
from opc_kernel.flow.budget import Budget
from opc_kernel.flow.outcome import Done, Outcome
from opc_kernel.memory.port import Memory
from opc_kernel.models.port import NoModel
from opc_kernel.models.prompt import Inputs, Prompt
from workbench.capabilities.content.draft import read
from workbench.capabilities.content.events import PACKAGE
from workbench.settings import Settings

NAME = "reviewer"
REVIEW = "content.review"
MAX_REMARKS = 5
RULES = "content: your preferences"
"""Whom memory keeps the operator's rules for pages under."""
SHOWN, MAX_PREFERENCES = ("prefers", "note"), 20
TEXT = "SELECT data->>'text' FROM event_now WHERE event_id = $id"


class Page(Inputs):
    """What is read."""

    title: str
    text: str
    preferences: str
    """What the operator wants to hold for every page, a line each."""


class Opinion(BaseModel):
    """What is thought of it."""

    remarks: tuple[str, ...] = Field(default=(), max_length=MAX_REMARKS)


def reviewer(settings: Settings) -> Agent:
    """Return the agent; without any model in the settings it only says so."""
    return Agent(
        name=NAME,
        role="reads a draft once more, with a model where one is set up",
        capability="content",
        steps={REVIEW: review},
        may_read=("event_now",),
        may_write=(),
        may_spend=Budget(calls=1, cost="0.50") if settings.models.tiers else Budget(),
    )


def review(context: Context) -> Outcome:
    """Return what a model remarks on the draft, as data for the next step."""
    if context.models is None:
        return Done(result="no model was used", output={"told": "no model was used", "remarks": []})
    given = context.task.inputs["read"]
    assert isinstance(given, dict), "the step before kept the draft"
    draft = read(str(context.company.query(TEXT, id=str(given["draft"])).rows[0][0]))
    prompt = Prompt.load(PACKAGE, "review", inputs=Page, output=Opinion)
    page = Page(title=draft.title, text=draft.body, preferences=_preferences(context.memory))
    answer = context.models.answer(prompt, page)
    if isinstance(answer, NoModel):
        return Done(result=answer.told, output={"told": answer.told, "remarks": []})
    return Done(
        result=answer.told,
        output={"told": f"read by a model ({answer.model})", "remarks": [*answer.value.remarks]},
    )


def _preferences(memory: Memory | None) -> str:
    """Return what the operator said themselves: nobody else's words set a rule."""
    known = memory.about("rule", RULES) if memory else ()
    said = [fact.value for fact in known if fact.origin == "operator" and fact.predicate in SHOWN]
    return "\n".join(said[:MAX_PREFERENCES]) or "none"
