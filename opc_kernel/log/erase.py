"""Erasure: the one path that changes stored bytes, so that a person's data can really go. A crash at any step resumes.

The duty is recorded first (`log.payload_erased`, with opaque ids alone). Then go the files beside the journal, the data
and salt of the events in the journal, and the database, which is made anew from what is left. The chain holds: it never
covered the data. Until all of this is done a marker lies in the folder; nobody serves the company before it is gone.
"""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

import msgspec

from opc_kernel.event import NEW_STREAM, EventData, Write
from opc_kernel.ids import derived_id, new_id
from opc_kernel.log.crash import Crash
from opc_kernel.log.errors import LogError
from opc_kernel.log.files import sync_folder, write_whole
from opc_kernel.log.journal import Journal, segment_paths
from opc_kernel.log.lines import (
    COMMIT_MARK,
    Commit,
    decode_commit,
    decode_event,
    encode_commit,
    encode_events,
)
from opc_kernel.log.opening import DATABASE, JOURNAL
from opc_kernel.text import Text

MARKER = ".erasing"
RAW = "raw"
TEMPORARY = ".duckdb-temporary"
IDS_AN_EVENT = 4_000
"""So many ids of each kind stand in one event; a large erasure is several events of one stream."""
ERASED = msgspec.Raw(b"null")


class PayloadErased(EventData, type="log.payload_erased"):
    """The data of these events was taken out of every file. Nothing here says what it was."""

    events: tuple[str, ...]
    """Their ids."""
    digests: tuple[str, ...] = ()
    """SHA-256 of files that held it: they are refused when they come again."""
    keys: tuple[str, ...] = ()
    """What else names the same facts, as a hash: ingestion refuses it."""
    reason: Text = ""
    """The operator's words; they are kept for ever."""
    policy: str = ""
    """The rule or the wish that somebody be forgotten; empty where only data was named."""
    files: int = 0
    """How many files went with it."""
    kept: tuple[str, ...] = ()
    """Ids of events that name the same and stay, as invoices must: memory passes over them from here on."""


EVENTS: tuple[type[EventData], ...] = (PayloadErased,)


class NothingToErase(LogError):
    """An erasure that would erase nothing."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"There is nothing to erase: {what}.", "See 'workbench log tail', or look with 'workbench sql'."
        )
        self.what = what


class ErasureChanged(LogError):
    """What would go is no longer what was shown."""

    def __init__(self) -> None:
        super().__init__(
            "What would be erased is no longer what was shown: something was recorded or written meanwhile.",
            "Nothing was erased. Look at it again, then confirm.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What shall go: events by id, files in raw/ by digest, other files by their path in the folder."""

    events: tuple[str, ...]
    digests: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    reason: str = ""
    policy: str = ""
    kept: tuple[str, ...] = ()
    also: tuple[Write, ...] = ()
    """What is stored in the same append: nobody sees the one without the other."""
    relied_on: Mapping[str, int] = field(default_factory=dict)
    """The versions of the streams that `also` writes to."""
    actor: str = "operator"
    id: str = field(default_factory=new_id)

    @property
    def stream(self) -> str:
        """Where the erasure is recorded."""
        return f"erasure/{self.id}"

    @property
    def expected(self) -> dict[str, int]:
        """The versions of the streams it is stored on."""
        return {self.stream: NEW_STREAM, **self.relied_on}

    def writes(self) -> Iterator[Write]:
        """Yield the events that record it, and what is stored with them."""
        parts = map(_parts, (self.events, self.digests, self.keys, self.kept))
        for number, (events, digests, keys, kept) in enumerate(zip_longest(*parts, fillvalue=())):
            data = PayloadErased(
                events=events,
                digests=digests,
                keys=keys,
                kept=kept,
                reason=self.reason,
                policy=self.policy,
                files=0 if number else len(self.files),
            )
            event_id = derived_id(self.stream, str(number))
            yield Write(stream=self.stream, event_id=event_id, data=data, actor=self.actor)
        yield from self.also


class _Marker(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure under way; it says nothing that an outsider could read."""

    stream: str
    files: tuple[str, ...]
    """Hashes of the paths that go."""


def begin(folder: Path, order: Order) -> None:
    """Leave the marker. Until the erasure is recorded it means nothing: `finish` then takes it away again."""
    marker = _Marker(stream=order.stream, files=tuple(map(derived_id, order.files)))
    write_whole(folder / MARKER, msgspec.json.encode(marker))


def finish(folder: Path, *, crash: Crash) -> str:
    """Do what is left of an erasure that was begun; the caller has the folder's lock and no file of it open.

    Returns what was done, in words; nothing when none was begun. Raises JournalDamaged.
    """
    path = folder / MARKER
    if not path.exists():
        return ""
    marker = msgspec.json.decode(path.read_bytes(), type=_Marker)
    recorded = _recorded(folder, marker.stream)
    if recorded:
        crash("erase files")
        _remove_files(folder, marker, [digest for each in recorded for digest in each.digests], crash)
        _rewrite_journal(folder / JOURNAL, frozenset(one for each in recorded for one in each.events), crash)
        crash("erase database")
        _drop_database(folder)
        crash("erase marker")
    path.unlink()
    sync_folder(folder)
    return "an erasure that was broken off was finished" if recorded else "an erasure had not begun yet"


def _recorded(folder: Path, stream: str) -> list[PayloadErased]:
    with closing(Journal(folder / JOURNAL)) as journal:
        return [
            PayloadErased.model_validate_json(bytes(event.data))
            for event in journal.read()
            if event.stream == stream
        ]


def _remove_files(folder: Path, marker: _Marker, digests: Sequence[str], crash: Crash) -> None:
    named = frozenset(marker.files)
    raw = frozenset(digests)
    for path in files_of(folder):
        relative = path.relative_to(folder)
        if derived_id(relative.as_posix()) in named or (relative.parent == Path(RAW) and path.name in raw):
            path.unlink()
            sync_folder(path.parent)
            crash("erase between files")


def files_of(folder: Path) -> Iterator[Path]:
    """Yield every file of a company folder, in order; links are files too and are not followed, pipes are none."""
    for where, folders, names in os.walk(folder):
        folders.sort()
        linked = [name for name in folders if (Path(where) / name).is_symlink()]
        paths = (Path(where) / name for name in sorted([*names, *linked]))
        yield from (path for path in paths if path.is_symlink() or path.is_file())


def _rewrite_journal(folder: Path, erased: frozenset[str], crash: Crash) -> None:
    for unfinished in folder.glob(".*"):
        unfinished.unlink()
    for path in segment_paths(folder):
        crash("erase journal")
        _rewrite(path, erased, crash)


def _rewrite(path: Path, erased: frozenset[str], crash: Crash) -> None:
    """Write a segment anew beside itself and put it in its place; one that holds none of the events stays."""
    aside = path.with_name(f".{path.name}")
    touched = False
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with path.open("rb") as old, os.fdopen(descriptor, "wb") as new:
        for raw, changed in _without(old, erased):
            new.write(raw)
            touched = touched or changed
        new.flush()
        os.fsync(new.fileno())
    crash("erase before rename")
    if touched:
        aside.replace(path)
        sync_folder(path.parent)
    else:
        aside.unlink()


def _without(lines: Iterator[bytes], erased: frozenset[str]) -> Iterator[tuple[bytes, bool]]:
    """Yield a segment's lines with the data of some events gone, and whether each was changed.

    A commit line counts its record's bytes anew.
    """
    yield next(lines), False
    size, crc32 = 0, 0
    for raw in lines:
        if raw.startswith(COMMIT_MARK):
            commit = decode_commit(raw)
            yield (
                encode_commit(Commit(commit=commit.commit, bytes=size, crc32=crc32)) if commit else raw,
                False,
            )
            size, crc32 = 0, 0
        else:
            event = decode_event(raw)
            changed = event is not None and event.event_id in erased
            line = raw
            if event is not None and changed:
                line = encode_events([msgspec.structs.replace(event, salt=None, data=ERASED)])
            size, crc32 = size + len(line), zlib.crc32(line, crc32)
            yield line, changed


def _drop_database(folder: Path) -> None:
    """Remove it whole: an UPDATE would leave the old text in the file. It is made anew when it is opened."""
    for path in folder.glob(f"{DATABASE}*"):
        path.unlink()
    shutil.rmtree(folder / TEMPORARY, ignore_errors=True)
    sync_folder(folder)


def _parts(ids: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(ids[start : start + IDS_AN_EVENT]) for start in range(0, len(ids), IDS_AN_EVENT)]
