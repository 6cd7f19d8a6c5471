"""What recall is asked: one question with its limits, checked before anything is looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from opc_kernel.errors import KernelError
from opc_kernel.memory.item import ItemKind

MAX_K = 1_000
MAX_QUERY_CHARS = 10_000
KINDS: tuple[str, ...] = get_args(ItemKind)


class RecallRefused(KernelError):
    """A question that is not asked so that it can be answered."""


class NothingAsked(RecallRefused):
    """A question without a word."""

    def __init__(self) -> None:
        super().__init__("Nothing is asked.", "Say in words what is looked for.")


class UnknownKind(RecallRefused):
    """A kind of items that memory does not have."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"Memory has no items of the kind {kind!r}.", f"Name one of {', '.join(KINDS)}.")
        self.kind = kind


class OutOfRange(RecallRefused):
    """None, or more than anybody reads."""

    def __init__(self, k: int) -> None:
        super().__init__(f"{k} items can't be recalled.", f"Ask for 1 to {MAX_K}.")
        self.k = k


class NotYet(RecallRefused):
    """A look back at what is still to come."""

    def __init__(self, as_of: datetime) -> None:
        super().__init__(
            f"Nobody knows yet what will be known on {as_of:%Y-%m-%d}.", "Name a time that has passed."
        )
        self.as_of = as_of


class NoInstant(RecallRefused):
    """A time without its zone: it may be another hour elsewhere."""

    def __init__(self, as_of: datetime) -> None:
        super().__init__(f"{as_of} names no zone.", "Give the time with its zone.")
        self.as_of = as_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question. `entity` is a stream and means everybody merged with it; `as_of` is an instant with its zone."""

    query: str
    entity: str | None = None
    kinds: Sequence[str] = ()
    as_of: datetime | None = None
    k: int = 10


def refuse_unanswerable(asked: Asked, *, now: datetime) -> None:
    """Raise RecallRefused for what can't be answered as it is asked."""
    if not asked.query.strip():
        raise NothingAsked
    if not 0 < asked.k <= MAX_K:
        raise OutOfRange(asked.k)
    if (unknown := next((kind for kind in asked.kinds if kind not in KINDS), None)) is not None:
        raise UnknownKind(unknown)
    if asked.as_of is not None:
        _refuse_instant(asked.as_of, now)


def _refuse_instant(as_of: datetime, now: datetime) -> None:
    if as_of.tzinfo is None:
        raise NoInstant(as_of)
    if as_of > now:
        raise NotYet(as_of)
