"""Capture: what an event says of whom, as a pure function of the event; who they are is found out here, not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from opc_kernel.event import EventData
from opc_kernel.memory.entity import Kind
from opc_kernel.memory.fact import Origin
from opc_kernel.memory.item import ItemKept, ItemKind

ACTOR = "memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Somebody as an event names them: by kind and name, and by what identifies them, such as an account number."""

    kind: Kind
    name: str = ""
    """Without one they are only meant where an identifier says who they are."""
    key: str = ""
    """What they are looked up by instead of the name, where a name proves nothing: the address a mail came from."""
    identifiers: Mapping[str, str] = field(default_factory=dict)
    """Values of predicates that identify, by predicate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meets:
    """An event names somebody."""

    who: Who

    @property
    def whos(self) -> tuple[Who, ...]:
        """Whom it is about."""
        return (self.who,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """An event says this of somebody."""

    who: Who
    predicate: str
    value: str
    valid_from: date | None = None
    origin: Origin = "document"
    confidence: float = 1.0

    @property
    def whos(self) -> tuple[Who, ...]:
        """Whom it is about."""
        return (self.who,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeps:
    """An event holds words worth remembering; several of one event have places of their own."""

    kind: ItemKind
    text: str
    about: tuple[Who, ...] = ()
    title: str = ""
    conversation: str | None = None
    place: int | None = None
    speaker: str = ""
    occurred_at: datetime | None = None
    local_only: bool = False

    @property
    def whos(self) -> tuple[Who, ...]:
        """Whom it is about."""
        return self.about

    def event(self, entities: tuple[str, ...], sources: tuple[str, ...]) -> ItemKept:
        """Return it as what is stored."""
        return ItemKept(
            kind=self.kind,
            title=self.title,
            text=self.text,
            entities=entities,
            conversation=self.conversation,
            place=self.place,
            speaker=self.speaker,
            sources=sources,
            local_only=self.local_only,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Teaches:
    """The operator gave a reason for what they decided of a row: it may hold again."""

    row: str
    words: str

    @property
    def whos(self) -> tuple[Who, ...]:
        """Whom it is about is found out when it is looked at."""
        return ()


Observation = Meets | Says | Keeps | Teaches


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An event as a capture sees it."""

    event_id: str
    stream: str
    position: int
    type: str
    data: Any
    """The event itself, an instance of its type."""
    occurred_at: datetime
    correlation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What is remembered of one type of event."""

    event: type[EventData]
    observe: Callable[[Source], tuple[Observation, ...]]


def sources_of(rows: Iterable[tuple[Any, ...]], captures: Mapping[str, Capture]) -> list[Source]:
    """Return rows of (position, id, stream, type, data, instant, story) as captures see them."""
    return [
        Source(
            event_id=event_id,
            stream=stream,
            position=position,
            type=kind,
            data=captures[kind].event.model_validate_json(data),
            occurred_at=occurred_at,
            correlation_id=story,
        )
        for position, event_id, stream, kind, data, occurred_at, story in rows
    ]


PLACE = "memory/place"
"""Where it is noted how far memory has looked."""


class MemoryCaughtUp(EventData, type="memory.caught_up"):
    """Everything up to a position was looked at, with this table of captures."""

    up_to: int
    captures: str


EVENTS: tuple[type[EventData], ...] = (MemoryCaughtUp,)
