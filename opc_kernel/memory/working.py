"""Working memory: the hot set of one conversation, plan or notebook, bounded, for a time, the most useful first.

It is a plain value in the process that uses it. What should outlast it is an event, and then long-term memory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from opc_kernel.clock import Clock
from opc_kernel.memory.recall.recalled import Recollection, fitted, tokens_at_most

MAX_TOKENS = 4_000
MAX_ITEMS = 50
LASTS = timedelta(hours=8)
GAP = "\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Something held at hand."""

    key: str
    """What it is known by, such as an item's stream."""
    text: str
    tokens: int
    """The most it can take."""
    useful: float
    """How well it fitted when it came, and one more for each time it was used."""
    used_at: datetime
    sources: tuple[str, ...] = ()
    """Ids of the events it comes from."""


class WorkingMemory:
    """Holds at most so many items and tokens; what is least useful makes room, what nobody used for long goes."""

    def __init__(
        self,
        clock: Clock,
        *,
        max_tokens: int = MAX_TOKENS,
        max_items: int = MAX_ITEMS,
        lasts: timedelta = LASTS,
    ) -> None:
        self._clock, self._max_tokens, self._max_items, self._lasts = clock, max_tokens, max_items, lasts
        self._held: dict[str, Held] = {}

    def put(self, key: str, text: str, *, useful: float = 0.0, sources: tuple[str, ...] = ()) -> None:
        """Hold a text at hand, in place of the one of that key; one that is too long is cut."""
        kept = fitted(text, self._max_tokens)
        self._held[key] = Held(
            key=key,
            text=kept,
            tokens=tokens_at_most(kept),
            useful=useful,
            used_at=self._clock.now(),
            sources=sources,
        )
        self._make_room()

    def take(self, found: Recollection) -> None:
        """Hold what was recalled; what is held already was used once more."""
        for each in found:
            if each.item.stream in self._held:
                self.used(each.item.stream)
            else:
                self.put(each.item.stream, each.item.text, useful=each.score, sources=each.sources)

    def used(self, key: str) -> None:
        """Say that something was of use: it stays longer, and stands before others. What is gone stays gone."""
        if (held := self._held.get(key)) is not None:
            self._held[key] = replace(held, useful=held.useful + 1, used_at=self._clock.now())

    def drop(self, key: str) -> None:
        """Let something go."""
        self._held.pop(key, None)

    @property
    def held(self) -> tuple[Held, ...]:
        """What is at hand now, the most useful first."""
        self._expire()
        return tuple(sorted(self._held.values(), key=lambda held: (-held.useful, -held.used_at.timestamp())))

    @property
    def tokens(self) -> int:
        """The most that everything at hand can take."""
        return sum(held.tokens for held in self.held)

    def pack(self, budget_tokens: int, *, profile: str = "") -> str:
        """Return a context within a budget: the profile first, then as much as fits, the most useful first."""
        text = fitted(profile, budget_tokens)
        for held in self.held:
            longer = f"{text}{GAP}{held.text}" if text else held.text
            if tokens_at_most(longer) <= budget_tokens:
                text = longer
        return text

    def _expire(self) -> None:
        since = self._clock.now() - self._lasts
        self._held = {key: held for key, held in self._held.items() if held.used_at > since}

    def _make_room(self) -> None:
        held = self.held
        while len(held) > self._max_items or sum(each.tokens for each in held) > self._max_tokens:
            del self._held[held[-1].key]
            held = held[:-1]
