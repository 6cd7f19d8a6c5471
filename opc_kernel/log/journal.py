"""The journal: synced, hash-chained segments of plain lines. An append is its events' lines and one commit line."""

from __future__ import annotations

import mmap
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from opc_kernel.event import Event
from opc_kernel.ids import new_id
from opc_kernel.log.append import Tail
from opc_kernel.log.chain import GENESIS
from opc_kernel.log.crash import Crash, no_crash
from opc_kernel.log.errors import JournalDamaged, JournalUnwritable, OutcomeUnknown
from opc_kernel.log.files import disk_told, sync_folder, write_fully, write_whole
from opc_kernel.log.inspection import Line, inspect
from opc_kernel.log.lines import (
    COMMIT_MARK,
    FORMAT,
    Commit,
    Header,
    decode_commit,
    decode_event,
    decode_header,
    encode_commit,
    encode_events,
    encode_header,
)

SEGMENT_BYTES = 64 * 2**20
PIECE_EVENTS = 1_000
"""So many events are encoded at once: a large record needs no large buffer."""

END_BYTES = 8 * 2**20
"""So much of the last segment is tried at opening; longer records are rare."""


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
        self._end, self.tail = whole_end(segment)
        self._file = _open_end(segment.path)

    @property
    def company_id(self) -> str:
        """The company's id: that of its last segment, since a copy goes on under an id of its own."""
        return self._segments[-1].header.company

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
        quarantine.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(quarantine / f"{path.stem}-torn-at-{self._end}.{datetime.now(UTC):%Y%m%dT%H%M%S%f}", torn)
        os.ftruncate(self._file, self._end)
        os.fsync(self._file)

    def write(self, events: Iterable[Event]) -> None:
        """Store one append as one record and sync it: after this it is committed.

        Raises JournalUnwritable when the disk refused and every byte was taken back, OutcomeUnknown when it
        can't be said whether the record is stored; the journal must then be opened anew.
        """
        if self.torn_bytes:
            raise OutcomeUnknown("an append before this one was broken off")
        if self._end >= SEGMENT_BYTES and self.tail.position >= self._segments[-1].header.first:
            self._start_segment(self.company_id)
        try:
            self._crash("before journal")
            size, tail = self._write_record(events)
            self._crash("before sync")
            os.fdatasync(self._file)
        except OSError as error:
            self._take_back(error)
            raise JournalUnwritable(str(error.strerror)) from error
        except BaseException as error:  # a keyboard interrupt must not leave half a record either
            self._take_back(error)
            raise
        self._end += size
        self.tail = tail
        self._crash("after sync")

    def read(self, after: int = 0) -> Iterator[Event]:
        """Yield the events after a position, in order, up to the last whole record.

        Raises JournalDamaged at the first line that is not what was written.
        """
        for line in self.inspect(after):
            if line.problem is not None:
                raise line.problem
            if line.event is not None:
                yield line.event

    def inspect(self, after: int = 0) -> Iterator[Line]:
        """Yield each line after a position, up to the last whole record, with what is wrong with it."""
        return inspect(self.segments_after(after), after=after)

    def segments_after(self, after: int) -> Iterator[tuple[Path, int]]:
        """Yield each segment that holds events after a position, with the number of its committed bytes."""
        for segment, following in zip(self._segments, [*self._segments[1:], None], strict=True):
            if following is None:
                yield segment.path, self._end
            elif following.header.first > after + 1:
                yield segment.path, segment.path.stat().st_size

    def go_on_as(self, company_id: str) -> None:
        """Go on under another id, in a segment of its own; an empty last segment is written anew.

        Raises JournalUnwritable.
        """
        assert not self.torn_bytes, "what was never acknowledged is cut first"
        self._start_segment(company_id)

    def close(self) -> None:
        """Close the file. Closing twice is fine."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _write_record(self, events: Iterable[Event]) -> tuple[int, Tail]:
        """Return how many bytes the record has, and where it ends the log."""
        size, crc32 = 0, 0
        last = self.tail
        rest = iter(events)
        while piece := list(islice(rest, PIECE_EVENTS)):
            lines = encode_events(piece)
            half = len(lines) // 2
            write_fully(self._file, lines[:half])
            self._crash("half journal")
            write_fully(self._file, lines[half:])
            size, crc32 = size + len(lines), zlib.crc32(lines, crc32)
            last = Tail(position=piece[-1].position, chain_hash=piece[-1].chain_hash)
        commit = encode_commit(Commit(commit=last.position, bytes=size, crc32=crc32))
        write_fully(self._file, commit)
        return size + len(commit), last

    def _take_back(self, error: BaseException) -> None:
        try:
            os.ftruncate(self._file, self._end)
            os.fsync(self._file)
        except OSError as second:
            raise OutcomeUnknown(f"{error}, then {second.strerror}") from error

    def _start_segment(self, company_id: str) -> None:
        header = Header(company=company_id, first=self.tail.position + 1, previous=self.tail.chain_hash)
        try:
            segment = _create(self._folder, header)
            file = _open_end(segment.path)
        except OSError as error:
            raise JournalUnwritable(str(error.strerror)) from error
        os.close(self._file)
        self._file = file
        self._segments = [*(each for each in self._segments if each.path != segment.path), segment]
        self._end = os.fstat(file).st_size


def read_segments(folder: Path) -> list[Segment]:
    """Return the segments of a journal folder in order.

    Raises JournalDamaged for a header that can't be read.
    """
    return [Segment(path=path, header=_read_header(path)) for path in segment_paths(folder)]


def segment_paths(folder: Path) -> list[Path]:
    """Return the segment files in order: their names are the positions they begin at."""
    return sorted(folder.glob("*.jsonl"))


def whole_end(segment: Segment) -> tuple[int, Tail]:
    """Return where the last whole record of a segment ends, looking backwards from its end.

    Raises JournalDamaged when more than the last append would have to go: that is no torn append.
    """
    with segment.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        with disk_told(segment.path):
            _try_end(file)
        start = content.find(b"\n") + 1
        end, broken = len(content), 0
        while (begin := content.rfind(b"\n" + COMMIT_MARK, start, end) + 1) > 0:
            line_end = content.find(b"\n", begin) + 1
            tail = _whole_record(content, start, begin, line_end)
            if tail is not None:
                return line_end, tail
            broken += line_end > 0
            if broken > 1:
                raise JournalDamaged(
                    segment.path,
                    content[:begin].count(b"\n") + 1,
                    "more than the last append can't be read",
                )
            end = begin
        return start, Tail(position=segment.header.first - 1, chain_hash=segment.header.previous)


def _try_end(file: BinaryIO) -> None:
    """Read the end once: a page that the disk can't give is an error here, and would end the process in the map."""
    file.seek(max(0, os.fstat(file.fileno()).st_size - END_BYTES))
    while file.read(2**20):
        pass


def _whole_record(content: mmap.mmap, start: int, begin: int, line_end: int) -> Tail | None:
    """Return the tail after the record whose commit line is `content[begin:line_end]`, None when it is not whole."""
    commit = decode_commit(content[begin:line_end])
    if commit is None or begin - commit.bytes < start:
        return None
    lines = memoryview(content)[begin - commit.bytes : begin]
    try:
        last = content[content.rfind(b"\n", start - 1, begin - 1) + 1 : begin]
        event = decode_event(last) if zlib.crc32(lines) == commit.crc32 else None
    finally:
        lines.release()
    if event is None or event.position != commit.commit:
        return None
    return Tail(position=event.position, chain_hash=event.chain_hash)


def _read_header(path: Path) -> Header:
    with path.open("rb") as lines:
        header = decode_header(lines.readline())
    if header is None:
        raise JournalDamaged(path, 1, "its header can't be read")
    if header.journal != FORMAT:
        raise JournalDamaged(path, 1, f"it is of format {header.journal}, this release reads {FORMAT}")
    return header


def _first_segment(folder: Path) -> Segment:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    sync_folder(folder.parent)
    return _create(folder, Header(company=new_id(), first=1, previous=GENESIS))


def _create(folder: Path, header: Header) -> Segment:
    path = folder / f"{header.first:012d}.jsonl"
    write_whole(path, encode_header(header))
    return Segment(path=path, header=header)


def _open_end(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
