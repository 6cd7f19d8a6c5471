"""What the log says of the operator's own words: notes, transcripts, and what is so because they say so."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from opc_kernel.event import EventData
from opc_kernel.memory.entity import Kind
from opc_kernel.text import Text

StatedKind = Literal["contract", "project", "intent", "rule"]


class Named(BaseModel):
    """Somebody or something that a note is about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    name: Text
    email: Text = ""


class Turn(BaseModel):
    """What one speaker said at a stretch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    speaker: Text = ""
    text: Text


class NoteTaken(EventData, type="note.taken"):
    """The operator handed in a note."""

    title: Text = ""
    text: Text
    about: tuple[Named, ...] = ()
    written_on: date | None = None


class TranscriptTaken(EventData, type="transcript.taken"):
    """The operator handed in what was said in a meeting, turn by turn."""

    title: Text = ""
    turns: tuple[Turn, ...]
    about: tuple[Named, ...] = ()
    held_on: date | None = None


class OperatorStated(EventData, type="operator.stated"):
    """The operator says what is agreed, planned, aimed at or a rule; only a file they hand in themselves can."""

    kind: StatedKind
    name: Text
    text: Text = ""
    fields: dict[Text, Text] = {}  # noqa: RUF012 - pydantic copies it
    party: Named | None = None
    since: date | None = None


EVENTS: tuple[type[EventData], ...] = (NoteTaken, TranscriptTaken, OperatorStated)
