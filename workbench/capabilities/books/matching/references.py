"""Which invoice numbers a text names, however they are spaced: 'RE2026-074' names 'RE-2026-074'."""

from __future__ import annotations

import re
from collections.abc import Iterator

MIN_NUMBER = 4
"""A number of fewer letters and digits stands in too many texts by accident."""
MIN_DIGITS = 5
"""Short forms of a number need so many digits."""
MAX_PARTS, MAX_GAP = 8, 3
MAX_BETWEEN = 10
UP_TO = frozenset({"bis", "to", "–", "-"})
_SIGN = r"\s{0,2}(\+|,|&|/|und|and|u\.|bis|to|–)\s{0,2}"
_MORE = re.compile(rf"{_SIGN}((?:[A-Za-z]{{1,5}}[ -]?)?(?:\d{{1,6}}[-/])?)(\d{{2,6}})(?![\d-]|[./]\d)")
_LIST = re.compile(
    r"(?P<stem>\b(?:[A-Za-z]{1,5}[ -]?)?\d{1,6}[-/])(?P<first>\d{2,6})"
    rf"(?P<more>(?:{_MORE.pattern})+)"
)
_PART = re.compile(r"[^\W\d_]+|\d+")


def key(number: str) -> str:
    """Return a number's letters and digits, to look it up by; "" for one that is too short to be told from chance."""
    found = "".join(_PART.findall(number)).casefold()
    return found if len(found) >= MIN_NUMBER else ""


def keys_in(words: str) -> set[str]:
    """Return whatever in a text may be a number, in the form of `key`."""
    return {found for text in (words, *_continued(words)) for found in _keys(text)}


def _keys(words: str) -> Iterator[str]:
    parts = list(_PART.finditer(words))
    for at in range(len(parts)):
        if _begins(words, parts[at]):
            yield from _runs(words, parts, at)


def _continued(words: str) -> Iterator[str]:
    """Yield the numbers that only their last digits tell, 'RE-2026-066 + 067', and those in between, '066 bis 069'."""
    for found in _LIST.finditer(words):
        stem, last = found["stem"], found["first"]
        for sign, stem_again, digits in _MORE.findall(found["more"]):
            if len(digits) == len(last) and stem_again in ("", stem):
                between = range(int(last) + 1, int(digits)) if sign in UP_TO else range(0)
                if len(between) <= MAX_BETWEEN:
                    yield from (f"{stem}{each:0{len(last)}}" for each in (*between, int(digits)))
                last = digits


def short_forms(number: str) -> set[str]:
    """Return how people shorten a number, 'RE-2026-074' to '2026-74' or '2026074': enough where the payer is known."""
    groups = [part for part in _PART.findall(number) if part.isdigit()]
    if sum(map(len, groups)) < MIN_DIGITS:
        return set()
    return {"".join(groups), ".".join(group.lstrip("0") for group in groups)}


def short_forms_in(words: str) -> set[str]:
    """Return whatever in a text may be the short form of a number."""
    parts = [part for part in _PART.finditer(words) if part[0].isdigit()]
    return {
        form for at in range(len(parts)) for run in _joined(words, parts, at) for form in short_forms(run)
    }


def _joined(words: str, parts: list[re.Match[str]], first: int) -> Iterator[str]:
    """Yield the runs of digits that begin here, with nothing but a few signs between them."""
    for at in range(first, min(first + MAX_PARTS, len(parts))):
        if at > first and not _joins(words[parts[at - 1].end() : parts[at].start()]):
            return
        yield words[parts[first].start() : parts[at].end()]


def _runs(words: str, parts: list[re.Match[str]], first: int) -> Iterator[str]:
    """Yield the runs of parts that begin here: nothing but a few signs between them, and a number is not cut short."""
    found = ""
    for at in range(first, min(first + MAX_PARTS, len(parts))):
        if at > first and not _joins(words[parts[at - 1].end() : parts[at].start()]):
            return
        found += parts[at][0].casefold()
        if len(found) >= MIN_NUMBER and _ends(words, parts[at]):
            yield found


def _begins(words: str, part: re.Match[str]) -> bool:
    return part.start() == 0 or not words[part.start() - 1].isalnum()


def _ends(words: str, part: re.Match[str]) -> bool:
    after = words[part.end() : part.end() + 2]
    return not (after[:1].isdigit() or (after[:1] == "-" and after[1:].isdigit()))


def _joins(gap: str) -> bool:
    return len(gap) <= MAX_GAP and not any(sign.isalnum() for sign in gap)
