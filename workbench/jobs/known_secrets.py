"""Every secret that a company's notebooks could come upon, so that it can be taken out of what they print."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from opc_kernel.errors import KernelError
from workbench.address import read_address
from workbench.company import given_id
from workbench.secrets import find_secret, secret_file
from workbench.settings import Settings

NAMES = ("backup", "mail", "payments", "webhook")
TELLING = re.compile(r"SECRET|TOKEN|PASS|_PWD$|_PAT$|API_?KEY|PRIVATE_?KEY|CREDENTIAL|_DSN$", re.IGNORECASE)
"""Names of variables that hold secrets of whatever else runs on the machine."""
MAX_BYTES = 65_536


def known_secrets(folder: Path, settings: Settings) -> tuple[str, ...]:
    """Return them, longest first; what can't be read here can't be printed either."""
    found = {*_named(folder, settings), *_files(folder), *_of_environment()}
    return tuple(sorted(filter(None, found), key=lambda each: (-len(each), each)))


def _named(folder: Path, settings: Settings) -> Iterator[str]:
    hosts = {tier.host for tier in settings.models.tiers.values()}
    if settings.memory.embedding:
        hosts.add(settings.memory.embedding.host)
    for name in (*NAMES, *(f"model.{host.lower()}" for host in sorted(hosts))):
        with suppress(KernelError, OSError):
            if kept := find_secret(folder, name):
                yield kept.value
    address = read_address(given_id(folder), folder)
    if address is not None:
        yield address.token


def _files(folder: Path) -> Iterator[str]:
    """What lies in the user's configuration for this company, and for Google."""
    from workbench.sheets.credentials import google_credentials

    kept = secret_file(given_id(folder), "mail").parent
    paths = [*kept.glob("*")] if kept.is_dir() else []
    with suppress(KernelError):
        paths.append(google_credentials(folder))
    for path in paths:
        with suppress(OSError, UnicodeDecodeError):
            yield path.read_bytes()[:MAX_BYTES].decode().strip()


def _of_environment() -> Iterator[str]:
    for name, value in os.environ.items():
        if TELLING.search(name):
            yield value
        yield from _passwords(value)


def _passwords(value: str) -> Iterator[str]:
    """The password in an address such as `postgres://me:secret@host/`."""
    found = re.search(r"//[^/@\s:]*:([^/@\s]+)@", value)
    if found:
        yield found[1]
