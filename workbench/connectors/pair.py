"""A connector and its sandbox twin, which records instead of sending."""

from __future__ import annotations

from dataclasses import dataclass

from opc_kernel.effects.connector import Connector
from opc_kernel.effects.intent import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The same account twice: rehearsed, and real where the settings name it."""

    sandbox: Connector
    production: Connector | None = None

    def in_mode(self, mode: Mode) -> Connector | None:
        """Return the one that acts in a mode; None where nobody set it up."""
        return self.production if mode == "production" else self.sandbox
