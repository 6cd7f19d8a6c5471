"""An event as a row of the table `event`, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

import msgspec

from opc_kernel.event import Event

FIELDS = Event.__struct_fields__
INSTANTS = ("occurred_at", "recorded_at")
NUMBERS = frozenset({"position", "version", "schema_version", *INSTANTS})
"""The columns that cross as integers; instants cross as microseconds since 1970."""

COLUMNS = ", ".join(f"epoch_us({name})" if name in INSTANTS else name for name in FIELDS)
"""What to select for `event`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def columns(events: Sequence[Event]) -> dict[str, list[Any]]:
    """Return one list a column, in the order of FIELDS."""
    plain: dict[str, list[Any]] = {name: list(map(attrgetter(name), events)) for name in FIELDS}
    plain |= {name: _microseconds(plain[name]) for name in INSTANTS}
    return plain | {"data": [event.text for event in events]}


def values(event: Event) -> list[Any]:
    """Return one event's values, in the order of FIELDS."""
    *before, _ = msgspec.structs.astuple(event)
    return [*before, event.text]


def event(row: tuple[Any, ...]) -> Event:
    """Build the event from a row of COLUMNS."""
    *before, occurred_us, recorded_us, data_hash, chain_hash, salt, data = row
    occurred_at, recorded_at = _EPOCH + occurred_us * _MICROSECOND, _EPOCH + recorded_us * _MICROSECOND
    raw = msgspec.Raw(b"null" if data is None else data.encode())
    values: list[Any] = [*before, occurred_at, recorded_at, data_hash, chain_hash, salt, raw]
    return Event(*values)


def _microseconds(instants: Iterable[datetime]) -> list[int]:
    """Events appended together share most of their instants: each is converted once."""
    known: dict[datetime, int] = {}
    return [
        known.get(instant) or known.setdefault(instant, (instant - _EPOCH) // _MICROSECOND)
        for instant in instants
    ]
