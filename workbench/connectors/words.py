"""What an outside system said, fit to be recorded: one short line of printable text without our secrets."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from urllib.parse import unquote_plus

MAX_WORDS = 300
HIDDEN = "…"
WORD = re.compile(r"[^\s,;:'\"]+")


def told(text: str | bytes, secrets: Iterable[str] = ()) -> str:
    """Return a server's words; a server that repeats a secret to us, plain or encoded, does not get it recorded."""
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    for secret in filter(None, secrets):
        quoted = secret.replace("\\", "\\\\").replace('"', '\\"')  # as IMAP and JSON write it
        plain = plain.replace(secret, HIDDEN).replace(quoted, HIDDEN)
        plain = WORD.sub(partial(_hidden, secret), plain)
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in plain).split())
    return line if len(line) <= MAX_WORDS else line[: MAX_WORDS - 1] + HIDDEN


def _hidden(secret: str, found: re.Match[str]) -> str:
    """Hide a word that says a secret in another spelling, alone or, as in a sign-in, beside other things."""
    word = found[0]
    return HIDDEN if secret in unquote_plus(word) or secret.encode() in _decoded(word) else word


def _decoded(word: str) -> bytes:
    digits = word.strip("=")
    with suppress(ValueError):
        return base64.b64decode(digits + "=" * (-len(digits) % 4))
    return b""


def cause(error: BaseException) -> str:
    """Say what kind of error it is: its own text may hold addresses and whatever else was sent."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return told(error.strerror)
    return type(error).__name__
