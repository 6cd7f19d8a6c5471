"""Outcomes: what an agent can answer, as values; one `match` in the worker decides what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from opc_kernel.approvals.row import Option, Proposal, Question
from opc_kernel.event import Write

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
class Cancel:
    """There is nothing to do any more."""

    reason: str


Outcome = Done | Ask | Propose | Retry | Block | Cancel
