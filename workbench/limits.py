"""Limits for what comes from outside, checked before a parser sees it."""

from __future__ import annotations

import io
import zipfile

from workbench.refusal import Refused

MAX_FILE_BYTES = 20 * 2**20
MAX_UNPACKED_BYTES = 100 * 2**20
MAX_RATIO = 200
MAX_ENTRIES = 2_000


def check_zip(content: bytes) -> frozenset[str]:
    """Return the names in a zip; refuse one that would grow beyond reason, from its directory alone.

    Raises Refused.
    """
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Refused(
            "it is a damaged zip or workbook", todo="Get the file again from where it came from."
        ) from error
    unpacked = sum(entry.file_size for entry in entries)
    swollen = any(
        entry.file_size > 2**20 and entry.file_size > MAX_RATIO * max(entry.compress_size, 1)
        for entry in entries
    )
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES or swollen:
        raise Refused(
            f"it would unpack to {unpacked // 2**20} MiB in {len(entries)} parts, more than an honest file needs",
            todo="Save only what is needed, as CSV or a plain workbook, and try again.",
        )
    return frozenset(entry.filename for entry in entries)
