"""Rows of the queue: what a person is shown and decides on, bound to the hash of exactly that."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from opc_kernel.effects.intent import MAX_INTENTS, Intent, Mode, Undo
from opc_kernel.event import EventData
from opc_kernel.log.read_model import ReadModel, View
from opc_kernel.money import AmountText, Money
from opc_kernel.text import Text

Risk = Literal["low", "medium", "high"]
Decision = Literal["approve", "edit", "reject", "defer", "ask", "answer"]

MAX_OPTIONS = 40


class Option(BaseModel):
    """One answer a person may choose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    label: Text


class Shown(BaseModel):
    """What every row shows: the question in one line, why it is asked, and what is at stake."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    summary: Text
    reason: Text
    facts: tuple[str, ...]
    """Ids of the events this rests on."""
    confidence: float | None = Field(default=None, ge=0, le=1)
    risk: Risk = "low"
    money: Money | None = None
    at_stake: AmountText | None = None
    """`money` in the base currency; None beside money means that no recent rate is known: it sorts first."""
    memories: tuple[str, ...] | None = None
    """Streams of the facts and items of memory that were used."""
    expires_at: datetime | None = None


class Proposal(Shown):
    """What will be done if the operator approves, word for word."""

    action: str
    content: Text
    editable: bool = False
    undo: Undo = "undo"
    mode: Mode | None = None
    """Set only for proposals of effects."""
    effects: tuple[Intent, ...] | None = Field(default=None, max_length=MAX_INTENTS)
    """What leaves the machine if this is approved: these and nothing else."""


class Question(Shown):
    """What must be known: one of the options, or what a person types."""

    options: tuple[Option, ...] = Field(min_length=1, max_length=MAX_OPTIONS)
    typed: Text | None = None
    """What may be typed in place of an option, such as "a new category"; None: the options are all there is."""


def content_hash(row: BaseModel) -> str:
    """Return the hash of exactly what is shown; a decision names it. How long it is shown is not part of it."""
    return hashlib.sha256(row.model_dump_json(exclude_none=True, exclude={"expires_at"}).encode()).hexdigest()


class ProposalMade(EventData, type="proposal.made"):
    """An agent proposes something."""

    task: str
    capability: str
    hash: str
    proposal: Proposal


class QuestionAsked(EventData, type="question.asked"):
    """An agent needs to know something."""

    task: str
    capability: str
    hash: str
    question: Question


class _Shown(EventData):
    channel: str
    hash: str


class ProposalShown(_Shown, type="proposal.shown"):
    """The operator could see the proposal for the first time."""


class QuestionShown(_Shown, type="question.shown"):
    """The operator could see the question for the first time."""


class _Decided(EventData):
    decision: Decision
    hash: str
    channel: str
    """Where the decision was taken: cli, excel, view."""
    account: str
    """The account it was taken with; never assumed to be the operator."""
    note: Text = ""
    until: date | None = None


class ProposalDecided(_Decided, type="proposal.decided"):
    """What the operator decided; after an edit `content` is what was approved."""

    content: Text | None = None


class QuestionDecided(_Decided, type="question.decided"):
    """What the operator answered: an option's id, or in words of their own."""

    choice: str | None = None
    typed: Text | None = None


class _Replaced(EventData):
    by: str | None = None
    """Key of the row that took its place; None when nothing is asked any more."""
    reason: Text


class ProposalReplaced(_Replaced, type="proposal.replaced"):
    """The proposal no longer stands."""


class QuestionReplaced(_Replaced, type="question.replaced"):
    """The question no longer stands."""


EVENTS: tuple[type[EventData], ...] = (
    ProposalMade,
    ProposalShown,
    ProposalDecided,
    ProposalReplaced,
    QuestionAsked,
    QuestionShown,
    QuestionDecided,
    QuestionReplaced,
)
READ_MODELS = (
    ReadModel.load("opc_kernel.approvals", "proposal"),
    ReadModel.load("opc_kernel.approvals", "question"),
)
VIEWS = (View.load("opc_kernel.approvals", "queue"), View.load("opc_kernel.approvals", "memory_use"))
