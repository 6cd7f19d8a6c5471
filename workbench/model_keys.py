"""Keys to model endpoints: each is kept for one host and told to no other; never in the company or its settings."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from functools import partial
from pathlib import Path

import msgspec

from opc_kernel.errors import KernelError
from opc_kernel.log.files import make_folder, write_whole
from opc_kernel.log.place import configuration
from workbench.company import given_id
from workbench.connectors.models.endpoint import FindKey

VARIABLE = "WORKBENCH_MODEL_KEY"
SERVICE = "workbench-model"
MAX_KEY_CHARS = 4_096
NO_KEY_TEXT = re.compile(r"[^\x21-\x7e]")


class KeyUnusable(KernelError):
    """A key that can't be one."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"That can't be a key: {reason}.", "Copy it from the provider once more.")


class KeysUnreadable(KernelError):
    """The file of keys can't be used."""

    def __init__(self, path: Path, reason: str, todo: str) -> None:
        super().__init__(f"{path} can't be used: {reason}.", todo)


def keep_key(folder: Path, host: str, key: str) -> Path:
    """Keep a key for one host, readable for this user alone; return the file.

    Raises KeyUnusable, KeysUnreadable.
    """
    key = key.strip()
    if not key:
        raise KeyUnusable("it is empty")
    if len(key) > MAX_KEY_CHARS or NO_KEY_TEXT.search(key):
        raise KeyUnusable("it holds spaces or signs that no key has, or is too long")
    path = _file(folder)
    kept = {**_kept(path), host.lower(): key}
    make_folder(path.parent)
    write_whole(path, msgspec.json.encode(kept), mode=0o600)
    return path


def key_finder(folder: Path) -> FindKey:
    """Return what looks for the key of a host: in the environment, in the company's file, in the system's keyring."""
    return partial(_find, folder)


def variable_of(host: str) -> str:
    """Return the name of the variable that may hold a host's key."""
    return f"{VARIABLE}_{re.sub('[^A-Z0-9]', '_', host.upper())}"


def _find(folder: Path, host: str) -> str | None:
    return os.environ.get(variable_of(host)) or _kept(_file(folder)).get(host.lower()) or _in_keyring(host)


def _file(folder: Path) -> Path:
    return configuration() / "models" / f"{given_id(folder)}.json"


def _kept(path: Path) -> dict[str, str]:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeysUnreadable(path, "others may read it", f"Close it: chmod 600 {path}")
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return {}
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise KeysUnreadable(path, "it is damaged", "Remove it and connect again.") from None


def _in_keyring(host: str) -> str | None:
    """Ask the system's keyring where its library is installed; a machine without a desktop has none."""
    with suppress(ImportError):
        import keyring
        from keyring.errors import KeyringError

        with suppress(KeyringError):
            found: str | None = keyring.get_password(SERVICE, host)
            return found
    return None
