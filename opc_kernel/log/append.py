"""What an append means, as pure functions: who is refused, which position and version each event gets."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from operator import attrgetter

import msgspec

from opc_kernel.event import ANY_VERSION, Event, InvalidEvent, Registry, Write
from opc_kernel.log.chain import GENESIS, chain_hash, data_hash
from opc_kernel.log.errors import (
    AppendTooLarge,
    EmptyAppend,
    EventIdTaken,
    InvalidStream,
    MissingExpectation,
    PartlyStored,
    RepeatedEventId,
    StreamErased,
    TooManyEvents,
    VersionConflict,
)

MAX_EVENTS = 250_000
MAX_APPEND_BYTES = 512 * 2**20
MAX_ENVELOPE_CHARS = 500
STREAM = re.compile(r"[a-z][a-z0-9_]*/[^\s/\x00-\x1f\x7f\ud800-\udfff]{1,128}")
NO_ENVELOPE_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


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


class Draft(msgspec.Struct, frozen=True, gc=False):  # positional, like Event
    """A write that passed every check that needs no log; `data` is the JSON to store."""

    stream: str
    event_id: str
    type: str
    schema_version: int
    source: str
    source_id: str | None
    actor: str
    consent: str | None
    correlation_id: str
    causation_id: str | None
    occurred_at: datetime | None
    data: msgspec.Raw


def draft(writes: Iterable[Write], expected: Mapping[str, int], registry: Registry) -> list[Draft]:
    """Refuse what says too little or too much, whatever the log holds; what remains is ready to be numbered.

    The writes may come from a generator: none is kept.
    """
    for stream in expected:
        if STREAM.fullmatch(stream) is None:
            raise InvalidStream(stream)
    drafts = [_draft(write, registry) for write in islice(writes, MAX_EVENTS + 1)]
    _check_size(drafts)
    for stream in {one.stream for one in drafts} - expected.keys():
        raise MissingExpectation(stream)
    if len({one.event_id for one in drafts}) < len(drafts):
        raise RepeatedEventId(Counter(one.event_id for one in drafts).most_common(1)[0][0])
    return drafts


def _check_size(drafts: Sequence[Draft]) -> None:
    if not drafts:
        raise EmptyAppend
    if len(drafts) > MAX_EVENTS:
        raise TooManyEvents(len(drafts), MAX_EVENTS)
    size = sum(len(one.data) for one in drafts)
    if size > MAX_APPEND_BYTES:
        raise AppendTooLarge(size, MAX_APPEND_BYTES)


def _draft(write: Write, registry: Registry) -> Draft:
    data = registry.encode(write.data)
    _check_envelope(write)
    return Draft(
        write.stream,
        write.event_id,
        write.data.event_type,
        write.data.schema_version,
        write.source,
        write.source_id,
        write.actor,
        write.consent,
        write.correlation_id or write.event_id,
        write.causation_id,
        None if write.occurred_at is None else _in_utc(write.occurred_at, write.data.event_type),
        msgspec.Raw(data),
    )


def _check_envelope(write: Write) -> None:
    if not write.event_id:
        raise InvalidEvent(write.data.event_type, "its event_id is empty")
    texts = list(filter(None, _envelope_texts(write)))
    together = "".join(texts)
    if together.isprintable() and len(together) <= MAX_ENVELOPE_CHARS:
        return  # as nearly all are; the rest may still be in order
    if NO_ENVELOPE_TEXT.search(together):
        raise InvalidEvent(write.data.event_type, "an id in the envelope holds control characters")
    if max(map(len, texts)) > MAX_ENVELOPE_CHARS:
        raise InvalidEvent(write.data.event_type, "an id in the envelope is too long")


_envelope_texts = attrgetter(
    "event_id", "actor", "source", "source_id", "correlation_id", "causation_id", "consent"
)


def _in_utc(instant: datetime, event_type: str) -> datetime:
    if instant.tzinfo is None:
        raise InvalidEvent(event_type, "occurred_at has no time zone")
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise InvalidEvent(event_type, "occurred_at is out of range") from error


def repeated(drafts: Sequence[Draft], stored: Mapping[str, Stored]) -> Appended | None:
    """Answer a retry with the stored positions; None when nothing of it is stored yet.

    `stored` may know of other events too. Raises EventIdTaken when an id is stored with other content, PartlyStored
    when only some are stored.
    """
    known = [(one, stored[one.event_id]) for one in drafts if one.event_id in stored] if stored else []
    if not known:
        return None
    for one, found in known:
        if not _same(found, one):
            raise EventIdTaken(one.event_id, found.position)
    if len(known) < len(drafts):
        raise PartlyStored(len(known), len(drafts))
    return Appended(positions=tuple(found.position for _, found in known), repeated=True)


def _same(known: Stored, one: Draft) -> bool:
    erased = known.salt is None  # an erased event can't be compared
    same_data = erased or data_hash(known.salt or "", one.data) == known.data_hash
    return same_data and known.stream == one.stream and known.type == one.type


def check_expected(
    expected: Mapping[str, int], versions: Mapping[str, int], erased: Set[str] = frozenset()
) -> None:
    """Refuse when a stream, written or only relied on, is not at its expected version, or its data was erased."""
    for stream, version in expected.items():
        if version not in (ANY_VERSION, versions[stream]):
            raise VersionConflict(stream, version, versions[stream])
        if stream in erased:
            raise StreamErased(stream)


def number(
    drafts: Sequence[Draft], tail: Tail, versions: MutableMapping[str, int], now: datetime
) -> Iterator[Event]:
    """Give each draft its position, version, salt and place in the chain; `versions` counts up with them."""
    salts = secrets.token_hex(16 * len(drafts))
    previous = tail.chain_hash
    for index, one in enumerate(drafts):
        salt = salts[32 * index : 32 * index + 32]
        version = versions[one.stream] = versions[one.stream] + 1
        covered = (
            tail.position + 1 + index,
            one.stream,
            version,
            one.event_id,
            one.type,
            one.schema_version,
            one.source,
            one.source_id,
            one.actor,
            one.consent,
            one.correlation_id,
            one.causation_id,
            one.occurred_at or now,
            now,
            data_hash(salt, one.data),
        )
        previous = chain_hash(previous, covered)
        yield Event(*covered, previous, salt, one.data)
