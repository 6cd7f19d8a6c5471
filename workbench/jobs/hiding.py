"""Takes secrets out of what a notebook prints, in every spelling that a careless cell gives them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any
from urllib.parse import quote

SHORTEST = 6
"""What is shorter stands in ordinary words, and hiding it would tell where."""
HIDDEN = "‹secret›"


class Hiding:
    """Replaces every known secret in texts, and in whatever is made of texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {spelt for secret in secrets for spelt in _spellings(secret)}
        longest_first = sorted(spellings, key=len, reverse=True)
        self._found = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        return self._found.sub(HIDDEN, text) if self._found else text

    def anything(self, found: Any) -> Any:  # noqa: ANN401 - JSON of any shape
        """Return JSON without secrets, keys included."""
        match found:
            case str():
                return self.text(found)
            case list() | tuple():
                return [self.anything(each) for each in found]
            case dict():
                return {self.text(str(key)): self.anything(each) for key, each in found.items()}
        return found


def _spellings(secret: str) -> Iterator[str]:
    """Yield a secret as it is, and as URLs, JSON, Python's repr and base64 have it; of one in JSON each part, too."""
    for part in (secret, *_parts(secret)):
        if len(part) >= SHORTEST:
            yield from (part, quote(part, safe=""), json.dumps(part)[1:-1], repr(part)[1:-1])
            yield from (escape(part), escape(part, quote=False), part.encode().hex())
            yield from _in_base64(part.encode())


def _in_base64(secret: bytes) -> Iterator[str]:
    """Yield it as base64 has it, alone or, as in a sign-in, behind other text: at each of three places in a group."""
    for before in range(3):
        coded = base64.b64encode(bytes(before) + secret).decode().rstrip("=")
        yield coded[(before * 8 + 5) // 6 : None if (before + len(secret)) % 3 == 0 else -1]


def _parts(secret: str) -> Iterator[str]:
    try:
        found = json.loads(secret)
    except ValueError:
        return
    if isinstance(found, dict):
        for each in found.values():
            if isinstance(each, str) and len(each) >= 2 * SHORTEST:
                yield each
