"""A draft: Markdown with a few fields on top; reading it is pure, and says what can't be meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

FENCE = "---"
FIELDS = ("title", "summary", "link", "announce")
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A page to be. `problems` are what can't be meant in its first lines."""

    title: str = ""
    summary: str = ""
    """One or two sentences: what those who are told of it read first."""
    link: str = ""
    """Where it will be found, for those who are told of it."""
    announce: tuple[str, ...] = ()
    """The addresses it is announced to."""
    body: str
    problems: tuple[str, ...] = ()


def read(text: str) -> Draft:
    """Return a draft as it is written."""
    first, _, rest = text.lstrip("\n").partition("\n")
    if first.strip() != FENCE:
        return Draft(body=text, problems=("it has no fields on top: '---', 'title: …', '---'",))
    lines, fence, body = _until_fence(rest)
    if not fence:
        return Draft(body=rest, problems=("the fields on top have no end: a line '---' is missing",))
    named = {name: value for name, value in map(_field, lines) if name in FIELDS}
    return Draft(
        title=named.get("title", ""),
        summary=named.get("summary", ""),
        link=named.get("link", ""),
        announce=tuple(filter(None, (each.strip() for each in named.get("announce", "").split(",")))),
        body=body.strip("\n") + "\n",
        problems=tuple(_odd_lines(lines)),
    )


def _until_fence(text: str) -> tuple[list[str], bool, str]:
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.strip() == FENCE:
            return [each for each in lines[:number] if each.strip()], True, "\n".join(lines[number + 1 :])
    return [], False, text


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip().strip('"')


def _odd_lines(lines: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    for line in lines:
        name, _ = _field(line)
        if ":" not in line or name not in FIELDS:
            yield f"the line {line.strip()[:60]!r} on top is none of {', '.join(FIELDS)}"
        elif name in seen:
            yield f"{name!r} stands twice on top"
        seen.add(name)
