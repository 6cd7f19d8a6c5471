"""Where a running server can be found: a file in the user's runtime directory, under the company's id and folder."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import msgspec

from opc_kernel.ids import derived_id
from opc_kernel.log.files import write_whole

Role = Literal["up", "own"]
"""`up` serves the operator until told otherwise, `own` is there for its clients and gives way to an `up`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A server's URL and the token it wants; `folder` tells a company from its copy."""

    url: str
    token: str
    pid: int
    role: Role
    release: str
    schema: int
    """Number of the newest migration it knows."""
    protocol: int
    folder: str


def write_address(company_id: str, address: Address) -> Path:
    """Publish a server's address, readable for this user alone."""
    path = _path(company_id, address.folder)
    write_whole(path, msgspec.json.encode(asdict(address)), mode=0o600)
    return path


def read_address(company_id: str, folder: Path) -> Address | None:
    """Return the address of a server for this folder, if one published it."""
    try:
        address = msgspec.json.decode(_path(company_id, str(folder.resolve())).read_bytes(), type=Address)
    except (OSError, msgspec.MsgspecError):
        return None
    return address if address.folder == str(folder.resolve()) else None


def remove_address(company_id: str, pid: int) -> None:
    """Take our own address back."""
    for path in _runtime().glob(f"{company_id}-*.json"):
        with suppress(OSError, msgspec.MsgspecError):
            if msgspec.json.decode(path.read_bytes(), type=Address).pid == pid:
                path.unlink()


@contextmanager
def starting(company_id: str, folder: Path, *, wait: bool) -> Iterator[bool]:
    """Keep others from starting a server for this folder; yields whether we may, which `wait` makes sure of."""
    path = _path(company_id, str(folder.resolve())).with_suffix(".starting")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _locked(descriptor, wait=wait)
    finally:
        os.close(descriptor)


def _locked(descriptor: int, *, wait: bool) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _path(company_id: str, folder: str) -> Path:
    return _runtime() / f"{company_id}-{derived_id(folder)}.json"


def _runtime() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    folder = (
        Path(runtime) / "workbench" if runtime else Path(tempfile.gettempdir()) / f"workbench-{os.getuid()}"
    )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user")
    folder.chmod(0o700)
    return folder
