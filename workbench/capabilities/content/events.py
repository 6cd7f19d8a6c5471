"""The facts about content: drafts as they were read. What became of them outside is told by the effects."""

from __future__ import annotations

from opc_kernel.event import EventData
from opc_kernel.log.read_model import ReadModel, View
from opc_kernel.text import Text

PACKAGE = "workbench.capabilities.content"


class DraftRead(EventData, type="content.draft_read"):
    """A draft, word for word, as it lay in the folder when somebody asked to publish it."""

    name: str
    digest: str
    """SHA-256 of its bytes."""
    text: Text


EVENTS: tuple[type[EventData], ...] = (DraftRead,)
READ_MODELS = (ReadModel.load(PACKAGE, "draft"),)
VIEWS = (View.load(PACKAGE, "page"),)
