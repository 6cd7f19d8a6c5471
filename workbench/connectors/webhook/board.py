"""The sandbox's twin of a webhook: each note is a file, and goes nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from opc_kernel.effects.connector import Absent, Acted, Checked, Finding, Found, NotDone, Sent
from opc_kernel.effects.intent import EffectKind, Order
from opc_kernel.log.files import make_folder, write_whole
from workbench.connectors.webhook.connector import KINDS, NAME
from workbench.connectors.words import cause


class Board:
    """Notes in a folder, named by their key."""

    def __init__(self, folder: Path, *, account: str) -> None:
        self._folder = folder
        self.account = account

    @property
    def name(self) -> str:
        """See Connector.name."""
        return NAME

    @property
    def kinds(self) -> Mapping[str, EffectKind]:
        """See Connector.kinds."""
        return KINDS

    def act(self, order: Order) -> Acted:
        """Lay the note into the folder."""
        path = self._path(order)
        try:
            make_folder(self._folder)
            write_whole(path, f"{order.intent.fields.get('subject', '')}\n\n{order.intent.content}".encode())
        except OSError as error:
            return NotDone(reason=f"{path} can't be written: {cause(error)}")
        return Sent(reference=path.name)

    def find(self, order: Order) -> Finding:
        """See Connector.find; the sandbox knows for sure."""
        path = self._path(order)
        return (
            Found(reference=path.name) if path.exists() else Absent(reason="no such note lies in the sandbox")
        )

    def undo(self, order: Order, reference: str) -> Acted:  # noqa: ARG002 - the connector's shape
        """Say that it can't be taken back."""
        return NotDone(reason="a note can't be taken back", lasting=True)

    def check(self) -> Checked:
        """See Connector.check."""
        return Checked(ok=True, told=f"What would be posted is laid into {self._folder}.")

    def _path(self, order: Order) -> Path:
        return self._folder / f"{order.key}.txt"
