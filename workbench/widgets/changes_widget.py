"""Changes that the operator can take back, as a widget: each with why it was made; a click asks for the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import traitlets

from opc_kernel.errors import KernelError
from workbench.view_changes import Change
from workbench.widgets.script import file_text, script

Listing = Callable[[], list[Change]]
Back = Callable[[str, str], str]
"""Takes one change back, for a reason, and says what became of it."""


class ChangesWidget(anywidget.AnyWidget):
    """What `changes` lists; `word` stands on the button, `done` hears that one was taken back."""

    _esm = script("changes.js")
    look = traitlets.Unicode(file_text("memory.css")).tag(sync=True)

    lines: traitlets.List[dict[str, str]] = traitlets.List().tag(sync=True)
    said: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    word = traitlets.Unicode().tag(sync=True)
    empty = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        changes: Listing,
        back: Back,
        *,
        word: str,
        empty: str,
        done: Callable[[], None] = lambda: None,
    ) -> None:
        self._changes, self._back, self._done = changes, back, done
        super().__init__(word=word, empty=empty, lines=[each.shown() for each in changes()])
        self.on_msg(self._asked)

    def list_anew(self) -> None:
        """List what can be taken back now."""
        self.lines = [each.shown() for each in self._changes()]

    def _asked(self, _: object, content: Mapping[str, Any], __: object) -> None:
        match content:
            case {"do": "back", "id": str(which), "reason": str(reason)}:
                self._take_back(which, reason)

    def _take_back(self, which: str, reason: str) -> None:
        """Take back one that is listed; whatever goes wrong is said there."""
        if which not in {line["id"] for line in self.lines}:
            return
        try:
            message, accepted = self._back(which, reason), True
        except KernelError as error:
            message, accepted = str(error), False
        self.list_anew()
        self.said = {"message": message, "accepted": accepted, "number": self.said.get("number", 0) + 1}
        self._done()
