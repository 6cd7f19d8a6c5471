"""Many records linked at once: found by their keys, weighed by what they themselves say, united where it is certain."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from opc_kernel.memory.identity.blocking import keys_for, pairs_by
from opc_kernel.memory.identity.clusters import Clusters, Pair, unite
from opc_kernel.memory.identity.comparing import UNLIKELY, Comparison, compare_by
from opc_kernel.memory.identity.estimate import Levels, Patterns, bits, estimate, patterns
from opc_kernel.memory.identity.field import Field
from opc_kernel.memory.identity.fields import FIELDS
from opc_kernel.memory.identity.record import Kind, Record
from opc_kernel.memory.identity.weights import Weights, probability

R = TypeVar("R")

CHANCE_PAIRS = 50_000
SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """`comparisons` are those that are not unlikely, the surest first; `clusters` are the records that are one."""

    comparisons: tuple[Comparison[Record], ...]
    clusters: Clusters
    weights: Weights


def link(records: Sequence[Record], kind: Kind, never: Iterable[Pair] = ()) -> Linkage:
    """Link records of one kind. `never` are pairs of keys that somebody said are not the same."""
    fields = FIELDS[kind]
    found = {key: sorted(pairs_by(key, records)) for key in keys_for(kind)}
    everything = sorted({pair for pairs in found.values() for pair in pairs})
    rows = levels_of(fields, records, everything)
    place = {pair: row for row, pair in enumerate(everything)}
    blocks = [
        patterns(rows[[place[pair] for pair in pairs]], key.rests_on) for key, pairs in found.items() if pairs
    ]
    weights = estimate(fields, blocks, _chance(fields, records), patterns(rows), _all_pairs(records))
    comparisons = _compared(fields, records, everything, rows, weights)
    return Linkage(
        comparisons=comparisons,
        clusters=_clusters(fields, records, comparisons, weights, never),
        weights=weights,
    )


def levels_of(fields: Sequence[Field[R]], records: Sequence[R], pairs: Sequence[tuple[int, int]]) -> Levels:
    """Compare pairs field by field."""
    rows = np.full((len(pairs), len(fields)), -1, dtype=np.int8)
    for row, (left, right) in enumerate(pairs):
        for column, field in enumerate(fields):
            reached = field.compare(records[left], records[right])
            if reached is not None:
                rows[row, column] = reached
    return rows


def _all_pairs(records: Sequence[Record]) -> int:
    return len(records) * (len(records) - 1) // 2


def _chance(fields: Sequence[Field[R]], records: Sequence[R]) -> Patterns:
    """Compare pairs chosen by chance, the same ones each time."""
    chosen = random.Random(SEED)  # noqa: S311 - a sample, no secret
    wanted = min(CHANCE_PAIRS, len(records) * len(records)) if len(records) > 1 else 0
    drawn = (chosen.sample(range(len(records)), 2) for _ in range(wanted))
    return patterns(levels_of(fields, records, [(left, right) for left, right in drawn]))


def _compared(
    fields: Sequence[Field[Record]],
    records: Sequence[Record],
    pairs: Sequence[tuple[int, int]],
    rows: Levels,
    weights: Weights,
) -> tuple[Comparison[Record], ...]:
    likely = [
        pair
        for pair, summed in zip(pairs, bits(fields, rows, weights), strict=True)
        if probability(float(summed), weights.odds) >= UNLIKELY
    ]
    compared = [compare_by(fields, records[left], records[right], weights) for left, right in likely]
    return tuple(sorted(compared, key=lambda each: (-each.probability, each.left.key, each.right.key)))


def _clusters(
    fields: Sequence[Field[Record]],
    records: Sequence[Record],
    comparisons: Sequence[Comparison[Record]],
    weights: Weights,
    never: Iterable[Pair],
) -> Clusters:
    by_key = {record.key: record for record in records}

    def contradict(left: str, right: str) -> bool:
        found = compare_by(fields, by_key[left], by_key[right], weights)
        return found.verdict != "same" and found.is_contradicted

    certain = [(each.left.key, each.right.key) for each in comparisons if each.verdict == "same"]
    return unite(certain, never, contradict)
