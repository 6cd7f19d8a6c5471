"""What the log says of mails: whose they are, what thread they belong to, and their own words."""

from __future__ import annotations

from datetime import datetime

from opc_kernel.event import EventData
from opc_kernel.text import Text


class Correspondence(EventData):
    """A mail as its headers and words have it; nobody vouches for either. The file it came in lies in raw/."""

    message_id: Text = ""
    """As its headers name it; empty where they don't."""
    thread: Text
    """What every mail of one conversation shares."""
    depth: int = 0
    """How many mails of the conversation it answers."""
    sender: Text = ""
    """The address it says it is from; empty where it names several."""
    sender_name: Text = ""
    to: tuple[Text, ...] = ()
    cc: tuple[Text, ...] = ()
    names: dict[Text, Text] = {}  # noqa: RUF012 - pydantic copies it
    """Names of its receivers, by address."""
    sent_at: datetime | None = None
    subject: Text = ""
    text: Text = ""
    """Its own words; of a mail that has none, what it carries."""
    signature: Text = ""
    attachments: tuple[Text, ...] = ()
    """Names of files that came with it; nothing of them is read."""
    is_bulk: bool = False
    """Sent to many, or by a machine: newsletters, receipts for delivery, automatic answers."""
    is_carried: bool = False
    """Whether its words are another's: it quotes or forwards, and says nothing itself."""
    says_own: bool = False
    """It says it is from the company and came from outside: it may be forged."""


class MailReceived(Correspondence, type="mail.received"):
    """A mail came."""


class MailSent(Correspondence, type="mail.sent"):
    """The operator wrote a mail."""


EVENTS: tuple[type[EventData], ...] = (MailReceived, MailSent)
