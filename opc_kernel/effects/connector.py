"""The port to an outside system: what a connector can be asked, and what it may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from opc_kernel.effects.intent import EffectKind, Mode, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The provider took it. `tentative`: it may still change its mind; reading back tells."""

    reference: str
    tentative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDone:
    """It surely did not happen. `lasting`: trying again won't help. `after`: the provider said when to come back."""

    reason: str
    lasting: bool = False
    after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """Nobody knows whether it happened: the answer was lost. `after`: the provider said when to come back."""

    reason: str
    after: timedelta | None = None


Acted = Sent | NotDone | Unclear


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """It happened, and the provider calls it `reference`."""

    reference: str
    tentative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """It surely did not happen, and is not on its way."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotTell:
    """The provider can't be asked, or its answer proves nothing; `after`: asking again then may help."""

    reason: str
    after: timedelta | None = None


Finding = Found | Absent | CannotTell


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of talking to the provider without changing anything there."""

    ok: bool
    told: str
    """In a sentence, without any secret: who we are there, or what is wrong and what to do."""


class Connector(Protocol):
    """One account at one outside system. It answers, it never raises for what a provider can do; it never retries."""

    @property
    def name(self) -> str:
        """What stands before the dot in its kinds, such as `mail`."""
        ...

    @property
    def account(self) -> str:
        """Which account there, as the operator knows it; never a secret."""
        ...

    @property
    def kinds(self) -> Mapping[str, EffectKind]:
        """The kinds of effect it offers, by name."""
        ...

    def act(self, order: Order) -> Acted:
        """Do it once. The key goes to the provider where the provider takes one; ends within its own time limit."""
        ...

    def find(self, order: Order) -> Finding:
        """Ask the provider whether it happened; changes nothing. SMTP, say, never answers Absent."""
        ...

    def undo(self, order: Order, reference: str) -> Acted:
        """Take it back; once more is no fault. Only for kinds whose undo is `undo`."""
        ...

    def check(self) -> Checked:
        """Talk to the provider without side effects."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The same account twice: its twin that records instead of sending, and the real one where it is set up."""

    sandbox: Connector
    production: Connector | None = None

    def in_mode(self, mode: Mode) -> Connector | None:
        """Return the one that acts in a mode; None where nobody set it up."""
        return self.production if mode == "production" else self.sandbox
