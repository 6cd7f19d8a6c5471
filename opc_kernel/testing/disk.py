"""A disk that fails: the n-th call of a kind on a folder's files gets an errno or stops short."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from errno import ENOSPC
from pathlib import Path
from typing import Any, Literal, NamedTuple

Call = Literal["open", "write", "pwrite", "fdatasync", "fsync", "ftruncate", "replace", "rename", "unlink"]
"""What can fail: functions of `os`, and the methods of Path that end in them."""

TOTAL_BYTES = 10**12


class Usage(NamedTuple):
    """What `shutil.disk_usage` answers."""

    total: int
    used: int
    free: int


@dataclass(kw_only=True)
class Fault:
    """One planned failure, and how often its call was made since it was planned."""

    at: int
    times: int | None
    number: int
    short_by: int | None = None
    seen: int = field(default=0)

    def due(self) -> bool:
        """Count one call and say whether it is one that fails."""
        self.seen += 1
        return self.at <= self.seen and (self.times is None or self.seen < self.at + self.times)


class FaultyDisk:
    """Stands under Python's calls on the files of one folder while its block runs.

    What a library's own machine code does (DuckDB's writes) does not come through here: for that inject failures with
    strace, or fill a small file system. `failed` counts the failures that came true.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._faults: dict[str, list[Fault]] = {}
        self._free_bytes: int | None = None
        self._plugged = ExitStack()
        self.failed = 0

    def fail(self, call: Call, number: int = ENOSPC, *, at: int = 1, times: int | None = None) -> None:
        """Let a call fail with an errno from its `at`-th time on, so many times (None: until `heal`)."""
        self._plan(call, Fault(at=at, times=times, number=number))

    def stop_short(self, *, at: int = 1, taking: int = 5) -> None:
        """Let the `at`-th write take only so many bytes and every later one find the disk full."""
        self._plan("write", Fault(at=at, times=1, number=0, short_by=taking))
        self._plan("write", Fault(at=at + 1, times=None, number=ENOSPC))

    def has_free(self, free_bytes: int) -> None:
        """Say from now on that so many bytes are free."""
        self._free_bytes = free_bytes

    def heal(self) -> None:
        """Let everything succeed again."""
        self._faults.clear()
        self._free_bytes = None

    def __enter__(self) -> FaultyDisk:
        for call in ("open", "replace", "rename", "unlink"):
            self._plug(os, call, self._around(call, self._is_path_here))
        for call in ("write", "pwrite", "fdatasync", "fsync", "ftruncate"):
            self._plug(os, call, self._around(call, self._is_file_here))
        self._plug(shutil, "disk_usage", self._usage(shutil.disk_usage))
        return self

    def __exit__(self, *_: object) -> None:
        self._plugged.close()

    def _plan(self, call: Call, fault: Fault) -> None:
        self._faults.setdefault(call, []).append(fault)

    def _plug(self, module: Any, name: str, stand_in: Callable[..., Any]) -> None:  # noqa: ANN401 - a module
        self._plugged.callback(setattr, module, name, getattr(module, name))
        setattr(module, name, stand_in)

    def _around(self, call: str, is_here: Callable[[Any], bool]) -> Callable[..., Any]:
        real: Callable[..., Any] = getattr(os, call)

        def stand_in(target: Any, *rest: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever the real one takes
            faults = self._faults.get(call)
            if not faults or not is_here(target):
                return real(target, *rest, **options)
            due = [fault for fault in faults if fault.due()]
            if not due:
                return real(target, *rest, **options)
            self.failed += 1
            if due[0].short_by is not None:
                return real(target, rest[0][: due[0].short_by])
            raise OSError(due[0].number, os.strerror(due[0].number))

        return stand_in

    def _is_path_here(self, target: Any) -> bool:  # noqa: ANN401 - whatever `os` takes for a path
        return self._folder in (path := Path(os.fsdecode(target)).absolute()).parents or path == self._folder

    def _is_file_here(self, descriptor: int) -> bool:
        found = os.fstat(descriptor)
        paths = [self._folder, *self._folder.rglob("*")]
        return any(os.path.samestat(found, path.stat()) for path in paths if path.exists())

    def _usage(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def stand_in(path: Any) -> Any:  # noqa: ANN401 - whatever the real one takes
            if self._free_bytes is None:
                return real(path)
            return Usage(TOTAL_BYTES, TOTAL_BYTES - self._free_bytes, self._free_bytes)

        return stand_in
