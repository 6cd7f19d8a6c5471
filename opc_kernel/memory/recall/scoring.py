"""What makes an item fit a question, pure: words and meaning, what stands beside it, its day and its age.

Words and meaning are each measured against the best found, and added. The weights were chosen on five conversations of
LoCoMo as round numbers, and hold for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opc_kernel.memory.recall.dates import Span
from opc_kernel.memory.recall.shelf import NO_ROW, Rows, Shelf
from opc_kernel.memory.recall.words import held

MEANING = 0.7
"""What the best meaning counts, beside 1 for the best words."""
NEAR: Mapping[int, float] = {-2: 0.2, -1: 0.3, 1: 0.3, 2: 0.2}
"""What the neighbours in the same conversation give of their own, by how far they stand away."""
ASKED_BEFORE = 0.2
"""What a neighbour just before gives more when it asks something: the answer seldom repeats the question."""
TALK, TALK_ITEMS = 0.2, 3
"""What the best items of a conversation give to all of it, and how many they are."""
DATED = 0.3
RECENT, HALF_LIFE_S = 0.02, 365 * 86_400.0
USEFUL = 0.05
"""What the most useful item gains, and the least useful one loses."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Rows with what they score, and of what that is made."""

    rows: Rows
    total: Floats
    words: Floats
    meaning: Floats
    near: Floats
    dated: NDArray[np.bool_]


def scored(
    shelf: Shelf,
    rows: Rows,
    *,
    words: Floats,
    meaning: Floats,
    spans: Sequence[Span],
    now_s: float,
) -> Scored:
    """Score rows, in order and each once; `words` and `meaning` are those of each row."""
    own = _own(words, meaning)
    near = _near(shelf, rows, own) + _talk(shelf["conversations"][rows], own)
    instants = shelf["instants"][rows]
    dated = _dated(instants, spans)
    total = own + near + DATED * dated + RECENT * _recency(instants, now_s)
    return Scored(rows=rows, total=total, words=words, meaning=meaning, near=near, dated=dated)


def leading(rows: Rows, words: Floats, meaning: Floats, *, most: int) -> Rows:
    """Return the rows that fit best by themselves."""
    return rows[np.argsort(-_own(words, meaning), kind="stable")[:most]]


def neighbours(shelf: Shelf, rows: Rows) -> Rows:
    """Return what stands near rows in their conversations."""
    found = shelf.neighbours(rows, [*NEAR])
    beside: Rows = found[found != NO_ROW]
    return beside


def _own(words: Floats, meaning: Floats) -> Floats:
    return _of_best(words) + MEANING * _of_best(meaning)


def _of_best(values: Floats) -> Floats:
    positive = np.maximum(values, 0)
    best = positive.max(initial=0)
    return positive / best if best else positive


def _near(shelf: Shelf, rows: Rows, own: Floats) -> Floats:
    near = np.zeros(len(rows))
    every = shelf.neighbours(rows, [*NEAR])
    is_here, at = held(rows, every)
    for (distance, share), found, here, gives in zip(NEAR.items(), every, is_here, own[at], strict=True):
        asked = shelf["asking"][found] if distance == -1 else np.False_
        near += np.where(here, gives * (share + ASKED_BEFORE * asked), 0)
    return near


def _talk(conversations: NDArray[np.uint64], own: Floats) -> Floats:
    """Return what each row has of its conversation: the mean of the best few in it."""
    order = np.lexsort((-own, conversations))
    starts = np.flatnonzero(np.r_[True, np.diff(conversations[order]) != 0])[: len(order)]
    sizes = np.diff(np.r_[starts, len(order)])
    rank = np.arange(len(order)) - np.repeat(starts, sizes)
    best = np.where(rank < TALK_ITEMS, own[order], 0)
    sums = np.add.reduceat(best, starts) if len(starts) else best
    talk = np.empty(len(order))
    talk[order] = np.repeat(sums, sizes)
    return TALK * talk / TALK_ITEMS


def _dated(instants: Floats, spans: Sequence[Span]) -> NDArray[np.bool_]:
    dated = np.zeros(len(instants), np.bool_)
    for span in spans:
        dated |= (instants >= span.start) & (instants < span.end)
    return dated


def _recency(instants: Floats, now_s: float) -> Floats:
    """Return 1 for now, half of it a year ago; what has no time stands in between."""
    age = np.maximum(now_s - instants, 0)
    return np.where(np.isnan(instants), 0.5, np.exp2(-age / HALF_LIFE_S))
