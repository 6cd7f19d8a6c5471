"""What an outside system said, fit to be recorded: one short line of printable text without our secrets."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from urllib.parse import quote_plus

MAX_WORDS = 300
HIDDEN = "…"


def told(text: str | bytes, secrets: Iterable[str] = ()) -> str:
    """Return a server's words; a server that repeats a secret to us, plain or encoded, does not get it recorded."""
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    for secret in secrets:
        for spelling in _spellings(secret):
            plain = plain.replace(spelling, HIDDEN)
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in plain).split())
    return line if len(line) <= MAX_WORDS else line[: MAX_WORDS - 1] + HIDDEN


def _spellings(secret: str) -> Iterable[str]:
    if secret:
        yield secret
        yield base64.b64encode(secret.encode()).decode()
        yield quote_plus(secret)


def cause(error: BaseException) -> str:
    """Say what kind of error it is: its own text may hold addresses and whatever else was sent."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return told(error.strerror)
    return type(error).__name__
