"""Who we are to Google: a service account, or the operator's own account after a consent in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from google.auth.credentials import Credentials
from google.oauth2 import credentials as oauth
from google.oauth2 import service_account
from google_auth_oauthlib.flow import InstalledAppFlow

from sheets_sync.google.errors import CredentialsUnusable

SCOPES = (
    "https://www.googleapis.com/auth/spreadsheets",
    "https://www.googleapis.com/auth/drive.metadata.readonly",  # with whom the spreadsheet is shared
)
TOKENS = "https://oauth2.googleapis.com/token"
YOURS = "your Google account"
MAX_BYTES = 64 * 1024


class Identity(NamedTuple):
    """Credentials, and the account they are for; `itself` is its address where the file says it."""

    credentials: Credentials
    account: str
    itself: str = ""


def load(path: Path, *, token_uri: str = "") -> Identity:
    """Read a service account's key, or what `consent` returned; `token_uri` is for a stand-in.

    Raises CredentialsUnusable.
    """
    found = _content(path)
    try:
        match found.get("type"):
            case "service_account":
                return _service_account({**found, "token_uri": token_uri or found["token_uri"]})
            case "authorized_user":
                return _operator(found, token_uri or TOKENS)
    except (ValueError, KeyError, TypeError) as error:
        raise CredentialsUnusable(path, f"it is incomplete ({type(error).__name__})") from None
    if "installed" in found:
        raise CredentialsUnusable(path, "it names an app, not an account; connect with it first")
    raise CredentialsUnusable(
        path, "it is neither a service account's key nor an account that gave its consent"
    )


def _service_account(key: Mapping[str, Any]) -> Identity:
    credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call] # untyped there
        key, scopes=SCOPES
    )
    return Identity(credentials, credentials.service_account_email, credentials.service_account_email)


def _operator(granted: Mapping[str, Any], token_uri: str) -> Identity:
    credentials = oauth.Credentials(  # type: ignore[no-untyped-call] # untyped there
        token=None,
        refresh_token=granted["refresh_token"],
        client_id=granted["client_id"],
        client_secret=granted["client_secret"],
        token_uri=token_uri,
        scopes=SCOPES,
    )
    return Identity(credentials, YOURS)


def consent(path: Path, *, browser: bool = True) -> str:
    """Ask for the operator's consent in the browser and return, as JSON, what `load` reads.

    Raises CredentialsUnusable.
    """
    try:
        flow = InstalledAppFlow.from_client_config(_content(path), SCOPES)
    except ValueError:
        raise CredentialsUnusable(path, "it is no OAuth client file for a desktop app") from None
    granted = flow.run_local_server(port=0, open_browser=browser)
    return msgspec.json.encode({**msgspec.json.decode(granted.to_json()), "type": "authorized_user"}).decode()


def _content(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(MAX_BYTES), type=dict[str, Any])
    except OSError as error:
        raise CredentialsUnusable(path, error.strerror or type(error).__name__) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise CredentialsUnusable(path, "it is no JSON file") from None
