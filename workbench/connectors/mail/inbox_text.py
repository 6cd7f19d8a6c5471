"""What the writer of a mail says: their own words without those they quote, and their signature apart; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_SIGNATURE_LINES = 14
MAX_SIGNATURE_CHARS = 2_000
MAX_LINE = 2_000
ATTRIBUTION_LINES = 3
"""Over so many lines a program breaks its `On …, … wrote:`."""

_ATTRIBUTION = re.compile(
    r"[ \t>*]{0,9}(?:(?:On|Am|Le|El|Op|På|Den|Il|Em|W dniu)\b.{5,300}"
    r"\b(?:wrote|sent|schrieb|geschrieben|a écrit|escribió|schreef|skrev|ha scritto|escreveu|napisał\(a\))\b.{0,120}:?"
    r"|.{3,200}<[^<>\s]{3,120}>\s{0,3}(?:wrote|schrieb)\s?:?)\s*",
    re.IGNORECASE,
)
_DIVIDER = re.compile(
    r"[ \t>*]{0,9}-{2,}\s{0,3}(?:original|ursprüngliche|forwarded|weitergeleitete|reply|message d.origine)"
    r"[ -]{0,3}(?:message|nachricht|mail)?.{0,80}"
    r"|[ \t>*]{0,9}-{2,}\s{0,3}(?:on )?.{2,120}\b(?:wrote|schrieb)\s{0,3}-{2,}\s*"
    r"|[ \t]{0,9}(?:Begin forwarded message|Anfang der weitergeleiteten Nachricht)\s?:.{0,80}",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"[ \t*]{0,9}(?:From|Von|De|Från|Van|Da|Sent|Gesendet|Skickat|Date|Datum|Envoyé|To|An|Till|À|Subject|Betreff"
    r"|Objet|Ämne)\*?\s?:\*?\s.{2,}",
    re.IGNORECASE,
)
HEADERS = 3
"""So many lines of headers one below the other are another mail's."""
_CLOSING = re.compile(
    r"\s{0,9}(?:(?:(?:with|mit)\s)?(?:(?:all the )?(?:very )?best|kind|warm(?:est)?|many"
    r"|freundliche[nm]?|viele[nm]?|beste[nm]?"
    r"|herzliche[nm]?|liebe[nm]?|schöne[nm]?|sonnige[nm]?)\s(?:\w+\s){0,2}?"
    r"(?:regards|wishes|thanks|grü(?:ß|ss)en?|gru(?:ß|ss)|dank)"
    r"|regards|cheers|(?:many )?thanks(?: again)?|thank you|sincerely|yours (?:sincerely|truly|faithfully)|all the best"
    r"|best"
    r"|mfg|vg|lg|gruß|grüße|danke|cordialement|moin)\b(?:\s[\w ]{1,30})?[,.!]?\s*",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"\s{0,9}(?:Sent from (?:my|Outlook)|Von meinem .{2,40} gesendet|Gesendet (?:von|mit)|Get Outlook for).{0,80}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A mail's own words and its signature; `is_carried` where it says nothing itself, and `text` is what it quotes."""

    text: str
    signature: str = ""
    is_carried: bool = False


def own_words(text: str) -> Words:
    """Part what is said from what is quoted and from the signature."""
    lines = [line[:MAX_LINE].rstrip() for line in text.splitlines()]
    said, signature = _signed(_trimmed(_unquoted(lines)))
    if not said and not signature:
        return Words(text="\n".join(_trimmed(lines)), is_carried=True)
    if not said:
        said, signature = signature, []  # a line or two is all there is
    return Words(text="\n".join(said), signature="\n".join(signature)[:MAX_SIGNATURE_CHARS])


def _unquoted(lines: list[str]) -> list[str]:
    """Drop quoted lines and what announces them; after an announcement without `>` all that follows is quoted."""
    kept: list[str] = []
    place = 0
    while place < len(lines):
        line = lines[place]
        if _DIVIDER.fullmatch(line) or _is_header(lines, place):
            break
        if announced := _announced(lines, place):
            place += announced
            if not _is_quoted_next(lines, place):
                break
            continue
        if not line.lstrip().startswith(">"):
            kept.append(line)
        place += 1
    return kept


def _is_header(lines: list[str], place: int) -> bool:
    """Whether the headers of another mail begin here, as Outlook quotes."""
    following = lines[place : place + HEADERS]
    return len(following) == HEADERS and all(_HEADER.fullmatch(line) for line in following)


def _announced(lines: list[str], place: int) -> int:
    """Return over how many lines somebody's words are announced here."""
    if not lines[place].strip():
        return 0
    for count in range(1, ATTRIBUTION_LINES + 1):
        some = lines[place : place + count]
        if len(some) == count and all(some) and _ATTRIBUTION.fullmatch(" ".join(some)):
            return count
    return 0


def _is_quoted_next(lines: list[str], place: int) -> bool:
    following = next((line for line in lines[place:] if line.strip()), "")
    return following.lstrip().startswith(">")


def _signed(lines: list[str]) -> tuple[list[str], list[str]]:
    """Part the words from the signature: below `-- `, or below a closing near the end."""
    first = max(0, len(lines) - MAX_SIGNATURE_LINES)
    for place in range(first, len(lines)):
        if lines[place].strip() in ("--", "—", "__"):
            said, rest = _signed(_trimmed(lines[:place]))
            return said, [*rest, *_trimmed(lines[place + 1 :])]
    for place in range(max(1, first), len(lines)):
        if _CLOSING.fullmatch(lines[place]) or _DEVICE.fullmatch(lines[place]):
            return _trimmed(lines[:place]), _trimmed(lines[place + 1 :])
    return lines, []


def _trimmed(lines: list[str]) -> list[str]:
    """Leave blank lines out at both ends, and all but one between."""
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    return text.split("\n") if text.strip() else []
