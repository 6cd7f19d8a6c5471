"""Ids: new ones sort by time, derived ones are the same each time the same thing is meant."""

from __future__ import annotations

import hashlib
import json
import os
import time

DERIVED_LENGTH = 26


def new_id() -> str:
    """Return a fresh id of 26 hexadecimal digits whose first 12 are milliseconds, so that ids sort by time."""
    return ((time.time_ns() // 1_000_000).to_bytes(6, "big") + os.urandom(7)).hex()


def derived_id(*parts: str) -> str:
    """Return the id that these parts always have: 26 hexadecimal digits (104 bits) of their SHA-256.

    Whoever retries a step derives the same id again, so that the second try adds nothing. The parts are hashed as
    a JSON array: no text in one part can pose as the border to the next.
    """
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:DERIVED_LENGTH]
