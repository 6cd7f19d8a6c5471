"""What changed between two texts, line by line and word by word, as markup in which nothing of the texts can run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from opc_kernel.text import visible
from workbench.view_page import Markup, counted, element, joined, soft

CONTEXT_LINES = 2
MAX_LINES = 2_000
"""Longer texts are not compared: the time grows with the square of the lines."""
MAX_LINE_CHARS = 2_000
"""Longer lines are compared as a whole, not word by word."""
ALIKE = 0.5
"""Lines less alike are two lines, one gone and one new."""
WORDS = re.compile(r"\s+|\w+|[^\w\s]")

Opcode = tuple[str, int, int, int, int]


def changed(before: str, now: str) -> Markup:
    """Return the lines that differ with a little around them, empty when none does."""
    old, new = visible(before).splitlines(), visible(now).splitlines()
    if old == new:
        return Markup()
    if max(len(old), len(new)) > MAX_LINES:
        return soft(
            f"Too long to compare: {counted(len(old), 'line')} before, {counted(len(new), 'line')} now."
        )
    return element("div", joined(_parts(old, new)), class_="wb-diff")


def _parts(old: Sequence[str], new: Sequence[str]) -> Iterator[Markup]:
    seen = 0
    for group in SequenceMatcher(None, old, new).get_grouped_opcodes(CONTEXT_LINES):
        yield _unchanged(group[0][1] - seen)
        for code in group:
            yield from _lines(code, old, new)
        seen = group[-1][2]
    yield _unchanged(len(old) - seen)


def _unchanged(lines: int) -> Markup:
    if not lines:
        return Markup()
    return element("div", f"… {counted(lines, 'line')} unchanged", class_="wb-diff-rest")


def _lines(code: Opcode, old: Sequence[str], new: Sequence[str]) -> Iterator[Markup]:
    how, old_from, old_to, new_from, new_to = code
    gone, come = old[old_from:old_to], new[new_from:new_to]
    if how == "equal":
        yield from (_line(" ", line) for line in gone)
    elif len(gone) == len(come):
        for was, is_ in zip(gone, come, strict=True):
            yield from _replaced(was, is_)
    else:
        yield from (_line("−", line) for line in gone)
        yield from (_line("+", line) for line in come)


def _replaced(was: str, is_: str) -> Iterator[Markup]:
    if max(len(was), len(is_)) <= MAX_LINE_CHARS:
        old, new = WORDS.findall(was), WORDS.findall(is_)
        matcher = SequenceMatcher(None, old, new)
        if matcher.ratio() >= ALIKE:
            yield _line("±", joined(_words(code, old, new) for code in matcher.get_opcodes()))
            return
    yield from (_line("−", was), _line("+", is_))


def _words(code: Opcode, old: Sequence[str], new: Sequence[str]) -> Markup:
    how, old_from, old_to, new_from, new_to = code
    gone, come = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
    if how == "equal":
        return element("span", gone)
    return joined([element("del", gone) if gone else Markup(), element("ins", come) if come else Markup()])


def _line(sign: str, line: str | Markup) -> Markup:
    tag = {"−": "del", "+": "ins"}.get(sign, "span")
    return element("div", element("b", sign), element(tag, line))
