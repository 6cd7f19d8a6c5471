"""One call to a webhook, bounded in time and size, answered by what is known of it."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from http import HTTPStatus

import httpx

from opc_kernel.effects.connector import Acted, NotDone, Sent, Unclear
from workbench.connectors.deadline import Deadline
from workbench.connectors.words import told

CONNECT_S, ANSWER_S, WHOLE_S = 10.0, 20.0, 40.0
MAX_ANSWER_BYTES = 10_000
NOT_NOW = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
"""Answers by which a server says that it has not begun."""
CONNECTED = "connection.connect_tcp.complete"


def post(url: str, text: str, *, key: str, secret: str, tls: Callable[[], ssl.SSLContext]) -> Acted:
    """Post a text under a key. A redirect is no answer: nobody but the settings says where a note goes."""
    with Deadline(WHOLE_S) as deadline, _client(tls) as client:

        def step(name: str, told_of: dict[str, object]) -> None:
            if name == CONNECTED:
                deadline.watch(told_of["return_value"].get_extra_info("socket"))  # type: ignore[attr-defined]  # httpx types it as any object

        headers = {"Idempotency-Key": key, "Connection": "close"}
        try:
            with client.stream(
                "POST", url, json={"text": text}, headers=headers, extensions={"trace": step}
            ) as answer:
                return _understood(answer, secret)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol):
            return NotDone(reason="no connection")
        except (httpx.HTTPError, httpx.StreamError, OSError):
            return Unclear(reason="no answer in time" if deadline.passed else "the connection was cut")


def _client(tls: Callable[[], ssl.SSLContext]) -> httpx.Client:
    return httpx.Client(
        timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
        follow_redirects=False,
        trust_env=False,
        verify=tls(),
    )


def _understood(answer: httpx.Response, secret: str) -> Acted:
    words = told(_beginning(answer), [secret])
    reason = f"{answer.status_code} {words or answer.reason_phrase}"
    if answer.is_success:
        return Sent(reference=f"answered {answer.status_code}")
    if answer.status_code in NOT_NOW:
        return NotDone(reason=reason)
    if answer.is_server_error or answer.status_code == HTTPStatus.REQUEST_TIMEOUT:
        return Unclear(reason=reason)
    return NotDone(reason=reason, lasting=True)


def _beginning(answer: httpx.Response) -> bytes:
    content = b""
    for piece in answer.iter_bytes():
        content += piece
        if len(content) >= MAX_ANSWER_BYTES:
            break
    return content[:MAX_ANSWER_BYTES]
