"""A file that desktop programs save too: read when it is at rest, replaced whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from sheets_sync.errors import WorkbookBroken, WorkbookChanged, WorkbookHeld
from sheets_sync.excel.beside import opened_by

MAX_BYTES = 32 * 2**20
READINGS = 5  # pairs of readings before giving up on a file that keeps changing
PRIVATE = 0o600


def revision_of(content: bytes | None) -> str:
    """Name a content; "" for no file."""
    return "" if content is None else sha256(content).hexdigest()


class File:
    """One path. `wait` is called between two readings that have to agree."""

    def __init__(self, path: Path, wait: Callable[[], None]) -> None:
        self.path = path.resolve()
        self._wait = wait

    def settled(self) -> bytes | None:
        """Return the content once two readings agree, None where there is no file."""
        for _ in range(READINGS):
            first = self._content()
            self._wait()
            if self._content() == first:
                return first
        raise WorkbookChanged(str(self.path))

    def replace(self, content: bytes, revision: str) -> None:
        """Put `content` in the place of what `revision` names, synced; the file is always the old or the new one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f".{self.path.name}.saving")
        try:
            self._write_synced(fresh, content)
            if why := opened_by(self.path):
                raise WorkbookHeld(str(self.path), why)
            self._expect(revision)
            fresh.replace(self.path)
        finally:
            fresh.unlink(missing_ok=True)
        self._sync_folder()
        self._expect(revision_of(content))

    def _content(self) -> bytes | None:
        try:
            with self.path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return None
        if len(content) > MAX_BYTES:
            raise WorkbookBroken(str(self.path), f"it is larger than {MAX_BYTES:,} bytes")
        return content

    def _expect(self, revision: str) -> None:
        if revision_of(self._content()) != revision:
            raise WorkbookChanged(str(self.path))

    def _write_synced(self, fresh: Path, content: bytes) -> None:
        mode = self.path.stat().st_mode & 0o777 if self.path.exists() else PRIVATE
        with fresh.open("wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def _sync_folder(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
