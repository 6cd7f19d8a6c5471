"""Weights learned from the records themselves, without known answers: Fellegi–Sunter by expectation–maximisation.

How often fields agree by chance is counted among random pairs; how often they agree among the same is learned from the
pairs that share a key, of the fields that key does not rest on. What few records can't say stays near what one expects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opc_kernel.memory.identity.field import Field
from opc_kernel.memory.identity.weights import Weights

ROUNDS = 30
M_TRUST, U_TRUST = 20.0, 2_000.0
"""The expected weights count as so many pairs that were seen."""
START_SHARE = 0.1
LEAST = 1e-9

Levels = NDArray[np.int8]
"""One row a pair, one column a field: the level it reaches, -1 where it says nothing."""
Shares = list[NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """Equal rows once, with how many they are; `blind` are the fields that say nothing here."""

    rows: Levels
    counts: NDArray[np.float64]
    blind: frozenset[str] = frozenset()


def patterns(rows: Levels, blind: frozenset[str] = frozenset()) -> Patterns:
    """Gather equal rows."""
    unique, counts = np.unique(rows, axis=0, return_counts=True)
    return Patterns(rows=unique, counts=counts.astype(np.float64), blind=blind)


def estimate(
    fields: Sequence[Field[Any]],
    blocks: Sequence[Patterns],
    chance: Patterns,
    everything: Patterns,
    pairs: int,
) -> Weights:
    """Estimate weights and odds. `chance` are random pairs, `everything` the candidates among all `pairs`."""
    m = [np.array([level.m for level in field.levels]) for field in fields]
    u = [np.array([level.u for level in field.levels]) for field in fields]
    expected_m, expected_u = list(m), list(u)
    shares = [START_SHARE] * len(blocks)
    share = 1 / max(pairs, 2)
    for _ in range(ROUNDS):
        sure = _posterior(fields, everything, m, u, share)
        share = _bounded(float(everything.counts @ sure) / max(pairs, 1))
        by_chance = chance.counts * (1 - _posterior(fields, chance, m, u, share))
        u = _shares(fields, [(chance, by_chance)], expected_u, U_TRUST)
        found = [_posterior(fields, block, m, u, own) for block, own in zip(blocks, shares, strict=True)]
        shares = [_share(block, sure) for block, sure in zip(blocks, found, strict=True)]
        seen = [(block, block.counts * sure) for block, sure in zip(blocks, found, strict=True)]
        m = _shares(fields, seen, expected_m, M_TRUST)
    return _weights(fields, m, u, share)


def estimate_given(fields: Sequence[Field[Any]], given: Patterns) -> Weights:
    """Estimate from pairs that somebody else chose: there is no chance to count, and both sides are learned."""
    m = [np.array([level.m for level in field.levels]) for field in fields]
    u = [np.array([level.u for level in field.levels]) for field in fields]
    expected_m, expected_u = list(m), list(u)
    share = START_SHARE
    for _ in range(ROUNDS):
        sure = _posterior(fields, given, m, u, share)
        share = _share(given, sure)
        m = _shares(fields, [(given, given.counts * sure)], expected_m, M_TRUST)
        u = _shares(fields, [(given, given.counts * (1 - sure))], expected_u, M_TRUST)
    return _weights(fields, m, u, share)


def bits(fields: Sequence[Field[Any]], rows: Levels, weights: Weights) -> NDArray[np.float64]:
    """Return the summed weights of each row."""
    total = np.zeros(len(rows))
    for column, field in enumerate(fields):
        table = np.array([*weights.bits[field.name], 0.0])  # -1 finds the last: it says nothing
        total += table[rows[:, column]]
    return total


def _posterior(
    fields: Sequence[Field[Any]], seen: Patterns, m: Shares, u: Shares, share: float
) -> NDArray[np.float64]:
    """Return how sure it is of each pattern that its pairs are the same."""
    total = np.full(len(seen.rows), np.log(share / (1 - share)))
    for column, field in enumerate(fields):
        if field.name not in seen.blind:
            table = np.append(np.log(m[column] / u[column]), 0.0)
            total += table[seen.rows[:, column]]
    posterior: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(total, -60, 60)))
    return posterior


def _shares(
    fields: Sequence[Field[Any]],
    seen: Sequence[tuple[Patterns, NDArray[np.float64]]],
    expected: Shares,
    trust: float,
) -> Shares:
    """Return how often each level is reached, by weighted patterns and what was expected."""
    shares: Shares = []
    for column, field in enumerate(fields):
        counts = trust * expected[column]
        for block, weight in seen:
            if field.name not in block.blind:
                counts = counts + _counted(block.rows[:, column], weight, len(field.levels))
        shares.append(np.maximum(counts / counts.sum(), LEAST))
    return shares


def _counted(column: Levels, weight: NDArray[np.float64], levels: int) -> NDArray[np.float64]:
    said = column >= 0
    return np.bincount(column[said], weights=weight[said], minlength=levels).astype(np.float64)


def _share(seen: Patterns, sure: NDArray[np.float64]) -> float:
    return _bounded(float(seen.counts @ sure) / max(float(seen.counts.sum()), 1.0))


def _bounded(share: float) -> float:
    return min(max(share, LEAST), 1 - LEAST)


def _weights(fields: Sequence[Field[Any]], m: Shares, u: Shares, share: float) -> Weights:
    table = {
        field.name: tuple(float(each) for each in np.log2(m[column] / u[column]))
        for column, field in enumerate(fields)
    }
    return Weights(bits=table, odds=share / (1 - share))
