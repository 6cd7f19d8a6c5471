"""Summaries of what was said, in its own words: the sentences that tell most, who said them and when; always the same.

Figures, promises and decisions come first, word for word; then whatever words nobody else in the episode said.
"""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from opc_kernel.memory.recall.terms import ASIDES, words
from opc_kernel.memory.weighing import weighs

MOST_CHARS = 2_000
"""What weighs fills a summary up to here, with its last sentence a little beyond."""
SHARE = 3
"""All else is told up to one part in so many of what was said."""
SENTENCE_CHARS = 400
"""A longer sentence stands in no summary: cut, it might say something else."""
FIGURE, NAME = 3.0, 2.0
"""What a word with figures and a name count, beside 1."""

_QUOTED = re.compile(r"^\s*>.*$", re.MULTILINE)
_ENDS = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_]|[\"“„(])|\n+")
_NAME = re.compile(r"(?<=[\w,;] )[^\W\d_]\w*")
_SILENT = frozenset[str]().union(*ASIDES.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one person said or wrote at one time."""

    text: str
    speaker: str = ""
    title: str = ""
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sentence:
    text: str
    of: int
    """Number of the item it stands in."""
    words: frozenset[str]
    names: frozenset[str]
    weighs: bool


def summary_of(said: Sequence[Said]) -> str:
    """Return what an episode comes to; nothing where no sentence is short enough to stand for it."""
    sentences = [sentence for number, each in enumerate(said) for sentence in _sentences(number, each.text)]
    chosen = _chosen(sentences)
    return "\n".join(_lines(said, [sentence for at, sentence in enumerate(sentences) if at in chosen]))


def sentences_of(text: str) -> Iterator[str]:
    """Yield the sentences of a text that are short enough to be quoted, without what it quotes itself."""
    for part in _ENDS.split(_QUOTED.sub("", text)):
        told = " ".join(part.split())
        if told and len(told) <= SENTENCE_CHARS:
            yield told


def _sentences(number: int, text: str) -> Iterator[_Sentence]:
    for told in sentences_of(text):
        names = frozenset(words(" ".join(name for name in _NAME.findall(told) if name[0].isupper())))
        yield _Sentence(
            text=told, of=number, words=frozenset(words(told)) - _SILENT, names=names, weighs=weighs(told)
        )


def _chosen(sentences: Sequence[_Sentence]) -> set[int]:
    """Return the numbers of the sentences that tell most: each the one that adds most to those before it."""
    spread = Counter(word for sentence in sentences for word in sentence.words)
    rarity = {word: math.log(1 + len(sentences) / count) for word, count in spread.items()}
    rest = sum(len(sentence.text) for sentence in sentences) // SHARE
    told: set[str] = set()
    chosen: set[int] = set()
    used = 0
    for weighty, most in ((True, MOST_CHARS), (False, min(MOST_CHARS, rest))):
        for at in _by_gain(sentences, told, rarity, weighty=weighty):
            if used >= most:
                break  # whatever fits into less tells less
            chosen.add(at)
            told |= sentences[at].words
            used += len(sentences[at].text)
    return chosen


def _by_gain(
    sentences: Sequence[_Sentence], told: set[str], rarity: Mapping[str, float], *, weighty: bool
) -> Iterator[int]:
    """Yield the sentences that say something new, the one that says most first, as `told` grows meanwhile.

    What a sentence adds only ever shrinks, so the best one is known once it is still the best when weighed again.
    """
    waiting = [
        (-_gain(sentence, told, rarity), at)
        for at, sentence in enumerate(sentences)
        if sentence.weighs == weighty
    ]
    heapq.heapify(waiting)
    while waiting:
        _, at = heapq.heappop(waiting)
        gain = _gain(sentences[at], told, rarity)
        if waiting and (-gain, at) > waiting[0]:
            heapq.heappush(waiting, (-gain, at))
        elif gain > 0:
            yield at


def _gain(sentence: _Sentence, told: set[str], rarity: Mapping[str, float]) -> float:
    new = sorted(sentence.words - told)  # sums of floats depend on their order
    return sum(_weight(word, sentence) * rarity[word] for word in new)


def _weight(word: str, sentence: _Sentence) -> float:
    if any(sign.isdigit() for sign in word):
        return FIGURE
    return NAME if word in sentence.names else 1.0


def _lines(said: Sequence[Said], sentences: Iterable[_Sentence]) -> Iterator[str]:
    """Yield a line for each item that has a sentence: its day, who spoke, and a title that is new."""
    by_item: dict[int, list[str]] = {}
    for sentence in sentences:
        by_item.setdefault(sentence.of, []).append(sentence.text)
    title = ""
    for number, texts in by_item.items():
        each = said[number]
        headed = f" ({each.title})" if each.title and each.title != title else ""
        title = each.title or title
        yield f"{each.occurred_at:%Y-%m-%d} {each.speaker}{headed}".rstrip() + f": {' '.join(texts)}"
