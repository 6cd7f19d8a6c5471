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
        now = time.monotonic()
        self.due: float | None = now + min(HEAVY_AFTER_S, timeout_s)
        """When it is looked at next; None: no more."""
        self._cursor, self._heavy, self._ours, self._ends = cursor, heavy, ours, now + timeout_s

    def look(self) -> None:
        """Take the turn of the heavy ones for it, or stop it where another has that, or where its time is up."""
        if not self._ours:
            self._ours = self._heavy.acquire(blocking=False)
            self.postponed = not self._ours
        if self._ours and time.monotonic() < self._ends:
            self.due = self._ends
            return
        self.due = None
        self.expired = not self.postponed
        self._cursor.interrupt()

    def end(self) -> None:
        """The question is answered, or was stopped."""
        if self._ours:
            self._heavy.release()


class Watchman:
    """Looks at the questions under way when each is due: one thread for all, which ends when there are none."""

    def __init__(self) -> None:
        self._watches: set[Watch] = set()
        self._changed = threading.Condition()
        self._is_awake = False
        self._wakes_at = 0.0

    def begin(self, watch: Watch) -> None:
        """Look at a question from now on."""
        with self._changed:
            self._watches.add(watch)
            if not self._is_awake:
                self._is_awake = True
                threading.Thread(target=self._keep_watch, daemon=True).start()
            elif watch.due is not None and watch.due < self._wakes_at:
                self._changed.notify()

    def end(self, watch: Watch) -> None:
        """Look at it no more: once this has returned nothing stops its cursor."""
        with self._changed:
            self._watches.discard(watch)
            watch.end()

    def _keep_watch(self) -> None:
        with self._changed:
            while self._watches:
                self._changed.wait(self._next_s())
                now = time.monotonic()
                for watch in [each for each in self._watches if each.due is not None and each.due <= now]:
                    watch.look()
            self._is_awake = False

    def _next_s(self) -> float:
        now = time.monotonic()
        self._wakes_at = min((each.due for each in self._watches if each.due), default=now + HEAVY_AFTER_S)
        return max(0.0, self._wakes_at - now)


class Questions:
    """The questions of one database."""

    def __init__(self) -> None:
        self._under_way: set[Interruptible] = set()
        self._heavy = threading.Lock()
        self._watchman = Watchman()

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
        self._watchman.begin(watch)
        self._under_way.add(cursor)
        try:
            yield watch
        finally:
            self._under_way.discard(cursor)
            self._watchman.end(watch)

    def stop_all(self) -> None:
        """Stop all of them and wait until they are gone, at the longest for STOP_WAIT_S."""
        deadline = time.monotonic() + STOP_WAIT_S
        while self._under_way and time.monotonic() < deadline:
            self.interrupt()
            time.sleep(STOP_STEP_S)
