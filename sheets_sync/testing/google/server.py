"""The stand-in as a server on loopback, and in the same process the strings a test pulls."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from sheets_sync.testing.google.api import Answer, Api, kind_of
from sheets_sync.testing.google.calls import Call, Meter, Quota
from sheets_sync.testing.google.drive import Drive
from sheets_sync.testing.google.faults import Fault, Rule
from sheets_sync.testing.google.hand import Hand
from sheets_sync.testing.google.spreadsheet import Spreadsheet
from sheets_sync.testing.google.tokens import Tokens

OWNER = "operator@example.com"
MAX_BODY_BYTES = 64 * 1024 * 1024
IDLE_S = 60.0
POLL_S = 0.02  # how soon it notices that it shall stop
Hook = Callable[[Call], None]


class GoogleStandIn:
    """Google Sheets, a little Drive and a token endpoint on loopback, as a context manager.

    One lock is around each call, hooks included, so that whatever a hook does happens between two calls. `clock` gives
    seconds since 1970; it times tokens, quotas and files. Without a `quota` there is none.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time, quota: Quota | None = None) -> None:
        self.clock = clock
        self.drive = Drive(clock)
        self.tokens = Tokens(clock)
        self.calls: list[Call] = []
        self.broken: list[Exception] = []
        """What went wrong in hooks or in the stand-in itself; raised at the end of the `with`."""
        self.lock = threading.RLock()
        self._api = Api(self.drive, self.tokens, Meter(quota) if quota else None)
        self._hooks: list[Hook] = []
        self._rules: list[Rule] = []
        self._hands: dict[str, Hand] = {}
        self._server = _Server(self)

    def __enter__(self) -> Self:
        """Begin to answer."""
        threading.Thread(target=self._server.serve_forever, args=(POLL_S,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop answering; raise what went wrong inside, unless something else did already."""
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        if self.broken and error is None:
            raise self.broken[0]

    @property
    def url(self) -> str:
        """What stands in for https://sheets.googleapis.com and https://www.googleapis.com."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def token_uri(self) -> str:
        """What stands in for https://oauth2.googleapis.com/token."""
        return f"{self.url}/token"

    def create(self, title: str = "Approvals", owner: str = OWNER) -> Spreadsheet:
        """Make an empty spreadsheet."""
        with self.lock:
            return self.drive.new(title, owner)

    def spreadsheet(self, file_id: str) -> Spreadsheet:
        """Return a spreadsheet to look into; change it by `hand`."""
        return self.drive.files[file_id]

    def hand(self, file_id: str) -> Hand:
        """Return the operator's hand on a spreadsheet."""
        if file_id not in self._hands:
            self._hands[file_id] = Hand(self.spreadsheet(file_id), self.lock, self.clock)
        return self._hands[file_id]

    def access_token(self, email: str = OWNER) -> str:
        """Return a token to call with, as if that user had just signed in."""
        return self.tokens.access_token(email)

    def before_each(self, hook: Hook) -> None:
        """Do something before every call from now on."""
        self._hooks.append(hook)

    def before(self, number: int, act: Callable[[], None]) -> None:
        """Do something just before the call of that number, counted from 1."""
        self._hooks.append(lambda call: act() if call.number == number else None)

    def before_next(self, act: Callable[[], None], when: Callable[[Call], bool] = lambda _: True) -> None:
        """Do something just before the next call that `when` accepts, once."""

        def hook(call: Call) -> None:
            if when(call):
                self._hooks.remove(hook)
                act()

        self._hooks.append(hook)

    def fail(
        self,
        fault: Fault,
        *numbers: int,
        when: Callable[[Call], bool] | None = None,
        times: int | None = None,
    ) -> None:
        """Let a fault happen at calls by number, counted from 1, or whenever `when` accepts one; else at the next."""
        if not numbers and when is None:
            numbers = (len(self.calls) + 1,)
        self._rules.append(Rule(fault=fault, numbers=numbers, when=when, times=times))

    def calm(self) -> None:
        """Forget all hooks and faults."""
        self._hooks.clear()
        self._rules.clear()

    def react(self, method: str, target: str, raw: bytes, authorization: str) -> tuple[Answer, Fault, Call]:
        """Take one call: hooks first, then a fault if one is due, then the answer."""
        with self.lock:
            call = Call(
                number=len(self.calls) + 1,
                method=method,
                path=target.partition("?")[0],
                query=target.partition("?")[2],
                kind=kind_of(method, target),
                at=self.clock(),
                bytes_in=len(raw),
            )
            self.calls.append(call)
            try:
                answer, fault = self._answer(call, target, raw, authorization)
            except Exception as problem:  # noqa: BLE001 - it is raised in the test, at the end of the `with`
                self.broken.append(problem)
                answer, fault = Answer(status=500, body=b"{}"), Fault()
            call.status, call.bytes_out = (0 if fault.reset else answer.status), len(answer.body)
            return answer, fault, call

    def _answer(self, call: Call, target: str, raw: bytes, authorization: str) -> tuple[Answer, Fault]:
        for hook in [*self._hooks]:
            hook(call)
        fault = next((rule.fault for rule in self._rules if rule.meets(call)), Fault())
        instead = Answer(
            status=fault.status, body=fault.body, content_type=fault.content_type, headers=fault.headers
        )
        if fault.replaces and not fault.after:
            return instead, fault
        answer = self._api.answer(call, target, raw, authorization)
        return (instead if fault.replaces else answer), fault


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, stand_in: GoogleStandIn) -> None:
        self.stand_in = stand_in
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def hang_up(self) -> None:
        """End the connections that clients keep open, and with them their threads."""
        for connection in [*self.open]:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "ESF"
    sys_version = ""
    timeout = IDLE_S
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together

    def setup(self) -> None:
        """Begin a connection."""
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        """End a connection."""
        self.server.open.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: the calls are recorded."""

    def _one_call(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), MAX_BODY_BYTES)
        raw = self.rfile.read(length)
        authorization = self.headers.get("Authorization", "")
        answer, fault, _ = self.server.stand_in.react(self.command, self.path, raw, authorization)
        if fault.late_s:
            time.sleep(fault.late_s)
        if fault.reset:
            self._reset()
        else:
            self._send(answer, is_truncated=fault.truncated)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _one_call  # noqa: N815 - the base class calls them so

    def _send(self, answer: Answer, *, is_truncated: bool) -> None:
        self.send_response(answer.status)
        headers = {
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.body)),
            **answer.headers,
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        body = answer.body[: len(answer.body) // 2] if is_truncated else answer.body
        self.wfile.write(body)
        self.wfile.flush()
        if is_truncated:
            self.close_connection = True

    def _reset(self) -> None:
        """Close without a farewell, so that the client sees a reset and not an end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
