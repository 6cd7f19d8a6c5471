"""What a payment provider is asked: the port that the HTTP one and the sandbox share."""

from __future__ import annotations

from typing import Protocol

from opc_kernel.effects.connector import Acted, Checked, Finding
from workbench.connectors.payments.request import Request


class Provider(Protocol):
    """Captures and pays back, each under a key."""

    def capture(self, key: str, wanted: Request) -> Acted:
        """Take the money that was authorised."""
        ...

    def captured(self, key: str, wanted: Request) -> Finding:
        """Say whether that was done under this key."""
        ...

    def refund(self, key: str, wanted: Request) -> Acted:
        """Pay money back."""
        ...

    def refunded(self, key: str, wanted: Request) -> Finding:
        """Say whether that was done under this key."""
        ...

    def check(self) -> Checked:
        """See Connector.check."""
        ...
