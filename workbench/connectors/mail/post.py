"""Where a letter is handed in, and where it is looked for: the port that SMTP and the sandbox share."""

from __future__ import annotations

from typing import Protocol

from opc_kernel.effects.connector import Acted, Checked, Finding
from workbench.connectors.mail.letter import Letter


class Post(Protocol):
    """Takes letters."""

    def hand_in(self, letter: Letter) -> Acted:
        """Send a letter once."""
        ...

    def look_up(self, message_id: str) -> Finding:
        """Say whether a letter was sent, as far as that can be known."""
        ...

    def check(self) -> Checked:
        """See Connector.check."""
        ...
