"""The events of the ladder: each rung that something climbed, and what the operator was told."""

from __future__ import annotations

from datetime import date
from typing import Literal

from opc_kernel.event import EventData
from opc_kernel.log.read_model import ReadModel

Rung = Literal["digest", "urgent"]


class RungClimbed(EventData, type="escalation.rung_climbed"):
    """A concern is part of a message of this rung; it never is again."""

    rung: Rung
    message: str
    """The stream of that message."""
    day: date
    """In the company's zone."""


class MessageWritten(EventData, type="escalation.message_written"):
    """A message was put together; sending it is a task."""

    rung: Rung
    concerns: tuple[str, ...]
    """The streams of what it is about."""
    day: date
    more: int = 0
    """How many are on the ladder beyond those."""
    way: str
    """The channel and its mode."""


EVENTS: tuple[type[EventData], ...] = (RungClimbed, MessageWritten)
READ_MODELS = (ReadModel.load("workbench.escalation", "concern"),)
