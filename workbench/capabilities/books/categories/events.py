"""The facts of rules found in decisions: when there was cause to look, and what became of each rule."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from opc_kernel.event import EventData
from opc_kernel.log.read_model import ReadModel
from opc_kernel.text import Text

PACKAGE = "workbench.capabilities.books.categories"


class RuleText(BaseModel):
    """A rule as the settings have it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: Text
    contains: tuple[Text, ...] = Field(min_length=1)
    direction: Literal["in", "out"]


class HabitSeen(EventData, type="books.habit_seen"):
    """The operator has booked so many payments alike, or so many at all, that rules are worth looking for."""

    decisions: int
    alike: int


class RuleProposed(EventData, type="books.rule_proposed"):
    """A rule was found in the operator's decisions and put into the queue by this task."""

    rule: RuleText
    task: str


class RuleAdopted(EventData, type="books.rule_adopted"):
    """The operator approved the rule, perhaps in other words; from here on it books."""

    rule: RuleText
    reason: Text
    row: str


class RuleDeclined(EventData, type="books.rule_declined"):
    """The operator does not want the rule: it is never proposed again."""

    reason: Text = ""
    row: str


class RuleDropped(EventData, type="books.rule_dropped"):
    """The rule no longer stands, or is no longer worth proposing."""

    reason: Text


EVENTS: tuple[type[EventData], ...] = (HabitSeen, RuleProposed, RuleAdopted, RuleDeclined, RuleDropped)
READ_MODELS = (ReadModel.load(PACKAGE, "rule"),)
