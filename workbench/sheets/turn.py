"""Syncs of one company take turns, in whichever program they run: two at once could take one decision for two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opc_kernel.errors import KernelError
from opc_kernel.log.errors import CompanyBusy
from opc_kernel.log.lock import FolderLock

LOCK = ".syncing"
WAIT_S = 30.0
"""A spreadsheet elsewhere may answer slowly, and be asked again."""


class SyncRunning(KernelError):
    """Another sync of this company has not ended."""

    def __init__(self, holder: str) -> None:
        super().__init__(
            f"Another sync of this company is running, in {holder}.", "Wait until it ends, then sync again."
        )
        self.holder = holder


@contextmanager
def turn(folder: Path, *, wait_s: float = WAIT_S) -> Iterator[None]:
    """Hold the turn to sync this company's sheets; raises SyncRunning when another has it for longer than `wait_s`."""
    try:
        lock = FolderLock(folder, name=LOCK, wait_s=wait_s)
    except CompanyBusy as busy:
        raise SyncRunning(busy.holder) from busy
    with lock:
        yield
