"""A time limit over a whole conversation: a server that sends a byte a second keeps within every single timeout."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from types import TracebackType


class Deadline:
    """Cuts the connections it watches when the time is over; whoever reads from them then gets an error."""

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self.passed = False

    def watch(self, connection: socket.socket) -> None:
        """Watch a connection, by a descriptor of its own: TLS takes the first one over."""
        with self._lock:
            self._watched.append(connection.dup())
            passed = self.passed
        if passed:
            self._cut()

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for connection in self._watched:
                connection.close()
            self._watched.clear()

    def _cut(self) -> None:
        with self._lock:
            self.passed = True
            for connection in self._watched:
                with suppress(OSError):  # it may have ended by itself
                    connection.shutdown(socket.SHUT_RDWR)


def connected(
    deadline: Deadline, host: str, port: int, *, timeout_s: float, tls: ssl.SSLContext | None
) -> socket.socket:
    """Return a connection that the deadline watches from its first byte on, safe where `tls` is given."""
    plain = socket.create_connection((host, port), timeout_s)
    try:
        deadline.watch(plain)
        return tls.wrap_socket(plain, server_hostname=host) if tls else plain
    except BaseException:
        plain.close()
        raise
