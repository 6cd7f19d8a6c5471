"""How one account at an outside system stands: its mode, its breaker, its last check; each change is an event."""

from __future__ import annotations

from datetime import datetime

from opc_kernel.effects.connector import Connector
from opc_kernel.effects.intent import Mode
from opc_kernel.event import EventData
from opc_kernel.ids import derived_id
from opc_kernel.log.protocol import Queryable
from opc_kernel.log.read_model import ReadModel
from opc_kernel.text import Text


class CallFailed(EventData, type="connector.call_failed"):
    """A call did nothing for now, or nobody knows what it did."""

    connector: str
    account: Text
    reason: Text
    failures: int
    """How many there were in a row, this one included."""
    not_before: datetime | None = None
    """When the provider wants to be asked again."""


class CallSucceeded(EventData, type="connector.call_succeeded"):
    """A call went well after others had failed; a success after successes is no event."""


class BreakerOpened(EventData, type="connector.breaker_opened"):
    """The account is left alone until then."""

    reason: Text
    openings: int
    """How many times in a row without a success between."""
    until: datetime


class BreakerHalfOpened(EventData, type="connector.breaker_half_opened"):
    """One call may pass and tell; nothing else does until it has, or should have."""

    probe: str
    until: datetime


class BreakerClosed(EventData, type="connector.breaker_closed"):
    """The account answers again."""

    probe: str


class ConnectorChecked(EventData, type="connector.checked"):
    """The provider was talked to without changing anything there."""

    connector: str
    account: Text
    ok: bool
    told: Text


class ConnectorSwitched(EventData, type="connector.switched"):
    """From now on what is newly intended is rehearsed here, or really done."""

    connector: str
    account: Text
    mode: Mode
    told: Text = ""
    """What the check told that allowed it."""


EVENTS: tuple[type[EventData], ...] = (
    CallFailed,
    CallSucceeded,
    BreakerOpened,
    BreakerHalfOpened,
    BreakerClosed,
    ConnectorChecked,
    ConnectorSwitched,
)
READ_MODELS = (ReadModel.load("opc_kernel.effects", "connector"),)


def connector_stream(connector: Connector) -> str:
    """Return the stream of a connector's account; the account itself, often an address, stays out of the envelope."""
    return f"connector/{connector.name}:{derived_id(connector.account)}"


def mode_of(log: Queryable, connector: Connector) -> Mode:
    """Return the mode an account is in: the sandbox until somebody switched it."""
    row = log.query(
        "SELECT mode FROM connector WHERE stream = $stream", stream=connector_stream(connector)
    ).one()
    return "production" if row and row["mode"] == "production" else "sandbox"
