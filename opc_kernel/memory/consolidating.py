"""Consolidation: what memory holds twice, tells at length or never uses is folded, summed up or let fade. Pure.

Nothing is lost by it: what was folded is found through what speaks for it, and each step can be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from opc_kernel.event import NEW_STREAM, EventData, Write
from opc_kernel.ids import derived_id
from opc_kernel.memory.item import ItemFaded, ItemFolded, ItemKept, ItemRestored
from opc_kernel.memory.summarising import Said, summary_of

ACTOR = "memory"
MAX_MEMBERS = 200
"""So many items at most stand behind one summary; what is said after them gets another."""


class MemoryConsolidated(EventData, type="memory.consolidated"):
    """A daily consolidation came to its end."""

    folded: int
    summed_up: int
    faded: int
    restored: int


EVENTS: tuple[type[EventData], ...] = (MemoryConsolidated,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An item as consolidation reads it."""

    stream: str
    version: int
    kind: str
    title: str
    text: str
    entities: tuple[str, ...]
    conversation: str | None
    place: int | None
    speaker: str
    sources: tuple[str, ...]
    local_only: bool
    occurred_at: datetime
    folded_into: str | None = None
    """Which item speaks for it already."""
    loose: bool = True
    """Whether it stands for itself, and nobody brought it back by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """What was said in one conversation, or of the same entities in one month, and is old enough to be summed up."""

    members: tuple[Kept, ...]
    """In the order in which they were said."""
    summary: str
    """The stream of its summary."""
    version: int = NEW_STREAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an episode comes to, and who put it so."""

    text: str
    by: str = "in its own words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One append: what it does to which items, in words; what is written; and the versions it rests on."""

    does: Literal["fold", "sum up", "fade", "restore"]
    items: tuple[str, ...]
    """Streams of the items it is done to."""
    reason: str
    into: str = ""
    writes: tuple[Write, ...]
    expected: dict[str, int]


def in_order(item: Kept) -> tuple[datetime, int, str]:
    """Return what items are sorted by: when they were said, then where in their conversation."""
    return item.occurred_at, item.place or 0, item.stream


def folded(alike: Sequence[Kept]) -> Change:
    """Return what folds items that say the same into the one that said it first."""
    first, *others = sorted(alike, key=in_order)
    reason = "it says the same, word for word"
    return Change(
        does="fold",
        items=tuple(item.stream for item in others),
        reason=reason,
        into=first.stream,
        writes=tuple(_write(item, ItemFolded(into=first.stream, reason=reason)) for item in others),
        expected={item.stream: item.version for item in (first, *others)},
    )


def summed_up(episode: Episode, told: Told) -> Change:
    """Return what keeps the summary of an episode, and folds into it whatever is not folded yet."""
    members = episode.members
    reason = f"summed up {told.by}"
    new = [item for item in members if item.folded_into != episode.summary]
    summary = Write(
        stream=episode.summary,
        data=summary_item(members, told.text),
        actor=ACTOR,
        causation_id=_cause(members[-1]),
        occurred_at=members[-1].occurred_at,
    )
    return Change(
        does="sum up",
        items=tuple(item.stream for item in new),
        reason=reason,
        into=episode.summary,
        writes=(
            summary,
            *(_write(item, ItemFolded(into=episode.summary, reason=reason)) for item in new),
        ),
        expected={episode.summary: episode.version, **{item.stream: item.version for item in members}},
    )


def summary_item(members: Sequence[Kept], text: str) -> ItemKept:
    """Return the item that stands for others: about all they are about, from every event they come from."""
    days = (f"{members[0].occurred_at:%Y-%m-%d}", f"{members[-1].occurred_at:%Y-%m-%d}")
    speakers = ", ".join(dict.fromkeys(item.speaker for item in members if item.speaker))
    return ItemKept(
        kind="summary",
        title=f"{len(members)} items, {' to '.join(dict.fromkeys(days))}{f', {speakers}' if speakers else ''}",
        text=text,
        entities=tuple(dict.fromkeys(each for item in members for each in item.entities)),
        conversation=members[0].conversation,
        sources=tuple(dict.fromkeys(each for item in members for each in item.sources)),
        local_only=any(item.local_only for item in members),
    )


def template(episode: Episode) -> Told:
    """Return what an episode comes to in the words of those who spoke: no model is asked."""
    return Told(
        text=summary_of(
            [
                Said(text=item.text, speaker=item.speaker, title=item.title, occurred_at=item.occurred_at)
                for item in episode.members
            ]
        )
    )


def faded(items: Sequence[Kept], *, policy: str, reason: str) -> Change:
    """Return what lets items go out of recall."""
    return Change(
        does="fade",
        items=tuple(item.stream for item in items),
        reason=reason,
        writes=tuple(_write(item, ItemFaded(policy=policy, reason=reason)) for item in items),
        expected={item.stream: item.version for item in items},
    )


def restored(items: Sequence[Kept], *, reason: str, account: str = "") -> Change:
    """Return what brings items back. What a person brings back, no policy touches again."""
    data = ItemRestored(reason=reason, account=account)
    return Change(
        does="restore",
        items=tuple(item.stream for item in items),
        reason=reason,
        writes=tuple(_write(item, data, actor=account or ACTOR) for item in items),
        expected={item.stream: item.version for item in items},
    )


def taken_back(summary: Kept, members: Sequence[Kept], *, reason: str, account: str) -> Change:
    """Return what brings back all that a summary stands for, and lets the summary go."""
    change = restored(members, reason=reason, account=account)
    fading = _write(summary, ItemFaded(policy="taken back", reason=reason), actor=account)
    return replace(
        change,
        writes=(*change.writes, fading),
        expected={**change.expected, summary.stream: summary.version},
    )


def summary_stream(episode: str, number: int) -> str:
    """Return the stream of an episode's summary; a further one where the one before is full, or was erased."""
    return f"item/{derived_id('summary', episode, str(number))}"


def _write(item: Kept, data: EventData, *, actor: str = ACTOR) -> Write:
    return Write(stream=item.stream, data=data, actor=actor, causation_id=_cause(item))


def _cause(item: Kept) -> str | None:
    """Return the event an item comes from: an erasure takes what was derived from it."""
    return item.sources[0] if item.sources else None
