"""What an append means, as pure functions: who is refused, which position and version each event gets."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from opc_kernel.event import ANY_VERSION, Event, InvalidEvent, Registry, Write
from opc_kernel.log.chain import GENESIS, chain_hash, data_hash
from opc_kernel.log.errors import (
    EmptyAppend,
    EventIdTaken,
    MissingExpectation,
    PartlyStored,
    RepeatedEventId,
    TooManyEvents,
    VersionConflict,
)

MAX_EVENTS = 250_000
STREAM = re.compile(r"[a-z][a-z0-9_]*/[^\s/]{1,128}")
ENVELOPE_TEXT = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{0,500}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """The answer to an append: the position of each event, in the order of the writes."""

    positions: tuple[int, ...]
    repeated: bool = False
    """True when everything was stored before and this call added nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """Where the log ends."""

    position: int = 0
    chain_hash: str = GENESIS


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is known of an event that has an id we were given again."""

    position: int
    stream: str
    type: str
    salt: str | None
    data_hash: str


def check_shape(writes: Sequence[Write], expected: Mapping[str, int]) -> None:
    """Refuse an append that says too little or too much, whatever the log holds."""
    if not writes:
        raise EmptyAppend
    if len(writes) > MAX_EVENTS:
        raise TooManyEvents(len(writes), MAX_EVENTS)
    ids = set()
    for write in writes:
        if write.stream not in expected:
            raise MissingExpectation(write.stream)
        if write.event_id in ids:
            raise RepeatedEventId(write.event_id)
        ids.add(write.event_id)
        _check_envelope(write)


def _check_envelope(write: Write) -> None:
    if STREAM.fullmatch(write.stream) is None:
        raise InvalidEvent(write.data.event_type, f"stream {write.stream[:80]!r} is not 'category/id'")
    if write.occurred_at is not None and write.occurred_at.tzinfo is None:
        raise InvalidEvent(write.data.event_type, "occurred_at has no time zone")
    for text in (
        write.event_id,
        write.actor,
        write.source,
        write.source_id,
        write.correlation_id,
        write.causation_id,
        write.consent,
    ):
        if text is not None and ENVELOPE_TEXT.fullmatch(text) is None:
            raise InvalidEvent(
                write.data.event_type, "an id in the envelope is too long or holds control characters"
            )


def repeated(
    writes: Sequence[Write], encoded: Sequence[bytes], stored: Mapping[str, Stored]
) -> Appended | None:
    """Answer a retry with the stored positions; None when nothing of it is stored yet.

    Raises EventIdTaken when an id is stored with other content, PartlyStored when only some are stored.
    """
    if not stored:
        return None
    for write, data in zip(writes, encoded, strict=True):
        known = stored.get(write.event_id)
        if known is not None and not _same(known, write, data):
            raise EventIdTaken(write.event_id, known.position)
    if len(stored) < len(writes):
        raise PartlyStored(len(stored), len(writes))
    return Appended(positions=tuple(stored[write.event_id].position for write in writes), repeated=True)


def _same(known: Stored, write: Write, data: bytes) -> bool:
    same_data = (
        known.salt is None or data_hash(known.salt, data) == known.data_hash
    )  # an erased event can't be compared
    return same_data and known.stream == write.stream and known.type == write.data.event_type


def check_expected(expected: Mapping[str, int], versions: Mapping[str, int]) -> None:
    """Refuse when a stream, written or only relied on, is not at its expected version."""
    for stream, version in expected.items():
        if version not in (ANY_VERSION, versions[stream]):
            raise VersionConflict(stream, version, versions[stream])


def number(
    writes: Sequence[Write], encoded: Sequence[bytes], tail: Tail, versions: Mapping[str, int], now: datetime
) -> list[Event]:
    """Give each write its position, version, salt and place in the chain."""
    salts = secrets.token_hex(16 * len(writes))
    next_version = {stream: versions[stream] for stream in {write.stream for write in writes}}
    previous = tail.chain_hash
    events = []
    for index, (write, data) in enumerate(zip(writes, encoded, strict=True)):
        position = tail.position + 1 + index
        version = next_version[write.stream] = next_version[write.stream] + 1
        salt = salts[32 * index : 32 * index + 32]
        digest = data_hash(salt, data)
        correlation_id = write.correlation_id or write.event_id
        occurred_at = now if write.occurred_at is None else write.occurred_at.astimezone(UTC)
        previous = chain_hash(
            previous,
            (
                position,
                write.stream,
                version,
                write.event_id,
                write.data.event_type,
                write.data.schema_version,
                write.source,
                write.source_id,
                write.actor,
                write.consent,
                correlation_id,
                write.causation_id,
                occurred_at,
                now,
                digest,
            ),
        )
        events.append(
            Event(
                position=position,
                stream=write.stream,
                version=version,
                event_id=write.event_id,
                type=write.data.event_type,
                schema_version=write.data.schema_version,
                source=write.source,
                source_id=write.source_id,
                actor=write.actor,
                consent=write.consent,
                correlation_id=correlation_id,
                causation_id=write.causation_id,
                occurred_at=occurred_at,
                recorded_at=now,
                data_hash=digest,
                chain_hash=previous,
                salt=salt,
                data=msgspec.Raw(data),
            )
        )
    return events


def encode_all(writes: Sequence[Write], registry: Registry) -> list[bytes]:
    """Check each write against its registered type and return its JSON."""
    return [registry.encode(write.data) for write in writes]
