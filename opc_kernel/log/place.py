"""The place of a company: a note in its folder of where it was last used, so that a copy is known for one."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from contextlib import closing
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

import msgspec

from opc_kernel.ids import new_id
from opc_kernel.log.errors import CompanyTooNew, Displaced, FolderNotText, IsABackup
from opc_kernel.log.files import disk_told, write_whole
from opc_kernel.log.journal import Journal
from opc_kernel.log.lock import FolderLock, lock_inode
from opc_kernel.log.migrating import newest
from opc_kernel.log.opening import JOURNAL, QUARANTINE, open_journal
from opc_kernel.text import is_text

PLACE = ".place"
BACKUP = "backup.json"
"""What a backup's folder holds and a company's never does."""
DISTRIBUTION = "workbench-opc"
RESTORED = "restored"
"""Stands for the machine of a company that was made of a backup."""
MACHINE_IDS = ("/etc/machine-id", "/var/lib/dbus/machine-id")
IOREG = ("/usr/sbin/ioreg", "-rd1", "-c", "IOPlatformExpertDevice")
SHORTEST_ID = 8
"""Images ship files that say less, such as 'uninitialized' or nothing."""
UNSET = "uninitialized"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a company was last used, and by what."""

    machine: str
    """The machine's id, hashed with the company's: it says nothing to anybody else."""
    lock: int
    """Inode of the lock file."""
    schema: int
    """Number of the newest migration that was ever used here."""
    release: str


class Placed(Protocol):
    """A log that knows whether it lies where it was last used."""

    @property
    def displaced(self) -> str | None:
        """Why it may be a copy, in words; None when it is not."""
        ...


def require_place(log: Placed) -> None:
    """Let an effect pass: whatever changes something outside asks here first.

    Raises Displaced while nobody has said whether this folder is the company or a copy of it.
    """
    if log.displaced is not None:
        raise Displaced(log.displaced)


def refuse_foreign(folder: Path) -> None:
    """Refuse, before anything is changed, what this release must not own.

    Raises FolderNotText, CompanyTooNew, IsABackup.
    """
    refuse_no_text(folder)
    if (folder / BACKUP).exists():
        raise IsABackup(folder)
    known = read_place(folder)
    if known is not None and known.schema > newest():
        raise CompanyTooNew(known.schema, newest(), known.release)


def refuse_no_text(folder: Path) -> None:
    """Refuse a folder in which DuckDB could open nothing. Raises FolderNotText."""
    if not is_text(str(folder.absolute())):
        raise FolderNotText(folder)


def take_place(folder: Path, company_id: str, *, fresh: bool) -> str | None:
    """Compare a folder with its note, under its lock; return why it may be a copy.

    A `fresh` company, which holds no event, gets its note here. One that may be a copy keeps the note it has.
    """
    with disk_told(folder / PLACE):
        known = read_place(folder)
        if known is None and fresh:
            settle(folder, company_id)
        elif known is not None and known.schema < newest():
            _write(folder, msgspec.structs.replace(known, schema=newest(), release=release()))
        return look(folder, company_id)


def mark_restored(folder: Path) -> None:
    """Note that a company was made of a backup: until the operator speaks it lies nowhere."""
    _write(folder, Place(machine=RESTORED, lock=0, schema=newest(), release=release()))


def look(folder: Path, company_id: str) -> str | None:
    """Return why a folder may be a copy, in words; None when it lies where it was last used. Changes nothing."""
    known = read_place(folder)
    if known is None:
        return "it does not say where it was last used"
    if known.machine == RESTORED:
        return "it was restored from a backup"
    if known.machine != _machine(company_id):
        return "it was last used on another machine, or under another id"
    if known.lock != lock_inode(folder):
        return "it was copied, or moved from another disk"
    return None


def settle(folder: Path, company_id: str) -> None:
    """Note that the company lies here now."""
    note = Place(machine=_machine(company_id), lock=lock_inode(folder), schema=newest(), release=release())
    _write(folder, note)


def moved(folder: Path) -> str:
    """Say that a company nobody holds was moved here, and return its id. Raises what opening raises."""
    with FolderLock(folder), closing(_journal(folder)) as journal:
        settle(folder, journal.company_id)
        return journal.company_id


def copied(folder: Path) -> str:
    """Make a copy nobody holds a company of its own: return its new id. Raises what opening raises.

    After a crash it may be done again: until the note is written the folder counts as a copy.
    """
    company_id = new_id()
    with FolderLock(folder), closing(_journal(folder)) as journal:
        if journal.torn_bytes:
            journal.cut_torn(folder / QUARANTINE)
        journal.go_on_as(company_id)
        settle(folder, company_id)
    return company_id


def read_place(folder: Path) -> Place | None:
    """Return what a folder says of its place; None when it says nothing that can be read."""
    try:
        return msgspec.json.decode((folder / PLACE).read_bytes(), type=Place)
    except (FileNotFoundError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


@lru_cache(maxsize=1)
def machine_id() -> str:
    """Return this machine's id: the system's own, or a random one kept with the user's configuration."""
    return _of_the_system() or _of_the_mainboard() or _of_our_own()


def configuration() -> Path:
    """Return the user's own folder for what belongs to no company."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "workbench"


def release() -> str:
    """Return the installed release."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"


def _journal(folder: Path) -> Journal:
    refuse_foreign(folder)
    assert (folder / JOURNAL).is_dir(), "only a company that was opened once has a place"
    return open_journal(folder)


def _write(folder: Path, place: Place) -> None:
    write_whole(folder / PLACE, msgspec.json.format(msgspec.json.encode(place)) + b"\n")


def _machine(company_id: str) -> str:
    return hashlib.sha256(f"{company_id} {machine_id()}".encode()).hexdigest()


def _of_the_system() -> str | None:
    for path in MACHINE_IDS:
        try:
            found = Path(path).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if len(found) >= SHORTEST_ID and found != UNSET:
            return found
    return None


def _of_the_mainboard() -> str | None:
    if sys.platform != "darwin":
        return None
    told = subprocess.run(IOREG, capture_output=True, text=True, check=False).stdout  # noqa: S603 - a fixed command
    return next((line.split('"')[-2] for line in told.splitlines() if "IOPlatformUUID" in line), None)


def _of_our_own() -> str:
    path = configuration() / "machine-id"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, new_id().encode())
    return path.read_text(encoding="ascii").strip()
