"""How far recall's indexes are, and how they are: told without opening them anywhere else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the indexes are."""

    items: int
    embedded: int
    """How many got a vector in this step."""
    waiting: int
    """How many still wait for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How the indexes are."""

    items: int
    waiting: int
    """How many items wait for a vector of the wanted model."""
    model: str | None
    """The wanted model of meaning; None: words only."""
    serving: str | None
    """The model that answers meanwhile."""
    trouble: str
    """Why the wanted model gave no vectors when it was asked last."""
    refused: tuple[str, ...]
    """Files that did not fit and were made anew, with the reason."""
