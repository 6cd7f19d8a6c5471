"""What `workbench.toml` says of the connectors, under `[connectors.<name>]`; never a secret."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

ADDRESS = re.compile(
    r"(?=.{3,254}\Z)(?=[^@]{1,64}@)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
    re.ASCII | re.IGNORECASE,
)
HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?", re.ASCII | re.IGNORECASE)
LOOPBACK_NAME = "localhost"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine and no name that somebody else resolves."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == LOOPBACK_NAME


def _is_address(given: str) -> str:
    if not ADDRESS.fullmatch(given):
        raise ValueError(f"{given!r} is no e-mail address such as you@example.com")
    return given


def _is_host(given: str) -> str:
    if not HOST.fullmatch(given):
        raise ValueError(f"{given!r} is no name of a server such as mail.example.com")
    return given


def _is_base(given: str) -> str:
    parts = urlsplit(given)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if not safe or not parts.hostname or parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("url is an https address without user, password or question mark")
    return given.rstrip("/")


Address = Annotated[str, AfterValidator(_is_address)]
Host = Annotated[str, AfterValidator(_is_host)]
Security = Literal["tls", "starttls", "none"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SiteSettings(_Section):
    """A site made of Markdown files in a folder."""

    folder: str = Field(min_length=1)
    """Where the pages lie; a relative path begins at the company's folder."""


class Server(_Section):
    """A mail server. Without safety only on this machine."""

    host: Host
    port: int = Field(ge=1, le=65535)
    security: Security = "tls"
    user: str = ""
    """Empty: the e-mail address."""


class SentFolder(Server):
    """The folder of the mailbox in which what was sent is found again."""

    port: int = Field(default=993, ge=1, le=65535)
    folder: str = Field(default="Sent", min_length=1)
    put: bool = True
    """Whether we put a copy there; false where the provider does it by itself."""


class MailSettings(Server):
    """E-mail out, by SMTP."""

    port: int = Field(default=465, ge=1, le=65535)
    address: Address
    """From whom."""
    sent: SentFolder | None = None


class PaymentSettings(_Section):
    """A payment provider that speaks Stripe's protocol."""

    url: Annotated[str, AfterValidator(_is_base)] = "https://api.stripe.com"
    account: str = Field(default="payments", min_length=1)
    """How the operator calls the account there."""


class ConnectorSettings(_Section):
    """The accounts outside. What is not named here can only be rehearsed."""

    site: SiteSettings | None = None
    mail: MailSettings | None = None
    payments: PaymentSettings | None = None
