"""What crosses between processes: appends, questions and their answers as JSON, without losing a type on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec
from pydantic import BaseModel

from opc_kernel import event as event_module
from opc_kernel.errors import KernelError
from opc_kernel.event import Registry, Write
from opc_kernel.log import errors as log_errors
from opc_kernel.log.database import Rows

PROTOCOL = 1
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


def pack_write(write: Write) -> dict[str, Any]:
    """Return a write as plain data."""
    plain = {name: getattr(write, name) for name in write.__struct_fields__ if name != "data"}
    return {**pack(plain), "type": write.data.event_type, "data": decode(write.data.encoded())}


def unpack_write(plain: Mapping[str, Any], registry: Registry) -> Write:
    """Build a write from plain data. Raises UnknownEventType or InvalidEvent."""
    rest = {key: unpack(value) for key, value in plain.items() if key not in ("type", "data")}
    return Write(**rest, data=registry.parse(plain["type"], plain["data"]))


def pack_rows(rows: Rows) -> dict[str, Any]:
    """Return an answer as plain data."""
    return {"columns": rows.columns, "types": rows.types, "rows": pack(rows.rows)}


def unpack_rows(plain: Mapping[str, Any]) -> Rows:
    """Build an answer from plain data."""
    return Rows(
        columns=tuple(plain["columns"]),
        types=tuple(plain["types"]),
        rows=[tuple(unpack(row)) for row in plain["rows"]],
    )


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
    for module in (log_errors, event_module)
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
