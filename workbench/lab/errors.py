"""What can keep a lab from opening, one type per cause."""

from __future__ import annotations

from pathlib import Path

from opc_kernel.errors import KernelError


class LabOpen(KernelError):
    """Another lab is open for this company."""

    def __init__(self, folder: Path, url: str, pid: int) -> None:
        where = f" at {url}, process {pid}" if pid else ""
        super().__init__(
            f"A lab is open for {folder} already{where}.",
            "Use the link that it printed, or end it with Ctrl-C where it was started.",
        )
        self.folder, self.url, self.pid = folder, url, pid
