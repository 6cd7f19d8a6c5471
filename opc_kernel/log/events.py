"""What the log says of its own upkeep."""

from __future__ import annotations

from opc_kernel.event import EventData
from opc_kernel.text import Text


class BackedUp(EventData, type="log.backed_up"):
    """A backup was finished and checked."""

    position: int
    head: str
    label: Text
    """Name of the backup's folder, without where it lies."""
    same_disk: bool
    encrypted: bool


EVENTS: tuple[type[EventData], ...] = (BackedUp,)
