"""Likeness: two that may be the same, found once; what follows is the librarian's and the operator's to say."""

from __future__ import annotations

from typing import Literal

from opc_kernel.event import EventData
from opc_kernel.ids import derived_id
from opc_kernel.log.read_model import ReadModel


class LikenessFound(EventData, type="memory.likeness_found"):
    """Two may be the same."""

    first: str
    second: str
    verdict: Literal["same", "doubtful"]
    """What the evidence came to when it was found; it is weighed again before anything follows."""
    probability: float


EVENTS: tuple[type[EventData], ...] = (LikenessFound,)
READ_MODELS = (ReadModel.load("opc_kernel.memory", "likeness"),)


def likeness_stream(first: str, second: str) -> str:
    """Return the stream that says that two may be the same, in whichever order they are named."""
    return f"likeness/{derived_id(*sorted((first, second)))}"
