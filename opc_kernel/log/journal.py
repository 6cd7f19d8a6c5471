"""The journal: synced, hash-chained segments of one line an event. Its record is the commit."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec

from opc_kernel.event import Event
from opc_kernel.ids import new_id
from opc_kernel.log.append import Tail
from opc_kernel.log.chain import GENESIS, fault
from opc_kernel.log.errors import JournalDamaged, JournalUnwritable, OutcomeUnknown
from opc_kernel.log.files import sync_folder, write_fully, write_whole

FORMAT = 1
SEGMENT_BYTES = 64 * 2**20


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """A segment's first line."""

    journal: int = FORMAT
    company: str
    first: int
    """Position of the segment's first event."""
    previous: str
    """Chain hash before it."""


class Line(Event, frozen=True, kw_only=True):
    """An event as its line stands in a segment."""

    rest: int
    """How many lines of the same append follow: 0 ends the record."""


Inspected = tuple[Line | None, JournalDamaged | None]

_header = msgspec.json.Decoder(Header)
_line = msgspec.json.Decoder(Line)
_encode = msgspec.json.Encoder().encode


class Crash(Protocol):
    """Called at each named step of an append; a test may end the process there."""

    def __call__(self, step: str) -> None:
        """Go on, or never return."""
        ...


def no_crash(step: str) -> None:
    """Go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One journal file and what its header says."""

    path: Path
    header: Header


class Journal:
    """The segments of one company, open at their end.

    `tail` is where the last whole record ends. Bytes behind it (`torn_bytes`) belong to an append that was never
    acknowledged; they stay until `cut_torn`.
    """

    def __init__(self, folder: Path, *, crash: Crash = no_crash) -> None:
        self._folder = folder
        self._crash = crash
        self._segments = read_segments(folder) or [_first_segment(folder)]
        segment = self._segments[-1]
        self._end, self.tail = _whole_end(segment)
        self._file = os.open(segment.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    @property
    def company_id(self) -> str:
        """The id the company was given at its first event."""
        return self._segments[0].header.company

    @property
    def torn_bytes(self) -> int:
        """How many bytes stand behind the last whole record."""
        return os.fstat(self._file).st_size - self._end

    def cut_torn(self, quarantine: Path) -> None:
        """Move the bytes behind the last whole record into `quarantine`."""
        path = self._segments[-1].path
        with path.open("rb") as segment:
            segment.seek(self._end)
            torn = segment.read()
        quarantine.mkdir(parents=True, exist_ok=True)
        write_whole(quarantine / f"{path.stem}-torn-at-{self._end}.{datetime.now(UTC):%Y%m%dT%H%M%S}", torn)
        os.ftruncate(self._file, self._end)
        os.fsync(self._file)

    def write(self, events: Sequence[Event]) -> None:
        """Store one append as one record and sync it: after this it is committed.

        Raises JournalUnwritable when the disk refused and every byte was taken back, OutcomeUnknown when it
        can't be said whether the record is stored; the journal must then be opened anew.
        """
        if self._end >= SEGMENT_BYTES:
            self._start_segment(events[0].position)
        record = b"".join(
            b'{"rest":%d,%b\n' % (len(events) - 1 - index, _encode(event)[1:])
            for index, event in enumerate(events)
        )
        try:
            self._crash("before journal")
            write_fully(self._file, record[: len(record) // 2])
            self._crash("half journal")
            write_fully(self._file, record[len(record) // 2 :])
            self._crash("before sync")
            os.fdatasync(self._file)
        except OSError as error:
            self._take_back(error)
        self._end += len(record)
        self.tail = Tail(position=events[-1].position, chain_hash=events[-1].chain_hash)
        self._crash("after sync")

    def read(self, after: int = 0) -> Iterator[Line]:
        """Yield the events after a position, in order, up to the last whole record.

        Raises JournalDamaged at the first line that is not what was written.
        """
        for line, problem in self.inspect(after):
            if problem is not None:
                raise problem
            assert line is not None
            yield line

    def inspect(self, after: int = 0) -> Iterator[Inspected]:
        """Yield each line after a position with what is wrong with it; an unreadable line is None."""
        return inspect(self._segments, after=after, end=self._end)

    def files(self) -> list[tuple[Path, int]]:
        """Return each segment with the number of its bytes that are committed."""
        done = [(segment.path, segment.path.stat().st_size) for segment in self._segments[:-1]]
        return [*done, (self._segments[-1].path, self._end)]

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _take_back(self, error: OSError) -> None:
        try:
            os.ftruncate(self._file, self._end)
            os.fsync(self._file)
        except OSError as second:
            raise OutcomeUnknown(f"{error.strerror}, then {second.strerror}") from error
        raise JournalUnwritable(str(error.strerror)) from error

    def _start_segment(self, first: int) -> None:
        segment = _create(
            self._folder, Header(company=self.company_id, first=first, previous=self.tail.chain_hash)
        )
        os.close(self._file)
        self._file = os.open(segment.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        self._segments.append(segment)
        self._end = segment.path.stat().st_size


def read_segments(folder: Path) -> list[Segment]:
    """Return the segments of a journal folder in order.

    Raises JournalDamaged for a header that can't be read or a segment that doesn't follow the one before.
    """
    segments = []
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as lines:
            try:
                header = _header.decode(lines.readline())
            except msgspec.MsgspecError as error:
                raise JournalDamaged(path, 1, "its header can't be read") from error
        if header.journal != FORMAT:
            raise JournalDamaged(path, 1, f"it is of format {header.journal}, this release reads {FORMAT}")
        segments.append(Segment(path=path, header=header))
    return segments


def inspect(segments: Sequence[Segment], *, after: int = 0, end: int | None = None) -> Iterator[Inspected]:
    """Check the lines of some segments, the last one up to byte `end`; see Journal.inspect."""
    for index, segment in enumerate(segments):
        last = index + 1 == len(segments)
        if last or segments[index + 1].header.first > after + 1:
            yield from _inspect(segment, after, end if last else None)


def _first_segment(folder: Path) -> Segment:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    sync_folder(folder.parent)
    return _create(folder, Header(company=new_id(), first=1, previous=GENESIS))


def _create(folder: Path, header: Header) -> Segment:
    path = folder / f"{header.first:012d}.jsonl"
    write_whole(path, _encode(header) + b"\n")
    return Segment(path=path, header=header)


def _inspect(segment: Segment, after: int, end: int | None) -> Iterator[Inspected]:
    """Check each line of one segment against the one before it, up to byte `end`."""
    expected, previous, rest = segment.header.first, segment.header.previous, 0
    with segment.path.open("rb") as lines:
        offset = len(lines.readline())
        for number, raw in enumerate(lines, start=2):
            if end is not None and offset >= end:
                return
            offset += len(raw)
            line = _decoded(raw)
            reason = _line_fault(line, expected, previous, rest)
            if reason is not None or expected > after:
                yield (
                    line,
                    None
                    if reason is None
                    else JournalDamaged(segment.path, number, reason, position=expected),
                )
            expected += 1
            if line is not None:
                previous, rest = line.chain_hash, line.rest


def _decoded(raw: bytes) -> Line | None:
    try:
        return _line.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _line_fault(line: Line | None, expected: int, previous: str, rest: int) -> str | None:
    if line is None:
        return "it can't be read"
    if line.position != expected:
        return f"it holds position {line.position} where {expected} belongs"
    if rest and line.rest != rest - 1:
        return "the record it belongs to was changed"
    return fault(previous, line)


def _whole_end(segment: Segment) -> tuple[int, Tail]:
    """Return where the last whole record of a segment ends, reading backwards from its end.

    Raises JournalDamaged when more than the last append would have to go: that is no torn append.
    """
    with segment.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        start = content.find(b"\n") + 1
        end = content.rfind(b"\n") + 1
        ended_records = 0
        while end > start:
            begin, lines = _record_before(content, start, end)
            if lines and _is_whole(lines, _hash_before(segment, content, start, begin)):
                return end, Tail(position=lines[-1].position, chain_hash=lines[-1].chain_hash)
            ended_records += bool(lines)
            if ended_records > 1:
                raise JournalDamaged(
                    segment.path, content[:begin].count(b"\n"), "lines before the last append can't be read"
                )
            end = begin
        return start, Tail(position=segment.header.first - 1, chain_hash=segment.header.previous)


def _record_before(content: mmap.mmap, start: int, end: int) -> tuple[int, list[Line]]:
    """Return where the record that ends at `end` begins, and its lines; no lines when its last one is missing."""
    lines: list[Line] = []
    while end > start:
        begin = content.rfind(b"\n", 0, end - 1) + 1
        line = _decoded(content[begin:end])
        if line is None or line.rest != len(lines):
            return (end, lines[::-1]) if lines else (begin, [])
        lines.append(line)
        end = begin
    return end, lines[::-1]


def _hash_before(segment: Segment, content: mmap.mmap, start: int, begin: int) -> str:
    if begin == start:
        return segment.header.previous
    line = _decoded(content[content.rfind(b"\n", 0, begin - 1) + 1 : begin])
    return "" if line is None else line.chain_hash


def _is_whole(lines: Sequence[Line], previous: str) -> bool:
    for line in lines:
        if fault(previous, line) is not None:
            return False
        previous = line.chain_hash
    return True
