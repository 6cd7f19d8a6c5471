"""Limits for what comes from outside, checked before a parser sees it."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from workbench.refusal import Refused

MAX_FILE_BYTES = 20 * 2**20
MAX_UNPACKED_BYTES = 100 * 2**20
MAX_RATIO = 200
MAX_ENTRIES = 2_000
ZIP64 = 0xFFFFFFFF
"""Stands in the short directory where the long one is to be read."""
DAMAGED = "it is a damaged zip or workbook"
FETCH_AGAIN = "Get the file again from where it came from."


def check_zip(content: bytes, *, limit: int = MAX_UNPACKED_BYTES) -> frozenset[str]:
    """Return the names in a zip; refuse one that would grow beyond reason, from its directory alone.

    Raises Refused.
    """
    entries = _entries(content)
    size = sum(entry.file_size for entry in entries)
    swollen = any(
        entry.file_size > 2**20 and entry.file_size > MAX_RATIO * max(entry.compress_size, 1)
        for entry in entries
    )
    if len(entries) > MAX_ENTRIES or size > limit or swollen:
        raise Refused(
            f"it would unpack to {size // 2**20} MiB in {len(entries)} parts, more than an honest file needs",
            todo="Save only what is needed, as CSV or a plain workbook, and try again.",
        )
    return frozenset(entry.filename for entry in entries)


def unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Return each part of a zip that `check_zip` let pass, unpacked no further than its directory says.

    Raises Refused when a part is packed in an unknown way, has another size than stated or is broken.
    """
    for entry in _entries(content):
        names = content[entry.header_offset + 26 : entry.header_offset + 30]
        start = (
            entry.header_offset
            + 30
            + int.from_bytes(names[:2], "little")
            + int.from_bytes(names[2:], "little")
        )
        packed = memoryview(content)[start : start + entry.compress_size]
        if entry.compress_type == zipfile.ZIP_STORED and len(packed) == entry.file_size:
            yield entry.filename, bytes(packed)
        elif entry.compress_type == zipfile.ZIP_DEFLATED:
            yield entry.filename, _inflated(packed, entry.file_size)
        else:
            raise Refused(DAMAGED, todo=FETCH_AGAIN)


def _inflated(packed: memoryview, size: int) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        part = inflater.decompress(packed, size + 1)
    except zlib.error as error:
        raise Refused(DAMAGED, todo=FETCH_AGAIN) from error
    if len(part) != size or not (inflater.eof or inflater.decompress(inflater.unconsumed_tail, 1) == b""):
        raise Refused("a part of it is larger than it says", todo=FETCH_AGAIN)
    return part


def _entries(content: bytes) -> list[zipfile.ZipInfo]:
    """The directory, if every reader of zips is sure to find the same."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries, directory = archive.infolist(), archive.start_dir
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
        raise Refused(DAMAGED, todo=FETCH_AGAIN) from error
    end = content.rfind(b"PK\x05\x06")
    stated = int.from_bytes(content[end + 16 : end + 20], "little")
    comment = int.from_bytes(content[end + 20 : end + 22], "little")
    names = {entry.filename for entry in entries}
    if end + 22 + comment != len(content) or stated not in {directory, ZIP64} or len(names) != len(entries):
        raise Refused(DAMAGED, todo=FETCH_AGAIN)
    return entries
