"""The chain: each event's hash covers its envelope and the digest of its data, and the hash before it."""

from __future__ import annotations

import hashlib
from operator import attrgetter
from typing import Any

import msgspec

from opc_kernel.event import Event

GENESIS = "0" * 64
"""What stands before the first event."""

COVERED = Event.__struct_fields__[: Event.__struct_fields__.index("chain_hash")]
"""The fields the chain covers, in its order. Data and salt are not among them: they may be erased."""

envelope = attrgetter(*COVERED)

_encode = msgspec.json.Encoder().encode


def data_hash(salt: str, data: bytes) -> str:
    """Return sha256(salt ‖ data): says nothing about the data once salt and data are erased."""
    return hashlib.sha256(salt.encode() + data).hexdigest()


def chain_hash(previous: str, covered: tuple[Any, ...]) -> str:
    """Return sha256(previous ‖ JSON of what is covered); it ends with the data's digest."""
    return hashlib.sha256(previous.encode() + _encode(covered)).hexdigest()


def changed_data(event: Event) -> bool:
    """Whether the data is not what its digest says; without a salt it must be gone."""
    data = bytes(event.data)
    return data != b"null" if event.salt is None else data_hash(event.salt, data) != event.data_hash
