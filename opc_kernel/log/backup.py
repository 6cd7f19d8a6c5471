"""Backup: a copy of the journal up to one position and of what lies beside it, checked by reading it again."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from opc_kernel.log.append import Tail
from opc_kernel.log.durable import DurableLog
from opc_kernel.log.errors import JournalDamaged, LogError
from opc_kernel.log.files import sync_folder, write_whole
from opc_kernel.log.journal import Journal, segment_paths
from opc_kernel.log.opening import JOURNAL
from opc_kernel.telemetry import operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A finished and checked backup: a company folder of its own, whose database is rebuilt when it is opened."""

    folder: Path
    position: int
    head: str


class BackupRefused(LogError):
    """A target that can't take a backup."""

    def __init__(self, target: Path, reason: str) -> None:
        super().__init__(
            f"No backup was written to {target}: {reason}.", "Name a new folder outside the company's."
        )


def backup(log: DurableLog, source: Path, target: Path, *, beside: Sequence[str]) -> Backup:
    """Copy the journal as it is committed now, and the entries named `beside`, into the new folder `target`.

    Appends go on meanwhile: the journal only grows, so its first bytes stay what they are. The copy is read again,
    chain and all, before this returns; until then its name ends in `.unfinished`.
    """
    if target.resolve().is_relative_to(source.resolve()):
        raise BackupRefused(target, "it lies inside the company's own folder")
    if target.exists():
        raise BackupRefused(target, "it exists already")
    unfinished = target.with_name(f"{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    with operation("backup") as line:
        journal = unfinished / JOURNAL
        for folder in (unfinished, journal):
            folder.mkdir(mode=0o700)
        for path, size in log.journal_files():
            with path.open("rb") as segment:
                write_whole(journal / path.name, segment.read(size))
        for name in beside:
            _copy(source / name, unfinished / name)
        tail = _checked(journal)
        sync_folder(unfinished)
        unfinished.rename(target)
        sync_folder(target.parent)
        line["position"] = tail.position
    return Backup(folder=target, position=tail.position, head=tail.chain_hash)


def _checked(folder: Path) -> Tail:
    """Read a copied journal and return its end; every byte of it was committed, so a torn end is damage too."""
    with closing(Journal(folder)) as copy:
        for _ in copy.read():
            pass
        if copy.torn_bytes:
            raise JournalDamaged(segment_paths(folder)[-1], 0, "its last append can't be read")
        return copy.tail


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy2(source, target)
