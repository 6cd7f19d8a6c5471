"""The HTTP client of model calls: no redirects, no compressed answers, and never more than so many bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx2

MAX_ANSWER_BYTES = 4 * 2**20
CONNECT_S = 10.0
LONGEST_WAIT_S = 24 * 3600.0
"""No endpoint can ask for more than a day."""


class TooLong(Exception):
    """An answer has more bytes than any that is read."""


class Bounds:
    """What one call may receive, and what is seen of it on the way.

    `connected` says whether a request ever went out, `status` how it was answered, `wait_s` how long the endpoint wants
    to be left alone, `broken` which bound was broken.
    """

    def __init__(self) -> None:
        self.broken: str | None = None
        self.connected = False
        self.status: int = HTTPStatus.OK
        self.wait_s: float | None = None

    def client(self, *, trust_env: bool) -> httpx2.AsyncClient:
        """Return a client for one call; with `trust_env` through the machine's proxy."""
        return httpx2.AsyncClient(
            follow_redirects=False,  # another host may not be one that the words may go to
            trust_env=trust_env,
            timeout=httpx2.Timeout(None, connect=CONNECT_S),  # the whole call has one end, kept by its caller
            event_hooks={"request": [self._plain], "response": [self._counted]},
        )

    async def _plain(self, request: httpx2.Request) -> None:
        request.headers["Accept-Encoding"] = "identity"
        request.extensions["trace"] = self._trace

    async def _trace(self, name: str, _: object) -> None:
        if name.endswith("send_request_headers.started"):
            self.connected = True

    async def _counted(self, response: httpx2.Response) -> None:
        self.status = response.status_code
        self.wait_s = _wait_s(response.headers.get("Retry-After", ""))
        if response.headers.get("Content-Encoding", "identity") != "identity":
            self._break("its answer is compressed, though nobody asked for that")
        assert isinstance(response.stream, httpx2.AsyncByteStream), "the client is asynchronous"
        response.stream = _Counted(response.stream, self)

    def _break(self, bound: str) -> None:
        self.broken = bound
        raise TooLong(bound)

    def count(self, received: int) -> None:
        """Raise TooLong when an answer has come to more bytes than it may have."""
        if received > MAX_ANSWER_BYTES:
            self._break(f"its answer is longer than {MAX_ANSWER_BYTES:,} bytes")


def _wait_s(told: str) -> float | None:
    """Read Retry-After, which is a number of seconds or a date."""
    if told.isascii() and told.isdecimal():
        return min(float(told), LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(told)
    except (TypeError, ValueError):
        return None
    now = datetime.now(at.tzinfo or UTC)
    return min(max((at.replace(tzinfo=now.tzinfo) - now).total_seconds(), 0.0), LONGEST_WAIT_S)


class _Counted(httpx2.AsyncByteStream):
    """A body that ends in an error where it is too long."""

    def __init__(self, stream: httpx2.AsyncByteStream, bounds: Bounds) -> None:
        self._stream = stream
        self._bounds = bounds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in self._stream:
            received += len(chunk)
            self._bounds.count(received)
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
