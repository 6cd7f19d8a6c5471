"""Ingestion: a file is kept, recognised by content, read whole or refused whole; only what is new is appended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Literal

from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.log.errors import EventIdTaken, PartlyStored, VersionConflict
from opc_kernel.log.files import write_whole
from opc_kernel.log.protocol import Company
from opc_kernel.telemetry import operation
from workbench.arrival import Arrival, Batch, Found, Reader
from workbench.connectors.bank.layout import Ambiguous, Choice
from workbench.connectors.bank.reading import Reading, Statement
from workbench.limits import MAX_FILE_BYTES
from workbench.refusal import Refused
from workbench.settings import Settings

ATTEMPTS = 5
RAW_FILES = (
    "SELECT split_part(stream, '/', 2) AS digest, arg_max(data->>'name', position) FROM event_now "
    "WHERE type IN ('file.received', 'file.refused', 'bank.layout_asked') GROUP BY digest ORDER BY min(position)"
)


Status = Literal["read", "known", "asked", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of one file. `new` and `known` count what it holds: transactions, invoices, mails.

    One that is "asked" can be read in several ways, or contradicts what is recorded: a row of the queue says how.
    """

    path: str
    format: str | None
    status: Status
    reason: str = ""
    todo: str = ""
    new: int = 0
    known: int = 0
    pending: int = 0
    """Lines the bank announced and has not booked yet."""
    described: int = 0
    """Recorded transactions whose words this very file says otherwise now: it is read better than before."""
    contradictions: int = 0
    """Lines that the operator must decide on, for they contradict what is recorded."""
    events: int = 0
    statements: tuple[Statement, ...] = ()
    choices: tuple[Choice, ...] = ()
    """The ways to read a file that is not clear."""


class Ingestion:
    """Takes files into one company. `account` says whose a statement is that does not say so itself."""

    def __init__(
        self, company: Company, folder: Path, settings: Settings, *, actor: str, account: str | None = None
    ) -> None:
        self._company = company
        self._folder = folder
        self._reader = Reader(company, settings, account=account)
        self._actor = actor
        self._account = account

    def ingest(self, path: Path, *, dry_run: bool = False) -> Receipt:
        """Take one file, or with `dry_run` only say what it would add."""
        with operation("ingest") as line:
            try:
                arrival = Arrival(path=path, content=_content(path), actor=self._actor)
                self._reader.check_erased(arrival)
            except Refused as refusal:
                receipt = _turned_down(path, refusal)
            else:
                receipt = self.take(arrival, dry_run=dry_run)
            line |= {"format": receipt.format, "status": receipt.status, "new": receipt.new}
        return receipt

    def kept(self) -> Iterator[Arrival]:
        """Yield every file in raw/ under the name it came with, in the order in which they came."""
        for digest, name in self._company.query(RAW_FILES).rows:
            path = self._folder / "raw" / digest
            if path.exists():
                yield Arrival(path=Path(name), content=path.read_bytes(), actor=self._actor)

    def take(self, arrival: Arrival, *, dry_run: bool) -> Receipt:
        """Read a file, a kept one perhaps, with what is known by now: only what was missed before is new."""
        try:
            found = self._reader.read(arrival, strict=not dry_run)
        except Refused as refusal:
            if not dry_run:
                self._keep(arrival)
                self._note(arrival.write(arrival.turned_down(refusal, account=self._account)))
            return _turned_down(arrival.path, refusal)
        return self._dry(arrival, found) if dry_run else self._add(arrival, found)

    def _note(self, write: Write) -> None:
        """Record what was not taken, once for the same bytes, whatever the file is called now."""
        with suppress(EventIdTaken, VersionConflict):
            self._company.append([write], expected={write.stream: NEW_STREAM})

    def _dry(self, arrival: Arrival, found: Found) -> Receipt:
        return _receipt(arrival, found, self._reader.batch(arrival, found), events=0)

    def _add(self, arrival: Arrival, found: Found) -> Receipt:
        """Append what is new; when somebody else appended meanwhile, look again what is new."""
        self._keep(arrival)
        for _ in range(ATTEMPTS):
            batch = self._reader.batch(arrival, found)
            with suppress(VersionConflict, EventIdTaken, PartlyStored):
                events = self._append(batch)
                if events == len(batch.writes):
                    return _receipt(arrival, found, batch, events=events)
        return _turned_down(
            arrival.path, Refused("other programs keep changing the same account", todo="Try again.")
        )

    def _keep(self, arrival: Arrival) -> None:
        raw = self._folder / "raw" / arrival.digest
        if not raw.exists():
            raw.parent.mkdir(mode=0o700, exist_ok=True)
            write_whole(raw, arrival.content)

    def _append(self, batch: Batch) -> int:
        """Append what is new; return how many events were added: none if somebody else had just added the same."""
        if not batch.writes:
            return 0
        done = self._company.append(batch.writes, expected=batch.expected)
        return 0 if done.repeated else len(batch.writes)


def _content(path: Path) -> bytes:
    try:
        found = path.stat()
        size = found.st_size
        if not S_ISREG(found.st_mode):
            raise Refused("it is no file", todo="Name a file, or a folder of files.")
        if size > MAX_FILE_BYTES:
            limit = MAX_FILE_BYTES // 2**20
            raise Refused(f"it has {size // 2**20} MiB, more than {limit}", todo="Export a shorter period.")
        return path.read_bytes()
    except OSError as error:
        raise Refused(
            f"it can't be read ({error.strerror})", todo="Check its name and permissions."
        ) from error


def _receipt(arrival: Arrival, found: Found, batch: Batch, *, events: int) -> Receipt:
    statements = found.statements if isinstance(found, Reading) else ()
    return Receipt(
        path=str(arrival.path),
        format=found[0] if isinstance(found, tuple) else found.format,
        status=_status(batch),
        reason=batch.reason,
        new=batch.new,
        known=batch.known,
        pending=batch.pending,
        described=batch.described,
        contradictions=batch.contradictions,
        events=events,
        statements=statements,
    )


def _status(batch: Batch) -> Status:
    if batch.contradictions:
        return "asked"
    return "known" if batch.known and not (batch.new or batch.pending or batch.described) else "read"


def _turned_down(path: Path, refusal: Refused) -> Receipt:
    named = refusal.named(path.name)
    choices = refusal.choices if isinstance(refusal, Ambiguous) else ()
    return Receipt(
        path=str(path),
        format=choices[0].reading.format if choices else None,
        status="asked" if choices else "refused",
        reason=named.happened,
        todo=named.todo,
        choices=choices,
    )
