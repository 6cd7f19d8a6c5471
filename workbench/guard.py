"""The guard before every route, HTTP and WebSocket alike: right host, right origin, and the token."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

COOKIE = "workbench"
REFUSED = "This page wants the link that 'workbench up' printed.\n"
CLOSED = 1008  # policy violation

# marimo needs inline scripts and styles, evaluated ones and workers; nothing may come from or go to another host
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' blob:; worker-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' ws://{host} data: blob:; object-src 'none'; "
    "frame-ancestors 'self'; form-action 'self'; base-uri 'self'"
)
OURS = (None, "none", "same-origin")
"""What a browser says in Sec-Fetch-Site when a page of ours asks, or the operator typed the address."""


class Guard:
    """Wraps an application. A page's first visit brings the token in its address and leaves with a cookie."""

    def __init__(self, app: ASGIApp, *, token: str, host: str) -> None:
        self._app, self._token, self._host = app, token, host
        self._headers = (
            (b"content-security-policy", POLICY.format(host=host).encode()),
            (b"referrer-policy", b"no-referrer"),
            (b"x-content-type-options", b"nosniff"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it before anything else sees it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        if not is_ours(headers, self._host):
            await _refuse(scope, receive, send)
        elif scope["type"] == "http" and self._is_token(query.get("token", "")):
            await self._welcome(scope, query)(scope, receive, send)
        elif self._knows(headers):
            await self._app(scope, receive, self._with_headers(send) if scope["type"] == "http" else send)
        else:
            await _refuse(scope, receive, send)

    def _knows(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        return (scheme == "Bearer" and self._is_token(given)) or self._is_token(self._cookie(headers))

    def _cookie(self, headers: Headers) -> str:
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(self._cookie_name)
        except CookieError:
            return ""
        return morsel.value if morsel else ""

    @property
    def _cookie_name(self) -> str:
        return f"{COOKIE}-{self._host.rpartition(':')[2]}"  # cookies know no ports: two companies, two names

    def _is_token(self, given: str) -> bool:
        return is_same(given, self._token)

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *self._headers]}
            await send(message)

        return sending

    def _welcome(self, scope: Scope, query: dict[str, str]) -> Response:
        """Move the token from the address into a cookie, so that it stands in no history and no screenshot."""
        rest = urlencode({key: value for key, value in query.items() if key != "token"})
        here = f"/{scope['path'].lstrip('/')}"  # two slashes would lead to another host
        response = RedirectResponse(here + (f"?{rest}" if rest else ""), status_code=303)
        response.set_cookie(self._cookie_name, self._token, httponly=True, samesite="strict")
        return response


def is_same(given: str, token: str) -> bool:
    """Compare in a time that tells nothing."""
    return hmac.compare_digest(given.encode(), token.encode())


def is_ours(headers: Mapping[str, str], host: str) -> bool:
    """Return whether a request was sent to `host` by its own pages, or by the operator who typed the address."""
    origin = headers.get("origin")
    site, mode = headers.get("sec-fetch-site"), headers.get("sec-fetch-mode")
    return (
        headers.get("host") == host
        and origin in (None, f"http://{host}")
        and (
            site in OURS or mode == "navigate"
        )  # other programs on this machine are the same site to a browser
    )


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await WebSocketClose(code=CLOSED)(scope, receive, send)
    else:
        await PlainTextResponse(REFUSED, status_code=401)(scope, receive, send)
