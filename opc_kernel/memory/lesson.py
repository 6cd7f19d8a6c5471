"""Lessons: what the operator said when they changed or rejected something; kept once they say that it shall be."""

from __future__ import annotations

from opc_kernel.event import EventData
from opc_kernel.ids import derived_id
from opc_kernel.log.read_model import ReadModel
from opc_kernel.text import Text


class LessonFound(EventData, type="memory.lesson_found"):
    """The operator gave a reason that may hold again."""

    words: Text
    row: str
    """The row that was decided so."""
    sources: tuple[str, ...]
    """Ids of the decisions."""


class LessonLearned(EventData, type="memory.lesson_learned"):
    """It is kept as a fact."""

    fact: str
    row: str


class LessonDropped(EventData, type="memory.lesson_dropped"):
    """It held for that one time, or nobody can say of whom."""

    reason: Text
    row: str | None = None


EVENTS: tuple[type[EventData], ...] = (LessonFound, LessonLearned, LessonDropped)
READ_MODELS = (ReadModel.load("opc_kernel.memory", "lesson"),)


def lesson_stream(words: str) -> str:
    """Return the stream of a lesson: the same words, given to many rows, are one."""
    return f"lesson/{derived_id(' '.join(words.casefold().split()))}"
