"""A company in use: through the server that holds it, or opened here when nobody does; the same verbs either way."""

from __future__ import annotations

import getpass
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from shlex import quote
from types import TracebackType
from typing import TYPE_CHECKING, Any, overload
from weakref import WeakValueDictionary

from opc_kernel.approvals.decide import Decided, Verdict, decide, record_shown
from opc_kernel.approvals.queue import QueueRow, open_rows
from opc_kernel.clock import Clock, SystemClock
from opc_kernel.errors import KernelError
from opc_kernel.event import Event, Write
from opc_kernel.flow.dry_run import Leaving, Unsaid, dry_run
from opc_kernel.flow.worker import Summary, Worker
from opc_kernel.log.append import Appended
from opc_kernel.log.durable import DurableLog
from opc_kernel.log.errors import CompanyBusy
from opc_kernel.log.journal import read_segments
from opc_kernel.log.lock import WAIT_S
from opc_kernel.log.place import refuse_no_text
from opc_kernel.log.protocol import Company as Log
from opc_kernel.memory.recall.asked import Asked
from opc_kernel.memory.working import WorkingMemory
from workbench import composition
from workbench.answer import Answer
from workbench.memory.asking import CompanyMemory
from workbench.memory.recalling import Recaller, Recalling
from workbench.settings import FILE, Settings, load_settings

if TYPE_CHECKING:
    from opc_kernel.memory.recall.recalled import Recollection
    from opc_kernel.memory.remembering import Remembering
    from workbench.memory.forgetting_round import ForgettingRound

MAX_AT_HAND = 64
"""So many conversations, plans and notebooks have something at hand in one process."""


class NotACompany(KernelError):
    """A folder that holds no company."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} holds no company.",
            f"Make one with 'workbench init {quote(str(folder))}', or name another with --company.",
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
        recaller: Recaller | None = None,
        borrowed: bool = False,
    ) -> None:
        self.folder = folder
        self.settings = settings
        self.log = log
        self.clock = clock or SystemClock()
        self._borrowed = borrowed
        self._working = threading.Lock()
        self._worker: Worker | None = None
        self._remembering: Remembering | None = None
        self._forgetting: ForgettingRound | None = None
        self._at_hand: dict[str, WorkingMemory] = {}
        self.recaller = recaller or recalling(folder, settings, log, self.clock)

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

    def query(self, sql: str, /, **parameters: Any) -> Answer:  # noqa: ANN401 - SQL parameters are plain values of any kind
        """See opc_kernel.log.protocol.Queryable; `query(…).df()` is a pandas frame."""
        rows = self.log.query(sql, **parameters)
        return Answer(columns=rows.columns, types=rows.types, rows=rows.rows)

    def read(self, *, after: int = 0, limit: int | None = None) -> Iterator[Event]:
        """See opc_kernel.log.protocol.EventLog."""
        return self.log.read(after=after, limit=limit)

    def queue(self, *, most: int | None = None) -> list[QueueRow]:
        """Return what waits for the operator, most money at risk first; at most so many rows, where `most` says so."""
        return open_rows(self, today=self.today, most=most)

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
        """Do what is due and can be done without the operator; with `until_idle` also what that leads to.

        What happened is remembered first, so that the work knows of it.
        """
        with self._working:
            composition.climb(self, self.settings, self.folder, clock=self.clock)
            if self._worker is None:
                memory = CompanyMemory(self, self.recall, today=lambda: self.today)
                self._worker = composition.worker(
                    self, self.settings, self.folder, clock=self.clock, memory=memory
                )
            self.remember()
            if not until_idle:
                return self._worker.run_once()
            summary = self._worker.run_until_idle()
            while self.remember() or self.forget():
                summary.outcomes.update(self._worker.run_until_idle().outcomes)
            return summary

    def remember(self) -> int:
        """Take into memory what happened since the last time; return how many events said something."""
        if self._remembering is None:
            self._remembering = composition.remembering(self, self.settings)
        return self._remembering.catch_up()

    def forget(self) -> int:
        """Propose what a policy finds due, and forget what the operator approved; return how much was done."""
        if self._forgetting is None:
            from workbench.memory.forgetting_round import ForgettingRound

            self._forgetting = ForgettingRound(self)
        return self._forgetting.turn()

    def recall(
        self,
        query: str,
        *,
        entity: str | None = None,
        kinds: Sequence[str] = (),
        as_of: datetime | None = None,
        k: int = 10,
    ) -> Recollection:
        """Return what memory holds that bears on a question; see opc_kernel.memory.recall.recall.Recall.

        Raises RecallRefused for what can't be answered as it is asked.
        """
        return self.recaller.recall(Asked(query=query, entity=entity, kinds=tuple(kinds), as_of=as_of, k=k))

    def working_memory(self, name: str) -> WorkingMemory:
        """Return what is at hand in a conversation, plan or notebook of this name, in this process."""
        held = self._at_hand.pop(name, None) or WorkingMemory(self.clock)
        self._at_hand[name] = held
        if len(self._at_hand) > MAX_AT_HAND:
            del self._at_hand[next(iter(self._at_hand))]  # whose turn was longest ago
        return held

    def dry_run(self) -> list[Leaving | Unsaid]:
        """Return what would leave the machine now, word for word; nothing is stored."""
        ledger = composition.ledger(self, self.settings, self.folder, clock=self.clock)("dry run")
        agents = composition.agents(self.settings, self.folder)
        return dry_run(self, agents, ledger, clock=self.clock)

    def close(self) -> None:
        """Let the folder go if this object holds it."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None
        if self._borrowed:
            return
        _here.pop(self.folder, None)
        if isinstance(self.recaller, Recalling):
            self.recaller.close()
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
# with each log go its indexes of memory: they have one writer, too
_here: WeakValueDictionary[Path, Recalling] = WeakValueDictionary()


def open_company(folder: str | Path, *, clock: Clock | None = None) -> Company:
    """Open a company as a client of the process that serves it; where none does, one is started.

    A folder this process holds itself is lent out: closing that company closes nothing.

    Raises NotACompany, SettingsInvalid, CompanyBusy when another program holds it without serving, OtherProtocol, and
    what opening raises.
    """
    path, settings = _named(folder)
    return _borrowed(path, settings, clock) or _through_server(path, settings, clock)


def open_briefly(folder: str | Path, *, clock: Clock | None = None, wait_s: float = WAIT_S) -> Company:
    """Open a company for a moment: through its server when one is there, else here, which is faster than starting one.

    Raises CompanyBusy naming the holder when another program holds it longer than `wait_s`, and what opening raises.
    """
    path, settings = _named(folder)
    if (held := _borrowed(path, settings, clock)) is not None:
        return held
    try:
        return _through_server(path, settings, clock, start=False) or _held(path, settings, clock, wait_s)
    except CompanyBusy:
        client = _through_server(path, settings, clock, start=False)  # a server may have started meanwhile
        if client is None:
            raise
        return client


def own_company(folder: Path, *, clock: Clock | None = None, wait_s: float = WAIT_S) -> Company:
    """Open a company in this process."""
    return _held(*_named(folder), clock, wait_s)


def company_folder(folder: Path) -> Path:
    """Return the folder if it holds a company; raises NotACompany otherwise, or FolderNotText."""
    refuse_no_text(folder)
    if not (folder / FILE).exists() and not (folder / "journal").is_dir():
        raise NotACompany(folder)
    return folder


def company_id(folder: Path) -> str | None:
    """Return the id in the journal's last header, None before the first opening."""
    segments = read_segments(folder / "journal")
    return segments[-1].header.company if segments else None


def given_id(folder: Path) -> str:
    """Return the company's id; one that was never opened is opened for it."""
    identity = company_id(folder)
    if identity is None:
        with own_company(folder) as company:
            assert isinstance(company.log, DurableLog), "it is opened here"
            return company.log.company_id
    return identity


def account() -> str:
    """Return the account this process runs under: who decides is never assumed to be the operator."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _named(folder: str | Path) -> tuple[Path, Settings]:
    path = company_folder(Path(folder).resolve())
    return path, load_settings(path)


def _held(folder: Path, settings: Settings, clock: Clock | None, wait_s: float) -> Company:
    log = composition.open_log(folder, clock=clock, wait_s=wait_s)
    held = _here[folder] = recalling(folder, settings, log, clock or SystemClock())
    return Company(folder, settings, log, clock=clock, recaller=held)


def _borrowed(folder: Path, settings: Settings, clock: Clock | None) -> Company | None:
    held = _here.get(folder)
    if held is None:
        return None
    return Company(folder, settings, held.log, clock=clock, recaller=held, borrowed=True)


def recalling(folder: Path, settings: Settings, log: Log, clock: Clock) -> Recalling:
    """Return recall over a log that this process holds; nothing is read before the first question."""
    return Recalling(
        log,
        lambda held: composition.recall(held, settings, folder, clock=clock),
        clock,
        came=composition.local_model,
    )


@overload
def _through_server(folder: Path, settings: Settings, clock: Clock | None) -> Company: ...
@overload
def _through_server(
    folder: Path, settings: Settings, clock: Clock | None, *, start: bool
) -> Company | None: ...
def _through_server(
    folder: Path, settings: Settings, clock: Clock | None, *, start: bool = True
) -> Company | None:
    from workbench.owner import find_server, serving

    identity = given_id(folder)
    find = partial(find_server, folder, identity)
    server = find() if start else serving(folder, identity)
    if server is None:
        return None
    from workbench.client import ClientLog

    client = ClientLog(server, find, composition.registry())
    return Company(folder, settings, client, clock=clock, recaller=client)
