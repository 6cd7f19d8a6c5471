"""Inspection: each line of the journal held against what must stand there, and each fault named by its position."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import msgspec

from opc_kernel.event import Event
from opc_kernel.log.chain import GENESIS, chain_hash, changed_data, envelope
from opc_kernel.log.errors import JournalDamaged
from opc_kernel.log.files import disk_told
from opc_kernel.log.lines import COMMIT_MARK, Commit, as_written, decode_commit, decode_event, decode_header

LONGEST_COMMIT = 120
COMMIT_WORDS = (b"commit", b"bytes", b"crc32")

Fact = tuple[int, Event | None, str | None]
"""A position, its event where it can be read, and what is wrong with it."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """What stands for one position: its event, where it can be read, and what is wrong with it."""

    position: int
    event: Event | None
    problem: JournalDamaged | None


def inspect(segments: Iterable[tuple[Path, int | None]], *, after: int = 0) -> Iterator[Line]:
    """Check segments, each up to a byte (None: its end), and yield a line for each position after `after`.

    A position that is missing or damaged has a line too; only whole lines that stand twice add one.
    """
    walk: _Walk | None = None
    for path, end in segments:
        with disk_told(path), path.open("rb") as file:
            header = file.readline()
            walk = walk or (_Walk(1, GENESIS) if after == 0 else _resumed(path, header))
            lines = chain(walk.header(header), _lines(walk, file, len(header), end), walk.end())
            for position, event, reason in lines:
                if position > after:
                    yield Line(position, event, _problem(path, walk.number, reason, position))


def _lines(walk: _Walk, file: Iterable[bytes], offset: int, end: int | None) -> Iterator[Fact]:
    for raw in file:
        if end is not None and offset >= end:
            return
        offset += len(raw)
        yield from walk.commit(raw) if _is_commit(raw) else walk.event(raw)


class _Walk:
    """Reads lines in order and knows what must come next."""

    def __init__(self, expected: int, *previous: str) -> None:
        self.number = 0
        self._expected = expected
        self._previous = previous
        """What the next event may follow: two hashes after a damaged event, none after one that can't be read."""
        self._named = False
        """Whether a fault was named at the expected position already."""
        self._bytes, self._crc32 = 0, 0
        self._faulty = False
        """Whether a fault was named within this record."""

    def header(self, raw: bytes) -> Iterator[Fact]:
        self.number = 1
        header = decode_header(raw)
        if header is None:
            yield self._expected, None, "the header of its segment can't be read"
        elif header.first != self._expected or (self._previous and header.previous not in self._previous):
            yield self._expected, None, "the header of its segment was changed, or a segment is missing"

    def event(self, raw: bytes) -> Iterator[Fact]:
        self._count(raw)
        event = decode_event(raw)
        if event is None:
            yield from self._unreadable()
        elif event.position != self._expected and self._is_renumbered(event):
            yield self._fault(self._expected, "its position was changed")
            self._go_on(self._expected, event.chain_hash)
        elif event.position < self._expected:
            yield self._fault(event.position, "it stands a second time, or in the wrong place")
        else:
            yield from self._missing(event.position)
            yield self._checked(event, raw)

    def commit(self, raw: bytes) -> Iterator[Fact]:
        self.number += 1
        commit = decode_commit(raw)
        if not self._faulty:
            yield from self._against(commit)
        self._start_record()

    def _against(self, commit: Commit | None) -> Iterator[Fact]:
        whole = commit is not None and (commit.bytes, commit.crc32) == (self._bytes, self._crc32)
        if commit is not None and not whole and commit.commit >= self._expected:
            yield from self._missing(commit.commit + 1)
            self._expected, self._named = commit.commit + 1, False
        elif commit is None or not whole or commit.commit != self._expected - 1:
            yield self._expected - 1, None, "the line that commits it was changed"

    def end(self) -> Iterator[Fact]:
        if self._bytes and not self._faulty:
            yield self._expected - 1, None, "its append was never finished"
        self._start_record()

    def _checked(self, event: Event, raw: bytes) -> Fact:
        covered = envelope(event)
        hashes = tuple(chain_hash(previous, covered) for previous in self._previous)
        reason = None
        if changed_data(event):
            reason = "its data was changed"
        elif hashes and event.chain_hash not in hashes:
            reason = "its envelope was changed, or one before it was removed"
        elif not as_written(event, raw):
            reason = "its bytes were changed"
        self._faulty = self._faulty or reason is not None
        self._go_on(event.position, event.chain_hash, *(hashes if reason else ()))
        return event.position, event, reason

    def _unreadable(self) -> Iterator[Fact]:
        if not self._named:
            yield self._fault(self._expected, "it can't be read")
        self._named, self._previous = True, ()

    def _missing(self, position: int) -> Iterator[Fact]:
        if position == self._expected:
            return
        for missing in range(self._expected + self._named, position):
            yield self._fault(missing, "its line is missing")
        self._previous = ()

    def _is_renumbered(self, event: Event) -> bool:
        covered = (self._expected, *envelope(event)[1:])
        return any(chain_hash(previous, covered) == event.chain_hash for previous in self._previous)

    def _go_on(self, position: int, *hashes: str) -> None:
        self._expected, self._previous, self._named = position + 1, hashes, False

    def _fault(self, position: int, reason: str) -> Fact:
        self._faulty = True
        return position, None, reason

    def _count(self, raw: bytes) -> None:
        self.number += 1
        self._bytes += len(raw)
        self._crc32 = zlib.crc32(raw, self._crc32)

    def _start_record(self) -> None:
        self._bytes, self._crc32, self._faulty = 0, 0, False


def _resumed(path: Path, header: bytes) -> _Walk:
    """Begin at a later segment: what its header says is taken as given."""
    found = decode_header(header)
    return _Walk(found.first, found.previous) if found else _Walk(int(path.stem))


def _is_commit(raw: bytes) -> bool:
    """Whether this is a commit line, damaged perhaps."""
    return raw.startswith(COMMIT_MARK) or (
        len(raw) <= LONGEST_COMMIT and sum(word in raw for word in COMMIT_WORDS) > 1
    )


def _problem(path: Path, number: int, reason: str | None, position: int) -> JournalDamaged | None:
    return None if reason is None else JournalDamaged(path, number, reason, position=position)
