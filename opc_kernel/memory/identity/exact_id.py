"""Ids that somebody gave to one person, firm or account: compared as they stand, never by likeness alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from opc_kernel.memory.identity.unread import Unread

IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
VAT = re.compile(
    r"AT?U\d{8}|BE[01]\d{9}|BG\d{9,10}|CHE\d{9}(?:MWST|TVA|IVA)?|CY\d{8}[A-Z]|CZ\d{8,10}|DE\d{9}|DK\d{8}|EE\d{9}|EL\d{9}"
    r"|ES[A-Z0-9]\d{7}[A-Z0-9]|FI\d{8}|FR[A-Z0-9]{2}\d{9}|GB(?:\d{9}|\d{12}|GD\d{3}|HA\d{3})|HR\d{11}|HU\d{8}"
    r"|IE\d[A-Z0-9+*]\d{5}[A-Z]{1,2}|IT\d{11}|LT(?:\d{9}|\d{12})|LU\d{8}|LV\d{11}|MT\d{8}|NL\d{9}B\d{2}|NO\d{9}(?:MVA)?"
    r"|PL\d{10}|PT\d{9}|RO\d{2,10}|SE\d{12}|SI\d{8}|SK\d{10}|XI\d{9}"
)
MAX_ID_LETTERS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactId:
    """`kind` is iban, vat, or a name of the caller's own such as tax, social, register; `value` is without signs."""

    kind: str
    original: str
    value: str


def read_id(kind: str, original: str) -> ExactId | Unread:
    """Read an id; IBANs are checked by their digits, VAT ids by their country's form."""
    value = re.sub(r"[^A-Z0-9+*]", "", original.upper())
    wrong = _wrong(kind, value)
    if wrong:
        return Unread(meant=kind, original=original, reason=wrong)
    return ExactId(kind=kind, original=original, value=value)


def _wrong(kind: str, value: str) -> str:
    if not value or len(value) > MAX_ID_LETTERS:
        return f"an id has 1 to {MAX_ID_LETTERS} letters and digits"
    if kind == "iban" and not (IBAN.fullmatch(value) and _checks(value)):
        return "its check digits don't fit: one of its digits is wrong"
    if kind == "vat" and not VAT.fullmatch(value):
        return "no country's VAT ids look like this"
    return ""


def _checks(iban: str) -> bool:
    """Whether the remainder is 1, by ISO 7064 MOD 97-10."""
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1
