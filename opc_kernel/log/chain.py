"""The chain: each event's hash covers its envelope and the digest of its data, and the hash before it."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from opc_kernel.event import Event

GENESIS = "0" * 64
"""What stands before the first event."""

_encode = msgspec.json.Encoder().encode


def data_hash(salt: str, data: bytes) -> str:
    """Return sha256(salt ‖ data): says nothing about the data once salt and data are erased."""
    return hashlib.sha256(salt.encode() + data).hexdigest()


def chain_hash(previous: str, envelope: tuple[Any, ...]) -> str:
    """Return sha256(previous ‖ JSON of the envelope); the envelope ends with the data's digest."""
    return hashlib.sha256(previous.encode() + _encode(envelope)).hexdigest()


def envelope(event: Event) -> tuple[Any, ...]:
    """Return what the chain covers, in its order. Data and salt are not in it: they may be erased."""
    return (
        event.position,
        event.stream,
        event.version,
        event.event_id,
        event.type,
        event.schema_version,
        event.source,
        event.source_id,
        event.actor,
        event.consent,
        event.correlation_id,
        event.causation_id,
        event.occurred_at,
        event.recorded_at,
        event.data_hash,
    )


def fault(previous: str, event: Event) -> str | None:
    """Say what is wrong with an event that follows `previous`, or None."""
    if event.salt is not None and data_hash(event.salt, bytes(event.data)) != event.data_hash:
        return "its data was changed"
    if chain_hash(previous, envelope(event)) != event.chain_hash:
        return "its envelope was changed, or one before it was removed"
    return None
