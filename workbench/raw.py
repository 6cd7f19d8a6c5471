"""The files of a company as they arrived, by their digest."""

from __future__ import annotations

import re
from pathlib import Path

RAW = "raw"
DIGEST = re.compile(r"[0-9a-f]{64}")


def kept(folder: Path, digest: str) -> bytes | None:
    """Return the bytes of a file that is kept; None where there is none."""
    if not DIGEST.fullmatch(digest):
        return None
    try:
        return (folder / RAW / digest).read_bytes()
    except FileNotFoundError:
        return None
