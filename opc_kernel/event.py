"""Events: the facts a company is made of, and the registered types they must have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

import msgspec
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticSerializationError

from opc_kernel.errors import KernelError
from opc_kernel.ids import new_id

NEW_STREAM = 0
"""The version of a stream that has no event yet."""
ANY_VERSION = -1
"""Expected version for a stream whose order does not matter to the writer."""

MAX_DATA_BYTES = 1_000_000


class EventData(BaseModel):
    """Base of every event type: `class InvoiceIssued(EventData, type="books.invoice_issued")`.

    `upcasters` maps an old schema version to one SQL expression over the column `data` that turns it into
    the next version; the view `event_now` applies them, stored events are never rewritten.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    event_type: ClassVar[str] = ""
    schema_version: ClassVar[int] = 1
    upcasters: ClassVar[Mapping[int, str]] = {}

    def __init_subclass__(cls, *, type: str = "", version: int = 1, **rest: Any) -> None:  # noqa: A002, ANN401 - reads as in the log; rest is pydantic's
        super().__init_subclass__(**rest)
        cls.event_type = type
        cls.schema_version = version

    def encoded(self) -> bytes:
        """Return the JSON that is stored and hashed: compact UTF-8, fields in their declared order, no nulls.

        Raises PydanticSerializationError for what JSON can't hold, such as half a character.
        """
        return self.__pydantic_serializer__.to_json(self, exclude_none=True)


class Event(msgspec.Struct, frozen=True, gc=False):  # positional: an append of 100,000 events builds as many
    """One immutable fact as it is stored. After an erasure `salt` is None and `data` is the JSON null."""

    position: int
    stream: str
    version: int
    event_id: str
    type: str
    schema_version: int
    source: str
    source_id: str | None
    actor: str
    consent: str | None
    correlation_id: str
    causation_id: str | None
    occurred_at: datetime
    recorded_at: datetime
    data_hash: str
    chain_hash: str
    salt: str | None
    data: msgspec.Raw

    @property
    def text(self) -> str | None:
        """The stored JSON text, None after an erasure."""
        return None if self.erased else bytes(self.data).decode()

    @property
    def erased(self) -> bool:
        """Whether the data was erased: the chain still holds, it never covered the data."""
        return self.salt is None


class Write(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One event that a caller wants appended to `stream` (`category/id`).

    `event_id` is chosen before the first try; a retry carries the same one. `correlation_id` names the whole
    story (by default the event's own id starts one), `causation_id` the event that led to this one.
    """

    stream: str
    data: EventData
    actor: str
    source: str = "workbench"
    source_id: str | None = None
    event_id: str = msgspec.field(default_factory=new_id)
    correlation_id: str | None = None
    causation_id: str | None = None
    consent: str | None = None
    occurred_at: datetime | None = None


class UnknownEventType(KernelError):
    """An event of a type nobody registered."""

    def __init__(self, event_type: str) -> None:
        super().__init__(
            f"No event type {event_type!r} is registered.",
            "Register its model where the company is put together, or check the spelling.",
        )
        self.event_type = event_type


class InvalidEvent(KernelError):
    """Data that its registered type refuses."""

    def __init__(self, event_type: str, reason: str) -> None:
        super().__init__(
            f"The data of a {event_type!r} event is not valid: {reason}.",
            "Nothing was stored; correct the data.",
        )
        self.event_type = event_type
        self.reason = reason


class Registry:
    """The event types a company knows."""

    def __init__(self, types: Iterable[type[EventData]]) -> None:
        self._types: dict[str, type[EventData]] = {}
        for model in types:
            assert model.event_type.count(".") == 1, f"{model.__name__} needs a type like 'area.past_tense'"
            assert self._types.setdefault(model.event_type, model) is model, (
                f"{model.event_type} stands twice"
            )
            assert set(model.upcasters) == set(range(1, model.schema_version)), (
                f"{model.event_type} misses an upcaster"
            )
        self._known = frozenset(self._types.values())

    def __iter__(self) -> Iterator[type[EventData]]:
        return iter(self._types.values())

    def __contains__(self, event_type: str) -> bool:
        return event_type in self._types

    def parse(self, event_type: str, data: bytes) -> EventData:
        """Build the registered model from JSON.

        Raises UnknownEventType or InvalidEvent.
        """
        model = self._types.get(event_type)
        if model is None:
            raise UnknownEventType(event_type)
        try:
            return model.model_validate_json(data)
        except ValidationError as error:
            raise InvalidEvent(event_type, first_problem(error)) from error

    def encode(self, data: EventData) -> bytes:
        """Return the bytes to store.

        Raises UnknownEventType for a model nobody registered, InvalidEvent for data that can't be stored.
        """
        kind = type(data)
        if kind not in self._known:
            raise UnknownEventType(kind.event_type or kind.__name__)
        try:
            encoded = data.encoded()
        except PydanticSerializationError as error:
            raise InvalidEvent(
                kind.event_type, "it holds something that JSON can't, such as half a character"
            ) from error
        if len(encoded) > MAX_DATA_BYTES:
            raise InvalidEvent(kind.event_type, f"{len(encoded):,} bytes are more than {MAX_DATA_BYTES:,}")
        if b"\\u0000" in encoded and _holds_nul(encoded):
            raise InvalidEvent(kind.event_type, "it holds a NUL character; declare the field as Text")
        return encoded


def _holds_nul(encoded: bytes) -> bool:
    """DuckDB's JSON functions stop at a NUL; an escaped backslash before `u0000` makes it plain text."""
    return b"\\u0000" in encoded.replace(b"\\\\", b"")


IN_PLAIN_WORDS = {
    "tuple_type": "Input should be a list, in square brackets",
    "extra_forbidden": "There is no such field",
}


def first_problem(error: ValidationError) -> str:
    """Return pydantic's first complaint as 'field: message'; never the value, which may be private."""
    problem = error.errors(include_input=False, include_url=False)[0]
    field = ".".join(str(part) for part in problem["loc"]) or "data"
    told = IN_PLAIN_WORDS.get(problem["type"], problem["msg"].removeprefix("Value error, "))
    return f"{field}: {told}"
