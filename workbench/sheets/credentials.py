"""The key to the company's Google account: a file of the user's own, outside the company; it is never told."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from opc_kernel.errors import KernelError
from opc_kernel.log.files import make_folder, write_whole
from opc_kernel.log.place import configuration
from sheets_sync.google.errors import CredentialsUnusable
from workbench import composition
from workbench.company import given_id

VARIABLE = "WORKBENCH_GOOGLE_CREDENTIALS"
MAX_BYTES = 64 * 1024

Kind = Literal["service account", "authorized user", "OAuth client"]
NEEDED: dict[Kind, tuple[str, ...]] = {
    "service account": ("client_email", "private_key", "token_uri"),
    "authorized user": ("client_id", "client_secret", "refresh_token"),
    "OAuth client": ("client_id", "client_secret"),
}


class NotConnected(KernelError):
    """There are no credentials for Google."""

    def __init__(self) -> None:
        super().__init__(
            "This company is not connected to Google.",
            f"Run 'workbench sheets connect FILE' with a credentials file from Google, or name one in {VARIABLE}.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What may be told of a credentials file; `account` is whom a spreadsheet must be shared with, if it says so."""

    kind: Kind
    account: str = ""


def connect(folder: Path, source: Path) -> Credentials:
    """Keep credentials for this company, readable for this user alone; an OAuth client asks for consent in the browser.

    Raises CredentialsUnusable.
    """
    content = _read(source)
    found = _recognised(source, content)
    if found.kind == "OAuth client":
        content = composition.google_consent(source).encode()
    target = _kept(folder)
    make_folder(target.parent)
    write_whole(target, content, mode=0o600)
    return found


def google_credentials(folder: Path) -> Path:
    """Return the file of this company's credentials; the environment's goes first. Raises NotConnected."""
    named = os.environ.get(VARIABLE)
    path = Path(named) if named else _kept(folder)
    if not path.is_file():
        raise NotConnected
    return path


def _kept(folder: Path) -> Path:
    return configuration() / "google" / f"{given_id(folder)}.json"


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise CredentialsUnusable(path, f"it is larger than {MAX_BYTES:,} bytes")
    return content


def _recognised(path: Path, content: bytes) -> Credentials:
    try:
        found = msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CredentialsUnusable(path, "it is no JSON object") from error
    kind, fields = _kind(path, found)
    if missing := [name for name in NEEDED[kind] if not isinstance(fields.get(name), str)]:
        raise CredentialsUnusable(path, f"as {kind} it lacks {', '.join(missing)}")
    return Credentials(kind=kind, account=str(fields.get("client_email") or fields.get("account") or ""))


def _kind(path: Path, found: dict[str, Any]) -> tuple[Kind, dict[str, Any]]:
    match found:
        case {"type": "service_account"}:
            return "service account", found
        case {"type": "authorized_user"}:
            return "authorized user", found
        case {"installed": dict() as client}:
            return "OAuth client", client
        case {"web": dict()}:
            raise CredentialsUnusable(
                path, "it is an OAuth client for a web site, which can't be used on a desk"
            )
        case _:
            raise CredentialsUnusable(path, "it is of no kind that is known here")
