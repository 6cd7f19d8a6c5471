"""Excerpts: of a summary, the lines that bear on a question; the rest would only fill the context of whoever asks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence, Set

from opc_kernel.memory.recall.terms import Terms

MOST_CHARS = 400
"""An excerpt ends here; its best line stands in it whole."""
NEAR_BEST = 0.75
"""What a line must hold beside the best one to stand in it too."""

Line = tuple[str, frozenset[str]]
"""A line and the words asked for that it holds."""


def excerpts(texts: Sequence[str], asked: Mapping[str, Set[str]], terms: Terms) -> list[str]:
    """Return of each text the lines that hold most of the words asked for, in order; all where none holds any.

    `asked` has the terms of each word. A word counts more the fewer lines of these texts hold it.
    """
    lines = [[(line, _held(line, asked, terms)) for line in text.splitlines()] for text in texts]
    every = [held for each in lines for _, held in each]
    counts = Counter(word for held in every for word in held)
    rarity = {word: math.log(1 + len(every) / count) for word, count in counts.items()}
    return [_best(each, rarity) for each in lines]


def _held(line: str, asked: Mapping[str, Set[str]], terms: Terms) -> frozenset[str]:
    here = {*terms.of(line)}
    return frozenset(word for word, forms in asked.items() if here & forms)


def _best(lines: Sequence[Line], rarity: Mapping[str, float]) -> str:
    gains = [sum(sorted(rarity[word] for word in held)) for _, held in lines]
    least = NEAR_BEST * max(gains, default=0)
    chosen: set[int] = set()
    used = 0
    for at in sorted(range(len(lines)), key=lambda at: (-gains[at], at)):
        used += len(lines[at][0])
        if least and chosen and (used > MOST_CHARS or gains[at] < least):
            break
        chosen.add(at)
    return "\n".join(line for at, (line, _) in enumerate(lines) if at in chosen)
