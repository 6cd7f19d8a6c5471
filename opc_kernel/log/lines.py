"""The lines of a journal segment: a header, events, and a commit after each append; each has only one spelling."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from opc_kernel.event import Event

FORMAT = 1
COMMIT_MARK = b'{"commit":'

Line = TypeVar("Line")


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """A segment's first line."""

    journal: int = FORMAT
    company: str
    first: int
    """Position of the segment's first event."""
    previous: str
    """Chain hash before it."""
    crc32: int = 0
    """Of this line with a nought here: no event's hash covers the company's id."""


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """The line that ends a record: without it, whole, the lines before it are no append."""

    commit: int
    """Position of the record's last event."""
    bytes: int
    crc32: int
    """Of the events' lines: after a crash it tells a whole record from one whose pages were not all written."""


_header = msgspec.json.Decoder(Header)
_commit = msgspec.json.Decoder(Commit)
_event = msgspec.json.Decoder(Event)
_encoder = msgspec.json.Encoder()


def encode_header(header: Header) -> bytes:
    """Return the line a segment begins with."""
    return _encoder.encode(_summed(header)) + b"\n"


def encode_events(events: Sequence[Event]) -> bytes:
    """Return the lines of some events."""
    return _encoder.encode_lines(events)


def encode_commit(commit: Commit) -> bytes:
    """Return the line that ends a record."""
    return _encoder.encode(commit) + b"\n"


def decode_header(raw: bytes) -> Header | None:
    """Read a header; None when it can't be read or is not as it was written. Its format may be another."""
    header = _decode(_header, raw)
    return header if header is not None and encode_header(header) == raw else None


def decode_commit(raw: bytes) -> Commit | None:
    """Read a commit; None when it can't be read or is not spelled as we write it."""
    commit = _decode(_commit, raw)
    return commit if commit is not None and as_written(commit, raw) else None


def decode_event(raw: bytes) -> Event | None:
    """Read an event; None when it can't be read. Its spelling is left to `as_written`: that costs as much again."""
    return _decode(_event, raw)


def as_written(line: msgspec.Struct, raw: bytes) -> bool:
    """Whether these bytes are the one spelling of a line."""
    return _encoder.encode(line) + b"\n" == raw


def _summed(header: Header) -> Header:
    blank = msgspec.structs.replace(header, crc32=0)
    return msgspec.structs.replace(blank, crc32=zlib.crc32(_encoder.encode(blank)))


def _decode(decoder: msgspec.json.Decoder[Line], raw: bytes) -> Line | None:
    try:
        return decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
