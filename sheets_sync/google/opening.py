"""Opening a spreadsheet by its id."""

from __future__ import annotations

import os
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from opc_kernel.errors import KernelError
from sheets_sync.google.credentials import load
from sheets_sync.google.transport import Transport
from sheets_sync.google.workbook import GoogleWorkbook

ORIGIN = "WORKBENCH_GOOGLE_ORIGIN"  # a stand-in on this machine; tokens go nowhere else


def open_workbook(spreadsheet: str, credentials: Path, shared_with: Sequence[str]) -> GoogleWorkbook:
    """Return the spreadsheet of this id as a workbook; nothing is asked of Google yet.

    `shared_with` lists the addresses and domains that may see it. Raises CredentialsUnusable.
    """
    origin = _origin()
    identity = load(credentials, token_uri=f"{origin}/token" if origin else "")
    where = f"Google spreadsheet {spreadsheet[:8]}…"
    transport = Transport(identity.credentials, where=where, account=identity.account, origin=origin)
    return GoogleWorkbook(
        transport, spreadsheet, where=where, itself=identity.itself, shared_with=tuple(shared_with)
    )


def _origin() -> str:
    """Return the stand-in's address, if one is named; one that is not on this machine is refused."""
    origin = os.environ.get(ORIGIN, "").rstrip("/")
    if not origin:
        return ""
    host = urlsplit(origin).hostname or ""
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        raise KernelError(f"{ORIGIN} names {host or 'no host'}, which is not this machine.", "Unset it.")
    return origin
