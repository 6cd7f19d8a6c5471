"""Ids: new ones sort by time, derived ones are the same each time the same thing is meant."""

from __future__ import annotations

import hashlib
import secrets
import time

DERIVED_LENGTH = 26


def new_id() -> str:
    """Return a fresh id of 26 hexadecimal digits whose first 12 are milliseconds, so that ids sort by time."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(7)}"


def derived_id(*parts: str) -> str:
    """Return the id that these parts always have: 26 hexadecimal digits (104 bits) of their SHA-256.

    Whoever retries a step derives the same id again, so that the second try adds nothing.
    """
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:DERIVED_LENGTH]
