"""Where a lab keeps what is its own, and the mark that it is open: one lab a company."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from workbench.lab.errors import LabOpen
from workbench.lab.ready import FOLDER, OWN_MODE

HIDDEN = ".lab"
MAX_MARK_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Which lab is open; without its token."""

    url: str = ""
    pid: int = 0


class Place:
    """The lab's folder inside the company's `notebooks`: settings, open tabs, and what was typed."""

    def __init__(self, company: Path) -> None:
        self.company = company
        self.notebooks = company / FOLDER
        self.own = self.notebooks / HIDDEN

    def environment(self) -> dict[str, str]:
        """Return what Jupyter and its kernels shall find here instead of in the user's home."""
        return {
            "WORKBENCH_COMPANY": str(self.company),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "JUPYTER_CONFIG_DIR": str(self.own / "config"),
            "JUPYTER_DATA_DIR": str(self.own / "data"),
            "IPYTHONDIR": str(self.own / "ipython"),  # its history holds what was asked about the company
        }

    @contextmanager
    def held(self, mark: Mark) -> Iterator[None]:
        """Keep other labs of this company away. Raises LabOpen."""
        self.own.mkdir(mode=OWN_MODE, parents=True, exist_ok=True)
        descriptor = os.open(self.own / "open.json", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._lock(descriptor)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, msgspec.json.encode(mark), 0)
            yield
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            mark = _read(descriptor)
            raise LabOpen(self.company, mark.url, mark.pid) from None


def _read(descriptor: int) -> Mark:
    try:
        return msgspec.json.decode(os.pread(descriptor, MAX_MARK_BYTES, 0), type=Mark)
    except msgspec.MsgspecError:
        return Mark()
