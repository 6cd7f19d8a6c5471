"""The server: holds one company, serves its verbs and its views on loopback, and nothing without the token."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from opc_kernel.errors import KernelError
from opc_kernel.event import Registry
from opc_kernel.log.durable import DurableLog
from opc_kernel.telemetry import warn
from workbench import wire
from workbench.address import Address, remove_address, write_address
from workbench.company import Company, own_company
from workbench.composition import registry
from workbench.guard import Guard
from workbench.views import close_views, views_app

HOST = "127.0.0.1"
USUAL_PORT = 8765
MAX_BODY_BYTES = 64 * 2**20
MAX_READ = 10_000
TOKEN_BYTES = 32
GRACE_S = 1
"""How long a request may go on once the server was told to end."""
GIVE_UP_S = 2.5
"""How long ending may take in all."""

Verb = Callable[[dict[str, Any]], Any]


class PortTaken(KernelError):
    """Another program listens there."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} on {HOST} is taken.", "Name another with --port, or --port 0 for any free one."
        )
        self.port = port


class Verbs:
    """What a client may ask over HTTP: plain data in, plain data out."""

    def __init__(self, company: Company, log: DurableLog, types: Registry) -> None:
        self._company, self._log, self._types = company, log, types

    def table(self) -> dict[str, Verb]:
        """Return each verb by its name."""
        return {
            "append": self.append,
            "query": self.query,
            "read": self.read,
            "verify": lambda _: asdict(self._log.verify()),
            "differences": lambda _: self._log.differences(),
            "rebuild": lambda _: self._log.rebuild(),
            "journal_files": lambda _: [(str(path), size) for path, size in self._log.journal_files()],
        }

    def append(self, body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """See EventLog.append."""
        writes = [wire.unpack_write(each, self._types) for each in body["writes"]]
        return asdict(self._log.append(writes, expected=body["expected"]))

    def query(self, body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """See Queryable.query."""
        return wire.pack_rows(self._log.query(body["sql"], **wire.unpack(body["parameters"])))

    def read(self, body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """See EventLog.read."""
        return {"events": list(self._log.read(after=body["after"], limit=min(body["limit"], MAX_READ)))}


def create_app(company: Company, token: str, *, host: str) -> ASGIApp:
    """Return the application; `host` is the only name it answers to, such as 127.0.0.1:8765."""
    assert isinstance(company.log, DurableLog), "only the process that holds the folder serves it"
    log = company.log
    verbs = Verbs(company, log, registry()).table()
    views = views_app()

    async def health(_: Request) -> Response:
        return _json({"company": log.company_id, "protocol": wire.PROTOCOL, "position": log.tail.position})

    async def call(request: Request) -> Response:
        verb = verbs.get(request.path_params["verb"])
        if verb is None:
            return _json({"error": "KernelError", "facts": UNKNOWN_VERB}, status=404)
        return await _answer(verb, request)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await close_views(views)

    async def home(_: Request) -> Response:
        return RedirectResponse("/today/")

    routes = [
        Route("/", home),
        Route("/api/health", health),
        Route("/api/{verb}", call, methods=["POST"]),
        Mount("/", views),
    ]
    return Guard(Starlette(routes=routes, lifespan=lifespan), token=token, host=host)


def serve(folder: Path, *, port: int | None, browser: bool, say: Callable[[str], None]) -> None:
    """Hold a company and serve it until interrupted.

    Raises PortTaken, CompanyBusy and what opening raises.
    """
    listener = _listen(port)
    with _Deadline() as deadline, listener, own_company(folder) as company:
        assert isinstance(company.log, DurableLog)
        host = f"{HOST}:{listener.getsockname()[1]}"
        token = secrets.token_urlsafe(TOKEN_BYTES)
        os.environ["WORKBENCH_COMPANY"] = str(company.folder)  # the views open the company by it
        address = Address(
            url=f"http://{host}",
            token=token,
            pid=os.getpid(),
            protocol=wire.PROTOCOL,
            folder=str(company.folder),
        )
        app = create_app(company, token, host=host)
        write_address(company.log.company_id, address)
        forget = partial(remove_address, company.log.company_id, os.getpid())
        try:
            link = f"{address.url}/?token={token}"
            say(f"{company.settings.name} is open at {link}")
            say("This link is your key: keep it to yourself. Ctrl-C ends it.")
            threading.Thread(target=_work, args=(company,), daemon=True, name="work").start()
            if browser:
                webbrowser.open(link)
            _run(app, listener, ending=partial(deadline.start, forget))
        finally:
            forget()


def _work(company: Company) -> None:
    """Do what is due; when the server ends meanwhile, the rest is done at its next start."""
    try:
        company.work()
    except KernelError as error:
        warn("work stopped", reason=error.happened)


class _Deadline:
    """Ends the process when ending takes too long: the journal is the commit, so nothing acknowledged is lost."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None

    def start(self, last: Callable[[], None]) -> None:
        """Give what still runs GIVE_UP_S; then do what must be done `last`, and end."""
        self._timer = threading.Timer(GIVE_UP_S, _give_up, args=(last,))
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> _Deadline:
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()


def _give_up(last: Callable[[], None]) -> None:
    warn("server ended while something still ran")
    last()
    os._exit(0)


class _Server(uvicorn.Server):
    """Says when it was told to end."""

    def __init__(self, config: uvicorn.Config, *, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ending = ending

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """See uvicorn.Server.handle_exit."""
        super().handle_exit(sig, frame)
        self._ending()


def _run(app: ASGIApp, listener: socket.socket, *, ending: Callable[[], None]) -> None:
    """Serve until Ctrl-C, SIGTERM or the end of the terminal, and come back: what was opened must be closed."""
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE_S, server_header=False
    )
    server = _Server(config, ending=ending)
    # uvicorn raises a signal again once it has stopped; the default of SIGTERM would end us there and then
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, server.handle_exit)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


UNKNOWN_VERB = {
    "happened": "The server has no such verb.",
    "todo": "Start 'workbench up' again with this release.",
}
TOO_LARGE = {"happened": "The request is larger than the server takes.", "todo": "Split it."}
NOT_UNDERSTOOD = {"happened": "The request was not understood.", "todo": "Use a client of this release."}


async def _answer(verb: Verb, request: Request) -> Response:
    try:
        body = await _body(request)
    except ValueError:
        return _json({"error": "KernelError", "facts": TOO_LARGE}, status=413)
    try:
        return _json(await run_in_threadpool(verb, wire.decode(body)))
    except KernelError as error:
        return _json(wire.pack_error(error), status=409)
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError, AttributeError):
        return _json({"error": "KernelError", "facts": NOT_UNDERSTOOD}, status=400)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise ValueError("too large")
    return bytes(body)


def _json(value: object, *, status: int = 200) -> Response:
    return Response(wire.encode(value), status_code=status, media_type="application/json")


def _listen(port: int | None) -> socket.socket:
    """Take the port that was asked for; without one the usual port, or any free one."""
    if port is None:
        try:
            return _listen(USUAL_PORT)
        except PortTaken:
            return _listen(0)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # the link is printed before the server accepts: who is quick waits in line
    except OSError as error:
        listener.close()
        raise PortTaken(port) from error
    return listener
