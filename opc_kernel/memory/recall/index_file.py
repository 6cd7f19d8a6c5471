"""A file of an index: its manifest stands in its first line, and it is believed only when every byte fits."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from opc_kernel.errors import KernelError
from opc_kernel.log.crash import Crash, no_crash
from opc_kernel.log.files import make_folder, sync_folder, write_fully

FORMAT = 1
MAX_FIRST_LINE = 4_096

_FIRST_LINE = re.compile(rb"workbench index ([0-9a-f]{64}) (\{[^\n]*\})\n")


HashOf = Callable[[int], str]
"""Returns the chain hash of the log's event at a position; empty where it has none."""


class IndexRefused(KernelError):
    """A file of an index that can't be believed; it is made anew by itself."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"The index {path.name} is not used: {reason}.", "It is made anew from the log.")
        self.path, self.reason = path, reason


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an index file says of itself."""

    kind: str
    model: str
    """What its contents were made with: the languages of its words, or the model of its vectors."""
    dimension: int = 0
    count: int
    position: int
    """The newest event it knows of."""
    chain_hash: str
    """That event's: another log, or an older copy of this one, has another."""
    beside: str = ""
    """The digest of the file it goes with, where it goes with one."""
    digest: str = ""
    """SHA-256 of what follows the first line."""
    format: int = FORMAT


def write_index(
    path: Path, manifest: Manifest, payload: bytes | memoryview, crash: Crash = no_crash
) -> Manifest:
    """Write a file so that a crash leaves the old one or the new one; return its manifest with the digest."""
    told = msgspec.structs.replace(manifest, digest=hashlib.sha256(payload).hexdigest())
    line = msgspec.json.encode(told)
    make_folder(path.parent)
    aside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        write_fully(
            descriptor, b"workbench index %b %b\n" % (hashlib.sha256(line).hexdigest().encode(), line)
        )
        crash("index half written")
        write_fully(descriptor, payload)  # type: ignore[arg-type] # it takes any buffer
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    crash("index before rename")
    aside.replace(path)
    sync_folder(path.parent)
    crash("index after rename")
    return told


def read_index(path: Path) -> tuple[Manifest, memoryview] | None:
    """Return a file's manifest and what follows it, None where there is none.

    Raises IndexRefused: it is no file of ours, or not every byte is as it was written.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            whole = memoryview(file.read())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IndexRefused(path, error.strerror or type(error).__name__) from error
    found = _FIRST_LINE.match(whole[:MAX_FIRST_LINE])
    if found is None or hashlib.sha256(found[2]).hexdigest().encode() != found[1]:
        raise IndexRefused(path, "its manifest is damaged")
    manifest, payload = _manifest(path, bytes(found[2])), whole[found.end() :]
    if hashlib.sha256(payload).hexdigest() != manifest.digest:
        raise IndexRefused(path, "its contents are damaged")
    return manifest, payload


def check(path: Path, manifest: Manifest, expected: Manifest, hash_of: HashOf) -> None:
    """Raise IndexRefused unless a file was made as `expected` says, from this log."""
    made = (manifest.kind, manifest.model, manifest.dimension, manifest.beside)
    if made != (expected.kind, expected.model, expected.dimension, expected.beside):
        raise IndexRefused(path, "it was made in another way")
    if manifest.position and hash_of(manifest.position) != manifest.chain_hash:
        raise IndexRefused(path, "it was made from another log")


def clear_leftovers(folder: Path) -> None:
    """Remove what a crash left half written."""
    for path in folder.glob(".*.tmp"):
        path.unlink(missing_ok=True)


def _manifest(path: Path, line: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(line, type=Manifest)
    except msgspec.MsgspecError as error:
        raise IndexRefused(path, "another release wrote it") from error
    if manifest.format != FORMAT:
        raise IndexRefused(path, "another release wrote it")
    return manifest
