"""How far the effects of a task came, and what is stored so that they are intended at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from opc_kernel.effects.effect import Effect
from opc_kernel.event import Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Through:
    """Everything happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Not now; nothing is lost by waiting."""

    reason: str
    after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """Only a person can say what is so: an effect is unknown, or can't be taken back."""

    effect: Effect
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The provider won't do it."""

    effect: Effect
    reason: str


Progress = Through | Later | Stuck | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """What is appended so that effects are intended: those that were intended before add nothing."""

    streams: tuple[str, ...]
    writes: tuple[Write, ...]
    expected: Mapping[str, int]
