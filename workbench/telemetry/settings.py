"""What `workbench.toml` says under `[telemetry]`; all of it is off by default."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict

from workbench.connector_settings import is_loopback


def _is_collector(given: str) -> str:
    parts = urlsplit(given)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if given and (not safe or not parts.hostname or parts.username or parts.password or parts.query):
        raise ValueError("traces is an https address without user or password; http only on this machine")
    return given.rstrip("/")


class TelemetrySettings(BaseModel):
    """What other programs may see of how the company runs: counts, kinds and instants, no content."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metrics: bool = False
    """Whether `workbench up` answers at `/metrics`, to whoever has its token."""
    traces: Annotated[str, AfterValidator(_is_collector)] = ""
    """An OpenTelemetry collector that takes OTLP over HTTP, such as http://127.0.0.1:4318."""
