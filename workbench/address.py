"""Where a running server can be found: a file in the user's runtime directory, under the company's id and folder."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from opc_kernel.ids import derived_id
from opc_kernel.log.files import write_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A server's URL and the token it wants; `folder` tells a company from its copy."""

    url: str
    token: str
    pid: int
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
