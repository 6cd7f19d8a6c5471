"""Calls to the provider over HTTP, bounded in time and size; each is made once and answered by what is known of it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx
import msgspec

from opc_kernel.clock import Clock
from opc_kernel.effects.connector import NotDone, Unclear
from workbench.connectors.deadline import Deadline
from workbench.connectors.words import told

CONNECT_S, ANSWER_S, WHOLE_S = 10.0, 60.0, 80.0
MAX_ANSWER_BYTES = 4_000_000
SENDING = "http11.send_request_headers.started"
"""From here on the provider may know of the call."""
CONNECTED = "connection.connect_tcp.complete"
ALWAYS = [(b"Connection", b"close"), (b"Accept-Encoding", b"identity")]
"""An answer that is not packed can't be a bomb."""
BEFORE_WORK = (HTTPStatus.TOO_MANY_REQUESTS,)
"""Answers by which the provider says that it has not begun."""
NOT_SURE = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT)
"""Conflict: the same key is being worked on, by a call of ours that we lost."""
OTHER_WORDS = "idempotency_error"
"""The provider knows the key with another body: something was done under it, and it is not this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A good answer."""

    body: Mapping[str, Any]


Told = Answered | NotDone | Unclear


class Api:
    """One account at one provider. `key` is asked for when it is needed and goes into a header, never an address."""

    def __init__(
        self,
        url: str,
        key: Callable[[], str],
        *,
        clock: Clock,
        tls: ssl.SSLContext | None = None,
        whole_s: float = WHOLE_S,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._url = url
        self._key = key
        self._clock = clock
        self._tls = tls
        self._whole_s = whole_s
        self._answer_s = answer_s

    def get(self, path: str, **query: str) -> Told:
        """Ask a question."""
        return self._call("GET", path, params=query)

    def post(self, path: str, fields: Mapping[str, str], *, key: str) -> Told:
        """Have something done under an idempotency key."""
        return self._call("POST", path, data=fields, headers={"Idempotency-Key": key})

    def _call(self, method: str, path: str, headers: Mapping[str, str] | None = None, **named: Any) -> Told:  # noqa: ANN401 - httpx's own
        secret = self._key()
        sent = [*ALWAYS, (b"Authorization", f"Bearer {secret}".encode()), *_bytes(headers or {})]
        passage = _Passage()
        with Deadline(self._whole_s) as deadline, self._client() as client:
            trace = {"trace": passage.follow(deadline)}
            try:
                with client.stream(
                    method, self._url + path, headers=sent, extensions=trace, **named
                ) as answer:
                    return self._understood(answer, _body(answer), secret)
            except _TooLong:
                return Unclear(reason="the answer is longer than any should be")
            except (httpx.HTTPError, httpx.StreamError, OSError) as error:
                words = "no end in time" if deadline.passed else _cause(error)
                return (Unclear if passage.began else NotDone)(reason=words)

    def _client(self) -> httpx.Client:
        self._tls = (
            self._tls or ssl.create_default_context()
        )  # reading every authority takes longer than a call
        return httpx.Client(
            timeout=httpx.Timeout(self._answer_s, connect=CONNECT_S),
            follow_redirects=False,
            trust_env=False,
            verify=self._tls,
        )

    def _understood(self, answer: httpx.Response, content: bytes, secret: str) -> Told:
        body, status = _object(content), answer.status_code
        if answer.is_success:
            return Unclear(reason="an answer that can't be read") if body is None else Answered(body=body)
        kind, words = _error(body)
        reason = told(f"{status} {words or answer.reason_phrase}", [secret])
        after = retry_after(answer.headers.get("Retry-After", ""), self._clock.now())
        if status in BEFORE_WORK:
            return NotDone(reason=reason, after=after)
        if status >= 500 or status in NOT_SURE or kind == OTHER_WORDS or answer.is_redirect:
            return Unclear(reason=reason, after=after)
        return NotDone(reason=reason, lasting=True)


class _TooLong(Exception):
    """An answer that would not end."""


class _Passage:
    """How far a call has come."""

    def __init__(self) -> None:
        self.began = False

    def follow(self, deadline: Deadline) -> Callable[[str, Mapping[str, Any]], None]:
        """Return what httpx tells of each step: the connection is watched as soon as there is one."""

        def step(name: str, told_of: Mapping[str, Any]) -> None:
            if name == CONNECTED:
                deadline.watch(told_of["return_value"].get_extra_info("socket"))
            self.began = self.began or name == SENDING

        return step


def retry_after(text: str, now: datetime) -> timedelta | None:
    """Return what a `Retry-After` says, in seconds or as a date, rounded up; None for nothing or nonsense."""
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=min(int(text[:12]), 10**9))
    with suppress(ValueError, TypeError, OverflowError):
        at = parsedate_to_datetime(text)
        return max(timedelta(0), at.replace(tzinfo=at.tzinfo or UTC) - now)
    return None


def _body(answer: httpx.Response) -> bytes:
    content = bytearray()
    for piece in answer.iter_raw():
        content += piece
        if len(content) > MAX_ANSWER_BYTES:
            raise _TooLong
    return bytes(content)


def _bytes(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Return headers as they go out: httpx refuses other letters than ASCII with an error that holds them."""
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _object(content: bytes) -> Mapping[str, Any] | None:
    try:
        return msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _error(body: Mapping[str, Any] | None) -> tuple[str, str]:
    match body:
        case {"error": {"type": str(kind), "message": str(words)}}:
            return kind, words
        case _:
            return "", ""


def _cause(error: Exception) -> str:
    """Say what kind of error it is: httpx's own text may hold the address."""
    match error:
        case httpx.TimeoutException():
            return "no answer in time"
        case httpx.ConnectError() if isinstance(_root(error), ssl.SSLError):
            return "no safe connection"
        case httpx.ConnectError():
            return "no connection"
        case httpx.RemoteProtocolError() | httpx.DecodingError():
            return "a broken answer"
        case _:
            return "the connection was cut"


def _root(error: BaseException) -> BaseException:
    inner = error.__cause__ or error.__context__
    return error if inner is None else _root(inner)
