"""Looking after a company's log: through its server when one runs, else with the folder in our own hands."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, cast

from opc_kernel.log.backup import Backup, backup
from opc_kernel.log.durable import DurableLog
from opc_kernel.log.errors import JournalDamaged, LogsDisagree
from opc_kernel.log.lock import FolderLock
from opc_kernel.log.verify import Verification, verify_folder
from workbench import composition
from workbench.company import company_folder, open_company

BESIDE = ("workbench.toml", "raw", "sheets", "runs")
"""What a backup holds beside the journal; the database and the index are rebuilt."""


class Maintained(Protocol):
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

    def backup(self, target: Path) -> Backup:
        """Copy the company to a new folder outside it."""
        ...


def verify_company(folder: Path) -> Verification:
    """Compare journal, chain and database, even of a company that refuses to open."""
    company_folder(folder)
    try:
        with open_company(folder) as company:
            return cast("Maintained", company.log).verify()
    except (LogsDisagree, JournalDamaged):
        with FolderLock(folder):
            return verify_folder(folder)


def check_read_models(folder: Path) -> dict[str, int]:
    """Return how many rows of each read model differ from its fold."""
    with open_company(folder) as company:
        return cast("Maintained", company.log).differences()


def rebuild_read_models(folder: Path) -> None:
    """Fold every read model anew."""
    with open_company(folder) as company:
        cast("Maintained", company.log).rebuild()


def remake_database(folder: Path) -> None:
    """Make the whole database anew from the journal, even of a company that refuses to open."""
    try:
        with open_company(folder) as company:
            cast("Maintained", company.log).remake()
    except LogsDisagree:
        composition.open_log(company_folder(folder), from_journal=True).close()


def back_up(folder: Path, target: Path) -> Backup:
    """Copy a company to a new folder outside it."""
    with open_company(folder) as company:
        if isinstance(company.log, DurableLog):
            return backup(company.log, company.folder, target, beside=BESIDE)
        return cast("Maintained", company.log).backup(target)
