"""What every event log can do, whatever holds its events: the two verbs and reading in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from opc_kernel.event import Event, Write
from opc_kernel.log.append import Appended
from opc_kernel.log.rows import Rows


class EventLog(Protocol):
    """An append-only, totally ordered log of events."""

    def append(self, writes: Iterable[Write], *, expected: Mapping[str, int]) -> Appended:
        """Store events for one or more streams, all or none; many of them best from a generator.

        `expected` maps each stream written, and any stream only relied on (a guard), to its version; `NEW_STREAM`
        and `ANY_VERSION` are versions too. A retry with the same event ids and content answers with the stored
        positions. Raises a subclass of AppendRefused when nothing was stored, InvalidEvent or UnknownEventType.
        """
        ...

    def read(self, *, after: int = 0, limit: int | None = None) -> Iterator[Event]:
        """Yield events after a position, in order, each in its type's present schema."""
        ...


class Queryable(Protocol):
    """What answers SQL over the log and its read models."""

    def query(self, sql: str, /, **parameters: Any) -> Rows:  # noqa: ANN401 - SQL parameters are plain values of any kind
        """Answer one SELECT; it sees everything that was acknowledged before it.

        Raises QueryRefused for a statement that is more than a question, QueryFailed for one that can't be answered.
        """
        ...


class Company(EventLog, Queryable, Protocol):
    """A log that also answers questions: what capabilities, shells and views work with."""
