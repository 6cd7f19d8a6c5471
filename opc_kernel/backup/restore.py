"""Restore: a company made of a backup, every byte held against the manifest; it does no effect until it is told."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Protocol, TypeVar

from opc_kernel.backup.store import BackupDamaged, Entry, Manifest, Store
from opc_kernel.log.append import Tail
from opc_kernel.log.errors import LogError
from opc_kernel.log.files import disk_told, make_folder, sync_folder, write_whole
from opc_kernel.log.place import mark_restored, refuse_no_text
from opc_kernel.log.verify import Verification
from opc_kernel.telemetry import operation


class Opened(Protocol):
    """A company's log, as far as a restored one is looked at."""

    @property
    def tail(self) -> Tail:
        """Where it ends."""
        ...

    @property
    def displaced(self) -> str | None:
        """Why its effects are held."""
        ...

    def verify(self) -> Verification:
        """See DurableLog.verify."""
        ...


Log = TypeVar("Log", bound=Opened)
Opener = Callable[[Path], AbstractContextManager[Opened]]
"""Opens the company in a folder; its read models are folded by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A company that was made of a backup."""

    folder: Path
    position: int
    head: str
    made_at: datetime
    displaced: str | None


class RestoreRefused(LogError):
    """A target that can't take a company."""

    def __init__(self, target: Path) -> None:
        super().__init__(f"{target} exists already.", "Name a new folder; nothing was changed.")


def restore(
    source: Path,
    target: Path,
    *,
    opener: Callable[[Path], AbstractContextManager[Log]],
    settle: Callable[[Log, Path], object] | None = None,
    passphrase: str | None = None,
) -> Restored:
    """Make a company of the backup in `source`, in the new folder `target`; until it is whole it is not there.

    `settle` brings the opened log to what was decided since the backup was made: what was erased goes again.
    Raises FolderNotText, RestoreRefused, NotABackup, BackupDamaged, PassphraseNeeded, WrongPassphrase and what opening
    raises.
    """
    refuse_no_text(target)
    if target.exists():
        raise RestoreRefused(target)
    with operation("restore") as line, disk_told(target):
        store = Store.open(source, passphrase)
        manifest = store.manifest()
        unfinished = target.with_name(f"{target.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        lay_out(store, manifest.files, unfinished)
        mark_restored(unfinished)
        with opener(unfinished) as log:
            check_tail(store, manifest, log.tail)
            if settle is not None:
                settle(log, unfinished)
            displaced = log.displaced
        unfinished.rename(target)
        sync_folder(target.parent)
        line["position"] = manifest.position
    return Restored(
        folder=target,
        position=manifest.position,
        head=manifest.head,
        made_at=manifest.made_at,
        displaced=displaced,
    )


def lay_out(store: Store, entries: Iterable[Entry], folder: Path) -> None:
    """Write files of a backup into a folder. Raises BackupDamaged."""
    make_folder(folder)
    for entry in entries:
        path = _inside(store, folder, entry.name)
        make_folder(path.parent)
        write_whole(path, b"".join(store.read(piece) for piece in entry.pieces))
        os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns))


def check_tail(store: Store, manifest: Manifest, tail: Tail) -> None:
    """Hold the end of a log that was laid out against the manifest. Raises BackupDamaged."""
    if (tail.position, tail.chain_hash) != (manifest.position, manifest.head):
        raise BackupDamaged(
            store.folder, "the journal", f"it ends at position {tail.position}, not at {manifest.position}"
        )


def _inside(store: Store, folder: Path, name: str) -> Path:
    """Return where a file goes; a manifest somebody else wrote must not reach out of the folder."""
    parts = PurePosixPath(name).parts
    if not parts or parts[0] == "/" or ".." in parts:
        raise BackupDamaged(store.folder, name, "it would lie outside the company's folder")
    return folder.joinpath(*parts)
