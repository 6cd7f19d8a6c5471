"""The normal form of names and values, so that the same thing is the same text wherever it came from."""

from __future__ import annotations

import re
from datetime import date

from opc_kernel.memory.entity import Kind
from opc_kernel.memory.fact import PREDICATES
from opc_kernel.memory.identity.email_address import EmailAddress, read_email
from opc_kernel.memory.identity.exact_id import ExactId, read_id
from opc_kernel.memory.identity.firm import Firm, read_firm
from opc_kernel.memory.identity.folding import folded
from opc_kernel.memory.identity.name import Name, read_name
from opc_kernel.memory.identity.phone import Phone, read_phone
from opc_kernel.text import canonical

SPACES = re.compile(r"\s+")
EXACT = {"iban": "iban", "tax_id": "vat"}


def normal(predicate: str, value: str, region: str) -> str:
    """Return a value as it is stored; nothing where it is not of its predicate's kind. `region` is a country, as DE."""
    text = SPACES.sub(" ", canonical(value)).strip()
    match PREDICATES[predicate].kind:
        case "email":
            read = read_email(text)
            return read.address if isinstance(read, EmailAddress) else ""
        case "phone":
            number = read_phone(text, region)
            return number.number if isinstance(number, Phone) else ""
        case "iban" | "tax_id" as kind:
            found = read_id(EXACT[kind], text)
            return found.value if isinstance(found, ExactId) else ""
        case "date":
            return _day(text)
        case "currency":
            return text.upper() if re.fullmatch("[A-Za-z]{3}", text) else ""
        case _:
            return text


def name_key(kind: Kind, name: str) -> str:
    """Return what a name is looked up by: two spellings of one firm have the same."""
    match kind:
        case "firm":
            firm = read_firm(name)
            return f"{firm.core} {firm.form}".strip() if isinstance(firm, Firm) else folded(name)
        case "person":
            person = read_name(name)
            words = (person.first, person.family, person.generation) if isinstance(person, Name) else ()
            return " ".join(word for word in words if word) or folded(name)
        case _:
            return folded(name)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
