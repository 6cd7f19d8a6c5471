"""One process holds a company folder: an flock on its lock file, with the holder's name inside."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from opc_kernel.log.errors import CompanyBusy, DiskFailed, FolderReadOnly

LOCK = ".lock"
WAIT_S = 5.0
STEP_S = 0.05
READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


class FolderLock:
    """Held from construction to `release`; `name` is that of another lock file, for what takes turns on its own.

    DuckDB's own lock can't serve: it is lost as soon as this process opens and closes the file in another way.
    """

    def __init__(self, folder: Path, *, name: str = LOCK, wait_s: float = WAIT_S) -> None:
        self._path = folder / name
        self._descriptor = _open(self._path)
        try:
            self._wait(folder, time.monotonic() + wait_s)
        except BaseException:
            os.close(self._descriptor)
            raise
        self._name(json.dumps(_ourselves()))

    @property
    def in_place(self) -> bool:
        """Whether the lock file still is the one that is held: a folder may be moved or removed under us."""
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._descriptor))
        except OSError:
            return False

    def release(self) -> None:
        """Let the next one in. Closing is not enough: a child forked meanwhile holds the descriptor too."""
        self._name("")
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _name(self, holder: str) -> None:
        """Say who holds the folder. A full or failing disk must neither keep it locked nor keep its owner out."""
        with suppress(OSError):
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, holder.encode(), 0)

    def _wait(self, folder: Path, deadline: float) -> None:
        while not self._taken():
            if time.monotonic() >= deadline:
                raise CompanyBusy(folder, _holder(self._descriptor))
            time.sleep(STEP_S)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def lock_inode(folder: Path) -> int:
    """Return the inode of the lock file: a copy has another one, a folder that was renamed has not."""
    return (folder / LOCK).stat().st_ino


def holder(folder: Path) -> str | None:
    """Return who holds the folder, None when nobody does; changes nothing."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _holder(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.errno in READ_ONLY:
            raise FolderReadOnly(path.parent, reason) from error
        raise DiskFailed(path, reason) from error


def _ourselves() -> dict[str, str | int]:
    program = Path(sys.argv[0] if sys.argv else "python")
    name = program.parent.name if program.name == "__main__.py" else program.name
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "command": " ".join([name, *sys.argv[1:2]]),
        "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
    }


def _holder(descriptor: int) -> str:
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
        return f"'{holder['command']}' (process {holder['pid']} on {holder['host']}, since {holder['since']})"
    except (ValueError, KeyError, TypeError):
        return "another program"
