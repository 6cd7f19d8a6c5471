"""A place to listen on this machine alone."""

from __future__ import annotations

import socket

from opc_kernel.errors import KernelError

HOST = "127.0.0.1"


class PortTaken(KernelError):
    """Another program listens there."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} on {HOST} is taken.", "Name another with --port, or --port 0 for any free one."
        )
        self.port = port


def listen(port: int | None, *, usual: int) -> socket.socket:
    """Take the port that was asked for; without one the usual port, or any free one. Raises PortTaken."""
    if port is None:
        try:
            return listen(usual, usual=usual)
        except PortTaken:
            return listen(0, usual=usual)
    # asyncio sends small answers at once only where the protocol is named: else each waits 40 ms for the client's word
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # the link is printed before the server accepts: who is quick waits in line
    except OSError as error:
        listener.close()
        raise PortTaken(port) from error
    return listener
