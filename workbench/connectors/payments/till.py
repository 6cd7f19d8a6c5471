"""The sandbox's provider: each capture and refund is a small JSON file, and no money moves."""

from __future__ import annotations

from pathlib import Path

import msgspec

from opc_kernel.effects.connector import Absent, Acted, Checked, Finding, Found, NotDone, Sent
from opc_kernel.log.files import make_folder, write_whole
from workbench.connectors.payments.request import Request
from workbench.connectors.words import cause


class Till:
    """What would have been asked, named by its key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def capture(self, key: str, wanted: Request) -> Acted:
        """See Provider.capture."""
        return self._note(key, "capture", wanted)

    def captured(self, key: str, wanted: Request) -> Finding:  # noqa: ARG002 - the provider's shape
        """See Provider.captured."""
        return self._noted(key, "capture")

    def refund(self, key: str, wanted: Request) -> Acted:
        """See Provider.refund."""
        return self._note(key, "refund", wanted)

    def refunded(self, key: str, wanted: Request) -> Finding:  # noqa: ARG002 - the provider's shape
        """See Provider.refunded."""
        return self._noted(key, "refund")

    def check(self) -> Checked:
        """See Connector.check."""
        return Checked(ok=True, told=f"What would be asked is noted in {self._folder}.")

    def _note(self, key: str, what: str, wanted: Request) -> Acted:
        path = self._path(key, what)
        try:
            if not path.exists():
                make_folder(path.parent)
                note = msgspec.json.encode({"does": what, **msgspec.to_builtins(wanted)})
                write_whole(path, msgspec.json.format(note) + b"\n")
        except OSError as error:
            return NotDone(reason=f"{path} can't be written: {cause(error)}")
        return Sent(reference=path.name)

    def _noted(self, key: str, what: str) -> Finding:
        path = self._path(key, what)
        return Found(reference=path.name) if path.exists() else Absent(reason="nothing of it in the sandbox")

    def _path(self, key: str, what: str) -> Path:
        return self._folder / f"{key}.{what}.json"
