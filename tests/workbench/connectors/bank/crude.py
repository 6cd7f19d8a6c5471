"""What the bytes of a statement plainly say, counted without the readers: a second opinion for the fuzz tests."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from xml.etree import ElementTree as ET

Amounts = Counter[Decimal]

_SILENT = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_OFX = re.compile(
    r"<STMTTRNP?\s*>(?:(?!<STMTTRN).)*?<TRNAMT\s*>\s*([^<]*?)\s*(?=<)", re.DOTALL | re.IGNORECASE
)
_OFX_OPEN = re.compile(r"<STMTTRNP?\s*>", re.IGNORECASE)
_MT940 = re.compile(r"^:61:\s*\d{6}(?:[\d ]{4})? *([RE]?)([CD])[A-Z]? *(\d+(?:,\d*)?)", re.MULTILINE)
_MT940_BEGIN = re.compile(r"^:61:", re.MULTILINE)


def ofx_amounts(text: str) -> Amounts:
    """Of every transaction; with one more, of nought, for each that has none."""
    text = _SILENT.sub("", text[text.upper().find("<OFX>") :])
    amounts = Counter(_decimal(each) for each in _OFX.findall(text))
    return amounts + Counter({Decimal(0): len(_OFX_OPEN.findall(text)) - amounts.total()})


def camt_amounts(text: str) -> Amounts:
    """Of every entry that is more than information."""
    root = ET.fromstring(text.partition("?>")[2] if text.lstrip("\ufeff").startswith("<?xml") else text)
    amounts: Amounts = Counter()
    for part in root.iter():
        if part.tag.rpartition("}")[2] == "Ntry":
            own = {child.tag.rpartition("}")[2]: child for child in part}
            status = "".join(own["Sts"].itertext()).strip()
            sign = 1 if (own["CdtDbtInd"].text or "").strip() == "CRDT" else -1
            if status != "INFO":
                amounts[sign * _decimal(own["Amt"].text or "")] += 1
    return amounts


def mt940_amounts(text: str) -> Amounts:
    """Of every line :61:; R for a reversal has the other sign, E is expected."""
    amounts: Amounts = Counter()
    for reversal, mark, amount in _MT940.findall(text.replace("\r\n", "\n").replace("\r", "\n")):
        sign = 1 if (mark == "C") != (reversal == "R") else -1
        amounts[sign * _decimal(amount)] += 1
    return amounts


def _decimal(raw: str) -> Decimal:
    return Decimal(raw.strip().replace(",", "."))
