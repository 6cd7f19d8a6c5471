"""Looking after a company's log: through its server when one runs, else with the folder in our own hands."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from opc_kernel.backup import restore as restoring
from opc_kernel.backup.backup import Backup, backup
from opc_kernel.backup.restore import Restored
from opc_kernel.backup.store import NotABackup, PassphraseNeeded, summary
from opc_kernel.errors import KernelError
from opc_kernel.event import ANY_VERSION, Write
from opc_kernel.ids import derived_id
from opc_kernel.log.errors import DiskFull, FolderReadOnly, JournalDamaged, LogsDisagree
from opc_kernel.log.events import BackedUp
from opc_kernel.log.export import Export, Form
from opc_kernel.log.lock import FolderLock
from opc_kernel.log.protocol import EventLog
from opc_kernel.log.verify import Verification, verify_folder
from workbench import composition
from workbench.company import Company, account, company_folder, open_company
from workbench.erasure.erasing import erase_again
from workbench.secrets import find_secret
from workbench.settings import Settings

BESIDE = ("workbench.toml", "raw", "sheets", "runs", "sandbox")
"""What a backup holds beside the journal; the database and the index are rebuilt."""
PASSPHRASE = "WORKBENCH_BACKUP_PASSPHRASE"  # noqa: S105 - the name of a variable
SECRET = "backup"  # noqa: S105 - the name of a secret


class NoBackupFolder(KernelError):
    """A backup was wanted, and nobody said where it goes."""

    def __init__(self) -> None:
        super().__init__(
            "Nobody said where the backup goes.",
            "Name a folder on another disk, or set folder in [backup] of workbench.toml.",
        )


class Maintained(EventLog, Protocol):
    """What a log can be asked for its upkeep, here or through a server."""

    def verify(self) -> Verification:
        """See DurableLog.verify."""
        ...

    def differences(self) -> dict[str, int]:
        """See DurableLog.differences."""
        ...

    def rebuild(self) -> None:
        """See DurableLog.rebuild."""
        ...

    def remake(self) -> None:
        """See DurableLog.remake."""
        ...

    def journal_files(self) -> Sequence[tuple[Path, int]]:
        """See DurableLog.journal_files."""
        ...

    def export(self, form: Form) -> Export:
        """See DurableLog.export."""
        ...


def verify_company(folder: Path) -> Verification:
    """Compare journal, chain and database, even of a company that refuses to open or can't be written."""
    company_folder(folder)
    try:
        with open_company(folder) as company:
            return maintained(company).verify()
    except FolderReadOnly:
        return verify_folder(folder)  # where nobody can write, nobody can hold the lock
    except (LogsDisagree, JournalDamaged):
        with FolderLock(folder):
            return verify_folder(folder)


def check_read_models(folder: Path) -> dict[str, int]:
    """Return how many rows of each read model differ from its fold."""
    with open_company(folder) as company:
        return maintained(company).differences()


def rebuild_read_models(folder: Path) -> None:
    """Fold every read model anew."""
    with open_company(folder) as company:
        maintained(company).rebuild()


def remake_database(folder: Path) -> None:
    """Make the whole database anew from the journal, even of a company that refuses to open."""
    try:
        with open_company(folder) as company:
            maintained(company).remake()
    except LogsDisagree:
        composition.open_log(company_folder(folder), from_journal=True).close()


def back_up(
    folder: Path, target: Path, *, passphrase: str | None = None, quick: bool = False
) -> tuple[Backup, bool]:
    """Bring the backup in `target` to what the company holds; return also whether the log could note it.

    This process copies and checks, a server only says what is committed: no passphrase leaves this process.
    """
    with open_company(folder) as company:
        return back_up_open(company, target, passphrase=passphrase, quick=quick)


def back_up_open(
    company: Company, target: Path, *, passphrase: str | None = None, quick: bool = False
) -> tuple[Backup, bool]:
    """Bring the backup of a company that is open to what it holds; see `back_up`."""
    made = backup(
        maintained(company),
        company.folder,
        target,
        beside=BESIDE,
        opener=composition.open_log,
        passphrase=passphrase,
        quick=quick,
        clock=company.clock,
    )
    return made, _noted(company, made)


def backup_folder(folder: Path, settings: Settings) -> Path:
    """Return where the settings say that backups go; a path that is not absolute begins in the company's folder.

    Raises NoBackupFolder.
    """
    if not settings.backup.folder:
        raise NoBackupFolder
    return (folder / Path(settings.backup.folder).expanduser()).resolve()


def kept_passphrase(folder: Path, target: Path) -> str | None:
    """Return the passphrase that is kept for a backup, None for one that is not encrypted, or shall not be.

    Raises PassphraseNeeded where the backup there is encrypted and none is kept.
    """
    try:
        exists, encrypted = True, summary(target).encrypted
    except NotABackup:
        exists, encrypted = False, False
    if exists and not encrypted:
        return None
    kept = find_secret(folder, SECRET)
    given = os.environ.get(PASSPHRASE) or (kept.value if kept else None)
    if encrypted and not given:
        raise PassphraseNeeded(target)
    return given


def restore(source: Path, target: Path, *, passphrase: str | None = None) -> Restored:
    """Make a company of a backup; what was erased since it was made is erased from it, too."""
    return restoring.restore(
        source, target, opener=composition.open_log, settle=erase_again, passphrase=passphrase
    )


def maintained(company: Company) -> Maintained:
    """Return the company's log with its upkeep: whatever opens a company gives one that has it."""
    return cast("Maintained", company.log)


def _noted(company: Company, made: Backup) -> bool:
    """Record a backup; on a full disk it counts all the same."""
    stream = f"backup/{derived_id(made.folder.name)}"
    data = BackedUp(
        position=made.position,
        head=made.head,
        label=made.folder.name,
        same_disk=made.same_disk,
        encrypted=made.encrypted,
    )
    try:
        company.append([Write(stream=stream, data=data, actor=account())], expected={stream: ANY_VERSION})
    except DiskFull:
        return False
    return True
