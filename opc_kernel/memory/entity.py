"""Entities: whom and what the company deals with. A merge is a pointer: it can be undone with all that hung on it."""

from __future__ import annotations

from typing import Literal

from opc_kernel.event import EventData
from opc_kernel.ids import derived_id
from opc_kernel.log.read_model import ReadModel, View
from opc_kernel.text import Text

Kind = Literal["person", "firm", "project", "contract", "content", "intent", "rule"]
"""Whether a person or firm is a lead, a customer or a supplier is a fact: it changes, and may be several at once."""


class EntityFound(EventData, type="memory.entity_found"):
    """Somebody or something was met for the first time."""

    kind: Kind
    name: Text
    sources: tuple[str, ...] = ()
    """Ids of the events it was met in."""


class EntityMerged(EventData, type="memory.entity_merged"):
    """It is the same as another one, which speaks for both from here on."""

    into: str
    evidence: tuple[Text, ...]
    decided_by: Literal["automatic", "operator"]
    row: str | None = None
    """The row that was decided."""


class EntityUnmerged(EventData, type="memory.entity_unmerged"):
    """It is one of its own again, with every fact and item that named it."""

    reason: Text
    account: str = ""


class KeptApart(EventData, type="memory.kept_apart"):
    """The operator said that two are never the same; they are not proposed again."""

    first: str
    second: str
    reason: Text = ""
    row: str | None = None


EVENTS: tuple[type[EventData], ...] = (EntityFound, EntityMerged, EntityUnmerged, KeptApart)
READ_MODELS = (
    ReadModel.load("opc_kernel.memory", "entity"),
    ReadModel.load("opc_kernel.memory", "apart"),
)
VIEWS = (View.load("opc_kernel.memory", "entity_now"),)


def entity_stream(kind: Kind, key: str) -> str:
    """Return the stream of the entity that this key always names, such as a firm's normalised name."""
    return f"entity/{derived_id(kind, key)}"


def apart_stream(first: str, second: str) -> str:
    """Return the stream that says that two are never the same, in whichever order they are named."""
    return f"apart/{derived_id(*sorted((first, second)))}"
