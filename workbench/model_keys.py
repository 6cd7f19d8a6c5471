"""Keys to model endpoints: secrets, each kept for one host and told to no other."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from opc_kernel.errors import KernelError
from workbench.connectors.models.endpoint import FindKey
from workbench.secrets import Source, find_secret, keep_secret

MAX_KEY_CHARS = 4_096
HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?")
NO_KEY_TEXT = re.compile(r"[^\x21-\x7e]")


class KeyUnusable(KernelError):
    """A key that can't be one."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"That can't be a key: {reason}.", "Copy it from the provider once more.")


class NoHost(KernelError):
    """What was given names no host."""

    def __init__(self) -> None:
        super().__init__(
            "That names no host.",
            "Name the endpoint's host, or its address as in workbench.toml: api.openai.com",
        )


def host_of(given: str) -> str:
    """Return the host, with its port, that a person means: they may give the whole address. Raises NoHost."""
    place = urlsplit(given if "://" in given else f"//{given}").netloc.lower()
    if not HOST.fullmatch(place):
        raise NoHost
    return place


def keep_key(folder: Path, host: str, key: str) -> Source:
    """Keep a key for one host; return where. Raises KeyUnusable, NotASecret."""
    key = key.strip()
    if not key:
        raise KeyUnusable("it is empty")
    if len(key) > MAX_KEY_CHARS or NO_KEY_TEXT.search(key):
        raise KeyUnusable("it holds spaces or signs that no key has, or is too long")
    return keep_secret(folder, key_name(host), key)


def key_finder(folder: Path) -> FindKey:
    """Return what looks for the key of a host; it raises what find_secret raises."""

    def find(host: str) -> str | None:
        found = find_secret(folder, key_name(host))
        return found.value if found else None

    return find


def key_name(host: str) -> str:
    """Return the name of the secret that holds a host's key: host and port, as in the settings."""
    return f"model.{host.lower()}"
