"""Files of a company that hold erased words, or speak of erased events; looked into through zips and workbooks."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape

from opc_kernel.log.erase import MARKER, RAW, TEMPORARY, files_of
from opc_kernel.log.opening import DATABASE, JOURNAL

PIECE_BYTES = 16 * 2**20
MAX_PARTS = 10_000
MAX_DEPTH = 3
"""So deep are zips within zips looked into."""
ENCODINGS = ("utf-8", "cp1252", "utf-16-le")
DERIVED = ("sheets", "runs", "exports", "quarantine", "index", "sandbox")
"""Folders whose files are made from the log: one that names an erased event goes, whatever it says of it."""
SHUT = (".duckdb", ".wal", ".parquet", ".gz", ".faiss", ".npz", ".npy", ".zst", ".tmp")
"""Files of ours that can't be looked into, or are left of a crash: they always go."""
KEPT = frozenset({".lock", MARKER})

LONGEST_ID = 64

_ID = re.compile(rb"(?<![0-9a-f])[0-9a-f]{26}(?![0-9a-f])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A file, by its path in the folder, and why it is named."""

    path: str
    why: str


def holdings(
    folder: Path, *, words: Iterable[str], ids: Iterable[str], digests: Iterable[str]
) -> list[Holding]:
    """Return the files beside journal and database that hold a word, speak of an event or are raw by digest."""
    look = _Look(words, ids)
    raw = frozenset(digests)
    found = []
    for path in files_of(folder):
        relative = path.relative_to(folder)
        if relative.parts[0] == JOURNAL or path.name in KEPT or _is_database(relative):
            continue
        why = "as it came in" if relative.parts[0] == RAW and path.name in raw else look.at(path, relative)
        if why:
            found.append(Holding(path=relative.as_posix(), why=why))
    return found


def still_holding(folder: Path, words: Iterable[str]) -> list[str]:
    """Return the files in which any of the words stands, the journal's among them.

    The database is left to DuckDB: opening its file in another way would let go of its lock.
    """
    look = _Look(words, ())
    return [
        path.relative_to(folder).as_posix()
        for path in files_of(folder)
        if not _is_database(path.relative_to(folder)) and look.word_in(path) is not None
    ]


def _is_database(relative: Path) -> bool:
    return relative.parts[0].startswith(DATABASE) or relative.parts[0] == TEMPORARY


class _Look:
    """Looks for some words, in every spelling a file may have them in, and for the ids of events and streams."""

    def __init__(self, words: Iterable[str], ids: Iterable[str]) -> None:
        self._spellings = {
            spelling: word
            for word in words
            for cased in (word, word.lower(), word.upper())
            for spelling in _spellings(cased)
        }
        self._overlap = max(map(len, self._spellings), default=0) + LONGEST_ID
        self._ids = frozenset(one.rpartition("/")[2].encode() for one in ids)

    def at(self, path: Path, relative: Path) -> str:
        """Return why a file goes; nothing when it may stay."""
        made = relative.parts[0] in DERIVED or len(relative.parts) == 1
        if made and path.suffix in SHUT:
            return "it can't be looked into"
        if path.is_symlink():
            return ""
        with path.open("rb") as file:
            for content in _contents(file, self._overlap):
                if (word := self._word(content)) is not None:
                    return f"holds {word!r}"
                if relative.parts[0] in DERIVED and not self._ids.isdisjoint(_ID.findall(content)):
                    return "speaks of an event that goes"
        return ""

    def word_in(self, path: Path) -> str | None:
        """Return the first of the words that stands in a file."""
        if path.is_symlink():
            return None
        with path.open("rb") as file:
            return next(filter(None, map(self._word, _contents(file, self._overlap))), None)

    def _word(self, content: bytes) -> str | None:
        return next((word for spelling, word in self._spellings.items() if spelling in content), None)


def _spellings(text: str) -> Iterator[bytes]:
    """Yield how a text may stand in a file, its ASCII letters in lower case."""
    plain, quoted = json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]
    for spelling in {text, plain, quoted, escape(text), escape(text, {'"': "&quot;", "'": "&apos;"})}:
        for encoding in ENCODINGS:
            with suppress(UnicodeEncodeError):
                yield spelling.encode(encoding).lower()


def _contents(file: IO[bytes], overlap: int, depth: int = MAX_DEPTH) -> Iterator[bytes]:
    """Yield a file's bytes in lower case, piece by piece, and those of its parts where it is a zip."""
    zipped = file.read(2) == b"PK"
    file.seek(0)
    last = b""
    while piece := file.read(PIECE_BYTES):
        content = last + piece.lower()
        yield content
        last = content[-overlap:]
    if zipped and depth:
        yield from _parts(file, overlap, depth - 1)


def _parts(file: IO[bytes], overlap: int, depth: int) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist()[:MAX_PARTS]:
                with archive.open(entry) as part:
                    yield from _contents(part, overlap, depth)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError):
        return  # no zip, or one that nobody can read
