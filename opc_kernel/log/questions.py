"""Questions under way: each within its time, long ones one after the other, all stopped when an append needs room."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

HEAVY_AFTER_S = 2.0
"""A question that takes longer is heavy: while another one is under way it is stopped, and begins again after it."""


STOP_WAIT_S = 10.0
STOP_STEP_S = 0.01


class Interruptible(Protocol):
    """What a question runs on."""

    def interrupt(self) -> None:
        """Stop it, from another thread."""
        ...


class Watch:
    """What became of one run of a question."""

    def __init__(self, cursor: Interruptible, heavy: threading.Lock, *, ours: bool, timeout_s: float) -> None:
        self.postponed = False
        """It was stopped because another heavy one is under way."""
        self.expired = False
        """It was stopped because its time was up."""
        self._cursor, self._heavy, self._ours, self._timeout_s = cursor, heavy, ours, timeout_s
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """The question is answered, or was stopped."""
        self._done.set()
        self._thread.join()  # it would keep the cursor, and at the end of the program the connection
        if self._ours:
            self._heavy.release()

    def _look(self) -> None:
        light_s = min(HEAVY_AFTER_S, self._timeout_s)
        if self._done.wait(light_s):
            return
        if not self._ours:
            self._ours = self._heavy.acquire(blocking=False)
            self.postponed = not self._ours
        if self._ours and self._done.wait(self._timeout_s - light_s):
            return
        self.expired = not self.postponed
        self._cursor.interrupt()


class Questions:
    """The questions of one database."""

    def __init__(self) -> None:
        self._under_way: set[Interruptible] = set()
        self._heavy = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._under_way)

    def interrupt(self) -> None:
        """Stop all of them."""
        for cursor in tuple(self._under_way):
            cursor.interrupt()

    @contextmanager
    def watched(self, cursor: Interruptible, *, heavy: bool, timeout_s: float) -> Iterator[Watch]:
        """Run a question; one known to be heavy waits for its turn first.

        Raises TimeoutError when that takes longer than `timeout_s`.
        """
        if heavy and not self._heavy.acquire(timeout=timeout_s):
            raise TimeoutError
        watch = Watch(cursor, self._heavy, ours=heavy, timeout_s=timeout_s)
        self._under_way.add(cursor)
        try:
            yield watch
        finally:
            self._under_way.discard(cursor)
            watch.end()

    def stop_all(self) -> None:
        """Stop all of them and wait until they are gone, at the longest for STOP_WAIT_S."""
        deadline = time.monotonic() + STOP_WAIT_S
        while self._under_way and time.monotonic() < deadline:
            self.interrupt()
            time.sleep(STOP_STEP_S)
