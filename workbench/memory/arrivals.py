"""What is remembered of mails, notes, meetings, address books, and of what the operator states. Pure.

A mail says something of its sender alone, under the address it says it is from: a name proves nothing. Rules, goals
and contracts come of what the operator states in a file of their own, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from opc_kernel.ids import derived_id
from opc_kernel.memory.capture import Capture, Keeps, Meets, Observation, Says, Source, Who
from opc_kernel.memory.entity import Kind
from opc_kernel.memory.identity.email_address import EmailAddress, read_email
from workbench.connectors.contacts.events import ContactReceived
from workbench.connectors.mail.inbox_events import Correspondence, MailReceived, MailSent
from workbench.connectors.notes.events import Named, NoteTaken, OperatorStated, TranscriptTaken
from workbench.memory.own_words import (
    firm_of,
    other_promises,
    phones,
    position,
    promised_days,
    wants_no_newsletter,
)

NOON_HOUR = 12
MEANT, SAID, SIGNED = 0.6, 0.8, 0.9
"""How sure a rule is of what it reads in a text, and in a signature."""
MAX_RECEIVERS = 5
"""A mail to more is a circular: it is about none of them."""
MAX_PHONES = 3


def _received(source: Source) -> tuple[Observation, ...]:
    """A newsletter or an automatic answer says nothing; one that only says it is ours may be anybody's."""
    mail: MailReceived = source.data
    if mail.is_bulk or not (mail.text or mail.subject):
        return ()
    sender = None if mail.says_own else _who(mail.sender, mail.sender_name)
    if sender is None:
        return (_mail(source, mail, ()),)
    said = tuple(_says(source, mail, sender)) if sender.kind == "person" and not mail.is_carried else ()
    firm = next((each.who for each in said if isinstance(each, Meets) and each.who.kind == "firm"), None)
    return (_mail(source, mail, (sender, firm) if firm else (sender,)), *said)


def _says(source: Source, mail: MailReceived, sender: Who) -> Iterator[Observation]:
    """Yield what a mail's own words say of who wrote it; what they promise, their firm promises."""
    day = _sent_at(source, mail).date()
    if mail.sender_name:
        yield Says(who=sender, predicate="name", value=mail.sender_name, origin="message", confidence=SIGNED)
    firm = firm_of(mail.signature, mail.sender, mail.sender_name)
    if firm:
        yield Meets(who=Who(kind="firm", name=firm))
        yield _of(sender, "works_at", firm, day, SIGNED)
    for number in list(phones(mail.signature))[:MAX_PHONES]:
        yield _of(sender, "phone", number, day, SIGNED)
    if title := position(mail.signature, mail.sender_name):
        yield _of(sender, "position", title, day, SIGNED)
    debtor = Who(kind="firm", name=firm) if firm else sender
    for promised in promised_days(mail.text, day):
        yield _of(debtor, "promised", f"to pay by {promised}", day, SAID)
    for sentence in other_promises(mail.text):
        yield _of(sender, "promised", sentence, day, MEANT)
    if wants_no_newsletter(mail.text):
        yield _of(sender, "consent", "no newsletter", day, SIGNED)


def _of(who: Who, predicate: str, value: str, day: date, confidence: float) -> Says:
    return Says(
        who=who, predicate=predicate, value=value, valid_from=day, origin="message", confidence=confidence
    )


def _sent(source: Source) -> tuple[Observation, ...]:
    mail: MailSent = source.data
    receivers = [_who(address, mail.names.get(address, "")) for address in (*mail.to, *mail.cc)]
    known = tuple(who for who in receivers if who is not None)
    return (_mail(source, mail, known if len(known) <= MAX_RECEIVERS else ()),)


def _who(address: str, name: str) -> Who | None:
    """Return whom an address names: a person by it, or whoever is known by a mailbox that several read."""
    read = read_email(address)
    if not isinstance(read, EmailAddress):
        return None
    if read.is_shared:
        return Who(kind="firm", identifiers={"email": read.address})
    shown = name if name and "@" not in name else address
    return Who(
        kind="person", name=shown, key=f"{read.local}@{read.domain}", identifiers={"email": read.address}
    )


def _mail(source: Source, mail: Correspondence, about: tuple[Who, ...]) -> Keeps:
    return Keeps(
        kind="mail",
        title=mail.subject,
        text=mail.text or mail.subject,
        about=about,
        conversation=derived_id("mail", mail.thread),
        place=mail.depth,
        speaker=mail.sender_name or mail.sender,
        occurred_at=_sent_at(source, mail),
    )


def _sent_at(source: Source, mail: Correspondence) -> datetime:
    """Nothing was written after it came, whatever it says."""
    return min(mail.sent_at, source.occurred_at) if mail.sent_at else source.occurred_at


def _note(source: Source) -> tuple[Observation, ...]:
    note: NoteTaken = source.data
    about = tuple(map(_named, note.about))
    return (
        Keeps(kind="note", title=note.title, text=note.text, about=about, occurred_at=_noon(note.written_on)),
    )


def _transcript(source: Source) -> tuple[Observation, ...]:
    """Keep every turn with who said it; who speaks in a text is a name there, and nobody is met by it."""
    talk: TranscriptTaken = source.data
    about = tuple(map(_named, talk.about))
    return tuple(
        Keeps(
            kind="transcript",
            title=talk.title,
            text=turn.text,
            about=about,
            conversation=source.stream,
            place=place,
            speaker=turn.speaker,
            occurred_at=_noon(talk.held_on),
        )
        for place, turn in enumerate(talk.turns, 1)
    )


def _stated(source: Source) -> tuple[Observation, ...]:
    stated: OperatorStated = source.data
    who = Who(kind=stated.kind, name=stated.name)
    party = _named(stated.party) if stated.party else None
    told = "\n".join([stated.text, *(f"{name}: {value}" for name, value in stated.fields.items())]).strip()
    facts = {**stated.fields, **({"party": party.name} if party else {})}
    return (
        Meets(who=who),
        *(_by_operator(who, name, value, stated.since) for name, value in facts.items()),
        Keeps(
            kind="note" if stated.kind in ("intent", "rule") else "document",
            title=stated.name,
            text=told or stated.name,
            about=(who, party) if party else (who,),
            occurred_at=_noon(stated.since),
        ),
    )


def _by_operator(who: Who, predicate: str, value: str, since: date | None) -> Says:
    return Says(who=who, predicate=predicate, value=value, valid_from=since, origin="operator")


def _contact(source: Source) -> tuple[Observation, ...]:
    card: ContactReceived = source.data
    who = _called(card.kind, card.name, card.emails[0] if card.emails else "")
    lines = [("email", each) for each in card.emails[1:]] + [("phone", each) for each in card.phones]
    lines += [("works_at", card.firm), ("position", card.position), ("address", card.address)]
    note = Keeps(
        kind="note", title=card.name, text=card.note, about=(who,), occurred_at=_noon(card.changed_on)
    )
    return (
        Meets(who=who),
        *((Meets(who=Who(kind="firm", name=card.firm)),) if card.firm else ()),
        *(
            Says(who=who, predicate=name, value=value, valid_from=card.changed_on)
            for name, value in lines
            if value
        ),
        *((note,) if card.note else ()),
    )


def _named(named: Named) -> Who:
    return _called(named.kind, named.name, named.email)


def _called(kind: Kind, name: str, address: str) -> Who:
    """Return whom the operator names: a person by their own address, where one is given, as their mails are."""
    known = _who(address, name) if address and kind == "person" else None
    return known if known and known.name else Who(kind=kind, name=name, identifiers=mailbox(address))


def mailbox(address: str) -> dict[str, str]:
    """Return an address as what identifies somebody; nothing where there is none."""
    return {"email": address} if address else {}


def _noon(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day, NOON_HOUR, tzinfo=UTC) if day else None


CAPTURES = (
    Capture(event=MailReceived, observe=_received),
    Capture(event=MailSent, observe=_sent),
    Capture(event=NoteTaken, observe=_note),
    Capture(event=TranscriptTaken, observe=_transcript),
    Capture(event=OperatorStated, observe=_stated),
    Capture(event=ContactReceived, observe=_contact),
)
