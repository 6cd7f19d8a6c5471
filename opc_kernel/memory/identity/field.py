"""What two records are compared by: fields, each with its levels of agreement, best first, and what a level says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

R = TypeVar("R")


class Bearing(Enum):
    """What a level may do for a verdict, whatever its weight."""

    PROVES = "proves"
    """It is enough alone, unless something contradicts."""
    AGREES = "agrees"
    """It is one of the several agreements a certain verdict needs."""
    HINTS = "hints"
    """It has its weight and no more."""
    CONTRADICTS = "contradicts"
    """With it nothing is certain, unless all else that is one's own agrees."""
    CHANGED = "changed"
    """It contradicts, but people change it in a life: a family name beside the same first name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """`m` is its expected share among records of the same one, `u` among those of different ones."""

    words: str
    m: float
    u: float
    bearing: Bearing = Bearing.HINTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(Generic[R]):
    """`compare` returns the number of a level, or None where one of the two says nothing."""

    name: str
    levels: tuple[Level, ...]
    compare: Callable[[R, R], int | None]
    values: Callable[[R], str] = lambda _record: ""
    """What a record says, as it was written: shown beside the evidence."""
    is_individual: bool = False
    """Whether it is one's own: a household shares its house, its phone and its family name, but no birthday."""


def levels(*rows: tuple[str, float, float, Bearing]) -> tuple[Level, ...]:
    """Return levels from rows of words, m, u, bearing."""
    return tuple(Level(words=words, m=m, u=u, bearing=bearing) for words, m, u, bearing in rows)
