"""Erasing what the log knows of somebody: first everything that would go is shown, then exactly that goes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec

from opc_kernel.errors import KernelError
from opc_kernel.event import Registry
from opc_kernel.ids import new_id
from opc_kernel.log.durable import DurableLog
from opc_kernel.log.erase import RAW, ErasureChanged, NothingToErase, Order
from opc_kernel.log.protocol import Queryable
from workbench.arrival import ERASED_KEYS
from workbench.company import Company, account
from workbench.connectors.bank.canonical import TRANSACTIONS, key_of
from workbench.connectors.bank.events import TransactionBooked, TransactionPending
from workbench.erasure.carrying import carry_on
from workbench.erasure.holding import Holding, holdings, still_holding
from workbench.erasure.remembered import erased_of, remember
from workbench.erasure.traces import RECORDS, ROWS, WORKBENCH, Trace, Traces, Wanted, find_traces
from workbench.settings import FILE, load_settings
from workbench.sheets.turn import turn

if TYPE_CHECKING:
    from workbench.client import ClientLog

FILE_STREAMS = ("file/", "bank_file/", "refused_file/", "receipt/")
CAME_WITH = (
    "SELECT DISTINCT source_id FROM event WHERE source = 'file' AND source_id IS NOT NULL "
    "AND event_id IN (SELECT unnest($ids::VARCHAR[]))"
)
SHOWN_IN = (
    "SELECT DISTINCT file FROM bank_statement WHERE account = $account "
    "AND $day::DATE BETWEEN least(first_on, opening_on) AND greatest(closing_on, last_on)"
)
WORKBOOKS = (
    "SELECT DISTINCT sheet FROM sheet_row WHERE written AND key IN (SELECT unnest($keys::VARCHAR[])) "
    "ORDER BY sheet"
)
PRESENT = (
    "SELECT event_id FROM event WHERE data IS NOT NULL AND event_id IN (SELECT unnest($ids::VARCHAR[])) "
    "ORDER BY position LIMIT 100000"
)
RECORDED_DIGESTS = (
    "SELECT DISTINCT unnest((data->'digests')::VARCHAR[]) FROM event WHERE type = 'log.payload_erased'"
)
RECORDED_KEPT = (
    "SELECT DISTINCT unnest((data->'kept')::VARCHAR[]) FROM event WHERE type = 'log.payload_erased'"
)
STAYING = (
    "SELECT position, event_id, type, stream FROM event WHERE data IS NOT NULL "
    "AND event_id IN (SELECT unnest($ids::VARCHAR[])) ORDER BY position"
)
ORIGINALS = (
    "SELECT event_id FROM event WHERE event_id IN (SELECT unnest($ids::VARCHAR[])) "
    f"AND NOT (source = '{WORKBENCH}' AND causation_id IS NOT NULL) "
    "AND NOT list_contains($asking::VARCHAR[], split_part(stream, '/', 1)) ORDER BY position"
)
KEPT_BY_LAW = "the law wants it kept for years; --also-records takes it too"
OF_OTHERS = "it names somebody else first: it is theirs"
INDEX = "index"
LOCKS = ("~${}", ".~lock.{}#")
"""What Excel and LibreOffice put beside a file that is open in them."""


class StillOpen(KernelError):
    """A file that goes is open in a desktop program."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is open in a desktop program: saved there, it would bring back what goes.",
            "Nothing was erased. Close it, then try again; if it is not open, delete the lock beside it.",
        )
        self.path = path


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """An event that loses its data."""

    position: int
    event_id: str
    type: str
    stream: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Everything an erasure takes, and the hash of exactly that: who confirms names it."""

    events: tuple[Going, ...]
    files: tuple[Holding, ...]
    """Files of the folder that go whole, with whatever else stands in them."""
    digests: tuple[str, ...]
    keys: tuple[str, ...]
    words: tuple[str, ...]
    """Words that stand nowhere in the folder afterwards."""
    shared: tuple[str, ...]
    """Words of what goes that other facts hold as well: there they stay."""
    yours: tuple[str, ...]
    """Files that hold some of it and are yours to change: the settings, and workbooks outside the folder."""
    stays: tuple[Going, ...] = ()
    """Events that name whom it is about and are not taken, each with the reason."""

    @property
    def hash(self) -> str:
        """What a confirmation names; indexes, which a server makes by itself and which always go, are no part of it."""
        shown = (
            [each.event_id for each in self.events],
            [each.path for each in self.files if not each.path.startswith(f"{INDEX}/")],
            self.digests,
            self.keys,
            *([[each.event_id for each in self.stays]] if self.stays else []),
        )
        return hashlib.sha256(msgspec.json.encode(shown)).hexdigest()


def substance(log: Queryable, preview: Preview) -> str:
    """Return the hash of what came from outside and from people: what was derived, and asked of it, may change."""
    ids = [each.event_id for each in preview.events]
    originals = [row[0] for row in log.query(ORIGINALS, ids=ids, asking=[*ROWS, "task"]).rows]
    return hashlib.sha256(msgspec.json.encode((originals, preview.digests, preview.keys))).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was erased, and where some of its words are still found."""

    events: int
    files: int
    left: tuple[str, ...] = ()
    repeated: bool = False
    """Whether it had been done before: by a first try whose answer was lost, or by the next opening after a crash."""


def preview_erasure(company: Company, wanted: Wanted) -> Preview:
    """Return what an erasure would take.

    Raises NothingToErase.
    """
    if isinstance(company.log, DurableLog):
        return look(company.log, company.folder, wanted)
    return cast("ClientLog", company.log).preview_erasure(wanted)


def erase_payload(
    company: Company, wanted: Wanted, *, confirmed: str, reason: str = "", policy: str = ""
) -> Erased:
    """Erase what a preview with the hash `confirmed` showed.

    Raises ErasureChanged when it would be something else by now.
    """
    return carry_out_request(
        company, Request(wanted=wanted, confirmed=confirmed, reason=reason, actor=account(), policy=policy)
    )


def carry_out_request(company: Company, request: Request) -> Erased:
    """Erase as `erase_payload` does, under an id of the caller's: done once, however often it is asked for."""
    if isinstance(company.log, DurableLog):
        return carry_out(company.log, company.folder, request)
    return cast("ClientLog", company.log).erase(request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A confirmed erasure on its way to the process that holds the company; the id makes a retry harmless."""

    wanted: Wanted
    confirmed: str
    reason: str
    actor: str
    policy: str = ""
    id: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            object.__setattr__(self, "id", new_id())


def look(log: Queryable, folder: Path, wanted: Wanted) -> Preview:
    """Search log and folder for what is wanted and everything that repeats it."""
    return _looked(log, folder, wanted)[0]


def _looked(log: Queryable, folder: Path, wanted: Wanted) -> tuple[Preview, Traces]:
    told = _told(log, folder, wanted) if wanted.entities else wanted
    traces = find_traces(log, told)
    return _seen(log, folder, traces, kept=told.kept), traces


def _told(log: Queryable, folder: Path, wanted: Wanted) -> Wanted:
    from workbench.memory.captures import CAPTURES
    from workbench.memory.forgetting import meant

    return meant(log, wanted, CAPTURES, region=load_settings(folder).memory.country)


def carry_out(log: DurableLog, folder: Path, request: Request) -> Erased:
    """Erase in this process, which holds the company: look again, and go on only if it is what was confirmed."""
    stream = f"erasure/{request.id}"
    if log.query("SELECT 1 FROM event WHERE stream = $stream LIMIT 1", stream=stream).rows:
        return Erased(events=0, files=0, repeated=True)
    words: list[str] = []

    def chosen() -> Order:
        found, traces = _looked(log, folder, request.wanted)
        if found.hash != request.confirmed:
            raise ErasureChanged
        _check_closed(folder, found.files)
        words.extend(found.words)
        order = _order(log, found, traces, request)
        remember(log.company_id, order)
        return order

    with turn(folder):  # a sync that read it before would write it into the workbook after
        order = log.erase(chosen)
    return Erased(events=len(order.events), files=len(order.files), left=tuple(still_holding(folder, words)))


def erase_again(log: DurableLog, folder: Path, *, company_id: str | None = None) -> Erased:
    """Erase from a restored older backup what was erased since; the log is held by this process."""
    remembered = erased_of(company_id or log.company_id)

    def chosen() -> Order:
        present = [row[0] for row in log.query(PRESENT, ids=list(remembered.events)).rows]
        keys = Counter(remembered.keys) - Counter(dict(log.query(ERASED_KEYS).rows))
        digests, kept = (
            {*once} - {row[0] for row in log.query(recorded).rows}
            for once, recorded in ((remembered.digests, RECORDED_DIGESTS), (remembered.kept, RECORDED_KEPT))
        )
        if not (present or keys or digests or kept):
            raise NothingToErase("all that was erased of this company is gone here, too")
        wanted = Wanted(events=tuple(present), kept=remembered.kept, others_stay=bool(remembered.kept))
        traces = find_traces(log, wanted) if present else Traces(events=(), words=(), shared=())
        found = _seen(log, folder, traces, sorted(digests), kept=remembered.kept)
        carried = carry_on(log, traces.events)
        return Order(
            events=tuple(each.event_id for each in found.events),
            kept=tuple(sorted(kept)),
            also=carried.writes,
            relied_on=carried.expected,
            files=tuple(each.path for each in found.files),
            digests=tuple(sorted(digests | set(found.digests))),
            keys=tuple(sorted(keys.elements())),
            reason="erased before this backup was restored",
            actor=account(),
        )

    try:
        order = log.erase(chosen)
    except NothingToErase:
        return Erased(events=0, files=0, repeated=True)
    return Erased(events=len(order.events), files=len(order.files))


def _order(log: Queryable, found: Preview, traces: Traces, request: Request) -> Order:
    carried = carry_on(log, traces.events)
    return Order(
        kept=tuple(each.event_id for each in found.stays if each.why == KEPT_BY_LAW),
        also=carried.writes,
        relied_on=carried.expected,
        policy=request.policy,
        events=tuple(each.event_id for each in found.events),
        files=tuple(each.path for each in found.files),
        digests=found.digests,
        keys=found.keys,
        reason=request.reason,
        actor=request.actor,
        id=request.id,
    )


def _seen(
    log: Queryable, folder: Path, traces: Traces, more: Sequence[str] = (), *, kept: Sequence[str] = ()
) -> Preview:
    gone = {trace.event_id for trace in traces.events}
    stays = tuple(_staying(log, [each for each in kept if each not in gone]))
    needed = {row[0] for row in log.query(CAME_WITH, ids=[each.event_id for each in stays]).rows}
    transactions = list(_transactions(traces.events))
    digests = sorted({*_digests(log, traces.events, transactions), *more} - needed)
    whole = sorted({trace.stream for trace in traces.events if trace.goes_whole})
    ids = [*whole, *(trace.event_id for trace in traces.events)]
    found = holdings(folder, words=traces.words, ids=ids, digests=digests)
    files = [each for each in found if each.path.removeprefix(f"{RAW}/") not in needed]
    return Preview(
        events=tuple(map(_going, traces.events)),
        files=tuple(each for each in files if each.path != FILE),
        digests=tuple(digests),
        keys=tuple(sorted(map(key_of, transactions))),
        words=traces.words,
        shared=traces.shared,
        yours=(*(each.path for each in files if each.path == FILE), *_outside(log, folder, whole)),
        stays=stays,
    )


def _staying(log: Queryable, ids: Sequence[str]) -> Iterator[Going]:
    for row in log.query(STAYING, ids=[*ids]).dicts() if ids else ():
        is_record = row["type"].partition(".")[0] in RECORDS
        yield Going(**row, why=KEPT_BY_LAW if is_record else OF_OTHERS)


def _check_closed(folder: Path, files: Sequence[Holding]) -> None:
    for each in files:
        path = folder / each.path
        if any(path.with_name(lock.format(path.name)).exists() for lock in LOCKS):
            raise StillOpen(path)


def _going(trace: Trace) -> Going:
    return Going(
        position=trace.position,
        event_id=trace.event_id,
        type=trace.type,
        stream=trace.stream,
        why=trace.why,
    )


def _transactions(traces: Sequence[Trace]) -> Iterator[TransactionBooked | TransactionPending]:
    types = Registry(TRANSACTIONS)
    for trace in traces:
        if trace.type in types:
            yield cast("TransactionBooked | TransactionPending", types.parse(trace.type, trace.data.encode()))


def _digests(
    log: Queryable, traces: Sequence[Trace], transactions: Sequence[TransactionBooked | TransactionPending]
) -> Iterator[str]:
    """Yield the files that the events came with, and every statement of the account that covers their day."""
    yield from (row[0] for row in log.query(CAME_WITH, ids=[trace.event_id for trace in traces]).rows)
    yield from (trace.stream.partition("/")[2] for trace in traces if trace.stream.startswith(FILE_STREAMS))
    for where, day in sorted({(each.account, _day(each)) for each in transactions}):
        yield from (row[0] for row in log.query(SHOWN_IN, account=where, day=day).rows)


def _day(data: TransactionBooked | TransactionPending) -> date:
    return data.pending_on if isinstance(data, TransactionPending) else data.booked_on


def _outside(log: Queryable, folder: Path, keys: Sequence[str]) -> Iterator[str]:
    for (sheet,) in log.query(WORKBOOKS, keys=list(keys)).rows:
        if "://" in sheet or not (folder / sheet).is_relative_to(folder):
            yield sheet
