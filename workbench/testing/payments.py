"""A payment provider in a process of its own, with Stripe's idempotency rules, faults on demand and a clock to move.

It writes down what it really did, a line each, and never tells two equal things apart except by the keys it is given.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from opc_kernel.ids import new_id

KEPT_S = 24 * 3600.0
"""How long an idempotency key is remembered."""
MAX_BODY_BYTES = 100_000
HANG_S = 30.0
DRIP_S = 1.0

Body = dict[str, Any]


class Declined(Exception):
    """The provider says no, and has done nothing."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message}}


@dataclass(slots=True, kw_only=True)
class Remembered:
    """What was answered under a key."""

    asked: str
    at: float
    status: int = 0
    body: Body = field(default_factory=dict)

    @property
    def in_flight(self) -> bool:
        """Whether it is being worked on."""
        return not self.status


class Provider:
    """The provider's books; `log` is the file in which it notes what it did."""

    def __init__(self, log: Path, secret: str) -> None:
        self.secret = secret
        self.lock = threading.Lock()
        self.faults: list[Body] = []
        self._log = log
        self._ahead_s = 0.0
        self._keys: dict[str, Remembered] = {}
        self._payments: dict[str, Body] = {}
        self._refunds: list[Body] = []

    def now(self) -> float:
        """Return the provider's own time."""
        return time.time() + self._ahead_s

    def advance(self, seconds: float) -> None:
        """Let time go by."""
        self._ahead_s += seconds

    def note(self, line: Body) -> None:
        """Write a line that a kill does not take back."""
        descriptor = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, json.dumps(line).encode() + b"\n")
        os.fsync(descriptor)
        os.close(descriptor)

    def once(self, key: str, asked: str, work: Callable[[], Body]) -> tuple[int, Body]:
        """Answer as before to what was asked before under this key; what was never begun is not remembered."""
        with self.lock:
            known = self._keys.get(key) if key else None
            if known is not None and self.now() - known.at < KEPT_S:
                return self._again(known, asked)
            mine = self._keys[key or new_id()] = Remembered(asked=asked, at=self.now())
        try:
            mine.status, mine.body = 200, work()
        except Declined as declined:
            if declined.status == 402:  # the work had begun
                mine.status, mine.body = declined.status, declined.body
            else:
                self._keys.pop(key, None)
            return declined.status, declined.body
        return mine.status, mine.body

    def _again(self, known: Remembered, asked: str) -> tuple[int, Body]:
        if known.asked != asked:
            message = "Keys for idempotent requests can only be used with the same parameters."
            return 400, Declined(400, "idempotency_error", message).body
        if known.in_flight:
            return 409, Declined(409, "invalid_request_error", "The key is in use by another request.").body
        return known.status, known.body

    def authorise(self, form: Body) -> Body:
        """Make a payment that waits to be captured."""
        payment = {
            "id": f"pi_{new_id()}",
            "object": "payment_intent",
            "amount": int(form["amount"]),
            "currency": form.get("currency", "eur"),
            "status": "requires_capture",
            "amount_received": 0,
            "metadata": {},
        }
        with self.lock:
            self._payments[payment["id"]] = payment
        return dict(payment)

    def payment(self, name: str) -> Body:
        """Return a payment."""
        with self.lock:
            if name not in self._payments:
                raise Declined(404, "invalid_request_error", "No such payment_intent.")
            return dict(self._payments[name])

    def capture(self, name: str, form: Body) -> Body:
        """Take the money of a payment."""
        payment, amount = self.payment(name), int(form.get("amount_to_capture", 0))
        if payment["status"] != "requires_capture":
            raise Declined(400, "invalid_request_error", "This PaymentIntent could not be captured.")
        if not 0 < amount <= payment["amount"]:
            raise Declined(400, "invalid_request_error", "The amount could not be captured.")
        changed = {"status": "succeeded", "amount_received": amount, "metadata": _metadata(form)}
        with self.lock:
            self._payments[name].update(changed)
        self.note({"did": "capture", "payment": name, "amount": amount, **_metadata(form)})
        return {**payment, **changed}

    def refund(self, form: Body) -> Body:
        """Pay money of a captured payment back."""
        payment, amount = self.payment(form.get("payment_intent", "")), int(form.get("amount", 0))
        with self.lock:
            back = sum(each["amount"] for each in self._refunds if each["payment_intent"] == payment["id"])
            if not 0 < amount <= payment["amount_received"] - back:
                raise Declined(400, "invalid_request_error", "Refund amount is greater than what is left.")
            refund = {
                "id": f"re_{new_id()}",
                "object": "refund",
                "payment_intent": payment["id"],
                "amount": amount,
                "status": "succeeded",
                "metadata": _metadata(form),
            }
            self._refunds.append(refund)
        self.note({"did": "refund", "payment": payment["id"], "amount": amount, **_metadata(form)})
        return refund

    def refunds(self, query: Body) -> Body:
        """Return a page of a payment's refunds, newest first."""
        with self.lock:
            rows = [
                each for each in reversed(self._refunds) if each["payment_intent"] == query["payment_intent"]
            ]
        if after := query.get("starting_after"):
            ids = [each["id"] for each in rows]
            rows = rows[ids.index(after) + 1 :]
        limit = int(query.get("limit", 10))
        return {"object": "list", "data": rows[:limit], "has_more": len(rows) > limit}


class Desk(BaseHTTPRequestHandler):
    """One connection. Paths that begin with `/_` are the tests' own."""

    protocol_version = "HTTP/1.1"
    provider: Provider

    def do_GET(self) -> None:
        """Answer a question."""
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self._answer("GET", parts.path, query, "")

    def do_POST(self) -> None:
        """Do something, once a key."""
        content = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), MAX_BODY_BYTES))
        if self.path.startswith("/_"):
            self._arrange(json.loads(content))
            return
        form = {name: values[-1] for name, values in parse_qs(content.decode()).items()}
        self._answer("POST", self.path, form, hashlib.sha256(self.path.encode() + content).hexdigest())

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def _arrange(self, wanted: Body) -> None:
        if self.path == "/_clock":
            self.provider.advance(float(wanted["advance_s"]))
        else:
            with self.provider.lock:
                self.provider.faults.append(wanted)
        self._send(200, {})

    def _answer(self, method: str, path: str, named: Body, asked: str) -> None:
        if self.headers.get("Authorization") != f"Bearer {self.provider.secret}":
            self._send(401, Declined(401, "invalid_request_error", "Invalid API Key provided.").body)
            return
        fault = self._fault(method)
        if fault.get("when") == "before":
            self._fail(fault, b"")
            return
        try:
            status, body = self._work(method, path, named, asked)
        except Declined as declined:
            status, body = declined.status, declined.body
        if fault:
            self._fail(fault, json.dumps(body).encode())
        else:
            self._send(status, body)

    def _work(self, method: str, path: str, named: Body, asked: str) -> tuple[int, Body]:
        provider, key = self.provider, self.headers.get("Idempotency-Key", "")
        match method, path.strip("/").split("/"):
            case "GET", ["v1", "account"]:
                return 200, {"id": "acct_local", "object": "account", "charges_enabled": True}
            case "GET", ["v1", "payment_intents", name]:
                return 200, provider.payment(name)
            case "GET", ["v1", "refunds"]:
                return 200, provider.refunds(named)
            case "POST", ["v1", "payment_intents"]:
                return 200, provider.authorise(named)
            case "POST", ["v1", "payment_intents", name, "capture"]:
                return provider.once(key, asked, lambda: provider.capture(name, named))
            case "POST", ["v1", "refunds"]:
                return provider.once(key, asked, lambda: provider.refund(named))
            case _:
                raise Declined(404, "invalid_request_error", "Unrecognized request URL.")

    def _fault(self, method: str) -> Body:
        """Return the fault that is planned for this call; each comes true as often as it says."""
        with self.provider.lock:
            for fault in self.provider.faults:
                if fault.get("method", method) == method and fault.get("times", 1) > 0:
                    fault["times"] = fault.get("times", 1) - 1
                    return dict(fault)
        return {}

    def _fail(self, fault: Body, body: bytes) -> None:
        """Fail as planned; the connection ends with it."""
        self.close_connection = True
        body = body or b'{"object": "nothing"}'
        match fault["fault"]:
            case "cut":
                self.connection.shutdown(socket.SHUT_RDWR)
            case "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                os.close(self.connection.detach())
            case "half":
                self._head(200, len(body))
                self.wfile.write(body[: len(body) // 2])
            case "wrong length":
                self._head(200, len(body) + 1_000)
                self.wfile.write(body)
            case "drip":
                self._drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + body)
            case "hang":
                threading.Event().wait(HANG_S)
            case "status":
                self._send(int(fault["status"]), {"error": {"type": "api_error", "message": "Sorry."}}, fault)

    def _drip(self, content: bytes) -> None:
        try:
            for number in range(len(content)):
                self.wfile.write(content[number : number + 1])
                self.wfile.flush()
                threading.Event().wait(DRIP_S)
        except OSError:
            return  # whoever asked has gone

    def _send(self, status: int, body: Body, fault: Body | None = None) -> None:
        content = json.dumps(body).encode()
        self._head(status, len(content), (fault or {}).get("retry_after"))
        self.wfile.write(content)

    def _head(self, status: int, length: int, retry_after: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        if retry_after is not None:
            self.send_header("Retry-After", retry_after)
        self.end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: connections that break are what it is for."""


def _metadata(form: Body) -> Body:
    return {
        name.removeprefix("metadata[").removesuffix("]"): value
        for name, value in form.items()
        if name.startswith("metadata[")
    }


def serve(log: Path, secret: str, *, port: int = 0) -> ThreadingHTTPServer:
    """Return a server on this machine that is not yet serving; its port is `server_port`."""
    desk = type("Desk", (Desk,), {"provider": Provider(log, secret)})
    return _Server(("127.0.0.1", port), desk)


def main() -> None:
    """Serve until killed; the first line printed is the address."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("log", type=Path)
    words.add_argument("--port", type=int, default=0)
    given = words.parse_args()
    server = serve(given.log, os.environ.get("PAYMENTS_SECRET", "sk_test_local"), port=given.port)
    os.write(1, f"http://127.0.0.1:{server.server_port}\n".encode())
    server.serve_forever()


if __name__ == "__main__":
    main()
