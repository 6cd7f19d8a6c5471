"""Events on their way into the table: in batches, and beside whoever writes them into the journal meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from queue import SimpleQueue
from typing import TYPE_CHECKING

from opc_kernel.event import Event
from opc_kernel.log import event_row
from opc_kernel.sql import load_sql

if TYPE_CHECKING:
    from opc_kernel.log.database import Cursor

BULK_ROWS = 500
"""From this many rows on an insert goes through numpy columns; below, importing numpy costs more than it saves."""
BATCH_ROWS = 20_000
END: Sequence[Event] = ()
"""The batch after the last."""


class Passing:
    """Events that one thread takes one by one, while another gets the same in batches."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.passed: list[Event] = []
        self._events = events
        self._queue: SimpleQueue[Sequence[Event] | BaseException] = SimpleQueue()

    def __iter__(self) -> Iterator[Event]:
        for batch in batches(self._events):
            self._queue.put(batch)
            self.passed.extend(batch)
            yield from batch

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Whoever takes them does so in this block: its end, or its error, is that of the batches."""
        try:
            yield
        except BaseException as error:
            self._queue.put(error)
            raise
        self._queue.put(END)

    def batches(self) -> Iterator[Sequence[Event]]:
        """Yield batches as they are taken; raises what whoever takes them raised."""
        while batch := self._queue.get():
            if isinstance(batch, BaseException):
                raise batch
            yield batch


def batches(events: Iterable[Event]) -> Iterator[Sequence[Event]]:
    """Yield so many events at a time as are inserted at once."""
    rest = iter(events)
    while batch := list(islice(rest, BATCH_ROWS)):
        yield batch


def insert_rows(cursor: Cursor, events: Sequence[Event]) -> None:
    """Insert some events with one statement."""
    columns = event_row.columns(events)
    if len(events) < BULK_ROWS:
        cursor.execute(load_sql("opc_kernel.log", "insert_event_lists"), list(columns.values()))
        return
    import numpy as np

    incoming = {
        name: np.array(values, dtype=np.int64 if name in event_row.NUMBERS else object)
        for name, values in columns.items()
    }
    cursor.register("incoming", incoming)
    cursor.execute(load_sql("opc_kernel.log", "insert_event_columns"))
    cursor.unregister("incoming")
