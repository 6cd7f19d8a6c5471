"""The sandbox's post: each letter is a file that a mail program opens, and goes nowhere."""

from __future__ import annotations

from pathlib import Path

from opc_kernel.effects.connector import Absent, Acted, Checked, Finding, Found, NotDone, Sent
from opc_kernel.log.files import make_folder, write_whole
from workbench.connectors.mail.letter import Letter
from workbench.connectors.words import cause


class Outbox:
    """Letters in a folder, named by their key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def hand_in(self, letter: Letter) -> Acted:
        """See Post.hand_in."""
        path = self._path(letter.id)
        try:
            if not path.exists():
                make_folder(path.parent)
                write_whole(path, letter.content)
        except OSError as error:
            return NotDone(reason=f"{path} can't be written: {cause(error)}")
        return Sent(reference=letter.id)

    def look_up(self, message_id: str) -> Finding:
        """See Post.look_up; the sandbox knows for sure."""
        if self._path(message_id).exists():
            return Found(reference=message_id)
        return Absent(reason="no such letter lies in the sandbox")

    def check(self) -> Checked:
        """See Connector.check."""
        return Checked(ok=True, told=f"What would be sent is laid into {self._folder}.")

    def _path(self, message_id: str) -> Path:
        return self._folder / f"{message_id[1:].partition('@')[0]}.eml"
