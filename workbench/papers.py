"""Files of words: mails, address books, notes, transcripts and what the operator states; told by content first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from opc_kernel.event import EventData


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What a file of words says, as facts with their streams.

    The first `counted` are what it is taken for; the others come with it, as the mail that a receipt came in.
    """

    format: str
    facts: Sequence[tuple[str, EventData]]
    counted: int
    left_out: str = ""


def read_papers(name: str, content: bytes, *, is_own: Callable[[str], bool]) -> Papers | None:
    """Read a file that says what it is of words; None for one of something else. Raises Refused."""
    from workbench.connectors.contacts.vcard import read_cards
    from workbench.connectors.notes.note import read_words, words_stream

    if (cards := read_cards(content)) is not None:
        return Papers(format="contacts", facts=cards, counted=len(cards))
    if (mails := _mails(content, is_own)) is not None:
        return mails
    if (said := read_words(name, content)) is not None:
        kind, event = said
        return Papers(format=kind, facts=[(words_stream(event), event)], counted=1)
    return None


def read_rest(name: str, content: bytes) -> Papers | None:
    """Read a text that nothing else was made of as a note; None where it is none. Raises Refused."""
    from workbench.capabilities.books.receipts.filing import is_plain_text
    from workbench.connectors.notes.note import is_note_name, plain_note, words_stream

    if not is_note_name(name) or not is_plain_text(name, content):
        return None
    taken = plain_note(name, content)
    return Papers(format="note", facts=[(words_stream(taken), taken)], counted=1) if taken else None


def with_receipt(mail: Papers, receipt: tuple[str, list[tuple[str, EventData]]]) -> Papers:
    """Return a mail that is a receipt: as that it counts, and what it says is remembered too."""
    kind, facts = receipt
    return Papers(format=kind, facts=[*facts, *mail.facts], counted=len(facts))


def may_be_receipt(papers: Papers) -> bool:
    """Whether it is a mail that begins a conversation, as a shop's confirmation does; an answer is no receipt."""
    from workbench.connectors.mail.inbox_events import MailReceived

    mail = papers.facts[0][1] if papers.format == "mail" else None
    return isinstance(mail, MailReceived) and mail.depth == 0 and not mail.says_own


def _mails(content: bytes, is_own: Callable[[str], bool]) -> Papers | None:
    from workbench.capabilities.books.receipts.child import text_of_html
    from workbench.connectors.mail.inbox import mail_stream, read_mails

    found = read_mails(content, is_own=is_own, page_text=text_of_html)
    if found is None:
        return None
    left_out = f"{found.unread} mails are too entangled to be read and were left out" if found.unread else ""
    facts = [(mail_stream(mail), mail) for mail in found.mails]
    return Papers(format=found.format, facts=facts, counted=len(facts), left_out=left_out)
