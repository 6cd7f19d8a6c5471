"""Secrets, such as a mailbox's password: the environment's, the keyring's, or a file of the user's own; never told."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from opc_kernel.errors import KernelError
from opc_kernel.log.files import make_folder, write_whole
from opc_kernel.log.place import configuration
from opc_kernel.text import is_text
from workbench.company import given_id

SERVICE = "workbench"
NAME = re.compile(r"[a-z][a-z0-9_]{0,30}(?:\.[a-z0-9\[][a-z0-9_.:\]-]{0,252})?")
MAX_BYTES = 64 * 1024

Source = Literal["environment", "keyring", "file"]
WHERE: dict[Source, str] = {
    "keyring": "the keyring of this machine",
    "file": "a file of your configuration directory, readable for you alone",
    "environment": "the environment",
}


class SecretMissing(KernelError):
    """A secret that something needs was never given."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The secret {name!r} is not set.",
            f"Run 'workbench secret set {name}', or put it into the variable {variable(name)}.",
        )


class NotASecret(KernelError):
    """What was given can't be kept as a secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Nothing was kept: {reason}.", "Try again, such as: workbench secret set mail")


class SecretExposed(KernelError):
    """The file of a secret is open to others."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not used: others may read it.", f"Close it: chmod 600 {path}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A secret and where it was found; it never shows itself."""

    source: Source
    value: str

    def __repr__(self) -> str:
        return f"Kept({self.source})"


def secret(folder: Path, name: str) -> str:
    """Return a company's secret: the environment's goes first, then the keyring's, then the file's.

    Raises SecretMissing, SecretExposed.
    """
    found = find_secret(folder, name)
    if found is None:
        raise SecretMissing(name)
    return found.value


def find_secret(folder: Path, name: str) -> Kept | None:
    """Return a company's secret and where it lies; None when there is none.

    Raises NotASecret for an odd name, or for a variable that holds more than a line; SecretExposed.
    """
    _check_name(name)
    if named := os.environ.get(variable(name)):
        _check_value(named)
        return Kept(source="environment", value=named)
    identity = given_id(folder)
    if ringed := _from_keyring(identity, name):
        return Kept(source="keyring", value=ringed)
    path = secret_file(identity, name)
    if not path.is_file():
        return None
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SecretExposed(path)
    return Kept(source="file", value=path.read_text("utf-8"))


def keep_secret(folder: Path, name: str, value: str) -> Source:
    """Keep a secret in the keyring; on a machine without one in a file that this user alone can read.

    Raises NotASecret.
    """
    _check_name(name)
    _check_value(value)
    identity = given_id(folder)
    if _into_keyring(identity, name, value):
        secret_file(identity, name).unlink(missing_ok=True)  # an older one would lie there for nobody
        return "keyring"
    path = secret_file(identity, name)
    make_folder(path.parent)
    write_whole(path, value.encode(), mode=0o600)
    return "file"


def drop_secret(folder: Path, name: str) -> bool:
    """Remove a secret wherever it is kept; return whether there was one. The environment's is not ours to remove."""
    _check_name(name)
    identity = given_id(folder)
    path = secret_file(identity, name)
    there = path.is_file()
    path.unlink(missing_ok=True)
    return _out_of_keyring(identity, name) or there


def variable(name: str) -> str:
    """Return the variable of the environment that can hold a secret."""
    return f"WORKBENCH_SECRET_{re.sub('[^A-Z0-9]', '_', name.upper())}"


def secret_file(identity: str, name: str) -> Path:
    """Return where a company's secret lies on a machine without a keyring."""
    return configuration() / "secrets" / identity / name


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise NotASecret(f"{name[:40]!r} is no name of a secret")


def _check_value(value: str) -> None:
    if not value or len(value.encode(errors="replace")) > MAX_BYTES:
        raise NotASecret("a secret has at least one character and at most 64 KiB")
    if not is_text(value) or any(sign in value for sign in "\0\r\n"):
        raise NotASecret("a secret is one line of text")


def _from_keyring(identity: str, name: str) -> str | None:
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(f"{SERVICE} {identity}", name)
    except (
        KeyringError,
        RuntimeError,
        OSError,
    ):  # a headless machine has none, and each backend says so otherwise
        return None


def _into_keyring(identity: str, name: str, value: str) -> bool:
    """Whether the keyring took it: one that holds nothing takes everything, so it is read back."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(f"{SERVICE} {identity}", name, value)
    except (KeyringError, RuntimeError, OSError):
        return False
    return _from_keyring(identity, name) == value


def _out_of_keyring(identity: str, name: str) -> bool:
    import keyring
    from keyring.errors import KeyringError

    if _from_keyring(identity, name) is None:
        return False
    try:
        keyring.delete_password(f"{SERVICE} {identity}", name)
    except (KeyringError, RuntimeError, OSError):
        return False
    return True
