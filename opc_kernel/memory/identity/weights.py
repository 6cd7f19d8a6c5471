"""What each level of agreement weighs, after Fellegi and Sunter: how much oftener it is among the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

from opc_kernel.memory.identity.field import Field

USUAL_ODDS = 1 / 2000
"""Of so many candidates found for a record one is the same, before anything else is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """`bits` has the weights of each field's levels, in base 2; `odds` is what two candidates begin with."""

    bits: Mapping[str, tuple[float, ...]]
    odds: float


def usual(fields: Sequence[Field[Any]], odds: float = USUAL_ODDS) -> Weights:
    """Return the weights that stand in the fields themselves."""
    bits = {field.name: tuple(log2(level.m / level.u) for level in field.levels) for field in fields}
    return Weights(bits=bits, odds=odds)


def probability(bits: float, odds: float) -> float:
    """Return how sure it is that two are one, 0 to 1."""
    exponent = max(-60.0, min(60.0, bits + log2(odds)))
    return 1 / (1 + 2**-exponent)
