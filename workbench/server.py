"""The server: holds one company for whoever needs it, from the first request to the last, on loopback alone."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from opc_kernel.errors import KernelError
from opc_kernel.log.durable import DurableLog
from opc_kernel.log.lock import WAIT_S
from opc_kernel.log.migrating import newest
from opc_kernel.log.place import release
from opc_kernel.telemetry import warn
from workbench import wire
from workbench.address import Address, Role, remove_address, starting, write_address
from workbench.company import Company, company_folder, given_id, own_company
from workbench.door import create_app
from workbench.jobs.job_loop import JobLoop
from workbench.loopback import HOST, listen
from workbench.memory.index_loop import IndexLoop
from workbench.memory.recalling import Recalling
from workbench.rhythm import Rhythm
from workbench.sheets.watch import SheetWatch
from workbench.views import views_app
from workbench.work_loop import WorkLoop

USUAL_PORT = 8765
TOKEN_BYTES = 32
GRACE_S = 1
"""How long a request may go on once the server was told to end."""
GIVE_UP_S = 2.5
"""How long ending may take in all."""
IDLE_S = 60.0
"""How long a server that is there for its clients stays after the last one."""
CLIENT_STAYS_S = 7 * 24 * 3600
"""How long a connection may be silent: a notebook that is open over the weekend is still a client."""
LOOK_S = 1.0
TRACE_EVERY_S = 5.0


def serve(folder: Path, *, port: int | None, browser: bool, say: Callable[[str], None]) -> None:
    """Hold a company and serve it, views and all, until interrupted; a server for clients alone gives way.

    Raises PortTaken, CompanyBusy and what opening raises.
    """
    pages = views_app()  # takes seconds: before the folder is held, so that no client waits for it
    with (
        listen(port, usual=USUAL_PORT) as listener,
        _Deadline() as deadline,
        _taken_over(folder) as (company, served),
        ExitStack() as beside,
    ):
        rhythms: list[Rhythm] = []
        os.environ["WORKBENCH_COMPANY"] = str(company.folder)  # the views open the company by it

        def open_door(address: Address) -> None:
            served()
            link = f"{address.url}/?token={address.token}"
            say(f"{company.settings.name} is open at {link}")
            say("This link is your key: keep it to yourself. Ctrl-C ends it.")
            rhythms.extend(_rhythms(company, beside))
            for rhythm in rhythms:
                beside.enter_context(rhythm).start()
            if browser:
                webbrowser.open(link)

        _Serving(company, listener, "up", deadline, pages=pages).run(open_door)
    if any(rhythm.is_busy for rhythm in rhythms):
        os._exit(0)  # a thread within the database would be torn down with the interpreter, and abort


def own(folder: Path, *, idle_s: float, say: Callable[[str], None]) -> None:
    """Hold a company for its clients until none has been there for `idle_s`; says its address, or why it can't."""
    try:
        with listen(0, usual=USUAL_PORT) as listener, _Deadline() as deadline, own_company(folder) as company:
            served = _Serving(company, listener, "own", deadline, idle_s=idle_s)
            with _index_loop(company) as index_loop:

                def ready(address: Address) -> None:
                    say(wire.encode(asdict(address)).decode())
                    index_loop.start()

                served.run(ready)
    except KernelError as error:
        say(wire.encode(wire.pack_error(error)).decode())


class _Serving:
    """One company behind one socket, from the first request to the last."""

    def __init__(
        self,
        company: Company,
        listener: socket.socket,
        role: Role,
        deadline: _Deadline,
        *,
        pages: Starlette | None = None,
        idle_s: float = float("inf"),
    ) -> None:
        assert isinstance(company.log, DurableLog), "only the process that holds the folder serves it"
        self._company, self._log, self._listener = company, company.log, listener
        host = f"{HOST}:{listener.getsockname()[1]}"
        self._address = Address(
            url=f"http://{host}",
            token=secrets.token_urlsafe(TOKEN_BYTES),
            pid=os.getpid(),
            role=role,
            release=release(),
            schema=newest(),
            protocol=wire.PROTOCOL,
            folder=str(company.folder),
        )
        self._forget = partial(remove_address, company.log.company_id, os.getpid())
        app = create_app(
            company,
            self._address.token,
            host=host,
            pages=pages,
            give_way=self._end if role == "own" else None,
            metrics=partial(_metrics, company) if company.settings.telemetry.metrics else None,
        )
        self._server = _Server(
            _config(app), self._log, idle_s=idle_s, ending=partial(deadline.start, self._forget)
        )

    def run(self, ready: Callable[[Address], None]) -> None:
        """Publish the address and serve until Ctrl-C, SIGTERM, the end of the terminal, or nobody is there."""
        write_address(self._log.company_id, self._address)
        try:
            ready(self._address)
            self._server.run_until_told(self._listener)
        finally:
            self._forget()

    def _end(self) -> None:
        self._server.should_exit = True


@contextmanager
def _taken_over(folder: Path) -> Iterator[tuple[Company, Callable[[], None]]]:
    """Open the company here; a server that is there only for its clients gives way.

    Nobody starts another until what is yielded beside the company is called: once our address can be found.
    """
    from workbench.owner import serving

    identity = given_id(company_folder(folder))
    with ExitStack() as unserved:
        unserved.enter_context(starting(identity, folder, wait=True))
        server = serving(folder, identity)
        if server is not None:
            server.give_way()
        with own_company(folder, wait_s=0.0 if server and server.address.role == "up" else WAIT_S) as company:
            yield company, unserved.close


def _rhythms(company: Company, beside: ExitStack) -> Iterator[Rhythm]:
    """Yield what goes on beside the requests, as far as it is switched on."""
    yield WorkLoop(company)
    yield SheetWatch(company)
    yield JobLoop(company)
    yield _index_loop(company)
    if url := company.settings.telemetry.traces:
        from workbench.telemetry.tracing import Tracing, collector

        tracing = Tracing(company, collector(url), service=company.settings.name)
        beside.callback(tracing.close)
        yield Rhythm("tracing", TRACE_EVERY_S, tracing.look)


def _index_loop(company: Company) -> IndexLoop:
    assert isinstance(company.recaller, Recalling), "the process that holds the folder writes its indexes"
    return IndexLoop(company.recaller)


def _metrics(company: Company) -> bytes:
    from workbench.health import look
    from workbench.telemetry.metrics import metrics_text

    return metrics_text(look(company))


class _Deadline:
    """Ends the process when ending takes too long: the journal is the commit, so nothing acknowledged is lost."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None

    def start(self, last: Callable[[], None]) -> None:
        """Give what still runs GIVE_UP_S; then do what must be done `last`, and end. Once told is enough."""
        if self._timer is not None:
            return
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
    """Says when it was told to end, and looks around meanwhile whether there is still a reason to be there."""

    def __init__(
        self, config: uvicorn.Config, log: DurableLog, *, idle_s: float, ending: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._log = log
        self._idle_s = idle_s
        self._ending = ending
        self._busy_at = self._looked_at = time.monotonic()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """See uvicorn.Server.handle_exit."""
        super().handle_exit(sig, frame)
        self._ending()

    async def on_tick(self, counter: int) -> bool:
        """See uvicorn.Server.on_tick, which is called ten times a second."""
        if await super().on_tick(counter) or self._is_over():
            self._ending()
            return True
        return False

    def run_until_told(self, listener: socket.socket) -> None:
        """Serve until Ctrl-C, SIGTERM or the end of the terminal, and come back: what was opened must be closed."""
        # uvicorn raises a signal again once it has stopped; the default of SIGTERM would end us there and then
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        signal.signal(signal.SIGHUP, self.handle_exit)
        with suppress(KeyboardInterrupt):
            self.run(sockets=[listener])

    def _is_over(self) -> bool:
        now = time.monotonic()
        if self.server_state.connections:
            self._busy_at = now
        if now - self._looked_at < LOOK_S:
            return False
        self._looked_at = now
        return now - self._busy_at > self._idle_s or self._log.closed or not self._log.in_place


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=CLIENT_STAYS_S,
        server_header=False,
    )
