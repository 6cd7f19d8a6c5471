"""What the log says of an address book: one event a card, as it was exported."""

from __future__ import annotations

from datetime import date
from typing import Literal

from opc_kernel.event import EventData
from opc_kernel.text import Text


class ContactReceived(EventData, type="contact.received"):
    """A card of an address book came; birthdays, pictures and whatever else it holds stay in the file."""

    kind: Literal["person", "firm"]
    name: Text
    firm: Text = ""
    position: Text = ""
    emails: tuple[Text, ...] = ()
    phones: tuple[Text, ...] = ()
    address: Text = ""
    note: Text = ""
    changed_on: date | None = None


EVENTS: tuple[type[EventData], ...] = (ContactReceived,)
