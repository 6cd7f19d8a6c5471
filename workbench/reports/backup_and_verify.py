"""The night's backup as a report: the log held against its journal, what was copied where, and whether it opens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from opc_kernel.backup.store import NotABackup, summary
from opc_kernel.errors import KernelError
from opc_kernel.log.verify import Verification
from opc_kernel.sql import load_sql
from workbench.company import Company
from workbench.maintenance import NoBackupFolder, back_up_open, backup_folder, kept_passphrase, maintained
from workbench.reports.due import PACKAGE
from workbench.reports.part import part, titled
from workbench.view_figures import figures
from workbench.view_page import Markup, counted, element, joined, soft, when, word

JOB = "backup_and_verify"
MAX_FINDINGS = 8
COMPANY_PARTS = ("journal", "raw", "sheets", "runs")
"""What of a company's folder grows, and is told with its size."""


class LogDiffers(KernelError):
    """The log is not what was written: nothing may be copied over a good backup."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"The log is not as written, in {counted(count, 'place')}; nothing was backed up.",
            "Run 'workbench doctor', and keep the last backup as it is.",
        )


class BackupAway(KernelError):
    """The backup that was made before is not where it was."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"No backup lies in {folder} any more, though one was made there: its disk is not there.",
            "Plug it in and let the job go on. If it is a new disk, begin with: workbench log backup.",
        )
        self.folder = folder


class BackupAndVerify:
    """One night's check of the log and the backup of the company."""

    def __init__(self, company: Company, *, drill_every_days: int = 30) -> None:
        self._company, self._drill_every_days = company, drill_every_days

    @cached_property
    def verification(self) -> Verification:
        """The log held against its journal and chain, event by event."""
        return maintained(self._company).verify()

    @cached_property
    def target(self) -> Path | None:
        """Where the backup goes, None where nobody said."""
        try:
            return backup_folder(self._company.folder, self._company.settings)
        except NoBackupFolder:
            return None

    @cached_property
    def before(self) -> list[dict[str, Any]]:
        """The backups that were made, the newest first."""
        return self._company.query(load_sql(PACKAGE, "backups")).dicts()

    @cached_property
    def is_drill(self) -> bool:
        """Whether the copy is opened and verified as a company, not only read again: from time to time it must be."""
        ((last,),) = self._company.query(load_sql(PACKAGE, "last_drill"), job=JOB).rows
        return last is None or self._company.now - last >= timedelta(days=self._drill_every_days)

    def back_up(self) -> dict[str, Any]:
        """Bring the backup to what the company holds; return what was written, nothing where it has no place.

        Raises LogDiffers, BackupAway, and what a backup raises.
        """
        if self.verification.findings:
            raise LogDiffers(len(self.verification.findings))
        if self.target is None:
            return {}
        if self._was_here(self.target) and not _is_backup(self.target):
            raise BackupAway(self.target)
        passphrase = kept_passphrase(self._company.folder, self.target)
        made, noted = back_up_open(self._company, self.target, passphrase=passphrase, quick=not self.is_drill)
        return {
            "folder": str(made.folder),
            "events": made.position - made.since,
            "position": made.position,
            "head": made.head,
            "written_bytes": made.written_bytes,
            "size_bytes": _size(made.folder),
            "same_disk": made.same_disk,
            "encrypted": made.encrypted,
            "drilled": self.is_drill,
            "noted": noted,
        }

    @part
    def verified(self) -> Markup:
        """Return what verifying the log came to."""
        found = self.verification
        if not found.findings:
            said = f"{counted(found.events, 'event')} checked: journal, chain and database say the same."
            return titled("The log", word(said, good=True), soft(f"Head {found.head}"))
        lines = [element("li", str(each)) for each in found.findings[:MAX_FINDINGS]]
        said = f"{counted(len(found.findings), 'place')} of {counted(found.events, 'event')} differ."
        return titled("The log", word(said, good=False), element("ul", joined(lines)))

    @part
    def backed_up(self, done: dict[str, Any] | None) -> Markup:
        """Return what was backed up; of a rehearsal, what stands."""
        if self.target is None:
            return titled("The backup", word(NOWHERE, good=False), self._last())
        if not done:
            return titled("The backup", soft(f"A rehearsal writes nothing to {self.target}."), self._last())
        kind = "restored aside, opened and verified" if done["drilled"] else "read again, byte by byte"
        said = f"{done['folder']} holds everything up to position {done['position']:,}; it was {kind}."
        return titled("The backup", word(said, good=True), *_warnings(done), soft(f"Head {done['head']}"))

    @part
    def sizes(self, done: dict[str, Any] | None) -> Markup:
        """Return how large the company is, and its backup."""
        rows = [(name, in_bytes(_size(self._company.folder / name))) for name in COMPANY_PARTS]
        if done:
            rows += [
                ("backup, all of it", in_bytes(done["size_bytes"])),
                ("backup, written now", in_bytes(done["written_bytes"])),
            ]
        return titled(
            "Sizes",
            figures(
                ("Part", "Size"), [(name, element("span", size, class_="wb-plus")) for name, size in rows]
            ),
        )

    def summary(self, done: dict[str, Any] | None) -> str:
        """The report in one line."""
        found = self.verification
        log = (
            f"{len(found.findings)} places of the log differ"
            if found.findings
            else f"{found.events:,} events verified"
        )
        if self.target is None:
            return f"{log}; no backup: nobody said where to ([backup] folder)"
        if not done:
            return f"{log}; nothing was written"
        drill = ", restored aside and opened" if done["drilled"] else ""
        return (
            f"{log}; {counted(done['events'], 'event')} backed up ({in_bytes(done['written_bytes'])}){drill}"
        )

    def outputs(self, done: dict[str, Any] | None) -> dict[str, Any]:
        """The report's figures."""
        kept = ("events", "written_bytes", "size_bytes", "same_disk", "encrypted", "drilled")
        return {
            "verified": self.verification.events,
            "findings": len(self.verification.findings),
            **{name: done[name] for name in kept if done},
        }

    def _was_here(self, target: Path) -> bool:
        return any(each["label"] == target.name and not each["same_disk"] for each in self.before)

    def _last(self) -> Markup:
        if not self.before:
            return soft("No backup was ever made of this company.")
        last = self.before[0]
        return soft(f"The last one was made on {when(last['recorded_at'], self._company)} ({last['label']}).")


NOWHERE = (
    "No backup was made: nobody said where to. Set folder in [backup] of workbench.toml, on another disk."
)


def in_bytes(size: int) -> str:
    """Return a size as people read it."""
    return f"{size / 2**20:,.1f} MiB" if size >= 2**20 else f"{size / 2**10:,.0f} KiB"


def _warnings(done: dict[str, Any]) -> Iterator[Markup]:
    if done["same_disk"]:
        yield word("It lies on the disk of the company itself: keep another one elsewhere.", good=False)
    if not done["noted"]:
        yield word("The disk is too full to note the backup in the log; it counts all the same.", good=False)


def _is_backup(folder: Path) -> bool:
    try:
        summary(folder)
    except NotABackup:
        return False
    return True


def _size(folder: Path) -> int:
    """Return the bytes of all files in a folder; one that goes meanwhile counts no more."""
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(base) / name).stat().st_size
            except FileNotFoundError:
                continue
    return total
