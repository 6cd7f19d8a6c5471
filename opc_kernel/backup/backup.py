"""Backup: the company up to one position, full or what came since, checked by restoring it before it counts."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Protocol

from opc_kernel.backup.restore import Opener, check_tail, lay_out
from opc_kernel.backup.store import (
    UNFINISHED,
    BackupDamaged,
    Entry,
    Manifest,
    NotABackup,
    Piece,
    Store,
    summary,
)
from opc_kernel.clock import Clock, SystemClock
from opc_kernel.event import Event
from opc_kernel.ids import derived_id
from opc_kernel.log.append import Tail
from opc_kernel.log.errors import JournalDamaged, LogError
from opc_kernel.log.files import disk_told, make_folder
from opc_kernel.log.journal import Journal, segment_paths
from opc_kernel.log.lines import decode_commit, decode_event, decode_header
from opc_kernel.log.lock import FolderLock
from opc_kernel.log.opening import JOURNAL
from opc_kernel.log.place import BACKUP, release
from opc_kernel.telemetry import operation
from opc_kernel.text import is_text

MAX_PIECES = 32
"""A file that grew more often is written whole again."""
MAX_FINDINGS_TOLD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A finished and checked backup."""

    folder: Path
    since: int
    position: int
    head: str
    encrypted: bool
    same_disk: bool
    """Whether it lies on the disk of the company itself."""
    written_bytes: int


class BackupRefused(LogError):
    """A target that can't take this backup."""

    def __init__(self, target: Path, reason: str) -> None:
        super().__init__(
            f"No backup was written to {target}: {reason}.", "Name a new folder outside the company's."
        )
        self.reason = reason


class Source(Protocol):
    """The log of the company that is backed up; appends to it go on meanwhile."""

    def journal_files(self) -> Sequence[tuple[Path, int]]:
        """Return each journal segment with the number of its bytes that are committed now."""
        ...

    def read(self, *, after: int = 0, limit: int | None = None) -> Iterator[Event]:
        """See EventLog.read."""
        ...


def backup(
    log: Source,
    source: Path,
    target: Path,
    *,
    beside: Sequence[str],
    opener: Opener,
    passphrase: str | None = None,
    quick: bool = False,
    clock: Clock | None = None,
) -> Backup:
    """Bring the backup in `target` to what the company holds now; a new or empty folder gets all of it.

    It holds the journal as it is committed now, and the entries named `beside`; the rest is rebuilt from them.
    Before the new state counts, it is restored aside, opened and verified; `quick` reads the journal only. A run
    that is broken off leaves the state before. With a passphrase everything in a new backup is sealed.

    Raises BackupRefused, CompanyBusy when another run writes there, BackupDamaged, JournalDamaged,
    PassphraseNeeded, WrongPassphrase, DiskFailed.
    """
    with disk_told(target):
        _check_target(source, target)
    with operation("backup") as line, disk_told(target), FolderLock(target):
        store, known = _store(log, target, passphrase)
        files = log.journal_files()
        company, tail = _end(*files[-1])
        _check_same(target, known, company)
        entries = _Entries(store, known)
        for path, size in files:
            entries.add(f"{JOURNAL}/{path.name}", path, size)
        for name, path in _files_beside(source, beside):
            if not is_text(name):
                raise BackupRefused(target, f"the name of {name!a} is no text; rename that file")
            entries.add(name, path)
        manifest = Manifest(
            company=company,
            since=known.position if known else 0,
            position=tail.position,
            head=tail.chain_hash,
            made_at=(clock or SystemClock()).now(),
            release=release(),
            encrypted=store.encrypted,
            files=tuple(entries.found),
        )
        _check(store, manifest, opener, quick=quick)
        store.publish(manifest)
        line |= {"position": manifest.position, "since": manifest.since, "bytes": store.written_bytes}
    return Backup(
        folder=target,
        since=manifest.since,
        position=manifest.position,
        head=manifest.head,
        encrypted=store.encrypted,
        same_disk=_is_same_disk(source, target),
        written_bytes=store.written_bytes,
    )


def _check_target(source: Path, target: Path) -> None:
    """Make sure that the target is a backup, or becomes one and nothing else is lost by it."""
    if not is_text(str(target)):
        raise BackupRefused(target, "its name is no text")
    if target.resolve().is_relative_to(source.resolve()):
        raise BackupRefused(target, "it lies inside the company's own folder")
    make_folder(target)
    if not any(target.iterdir()):
        (target / UNFINISHED).touch(mode=0o600)
    if not any((target / name).is_file() for name in (UNFINISHED, BACKUP)):
        raise BackupRefused(target, "it holds something else")


def _store(log: Source, target: Path, passphrase: str | None) -> tuple[Store, Manifest | None]:
    """Open the backup that lies there, or begin one."""
    try:
        encrypted = summary(target).encrypted
    except NotABackup:
        if (target / BACKUP).exists():
            raise
        return Store.create(target, passphrase), None
    if passphrase and not encrypted:
        raise BackupRefused(target, "the backup there is not encrypted")
    store = Store.open(target, passphrase)
    known = store.manifest()
    _check_history(log, target, known)
    return store, known


def _check_same(target: Path, known: Manifest | None, company: str) -> None:
    if known is not None and known.company != company:
        raise BackupRefused(target, "the backup there is of another company")


def _check_history(log: Source, target: Path, known: Manifest) -> None:
    """Refuse to replace events that stand nowhere else: the backup must end somewhere in this log."""
    if known.position == 0:
        return
    event = next(log.read(after=known.position - 1, limit=1), None)
    if event is None or event.chain_hash != known.head:
        raise BackupRefused(
            target, f"the backup there goes on to position {known.position} with events this company has not"
        )


class _Entries:
    """Collects what the company holds, writing what the backup has not yet."""

    def __init__(self, store: Store, known: Manifest | None) -> None:
        self.found: list[Entry] = []
        self._store = store
        self._known = {entry.name: entry for entry in known.files} if known else {}
        self._taken = set(known.stored()) if known else set()

    def add(self, name: str, path: Path, size: int | None = None) -> None:
        """Add a file, its first `size` bytes where a size is given; one that vanished meanwhile is left out."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return
        known = self._known.get(name)
        with disk_told(path), file:
            stat = os.fstat(file.fileno())
            wanted = stat.st_size if size is None else size
            if known is not None and (known.size, known.mtime_ns) == (wanted, stat.st_mtime_ns):
                self.found.append(known)
                return
            content = file.read(wanted)
        pieces = self._pieces(name, content, known)
        self.found.append(Entry(name=name, mtime_ns=stat.st_mtime_ns, pieces=pieces))

    def _pieces(self, name: str, content: bytes, known: Entry | None) -> tuple[Piece, ...]:
        """Keep the pieces a file begins with, and write the rest of it."""
        kept = known.pieces if known and len(known.pieces) < MAX_PIECES and _begins(content, known) else ()
        offset = sum(piece.size for piece in kept)
        if kept and offset == len(content):
            return kept
        rest = content[offset:]
        sha256 = hashlib.sha256(rest).hexdigest()
        stored = self._store.place_for(name, offset, sha256, self._taken)
        piece = Piece(stored=stored, size=len(rest), sha256=sha256)
        if stored not in self._taken:
            self._store.write(piece, rest)
            self._taken.add(stored)
        return (*kept, piece)


def _begins(content: bytes, known: Entry) -> bool:
    """Whether a file begins with what is known of it: journals grow, all else is written anew."""
    offset = 0
    for piece in known.pieces:
        part = memoryview(content)[offset : offset + piece.size]
        if hashlib.sha256(part).hexdigest() != piece.sha256:
            return False
        offset += piece.size
    return True


def _files_beside(source: Path, beside: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Yield the files under some names, without what is being written at this moment."""
    for name in beside:
        if (source / name).is_file():
            yield name, source / name
        for folder, _, names in os.walk(source / name):
            for path in sorted(Path(folder) / each for each in names):
                if path.is_file() and not _is_unfinished(path):
                    yield path.relative_to(source).as_posix(), path


def _is_unfinished(path: Path) -> bool:
    return path.name.startswith(".") and path.suffix == ".tmp"


def _end(segment: Path, size: int) -> tuple[str, Tail]:
    """Return the company's id and the end of its log as the committed bytes of its last segment say."""
    with disk_told(segment), segment.open("rb") as file:
        content = file.read(size)
    header = decode_header(content[: content.find(b"\n") + 1])
    if header is None:
        raise JournalDamaged(segment, 1, "its header can't be read")
    lines = content.rstrip(b"\n").rsplit(b"\n", 2)
    if len(lines) < 3:
        return header.company, Tail(position=header.first - 1, chain_hash=header.previous)
    event, commit = decode_event(lines[-2]), decode_commit(lines[-1] + b"\n")
    if event is None or commit is None or event.position != commit.commit:
        raise JournalDamaged(segment, content.count(b"\n"), "its last append can't be read")
    return header.company, Tail(position=event.position, chain_hash=event.chain_hash)


def _is_same_disk(source: Path, target: Path) -> bool:
    return source.stat().st_dev == target.stat().st_dev


def _check(store: Store, manifest: Manifest, opener: Opener, *, quick: bool) -> None:
    """Restore what was written; plain bytes of a sealed backup stay off the disk it is meant for."""
    with _aside(store) as temporary:
        copy = Path(temporary) / "copy"
        if quick:
            _read_again(store, manifest, copy)
            return
        lay_out(store, manifest.files, copy)
        with opener(copy) as log:
            check_tail(store, manifest, log.tail)
            findings = log.verify().findings
    if findings:
        told = "; ".join(str(finding) for finding in findings[:MAX_FINDINGS_TOLD])
        raise BackupDamaged(store.folder, "the journal", told)


def _aside(store: Store) -> TemporaryDirectory[str]:
    """Give a folder for the copy that is checked, and remove what a run left that was killed there."""
    parent = Path(gettempdir()) if store.encrypted else store.folder
    prefix = f".check-{derived_id(str(store.folder.resolve()))}-"
    for left in parent.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    return TemporaryDirectory(prefix=prefix, dir=parent)


def _read_again(store: Store, manifest: Manifest, copy: Path) -> None:
    """Read every piece and follow the journal's chain."""
    journal = [entry for entry in manifest.files if entry.name.startswith(f"{JOURNAL}/")]
    lay_out(store, journal, copy)
    check_tail(store, manifest, _read(copy / JOURNAL))
    for entry in manifest.files:
        if entry not in journal:
            for piece in entry.pieces:
                store.read(piece)


def _read(folder: Path) -> Tail:
    """Read a journal from its beginning, chain and all, and return its end. Raises JournalDamaged."""
    with closing(Journal(folder)) as copy:
        for _ in copy.read():
            pass
        if copy.torn_bytes:
            raise JournalDamaged(segment_paths(folder)[-1], 0, "its last append can't be read")
        return copy.tail
