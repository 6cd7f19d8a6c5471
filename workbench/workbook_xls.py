"""What an XLS would unfold to, counted in its records before a parser builds it; Refused beyond the limits."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import iter_unpack, unpack_from
from typing import NamedTuple

from workbench.refusal import Refused
from workbench.workbook_zip import MAX_CELLS, MAX_MERGED, MAX_TEXT_BYTES, SMALLER, encrypted, refuse_beyond

MAX_SECTORS = 200_000
FREE = 0xFFFFFFF0
"""From here on a sector's number says that the chain ends."""
UNUSED = 0xFFFFFFFF

# Records of [MS-XLS] 2.3.1 that hold a cell: row and column are their first two numbers.
_CELLS = {
    0x0006,
    0x0201,
    0x0203,
    0x0204,
    0x0205,
    0x0207,
    0x027E,
    0x00FD,
    0x00D6,
    0x0002,
    0x0003,
    0x0004,
    0x0005,
}
_MANY = {0x00BD, 0x00BE}  # MulRk and MulBlank: their last number is the last column
_SHARED_TEXT, _TEXTS, _CONTINUE, _BEGIN, _ENCRYPTED, _MERGED = 0x00FD, 0x00FC, 0x003C, 0x0809, 0x002F, 0x00E5
_ERROR_OR_BOOLEAN, _FORMULA = 0x0205, 0x0006


def check_xls(content: bytes) -> str:
    """Return where a cell holds an error, or nothing. Raises Refused beyond the limits."""
    try:
        return _checked(_workbook(content))
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise Refused("it is a damaged workbook", todo=SMALLER) from error


class _Sectors(NamedTuple):
    """A compound file ([MS-CFB]): chains of sectors, `following` says which comes next."""

    content: bytes
    size: int
    following: tuple[int, ...]

    def read(self, start: int, *, offset: int = 1) -> bytes:
        """The bytes of the chain from this sector; `offset` sectors of a header come before the first."""
        parts: list[bytes] = []
        number = start
        while number < FREE:
            if len(parts) > MAX_SECTORS or len(parts) > len(self.following):
                raise IndexError("a chain of sectors that never ends")
            begin = (number + offset) * self.size
            parts.append(self.content[begin : begin + self.size])
            number = self.following[number]
        return b"".join(parts)


def _workbook(content: bytes) -> bytes:
    """The stream of the workbook."""
    sectors = _sectors(content)
    directory = sectors.read(unpack_from("<I", content, 48)[0])
    entries = {
        directory[at : at + max(unpack_from("<H", directory, at + 64)[0] - 2, 0)].decode("utf-16-le"): at
        for at in range(0, len(directory) - 127, 128)
        if unpack_from("<H", directory, at + 64)[0] <= 64
    }
    at = next((at for name, at in entries.items() if name.lower() in {"workbook", "book"}), None)
    if at is None:
        raise IndexError("no workbook in the directory")
    start, size = unpack_from("<II", directory, at + 116)
    if size >= unpack_from("<I", content, 56)[0]:
        return sectors.read(start)[:size]
    root_start = unpack_from("<I", directory, 116)[0]
    small = _Sectors(
        sectors.read(root_start),
        1 << unpack_from("<H", content, 32)[0],
        _numbers(sectors.read(unpack_from("<I", content, 60)[0])),
    )
    return small.read(start, offset=0)[:size]


def _sectors(content: bytes) -> _Sectors:
    shift = unpack_from("<H", content, 30)[0]
    if shift not in {9, 12}:
        raise IndexError("sectors of an unknown size")
    size = 1 << shift
    numbers = list(_numbers(content[76:512]))
    following, left = unpack_from("<II", content, 68)
    while following < FREE and left > 0 and len(numbers) < MAX_SECTORS:
        more = _numbers(content[(following + 1) * size : (following + 2) * size])
        numbers += more[:-1]
        following, left = more[-1], left - 1
    table = b"".join(
        content[(number + 1) * size : (number + 2) * size] for number in numbers if number < FREE
    )
    chained = _numbers(table)
    used = max((number for number, following in enumerate(chained) if following != UNUSED), default=0)
    if len(content) % size or (used + 2) * size > len(content):
        raise IndexError("cut off")
    return _Sectors(content, size, chained)


def _numbers(table: bytes) -> tuple[int, ...]:
    return tuple(number for (number,) in iter_unpack("<I", table[: len(table) // 4 * 4]))


def _checked(stream: bytes) -> str:
    count = _Count()
    for kind, body, size in _records(stream):
        if kind in _CELLS or kind in _MANY:
            count.add_cell(stream, kind, body, size)
        elif kind == _BEGIN:
            count.end_sheet()
        elif kind == _TEXTS:
            count.texts = _text_sizes(stream, body)
        elif kind == _MERGED:
            count.merged += size // 8
        elif kind == _ENCRYPTED:
            raise encrypted()
    count.end_sheet()
    refuse_beyond(count.cells, MAX_CELLS, "cells")
    refuse_beyond(count.merged, MAX_MERGED, "merged cells")
    refuse_beyond(count.text_bytes, MAX_TEXT_BYTES, "bytes of text")
    return count.error


def _records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, place and size of each record."""
    at = 0
    while at + 4 <= len(stream):
        kind, size = unpack_from("<HH", stream, at)
        yield kind, at + 4, size
        at += 4 + size


@dataclass(slots=True)
class _Count:
    """What was found so far; height and width are of the sheet that is being read."""

    cells: int = 0
    height: int = 0
    width: int = 0
    merged: int = 0
    texts: list[int] = field(default_factory=list)
    text_bytes: int = 0
    error: str = ""

    def add_cell(self, stream: bytes, kind: int, body: int, size: int) -> None:
        row, column = unpack_from("<HH", stream, body)
        if kind in _MANY:
            column = unpack_from("<H", stream, body + size - 2)[0]
        self.height, self.width = max(self.height, row + 1), max(self.width, column + 1)
        if kind == _SHARED_TEXT:
            number = unpack_from("<I", stream, body + 6)[0]
            self.text_bytes += self.texts[number] if number < len(self.texts) else 0
        elif not self.error and _is_error(stream, kind, body):
            self.error = f"row {row + 1}, column {column + 1}"

    def end_sheet(self) -> None:
        self.cells += self.height * self.width
        self.height = self.width = 0


def _is_error(stream: bytes, kind: int, body: int) -> bool:
    """[MS-XLS] 2.4.24 and 2.5.133: a cell that holds an error, or a formula whose result is one."""
    if kind == _ERROR_OR_BOOLEAN:
        return stream[body + 7] == 1
    return kind == _FORMULA and stream[body + 6] == 2 and stream[body + 12 : body + 14] == b"\xff\xff"


def _text_sizes(stream: bytes, body: int) -> list[int]:
    """Bytes that each shared text takes at most ([MS-XLS] 2.4.265); a long one goes on in the next records."""
    at, end = body + 8, body + unpack_from("<H", stream, body - 2)[0]
    sizes: list[int] = []
    for _ in range(unpack_from("<I", stream, body + 4)[0]):
        if at >= end:
            at, end = _continued(stream, end)
        letters, flags = unpack_from("<HB", stream, at)
        runs, extra = unpack_from("<H", stream, at + 3)[0] * 4 if flags & 8 else 0, 0
        if flags & 4:
            extra = unpack_from("<I", stream, at + (5 if flags & 8 else 3))[0]
        at += 3 + (2 if flags & 8 else 0) + (4 if flags & 4 else 0)
        at, end = _after_letters(stream, at, end, letters, 1 + (flags & 1))
        at, end = _after_bytes(stream, at, end, runs + extra)
        sizes.append(letters * 3)
    return sizes


def _after_letters(stream: bytes, at: int, end: int, letters: int, width: int) -> tuple[int, int]:
    """Each record that a text goes on in says anew whether its letters take one byte or two."""
    while letters:
        fitting = min(letters, (end - at) // width)
        at, letters = at + fitting * width, letters - fitting
        if letters:
            at, end = _continued(stream, end)
            at, width = at + 1, 1 + (stream[at] & 1)
    return at, end


def _after_bytes(stream: bytes, at: int, end: int, size: int) -> tuple[int, int]:
    while size:
        fitting = min(size, end - at)
        at, size = at + fitting, size - fitting
        if size:
            at, end = _continued(stream, end)
    return at, end


def _continued(stream: bytes, end: int) -> tuple[int, int]:
    kind, size = unpack_from("<HH", stream, end)
    if kind != _CONTINUE:
        raise IndexError("a text that ends too early")
    return end + 4, end + 4 + size
