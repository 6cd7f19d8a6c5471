"""A company in use: through the server that holds it, or opened here when nobody does; the same verbs either way."""

from __future__ import annotations

import getpass
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from weakref import WeakValueDictionary

from opc_kernel.approvals.decide import Decided, Verdict, decide, record_shown
from opc_kernel.approvals.queue import QueueRow, open_rows
from opc_kernel.clock import Clock, SystemClock
from opc_kernel.errors import KernelError
from opc_kernel.event import Event, Write
from opc_kernel.flow.worker import Summary
from opc_kernel.log.append import Appended
from opc_kernel.log.database import Rows
from opc_kernel.log.durable import DurableLog
from opc_kernel.log.errors import CompanyBusy
from opc_kernel.log.journal import read_segments
from opc_kernel.log.lock import WAIT_S
from opc_kernel.log.protocol import Company as Log
from workbench import composition
from workbench.settings import FILE, Settings, load_settings


class NotACompany(KernelError):
    """A folder that holds no company."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} holds no company.",
            f"Make one with 'workbench init {folder}', or name another with --company.",
        )


class Company:
    """One company: its settings and its log. Use it as a context manager, or call `close`."""

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        log: Log,
        *,
        clock: Clock | None = None,
        borrowed: bool = False,
    ) -> None:
        self.folder = folder
        self.settings = settings
        self.log = log
        self.clock = clock or SystemClock()
        self._borrowed = borrowed
        self._working = threading.Lock()

    @property
    def today(self) -> date:
        """The day it is in the company's zone."""
        return self.clock.now().astimezone(self.settings.tz).date()

    @property
    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self.clock.now()

    def append(self, writes: Iterable[Write], *, expected: Mapping[str, int]) -> Appended:
        """See opc_kernel.log.protocol.EventLog."""
        return self.log.append(writes, expected=expected)

    def query(self, sql: str, /, **parameters: Any) -> Rows:  # noqa: ANN401 - SQL parameters are plain values of any kind
        """See opc_kernel.log.protocol.Queryable."""
        return self.log.query(sql, **parameters)

    def read(self, *, after: int = 0, limit: int | None = None) -> Iterator[Event]:
        """See opc_kernel.log.protocol.EventLog."""
        return self.log.read(after=after, limit=limit)

    def queue(self) -> list[QueueRow]:
        """Return what waits for the operator, most money at risk first."""
        return open_rows(self, today=self.today)

    def shown(self, rows: Sequence[QueueRow], *, channel: str) -> None:
        """Record that the operator could see these rows."""
        record_shown(self, rows, channel=channel, account=account())

    def decide(self, decided: Decided, *, work: bool = True) -> Verdict:
        """Record one decision and, unless told otherwise, do the work that waited for it."""
        verdict = decide(self, decided, now=self.now.astimezone(self.settings.tz))
        if work and verdict.accepted and not verdict.repeated:
            self.work()
        return verdict

    def work(self, *, until_idle: bool = True) -> Summary:
        """Do what is due and can be done without the operator; with `until_idle` also what that leads to."""
        with self._working:
            worker = composition.worker(self, self.settings, self.folder, clock=self.clock)
            return worker.run_until_idle() if until_idle else worker.run_once()

    def close(self) -> None:
        """Let the folder go if this object holds it."""
        if self._borrowed:
            return
        _here.pop(self.folder, None)
        closing = getattr(self.log, "close", None)
        if closing is not None:
            closing()

    def __enter__(self) -> Company:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


# flock belongs to the open file: a second opening in this process would wait for itself for ever
_here: WeakValueDictionary[Path, DurableLog] = WeakValueDictionary()


def open_company(folder: str | Path, *, clock: Clock | None = None, wait_s: float = WAIT_S) -> Company:
    """Open a company: as a client of its server when one runs, else in this process.

    A folder this process holds already is lent out: closing that company closes nothing.

    Raises NotACompany, SettingsInvalid, CompanyBusy naming the holder, and what DurableLog raises.
    """
    path = Path(folder).resolve()
    settings = load_settings(company_folder(path))
    held = _here.get(path)
    if held is not None:
        return Company(path, settings, held, clock=clock, borrowed=True)
    client = _client(path)
    if client is not None:
        return Company(path, settings, client, clock=clock)
    try:
        return own_company(path, clock=clock, wait_s=wait_s)
    except CompanyBusy:
        client = _client(path)  # a server may have started meanwhile
        if client is None:
            raise
        return Company(path, settings, client, clock=clock)


def own_company(folder: Path, *, clock: Clock | None = None, wait_s: float = WAIT_S) -> Company:
    """Open a company in this process."""
    path = company_folder(folder).resolve()
    settings = load_settings(path)
    log = _here[path] = composition.open_log(path, clock=clock, wait_s=wait_s)
    return Company(path, settings, log, clock=clock)


def company_folder(folder: Path) -> Path:
    """Return the folder if it holds a company; raises NotACompany otherwise."""
    if not (folder / FILE).exists() and not (folder / "journal").is_dir():
        raise NotACompany(folder)
    return folder


def company_id(folder: Path) -> str | None:
    """Return the id in the journal's last header, None before the first opening."""
    segments = read_segments(folder / "journal")
    return segments[-1].header.company if segments else None


def account() -> str:
    """Return the account this process runs under: who decides is never assumed to be the operator."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _client(folder: Path) -> Log | None:
    from workbench.client import connect

    identity = company_id(folder)
    return connect(folder, identity) if identity else None
