"""What a backup is on disk: pieces of files that are never changed, and the manifest, written last, that names them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from opc_kernel.backup.seal import Seal, SealBroken
from opc_kernel.log.errors import DiskFailed, LogError
from opc_kernel.log.files import disk_told, make_folder, sync_folder, write_fully, write_whole
from opc_kernel.log.place import BACKUP

FORMAT = 1
IDENTITY = "identity.age"
FILES = "files"
SEALED_MANIFEST = "manifest-*.age"
UNFINISHED = ".unfinished"
"""Stands in a backup whose first run has not come to its manifest."""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Some bytes of a file, in a file of their own."""

    stored: str
    size: int
    sha256: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the company: its pieces, one after the other."""

    name: str
    mtime_ns: int
    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        """How long the file is."""
        return sum(piece.size for piece in self.pieces)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds: the company up to `position`; `since` is where the run before had come to."""

    backup: int = FORMAT
    company: str
    since: int
    position: int
    head: str
    made_at: datetime
    release: str
    encrypted: bool
    files: tuple[Entry, ...]

    def stored(self) -> frozenset[str]:
        """Return the names of all pieces."""
        return frozenset(piece.stored for entry in self.files for piece in entry.pieces)


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What anybody may read of a backup; the manifest of a plain one begins with the same fields."""

    backup: int = FORMAT
    company: str
    position: int
    head: str
    encrypted: bool
    manifest: str = ""
    """Which file holds the manifest, of an encrypted backup."""


class NotABackup(LogError):
    """A folder that holds no finished backup."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"{folder} is no backup: {reason}.",
            "Name a folder that 'workbench log backup' has written; a copied company folder is opened as it is.",
        )
        self.reason = reason


class BackupDamaged(LogError):
    """A backup that does not hold what it says."""

    def __init__(self, folder: Path, name: str, reason: str) -> None:
        super().__init__(
            f"{name} in the backup {folder} is not what was written: {reason}.",
            "Use an older backup, or make a new one into a new folder; this one was not changed.",
        )
        self.name, self.reason = name, reason


class PassphraseNeeded(LogError):
    """An encrypted backup without its passphrase."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"The backup {folder} is encrypted, and no passphrase was given.",
            "Set WORKBENCH_BACKUP_PASSPHRASE, or run the command on a terminal and type it.",
        )


class Store:
    """The folder of one backup, sealed or plain."""

    def __init__(self, folder: Path, seal: Seal | None) -> None:
        self.folder = folder
        self._seal = seal
        self.written_bytes = 0

    @property
    def encrypted(self) -> bool:
        """Whether everything in it is sealed."""
        return self._seal is not None

    @classmethod
    def create(cls, folder: Path, passphrase: str | None) -> Store:
        """Begin a backup in a folder that is marked as unfinished."""
        seal = Seal.new() if passphrase is not None else None
        if seal is not None and passphrase is not None:
            write_whole(folder / IDENTITY, seal.locked(passphrase))
        return cls(folder, seal)

    @classmethod
    def open(cls, folder: Path, passphrase: str | None) -> Store:
        """Open a backup. Raises NotABackup, BackupDamaged, PassphraseNeeded, WrongPassphrase."""
        if not summary(folder).encrypted:
            return cls(folder, None)
        if not passphrase:
            raise PassphraseNeeded(folder)
        with _readable(folder, IDENTITY):
            return cls(folder, Seal.unlocked((folder / IDENTITY).read_bytes(), passphrase))

    def manifest(self) -> Manifest:
        """Return what the backup holds. Raises BackupDamaged."""
        name = summary(self.folder).manifest or BACKUP
        with _readable(self.folder, name):
            content = (self.folder / name).read_bytes()
            return msgspec.json.decode(self._seal.open(content) if self._seal else content, type=Manifest)

    def place_for(self, name: str, offset: int, sha256: str, taken: Iterable[str]) -> str:
        """Return where a new piece may lie without touching one that is `taken`."""
        if self._seal is not None:
            return f"{FILES}/{self._seal.name(sha256)}.age"
        plain = f"{FILES}/{name}.{offset:012d}" if offset else f"{FILES}/{name}"
        return f"{plain}~{sha256[:8]}" if plain in taken else plain

    def write(self, piece: Piece, content: bytes) -> None:
        """Write a piece and sync it; its folder is synced before the manifest is written."""
        path = self.folder / piece.stored
        stored = self._seal.close(content) if self._seal else content
        with disk_told(path):
            make_folder(path.parent)
            _write_synced(path, stored)
        self.written_bytes += len(stored)

    def read(self, piece: Piece) -> bytes:
        """Return a piece. Raises BackupDamaged when it is not what was written."""
        with _readable(self.folder, piece.stored):
            stored = (self.folder / piece.stored).read_bytes()
            content = self._seal.open(stored) if self._seal else stored
        if len(content) != piece.size or hashlib.sha256(content).hexdigest() != piece.sha256:
            raise BackupDamaged(self.folder, piece.stored, "its bytes are other ones")
        return content

    def publish(self, manifest: Manifest) -> None:
        """Make this manifest the backup, at once and for good, and remove what it no longer names."""
        for folder in {path.parent for path in self._pieces()}:
            sync_folder(folder)
        sync_folder(self.folder)
        content = msgspec.json.encode(manifest)
        if self._seal is None:
            write_whole(self.folder / BACKUP, msgspec.json.format(content) + b"\n")
        else:
            self._publish_sealed(manifest, self._seal.close(content))
        (self.folder / UNFINISHED).unlink(missing_ok=True)
        self._sweep(manifest)

    def _publish_sealed(self, manifest: Manifest, content: bytes) -> None:
        name = SEALED_MANIFEST.replace("*", hashlib.sha256(content).hexdigest()[:16])
        write_whole(self.folder / name, content)
        told = Summary(
            company=manifest.company,
            position=manifest.position,
            head=manifest.head,
            encrypted=True,
            manifest=name,
        )
        write_whole(self.folder / BACKUP, msgspec.json.format(msgspec.json.encode(told)) + b"\n")

    def _sweep(self, manifest: Manifest) -> None:
        """Remove what nobody names: what was erased or replaced must not stay, nor what a broken-off run left."""
        kept = {self.folder / stored for stored in manifest.stored()}
        for path in self._pieces():
            if path not in kept:
                path.unlink()
        for path in self.folder.glob(SEALED_MANIFEST):
            if path.name != summary(self.folder).manifest:
                path.unlink()

    def _pieces(self) -> list[Path]:
        return [path for path in (self.folder / FILES).rglob("*") if path.is_file()]


def _write_synced(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        write_fully(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def summary(folder: Path) -> Summary:
    """Return what anybody may read of a backup. Raises NotABackup, BackupDamaged."""
    if not (folder / BACKUP).is_file():
        begun = (folder / UNFINISHED).exists()
        raise NotABackup(folder, "its first run was never finished" if begun else f"it has no {BACKUP}")
    with _readable(folder, BACKUP):
        found = msgspec.json.decode((folder / BACKUP).read_bytes(), type=Summary)
    if found.backup > FORMAT:
        raise NotABackup(
            folder, f"it is of format {found.backup}, made by a later release; this one reads {FORMAT}"
        )
    return found


@contextmanager
def _readable(folder: Path, name: str) -> Iterator[None]:
    """Tell a file of a backup that is missing or can't be understood."""
    try:
        with disk_told(folder / name):
            yield
    except SealBroken as error:
        raise BackupDamaged(folder, name, "it can't be unsealed") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackupDamaged(folder, name, "it can't be read") from error
    except DiskFailed as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise BackupDamaged(folder, name, "it is missing") from error
        raise
