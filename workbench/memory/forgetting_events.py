"""The events of forgetting by policy: ids and days alone, for what they are about goes and they stay."""

from __future__ import annotations

from datetime import date
from typing import Literal

from opc_kernel.event import EventData
from opc_kernel.log.read_model import ReadModel, View
from opc_kernel.text import Text

Policy = Literal["leads_after_days", "mails_after_days"]


class ForgettingDue(EventData, type="memory.forgetting_due"):
    """A policy found somebody, or mails, of whom nothing was heard for so long; the operator is asked."""

    policy: Policy
    entities: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    last_on: date
    """When something was heard last."""
    days: int
    """What the policy said."""
    reason: Text = ""
    """Why it is proposed once more."""


class ForgettingApproved(EventData, type="memory.forgetting_approved"):
    """The operator said yes; whoever holds the company carries it out, if it still is what was shown."""

    shown: str
    """The hash of what was shown."""
    row: str
    account: str


class ForgettingDropped(EventData, type="memory.forgetting_dropped"):
    """It is not proposed any more: the operator said no, or something was heard again."""

    row: str | None = None


EVENTS: tuple[type[EventData], ...] = (ForgettingDue, ForgettingApproved, ForgettingDropped)
READ_MODELS = (ReadModel.load("workbench.memory", "forgetting"),)
VIEWS = (View.load("workbench.memory", "forgotten"),)
