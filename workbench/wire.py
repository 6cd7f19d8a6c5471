"""What crosses between processes: appends, questions and their answers as JSON, without losing a type on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from pydantic import BaseModel

from opc_kernel import event as event_module
from opc_kernel.errors import KernelError
from opc_kernel.event import Registry, Write
from opc_kernel.log import errors as log_errors
from opc_kernel.log.database import Rows

PROTOCOL = 1


def encode(value: object) -> bytes:
    """Return JSON."""
    return msgspec.json.encode(value)


def decode(content: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    """Read JSON."""
    return msgspec.json.decode(content)


def pack(value: Any) -> Any:  # noqa: ANN401 - SQL values may be anything
    """Return a value that JSON can carry, with a tag where JSON has no such type."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return {"$decimal": str(value)}
        case datetime():
            return {"$instant": value.isoformat()}
        case date():
            return {"$date": value.isoformat()}
        case bytes():
            return {"$bytes": value.hex()}
        case UUID():
            return str(value)
        case Mapping():
            return {str(key): pack(each) for key, each in value.items()}
        case Sequence() | set() | frozenset():
            return [pack(each) for each in value]
        case _:
            return str(value)


def unpack(value: Any) -> Any:  # noqa: ANN401 - the counterpart of pack
    """Return the value that was packed."""
    match value:
        case {"$decimal": str(text)}:
            return Decimal(text)
        case {"$instant": str(text)}:
            return datetime.fromisoformat(text)
        case {"$date": str(text)}:
            return date.fromisoformat(text)
        case {"$bytes": str(text)}:
            return bytes.fromhex(text)
        case dict():
            return {key: unpack(each) for key, each in value.items()}
        case list():
            return [unpack(each) for each in value]
        case _:
            return value


def pack_write(write: Write) -> dict[str, Any]:
    """Return a write as plain data."""
    plain = {field.name: getattr(write, field.name) for field in fields(write) if field.name != "data"}
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
        key: str(value) if not isinstance(value, int | str) else value for key, value in vars(error).items()
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
        case Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(each) for each in value]
        case _ if hasattr(value, "__dataclass_fields__"):
            return plain(asdict(value))
        case _:
            return value
