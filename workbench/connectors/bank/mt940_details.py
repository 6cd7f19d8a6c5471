"""What field :86: of an MT940 tells of a transaction: in coded parts, in words between slashes, or in plain words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.connectors.bank.limits import MAX_TEXT_CHARS
from workbench.connectors.bank.mt940_fields import SAY_NOTHING

PART_WIDTH = 27
"""A coded part holds this many characters; a shorter one ends with a blank that the bank left out."""
ROW_WIDTH = 65
"""A line holds this many characters, with or without its tag; a shorter one was ended on purpose."""
MAX_SEPA_REFERENCE = 35

_CODED = re.compile(r"\s*(?:\d{3,4}\s?(?=[^\w\s,.:/+-]\d\d)|(?=[?<>~^@]\d\d))([?<>~^@!*&])")
_POSTING, _ACCOUNTS, _NAMES = "00", ("31", "38"), ("32", "33")
_PURPOSE = {str(code) for code in (*range(20, 30), *range(60, 70))}

_SEPA = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP)\+")

_KEYS = (
    "TRTP|TRCD|IBAN|BIC|NAME|REMI|EREF|IREF|PREF|RREF|CNTP|MARF|CSID|ORDP|BENM|ADDR|ISDT|RTRN|PURP|"
    "ULTB|ULTC|ULTD|UDTR|UCRD|SVCL|CHGS|OAMT|OCMT|EXCH|ID"
)
_SLASHED = re.compile(rf"/({_KEYS})/")
_REMITTANCE_KIND = re.compile(r"/?(?:USTD//|STRD/\w{0,10}/)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Who, why, and under which reference."""

    text: str
    counterparty: str = ""
    account: str = ""
    reference: str = ""


def details(rows: list[str]) -> Details:
    """Read the lines of a transaction's fields. ValueError when they are too long."""
    glued = "".join(rows)
    if len(glued) > MAX_TEXT_CHARS:
        raise ValueError(f"it has {len(glued)} characters, more than {MAX_TEXT_CHARS}")
    if code := _CODED.match(glued):
        return _coded(glued, code[1])
    if _SLASHED.match(glued.lstrip()):
        return _slashed(glued)
    return _worded(_flowing(rows))


def _coded(glued: str, separator: str) -> Details:
    """The way of the German banks: a separator and two digits before each part."""
    _, *parts = re.split(rf"{re.escape(separator)}(\d\d)", glued)
    coded = list(zip(parts[::2], parts[1::2], strict=True))
    told = _worded(_joined([part for code, part in coded if code in _PURPOSE]))
    return Details(
        text=told.text or " ".join(part for code, part in coded if code == _POSTING),
        counterparty=_joined([part for code, part in coded if code in _NAMES]),
        account=next((part for code, part in coded if code in _ACCOUNTS and part.strip()), told.account),
        reference=told.reference,
    )


def _joined(parts: list[str]) -> str:
    """The parts as one text, with a line break behind each that did not fill its place."""
    return "".join(part if len(part) >= PART_WIDTH else part + "\n" for part in parts)


def _worded(text: str) -> Details:
    """Plain words, or those behind the keywords of a SEPA transfer."""
    free, *parts = _SEPA.split(text)
    words, values = [free], dict[str, str]()
    for key, value in zip(parts[::2], parts[1::2], strict=True):
        if key == "SVWZ":
            words.append(value)
            continue
        reference, _, rest = value.partition("\n")  # one that goes on fills its part
        values.setdefault(key, reference.strip())
        words.append(rest)
    return Details(
        text=" ".join(words),
        account=values.get("IBAN", ""),
        reference=_reference(values, "EREF", "KREF"),
    )


def _slashed(glued: str) -> Details:
    """The way of the Dutch banks: /NAME/value/REMI/value."""
    _, *parts = _SLASHED.split(glued.strip())
    values: dict[str, str] = {}
    for key, value in zip(parts[::2], parts[1::2], strict=True):
        values.setdefault(key, value.strip())
    account, _, name, *_ = (*values.get("CNTP", "").split("/"), "", "", "")
    remittance = values.get("REMI", "")
    kind = _REMITTANCE_KIND.match(remittance)
    return Details(
        text=(remittance[kind.end() :] if kind else remittance).strip("/ ") or glued,
        counterparty=name or values.get("NAME", "").strip("/ "),
        account=account or values.get("IBAN", "").strip("/ "),
        reference=_reference(values, "EREF", "PREF"),
    )


def _reference(values: dict[str, str], *keys: str) -> str:
    """The first of these that says something; a longer one than SEPA knows is no reference."""
    told = (values.get(key, "").strip("/ ") for key in keys)
    return next((one for one in told if one not in SAY_NOTHING and len(one) <= MAX_SEPA_REFERENCE), "")


def _flowing(rows: list[str]) -> str:
    """The lines as one text: a full line was broken by its length, wherever that was."""
    full = {ROW_WIDTH, ROW_WIDTH - len(":86:")}
    return "".join(row if len(row) in full else row + " " for row in rows)
