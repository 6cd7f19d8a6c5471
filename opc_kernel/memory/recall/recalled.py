"""What recall answers: items with their score, why, and the events they come from; and a context packed of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from opc_kernel.memory.recall.item import Item

CHARS_A_TOKEN = 3.0
"""No common model takes more tokens of prose than a third of its letters; other scripts count their bytes."""
CUT = " …"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """One item that was found."""

    item: Item
    score: float
    why: tuple[str, ...]
    sources: tuple[str, ...]
    """Ids of the events it comes from."""
    excerpt: str = ""
    """Of a summary, the lines that bear on the question: a context holds these alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """What was found, the best first, and what is to be known of how it was looked for."""

    items: tuple[Recalled, ...]
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Recalled]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def pack(self, budget_tokens: int, *, profile: str = "") -> Packed:
        """Return a context within a budget: the profile first, then as many items as fit, the best first."""
        text = fitted(profile, budget_tokens)
        taken: list[Recalled] = []
        for each in self.items:
            longer = f"{text}\n\n{_told(each)}" if text else _told(each)
            if tokens_at_most(longer) <= budget_tokens:
                text = longer
                taken.append(each)
        return Packed(text=text, items=tuple(taken), tokens=tokens_at_most(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A context for an agent. `tokens` is the most it can take."""

    text: str
    items: tuple[Recalled, ...]
    tokens: int


def tokens_at_most(text: str) -> int:
    """Return how many tokens a text takes at most, as far as one can tell without the model's own tokenizer."""
    if not text:
        return 0
    return int((len(text) if text.isascii() else len(text.encode())) / CHARS_A_TOKEN) + 1


def fitted(text: str, budget_tokens: int) -> str:
    """Return a text, cut at a line or a word where it is longer than a budget."""
    if tokens_at_most(text) <= budget_tokens:
        return text
    kept = text
    while kept and tokens_at_most(kept + CUT) > budget_tokens:
        shorter = kept[: min(len(kept) - 1, int(len(kept) * 0.9))]
        kept = shorter[: max(shorter.rfind("\n"), shorter.rfind(" "), 0)]
    return kept + CUT if kept else ""


def _told(recalled: Recalled) -> str:
    item, text = recalled.item, recalled.excerpt or recalled.item.text
    when = f" {item.occurred_at:%Y-%m-%d}" if item.occurred_at else ""
    shown, whole = (len(each.splitlines()) for each in (text, item.text))
    part = f", {shown} of {whole} lines" if shown < whole else ""
    return f"[{item.kind}{when} {item.stream}{part}]\n{text}"
