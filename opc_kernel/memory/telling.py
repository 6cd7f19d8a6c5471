"""Telling: what the operator says of somebody is so at once and stands above every other source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast, get_args

from opc_kernel.errors import KernelError
from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.entity import EntityFound, Kind, entity_stream
from opc_kernel.memory.fact import PREDICATES, FactAsserted, FactRetracted, ValueKind, fact_stream
from opc_kernel.memory.lines import Line
from opc_kernel.memory.living import present
from opc_kernel.memory.merging import Change
from opc_kernel.memory.normal import name_key, normal
from opc_kernel.memory.profile import NotKnown, Profile, find_entity

STANDS = "SELECT version, value, origin, stands, valid_from, valid_to FROM fact WHERE stream = $stream"
ASSERTED = (
    "SELECT data FROM event_now WHERE event_id IN (SELECT unnest($events::VARCHAR[])) ORDER BY position"
)
FOUND = "SELECT root, name FROM entity_now WHERE stream = $stream"
LONGEST_NAME = 200
NOTHING = Change(writes=(), expected={})
"""No change."""
WANTED: dict[ValueKind, str] = {
    "text": "words",
    "date": "a day as 2027-01-31",
    "email": "an e-mail address",
    "phone": "a phone number",
    "iban": "an IBAN whose digits fit",
    "tax_id": "a VAT id of its country's form",
    "currency": "three letters as EUR",
    "language": "a language",
    "amount": "an amount as 1200.00 EUR",
}


class NoPredicate(KernelError):
    """A word for what can't be said of anybody."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Nothing can be told as {name!r}.", f"Use one of: {', '.join(PREDICATES)}.")


class NoName(KernelError):
    """What nobody can be called."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name[:40]!r} is no name: it has {len(name)} letters.", f"Use 1 to {LONGEST_NAME} of them."
        )


class NoKind(KernelError):
    """A kind that nothing is of."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"Nothing is of the kind {kind!r}.", f"Use one of: {', '.join(get_args(Kind))}.")


class NotOfKind(KernelError):
    """A value that is not what its predicate wants."""

    def __init__(self, predicate: str, value: str) -> None:
        wanted = WANTED[PREDICATES[predicate].kind]
        super().__init__(
            f"{value!r} is not {wanted}, as {predicate!r} wants it.", "Nothing was changed; write it so."
        )


class NothingStands(KernelError):
    """There is no such fact to take back, or several are meant."""

    def __init__(self, predicate: str, values: Sequence[str] = ()) -> None:
        stand = f"Say which: {', '.join(map(repr, values))}." if values else "See 'workbench memory facts'."
        super().__init__(f"No one {predicate!r} is meant that stands.", stand)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Who says it: the account, and the row of the queue where it was decided there."""

    account: str
    row: str | None = None
    sources: tuple[str, ...] = ()
    """Ids of the events it rests on; what the operator says of their own rests on nothing but that."""


def whom(company: Queryable, name: str, kind: str, speaker: Speaker) -> tuple[str, Change]:
    """Return whom a person means by a name; with a kind somebody new may be meant. Raises NotKnown, NoKind, NoName."""
    if kind and kind not in get_args(Kind):
        raise NoKind(kind)
    try:
        return find_entity(company, name), NOTHING
    except NotKnown as error:
        if not kind or error.several:
            raise
        return met(company, cast("Kind", kind), name, speaker)


def met(company: Queryable, kind: Kind, name: str, speaker: Speaker) -> tuple[str, Change]:
    """Return who bears a name, and what makes them known where nobody does. Raises NoName."""
    if not name.strip() or len(name) > LONGEST_NAME:
        raise NoName(name)
    stream = present(company, entity_stream(kind, name_key(kind, name)))
    found = company.query(FOUND, stream=stream).one()
    if found is not None:
        return found["root"], NOTHING
    data = EntityFound(kind=kind, name=name, sources=speaker.sources)
    write = Write(stream=stream, data=data, actor=speaker.account)
    return stream, Change(writes=(write,), expected={stream: NEW_STREAM})


def told(
    company: Queryable,
    subject: str,
    predicate: str,
    value: str,
    speaker: Speaker,
    *,
    region: str,
    valid_from: date | None = None,
    valid_to: date | None = None,
    reason: str = "",
) -> Change:
    """Return what makes it so from a day on; nothing where the operator said it before.

    Raises NoPredicate, NotOfKind.
    """
    if predicate not in PREDICATES:
        raise NoPredicate(predicate)
    text = normal(predicate, value, region)
    if not text:
        raise NotOfKind(predicate, value)
    stream = present(company, fact_stream(subject, predicate, text))
    stands = company.query(STANDS, stream=stream).one()
    if stands and stands["stands"] and _says(stands) == (text, "operator", valid_from, valid_to):
        return NOTHING
    data = FactAsserted(
        subject=subject,
        predicate=predicate,
        value=text,
        valid_from=valid_from,
        valid_to=valid_to,
        origin="operator",
        sources=speaker.sources,
        reason=reason,
        row=speaker.row,
    )
    return Change(
        writes=(Write(stream=stream, data=data, actor=speaker.account),),
        expected={stream: stands["version"] if stands else NEW_STREAM},
    )


def _says(stands: Mapping[str, Any]) -> tuple[object, ...]:
    return stands["value"], stands["origin"], stands["valid_from"], stands["valid_to"]


def standing(known: Profile, predicate: str, value: str) -> Line:
    """Return the fact that a person means, of now or to come; `value` may be left out where there is one.

    Raises NothingStands.
    """
    lines = _lines(known, predicate)
    meant = [line for line in lines if not value or line.value.casefold() == value.casefold()]
    if len(meant) != 1:
        raise NothingStands(predicate, [line.value for line in lines])
    return meant[0]


def beside(known: Profile, predicate: str, line: Line) -> tuple[str, ...]:
    """Return the events of what the same fact says of other days."""
    same = (each for each in _lines(known, predicate) if each.stream == line.stream)
    return tuple(each.event for each in same if each.event != line.event)


def _lines(known: Profile, predicate: str) -> tuple[Line, ...]:
    return *known.facts.get(predicate, ()), *known.coming.get(predicate, ())


def taken_back(
    company: Queryable, fact: str, speaker: Speaker, *, reason: str, but: Sequence[str] = ()
) -> Change:
    """Return what makes a fact not so: only the operator can say it again. Raises NothingStands.

    `but` names the events of what it says of other days: that is said again, as it was.
    """
    stands = company.query(STANDS, stream=fact).one()
    if stands is None or not stands["stands"]:
        raise NothingStands("fact")
    data = FactRetracted(reason=reason, account=speaker.account, row=speaker.row)
    said = company.query(ASSERTED, events=[*but]).rows if but else ()
    again = (FactAsserted.model_validate_json(asserted) for (asserted,) in said)
    return Change(
        writes=tuple(Write(stream=fact, data=each, actor=speaker.account) for each in (data, *again)),
        expected={fact: stands["version"]},
    )
