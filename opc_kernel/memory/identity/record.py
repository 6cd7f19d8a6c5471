"""What is known of one person or firm, normalised on arrival; what could not be read stays with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeVar

from opc_kernel.memory.identity.address import Address, read_address
from opc_kernel.memory.identity.email_address import EmailAddress, read_email
from opc_kernel.memory.identity.exact_id import ExactId, read_id
from opc_kernel.memory.identity.firm import Firm, read_firm
from opc_kernel.memory.identity.name import Name, read_name
from opc_kernel.memory.identity.phone import Phone, read_phone
from opc_kernel.memory.identity.unread import Unread

Kind = Literal["person", "firm"]
T = TypeVar("T")

GERMAN_DAY = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`key` is whose record it is, such as `entity/17`. A person's `firms` are where they work."""

    key: str
    kind: Kind
    names: tuple[Name, ...] = ()
    firms: tuple[Firm, ...] = ()
    emails: tuple[EmailAddress, ...] = ()
    phones: tuple[Phone, ...] = ()
    ids: tuple[ExactId, ...] = ()
    addresses: tuple[Address, ...] = ()
    birthday: str = ""
    unread: tuple[Unread, ...] = ()


def read_record(
    key: str,
    kind: Kind,
    *,
    region: str,
    names: Iterable[str | Name] = (),
    firms: Iterable[str] = (),
    emails: Iterable[str] = (),
    phones: Iterable[str] = (),
    ids: Mapping[str, str] | None = None,
    addresses: Iterable[str | Address] = (),
    birthday: str = "",
) -> Record:
    """Normalise what arrived; `region` (as DE) is the country of phone numbers without one."""
    unread: list[Unread] = []
    return Record(
        key=key,
        kind=kind,
        names=_sorted(Name, (_name(each) for each in names), unread),
        firms=_sorted(Firm, (read_firm(each) for each in firms), unread),
        emails=_sorted(EmailAddress, (read_email(each) for each in emails), unread),
        phones=_sorted(Phone, (read_phone(each, region) for each in phones), unread),
        ids=_sorted(ExactId, (read_id(of, each) for of, each in (ids or {}).items()), unread),
        addresses=tuple(read_address(each) if isinstance(each, str) else each for each in addresses),
        birthday=_birthday(birthday, unread),
        unread=tuple(unread),
    )


def _name(given: str | Name) -> Name | Unread:
    return read_name(given) if isinstance(given, str) else given


def _sorted(wanted: type[T], read: Iterable[T | Unread], unread: list[Unread]) -> tuple[T, ...]:
    """Return what could be read; the rest joins `unread`."""
    found: list[T] = []
    for each in read:
        if isinstance(each, wanted):
            found.append(each)
        elif isinstance(each, Unread):
            unread.append(each)
    return tuple(dict.fromkeys(found))


def _birthday(text: str, unread: list[Unread]) -> str:
    if not text:
        return ""
    try:
        day = GERMAN_DAY.fullmatch(text)
        return (
            date(*map(int, day.group(3, 2, 1))).isoformat() if day else date.fromisoformat(text).isoformat()
        )
    except ValueError as error:
        unread.append(Unread(meant="birthday", original=text, reason=str(error)))
        return ""
