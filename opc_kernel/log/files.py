"""Files that survive a power cut: written aside, synced, renamed, and the folder synced after them."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opc_kernel.log.errors import DiskFailed

UNSYNCABLE = (errno.EINVAL, errno.ENOTSUP)
"""Some network file systems can't sync a folder, and say so."""


@contextmanager
def disk_told(path: Path) -> Iterator[None]:
    """Tell an error of the disk as such. Raises DiskFailed naming the file, `path` where the system names none."""
    try:
        yield
    except OSError as error:
        raise DiskFailed(Path(error.filename or path), error.strerror or type(error).__name__) from error


def sync_folder(folder: Path) -> None:
    """Make the folder's entries durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in UNSYNCABLE:
            raise
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each for this user alone."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file so that a crash leaves the old one, the new one or none, never a part."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        _write_synced(aside, content, mode)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_fully(descriptor: int, content: bytes) -> None:
    """Write all of `content`: one `write` may take less than it was given."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _write_synced(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        write_fully(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
