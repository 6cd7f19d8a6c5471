"""What the operator asks for, and what they said about it when they were asked back."""

from __future__ import annotations

from datetime import datetime

from opc_kernel.event import EventData
from opc_kernel.text import Text


class WorkRequested(EventData, type="work.requested"):
    """The operator wants something done."""

    words: Text
    due: datetime | None = None
    priority: int = 0
    account: str


class WorkClarified(EventData, type="work.clarified"):
    """What a request did not say, and the operator answered."""

    field: str
    """The input it is, or `workflow`."""
    value: Text
    row: str
    """Key of the question."""


EVENTS: tuple[type[EventData], ...] = (WorkRequested, WorkClarified)
