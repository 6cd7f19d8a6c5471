"""Where somebody lives or works, as it is compared: lines, number, postcode, place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from opc_kernel.memory.identity.folding import folded

SHORT = {
    "str": "strasse", "pl": "platz", "st": "street", "rd": "road", "ave": "avenue", "av": "avenue", "blvd": "boulevard",
    "dr": "drive", "ln": "lane", "pde": "parade", "cres": "crescent", "ct": "court", "hwy": "highway", "sq": "square",
    "n": "north", "s": "south", "e": "east", "w": "west", "pkwy": "parkway",
}  # fmt: skip
NUMBER = re.compile(r"\d+[a-z]?")
POSTCODE_AND_PLACE = re.compile(r"(?:[A-Z]{1,2}-)?(\d{4,5})\s+(\D+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Everything but `original` is folded. `lines` are the street and what else stands above the place."""

    original: str
    lines: tuple[str, ...] = ()
    number: str = ""
    postcode: str = ""
    place: str = ""


def address_of(
    street: str = "", number: str = "", extra: str = "", postcode: str = "", place: str = ""
) -> Address:
    """Return an address that came in parts; a house number may stand in the street."""
    words, found = _street(street)
    lines = tuple(line for line in (words, _street(extra)[0]) if line)
    parts = (street, number, extra, postcode, place)
    return Address(
        original=", ".join(part for part in parts if part),
        lines=lines,
        number=folded(number) or found,
        postcode=folded(postcode),
        place=folded(place),
    )


def read_address(original: str) -> Address:
    """Read one text, as "Hauptstr. 5a, 10115 Berlin"; what is no postcode with a place is a line."""
    parts = [part.strip() for part in re.split(r"[,;\n]", original) if part.strip()]
    ends = [found for part in parts if (found := POSTCODE_AND_PLACE.fullmatch(part))]
    lines = [part for part in parts if not POSTCODE_AND_PLACE.fullmatch(part)]
    postcode, place = ends[-1].groups() if ends else ("", "")
    street, *rest = lines or [""]
    read = address_of(street, extra=" ".join(rest), postcode=postcode, place=place)
    return Address(
        original=original, lines=read.lines, number=read.number, postcode=read.postcode, place=read.place
    )


def _street(text: str) -> tuple[str, str]:
    """Part a line into its words, spelled out, and the house number."""
    words = folded(re.sub(r"(?i)str\.", "strasse ", text)).split()
    numbers = [word for word in words if NUMBER.fullmatch(word)]
    rest = [SHORT.get(word, word) for word in words if not NUMBER.fullmatch(word)]
    return " ".join(rest), numbers[0] if numbers else ""
