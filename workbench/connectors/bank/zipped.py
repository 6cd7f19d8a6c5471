"""A zip of statements, as banks of several accounts hand them out: every member is read, or none."""

from __future__ import annotations

import io
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from workbench import limits, refusal
from workbench.connectors.bank.errors import AGAIN, SHORTER, NotAStatement, Refused
from workbench.connectors.bank.layout import Ambiguous
from workbench.connectors.bank.limits import MAX_LINES
from workbench.connectors.bank.reading import Reading
from workbench.workbook import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_MEMBERS = 500
ONE_BY_ONE = "Unpack it and hand in the files one by one."

_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")
_DIRECTORY_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 0x1 | 0x40
_MIN_BYTES = 22


def matches(content: bytes) -> bool:
    """Whether it is a zip, and no workbook."""
    return content.startswith(_BEGINNINGS) and len(content) >= _MIN_BYTES and kind_of(content) is None


def read(content: bytes, read_member: Callable[[bytes], Reading]) -> Reading:
    """Read every statement of every member, in the order of the zip.

    Refused when one can't be read, or when they are of several formats: one would tell again what another has told
    under other ids, as CAMT.054 tells the batches of CAMT.053.
    """
    readings = {name: _read_one(name, member, read_member) for name, member in _members(content)}
    formats = sorted({reading.format for reading in readings.values()})
    if len(formats) > 1:
        raise Refused(f"it holds files of several formats ({', '.join(formats)})", todo=ONE_BY_ONE)
    if not formats:
        raise NotAStatement("it is a zip without files", todo=AGAIN)
    statements = tuple(statement for reading in readings.values() for statement in reading.statements)
    count = sum(len(statement.lines) for statement in statements)
    if count > MAX_LINES:
        raise Refused(f"it holds {count} transactions, more than {MAX_LINES:,}", todo=SHORTER)
    return Reading(format=formats[0], statements=statements)


def _members(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and contents, unpacked only after what they would grow to is known. One that is there twice counts once."""
    checksums = _checked(content)
    seen = set()
    for name, member in _unpacked(content):
        if zlib.crc32(member) != checksums[name]:
            raise Refused("it does not fit its checksum", where=name)
        if not _is_hidden(name) and member not in seen:
            seen.add(member)
            yield name, member


def _checked(content: bytes) -> dict[str, int]:
    """The checksum of each member. Refused when the zip is damaged, encrypted or a bomb."""
    # Counted before anything reads it: each entry of the directory becomes an object.
    if content.count(_DIRECTORY_ENTRY) > MAX_MEMBERS:
        raise Refused(f"it holds more than {MAX_MEMBERS} files", todo=ONE_BY_ONE)
    with _as_statement():
        limits.check_zip(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED:
            raise Refused("it is encrypted", where=entry.filename, todo="Unpack it with its password.")
    return {entry.filename: entry.CRC for entry in entries}


def _unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    with _as_statement():
        yield from limits.unpacked(content)


@contextmanager
def _as_statement() -> Iterator[None]:
    """Turn the refusal of any zip into that of a statement."""
    try:
        yield
    except refusal.Refused as error:
        raise Refused(error.what, todo=error.todo) from error


def _is_hidden(name: str) -> bool:
    """Folders, and what a Mac or Windows packs along."""
    parts = name.split("/")
    return (
        name.endswith("/")
        or "__MACOSX" in parts
        or parts[-1].startswith(".")
        or parts[-1].casefold() in {"thumbs.db", "desktop.ini"}
    )


def _read_one(name: str, member: bytes, read_member: Callable[[bytes], Reading]) -> Reading:
    if matches(member):
        raise Refused("it is a zip inside the zip", where=name, todo=ONE_BY_ONE)
    try:
        return read_member(member)
    except Ambiguous as error:
        raise Refused(
            error.what, where=_place(name, error), todo=f"{ONE_BY_ONE} Then it is asked."
        ) from error
    except refusal.Refused as error:
        raise Refused(error.what, where=_place(name, error), todo=error.todo) from error


def _place(name: str, error: refusal.Refused) -> str:
    return f"{name}, {error.where}" if error.where else name
