"""Outcomes: what an agent can answer, as values; one `match` in the worker decides what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import JsonValue

from opc_kernel.approvals.row import Option, Proposal, Question, Risk
from opc_kernel.effects.intent import Intent
from opc_kernel.event import Write
from opc_kernel.money import Money

if TYPE_CHECKING:
    from opc_kernel.flow.plan import PlanComposed

BLOCKED_OPTIONS = (
    Option(id="retry", label="Try again"),
    Option(id="done", label="Done by hand: take it as it is"),
    Option(id="cancel", label="Drop it"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The work is finished; `writes` and the task's completion are stored together, or not at all.

    `expected` holds the versions the writes rely on, guards included.
    """

    result: str
    writes: tuple[Write, ...] = ()
    expected: Mapping[str, int] = field(default_factory=dict)
    output: Mapping[str, JsonValue] = field(default_factory=dict)
    """What later steps of a plan are given."""
    starts: PlanComposed | None = None
    """A plan that begins now: only where the operator approved the row that showed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something shall be done outside: these intents, one after the other, once each, and nothing else.

    Where a gate is due the operator sees them first, word for word. Approved, the agent is asked again: only when it
    still says the same are they done, in the words that were approved. Done, it is asked a last time, with
    `Context.effects`, what follows; another `Act` then says that nothing does.
    """

    summary: str
    """What will be done, in a line."""
    intents: tuple[Intent, ...]
    result: str
    """What to say when it is done."""
    reason: str = ""
    facts: tuple[str, ...] = ()
    confidence: float | None = None
    risk: Risk = "medium"
    money: Money | None = None
    at_stake: str | None = None
    memories: tuple[str, ...] | None = None
    expires_at: datetime | None = None
    output: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The operator must answer first. `writes` are stored with the question."""

    question: Question
    writes: tuple[Write, ...] = ()
    expected: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Propose:
    """The operator must approve first. `writes` are stored with the proposal."""

    proposal: Proposal
    writes: tuple[Write, ...] = ()
    expected: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Not now; try again after a while. Waiting is no failed attempt, and nothing is asked meanwhile."""

    reason: str
    after: timedelta
    failed: bool = False
    """Whether something went wrong: then what was asked stays as it is, and a person is asked in the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """It can't go on; `reason` says what is wrong, `tried` what was tried, `options` what can be done now."""

    reason: str
    tried: str
    options: tuple[Option, ...] = BLOCKED_OPTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """It can't be done, and nobody needs to be asked: the plan it belongs to takes back what it did, or ends."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """There is nothing to do any more."""

    reason: str


Outcome = Done | Act | Ask | Propose | Retry | Block | Fail | Cancel
