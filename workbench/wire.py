"""What crosses between processes: appends, questions and their answers as JSON, without losing a type on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from itertools import chain
from math import isfinite
from typing import Any

import msgspec
from pydantic import BaseModel

from opc_kernel import event as event_module
from opc_kernel.backup import backup as backup_module
from opc_kernel.errors import KernelError
from opc_kernel.event import Registry, Write
from opc_kernel.log import erase as erase_module
from opc_kernel.log import errors as log_errors
from opc_kernel.log.append import Draft
from opc_kernel.log.rows import Rows
from opc_kernel.memory.recall import asked as asked_module

PROTOCOL = 3
"""Goes up with whatever changes a request or an answer; the fields of a Draft and of an Event cross as they are."""
WHOLE_BITS = 64
"""JSON libraries lose what a larger number says."""


def encode(value: object) -> bytes:
    """Return JSON."""
    return msgspec.json.encode(value)


def decode(content: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    """Read JSON."""
    return msgspec.json.decode(content)


TAGS: dict[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]] = {
    "$decimal": (Decimal, str, Decimal),
    "$instant": (datetime, datetime.isoformat, datetime.fromisoformat),
    "$date": (date, date.isoformat, date.fromisoformat),  # after its subtype, the instant
    "$bytes": (bytes, bytes.hex, bytes.fromhex),
    "$int": (int, str, int),
    "$float": (float, str, float),
}
"""Types that JSON has not, or numbers that it loses: the tag, and how they become text and come back."""


def pack(value: Any) -> Any:  # noqa: ANN401 - SQL values may be anything
    """Return a value that JSON can carry, with a tag where JSON has no such type."""
    match value:
        case None | bool() | str():
            return value
        case int() | float() if _survives(value):
            return value
        case Mapping():
            return {str(key): pack(each) for key, each in value.items()}
    for tag, (kind, as_text, _) in TAGS.items():
        if isinstance(value, kind):
            return {tag: as_text(value)}
    return [pack(each) for each in value] if isinstance(value, Sequence | Set) else str(value)


def unpack(value: Any) -> Any:  # noqa: ANN401 - the counterpart of pack
    """Return the value that was packed."""
    match value:
        case dict() if len(value) == 1 and (tag := next(iter(value))) in TAGS:
            return TAGS[tag][2](value[tag])
        case dict():
            return {key: unpack(each) for key, each in value.items()}
        case list():
            return [unpack(each) for each in value]
        case _:
            return value


def _survives(number: float) -> bool:
    return isfinite(number) if isinstance(number, float) else number.bit_length() < WHOLE_BITS


class _Expected(msgspec.Struct):
    """The first line of an append."""

    expected: dict[str, int]


def pack_append(drafts: Iterable[Draft], expected: Mapping[str, int]) -> bytes:
    """Return an append as lines of JSON: what is expected, then each draft."""
    return msgspec.json.Encoder().encode_lines(chain([_Expected(dict(expected))], drafts))


def unpack_append(content: bytes, registry: Registry) -> tuple[Iterator[Write], dict[str, int]]:
    """Return the writes of an append, one by one, and what it expects.

    Raises msgspec.MsgspecError; while the writes are taken also UnknownEventType or InvalidEvent.
    """
    lines = iter(BytesIO(content))
    expected = msgspec.json.decode(next(lines, b""), type=_Expected).expected
    return (_unpack_write(line, registry) for line in lines), expected


_decode_draft = msgspec.json.Decoder(Draft).decode


def _unpack_write(line: bytes, registry: Registry) -> Write:
    packed = _decode_draft(line)
    return Write(
        stream=packed.stream,
        data=registry.parse(packed.type, bytes(packed.data)),
        actor=packed.actor,
        source=packed.source,
        source_id=packed.source_id,
        event_id=packed.event_id,
        correlation_id=packed.correlation_id,
        causation_id=packed.causation_id,
        consent=packed.consent,
        occurred_at=packed.occurred_at,
    )


KINDS: dict[str, Any] = {
    "bool": bool,
    "int": int,
    "text": str,
    "decimal": Decimal,
    "date": date,
    "instant": datetime,
}
"""Columns of one of these types cross without a tag on each value."""
TAGGED = "tagged"


class _Rows(msgspec.Struct):
    """An answer whose rows can be read once the kinds of its columns are known."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: msgspec.Raw


def pack_rows(rows: Rows) -> bytes:
    """Return an answer as JSON, with a kind for each column."""
    kinds = tuple(_kind([row[index] for row in rows.rows]) for index in range(len(rows.columns)))
    tagged = [index for index, kind in enumerate(kinds) if kind == TAGGED]
    plain_rows = [_tag(row, tagged) for row in rows.rows] if tagged else rows.rows
    return encode(_Rows(rows.columns, rows.types, kinds, msgspec.Raw(encode(plain_rows))))


def unpack_rows(content: bytes) -> Rows:
    """Build an answer from JSON. Raises msgspec.MsgspecError."""
    packed = msgspec.json.decode(content, type=_Rows)
    rows: list[tuple[Any, ...]] = _rows_decoder(packed.kinds).decode(packed.rows)
    if TAGGED in packed.kinds:
        rows = [tuple(map(_untag, packed.kinds, row)) for row in rows]
    return Rows(columns=packed.columns, types=packed.types, rows=rows)


def _kind(values: Sequence[Any]) -> str:
    found = {*map(type, values)} - {type(None)}
    kind = next((name for name, of in KINDS.items() if found <= {of}), TAGGED)
    return TAGGED if kind == "int" and not all(map(_survives, filter(None, values))) else kind


def _tag(row: tuple[Any, ...], columns: Iterable[int]) -> list[Any]:
    packed = list(row)
    for index in columns:
        packed[index] = pack(packed[index])
    return packed


def _untag(kind: str, value: Any) -> Any:  # noqa: ANN401 - SQL values may be anything
    return unpack(value) if kind == TAGGED else value


@lru_cache(maxsize=256)
def _rows_decoder(kinds: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    columns = tuple(Any if kind == TAGGED else KINDS[kind] | None for kind in kinds)
    return msgspec.json.Decoder(list[tuple[columns]])  # type: ignore[valid-type]  # the columns are known only now


def pack_error(error: KernelError) -> dict[str, Any]:
    """Return an error as plain data, with the facts it keeps."""
    facts = {
        key: value if isinstance(value, int | str | None) else str(value)
        for key, value in vars(error).items()
    }
    return {"error": type(error).__name__, "facts": facts}


def unpack_error(plain: Mapping[str, Any]) -> KernelError:
    """Build the error that was packed; one this release does not know becomes a plain KernelError."""
    facts = plain["facts"]
    kind = ERRORS.get(plain["error"], KernelError)
    error = kind.__new__(kind)
    KernelError.__init__(error, facts["happened"], facts["todo"])
    vars(error).update(facts)
    return error


ERRORS: dict[str, type[KernelError]] = {
    name: kind
    for module in (log_errors, event_module, backup_module, erase_module, asked_module)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, KernelError)
}


def plain(value: Any) -> Any:  # noqa: ANN401 - for people and scripts: any record
    """Return a record as JSON for people and scripts: money and days as text, no tags."""
    match value:
        case BaseModel():
            return plain(value.model_dump())
        case None | bool() | int() | str():
            return value
        case float():
            return value if isfinite(value) else None
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(each) for each in value]
        case _ if hasattr(value, "__dataclass_fields__"):
            return plain(asdict(value))
        case _:
            return str(value)
