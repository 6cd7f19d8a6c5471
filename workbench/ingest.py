"""Ingestion: a file is kept, recognised by content, read whole or refused whole; only what is new is appended."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Literal

from opc_kernel.event import NEW_STREAM, EventData, Write
from opc_kernel.ids import derived_id
from opc_kernel.log.errors import EventIdTaken, PartlyStored, VersionConflict
from opc_kernel.log.files import write_whole
from opc_kernel.log.protocol import Company
from opc_kernel.log.read_model import ReadModel
from opc_kernel.telemetry import operation
from opc_kernel.text import Text
from workbench.capabilities.books.invoices import Facts, read_list
from workbench.connectors.bank.canonical import booked_lines, in_currency, statement_facts
from workbench.connectors.bank.errors import NotAStatement
from workbench.connectors.bank.reading import Line, Reading, Statement
from workbench.connectors.bank.recognise import read_statement
from workbench.connectors.bank.surplus import Known
from workbench.limits import MAX_FILE_BYTES
from workbench.refusal import Refused
from workbench.settings import Settings

ATTEMPTS = 5
NO_ACCOUNT = "it does not say which account it is of"
NO_CURRENCY = "it does not say in which currency its amounts are"


class FileReceived(EventData, type="file.received"):
    """A file was read whole; its bytes lie in raw/ under their SHA-256."""

    name: Text
    format: str
    bytes: int


class FileRefused(EventData, type="file.refused"):
    """A file was refused whole; its bytes lie in raw/ under their SHA-256."""

    name: Text
    bytes: int
    reason: Text


EVENTS: tuple[type[EventData], ...] = (FileReceived, FileRefused)
READ_MODELS = (ReadModel.load("workbench", "file"), ReadModel.load("workbench", "refused_file"))

Status = Literal["read", "known", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of one file. `new` and `known` count its transactions, invoices or rates."""

    path: str
    format: str | None
    status: Status
    reason: str = ""
    todo: str = ""
    new: int = 0
    known: int = 0
    pending: int = 0
    """Lines the bank has not booked yet: shown, never appended."""
    events: int = 0
    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One file as it came: its name, bytes and who handed it in."""

    path: Path
    content: bytes
    actor: str

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes: the file's name in raw/."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def name(self) -> str:
        """The file's name, readable whatever bytes it has."""
        return self.path.name.encode("utf-8", "replace").decode()

    def write(self, stream: str, data: EventData, *, cause: str | None = None) -> Write:
        """Return the write of a fact that came with this file; each fact starts a story of its own."""
        return Write(
            stream=stream,
            event_id=derived_id(stream, data.event_type),
            data=data,
            actor=self.actor,
            source="file",
            source_id=self.digest,
            causation_id=cause,
        )

    def received(self, kind: str) -> Write:
        """Return the write that says the file was read."""
        return self.write(
            f"file/{self.digest}", FileReceived(name=self.name, format=kind, bytes=len(self.content))
        )

    def refused(self, refusal: Refused) -> Write:
        """Return the write that says it was refused: in a stream of its own, for tomorrow it may be read."""
        refused = FileRefused(name=self.name, bytes=len(self.content), reason=refusal.happened)
        return self.write(f"refused_file/{self.digest}", refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What of a file is new: writes to streams that don't exist yet, counts, and a word on what was left out."""

    writes: tuple[Write, ...]
    new: int
    known: int
    reason: str = ""


Found = Reading | tuple[str, Facts]


class Ingestion:
    """Takes files into one company. `account` says whose a statement is that does not say so itself."""

    def __init__(
        self, company: Company, folder: Path, settings: Settings, *, actor: str, account: str | None = None
    ) -> None:
        self._company = company
        self._folder = folder
        self._settings = settings
        self._actor = actor
        self._account = account

    def ingest(self, path: Path, *, dry_run: bool = False) -> Receipt:
        """Take one file, or with `dry_run` only say what it would add."""
        with operation("ingest") as line:
            receipt = self._ingest(path, dry_run=dry_run)
            line |= {"format": receipt.format, "status": receipt.status, "new": receipt.new}
        return receipt

    def _ingest(self, path: Path, *, dry_run: bool) -> Receipt:
        try:
            arrival = Arrival(path=path, content=_content(path), actor=self._actor)
        except Refused as refusal:
            return _turned_down(path, refusal)
        try:
            found = _recognise(arrival)
            if isinstance(found, Reading) and not dry_run:
                self._require_accounts(found)
        except Refused as refusal:
            if not dry_run:
                self._keep(arrival)
                self._note(arrival.refused(refusal))
            return _turned_down(path, refusal)
        return self._dry(arrival, found) if dry_run else self._take(arrival, found)

    def _note(self, refused: Write) -> None:
        """Record a refusal, once for the same bytes, whatever the file is called now."""
        with suppress(EventIdTaken, VersionConflict):
            self._append([refused])

    def _dry(self, arrival: Arrival, found: Found) -> Receipt:
        return _receipt(arrival, found, self._batch(arrival, found), events=0)

    def _take(self, arrival: Arrival, found: Found) -> Receipt:
        """Append what is new; when somebody else appended meanwhile, look again what is new."""
        self._keep(arrival)
        for _ in range(ATTEMPTS):
            batch = self._batch(arrival, found)
            try:
                return _receipt(arrival, found, batch, events=self._append(batch.writes))
            except (VersionConflict, EventIdTaken, PartlyStored):
                continue
        return _turned_down(
            arrival.path, Refused("other programs keep changing the same account", todo="Try again.")
        )

    def _batch(self, arrival: Arrival, found: Found) -> Batch:
        kind = found.format if isinstance(found, Reading) else found[0]
        received = arrival.received(kind)
        facts = self._statement_facts(found, arrival) if isinstance(found, Reading) else found[1]
        writes = [arrival.write(stream, data, cause=received.event_id) for stream, data in facts]
        stored = self._stored([received.stream, *(write.stream for write in writes)])
        fresh = [write for write in (received, *writes) if write.stream not in stored]
        if isinstance(found, Reading):
            new = len(writes) - len(found.statements)
            total = sum(line.state == "booked" for statement in found.statements for line in statement.lines)
            unnamed = not all(self._account_of(statement) for statement in found.statements)
            return Batch(
                writes=tuple(fresh), new=new, known=total - new, reason=NO_ACCOUNT if unnamed else ""
            )
        changed = [write for write in writes if _differs(write, stored.get(write.stream))]
        new = len(fresh) - (received.stream not in stored)
        return Batch(writes=tuple(fresh), new=new, known=len(writes) - new, reason=_changed(len(changed)))

    def _statement_facts(self, reading: Reading, arrival: Arrival) -> Facts:
        facts: Facts = []
        for index, found in enumerate(reading.statements):
            account = self._account_of(found)
            statement = in_currency(found, self._settings.currency_of(account))
            lines = booked_lines(statement, reading.format)
            known = self._known(account, lines)
            facts += statement_facts(
                statement, lines, known, account=account, file=arrival.digest, index=index
            )
        return facts

    def _known(self, account: str, lines: Sequence[Line]) -> list[Known]:
        if not lines:
            return []
        days = [line.booked_on for line in lines]
        rows = self._company.query(
            "SELECT booked_on, amount, currency, bank_id FROM bank_transaction "
            "WHERE account = $account AND booked_on BETWEEN $first AND $last ORDER BY ordinal",
            account=account,
            first=min(days),
            last=max(days),
        )
        return [Known(**row) for row in rows.dicts()]

    def _stored(self, streams: Sequence[str]) -> dict[str, str]:
        """Return the first event's data of those of the streams that exist."""
        sql = (
            "SELECT stream, data::VARCHAR FROM event_now "
            "WHERE version = 1 AND stream IN (SELECT unnest($streams::VARCHAR[]))"
        )
        return dict(self._company.query(sql, streams=list(streams)).rows)

    def _account_of(self, statement: Statement) -> str:
        """Return the account's id; empty when neither the file nor the operator names it."""
        named = statement.account or self._account
        if named:
            return self._settings.account_id(named)
        only = self._settings.account[0] if len(self._settings.account) == 1 else None
        return only.id if only is not None and statement.currency in ("", only.currency) else ""

    def _require_accounts(self, reading: Reading) -> None:
        if not all(self._account_of(statement) for statement in reading.statements):
            raise Refused(NO_ACCOUNT, todo="Say whose it is: workbench ingest --account NAME FILE.")
        known = {account.id for account in self._settings.account}
        if not all(
            statement.currency or self._account_of(statement) in known for statement in reading.statements
        ):
            raise Refused(
                NO_CURRENCY, todo="Name the account and its currency in workbench.toml, then try again."
            )

    def _keep(self, arrival: Arrival) -> None:
        raw = self._folder / "raw" / arrival.digest
        if not raw.exists():
            raw.parent.mkdir(mode=0o700, exist_ok=True)
            write_whole(raw, arrival.content)

    def _append(self, writes: Sequence[Write]) -> int:
        """Append to streams that must not exist yet; return how many events were added."""
        if not writes:
            return 0
        expected: Mapping[str, int] = {write.stream: NEW_STREAM for write in writes}
        return 0 if self._company.append(writes, expected=expected).repeated else len(writes)


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


def _recognise(arrival: Arrival) -> Found:
    """Try the lists first, for their headers are exact; then every statement format."""
    found = read_list(arrival.content)
    if found is not None:
        return found
    try:
        return read_statement(arrival.content)
    except NotAStatement as refusal:
        raise Refused(
            "it is no bank statement (OFX, CAMT, CSV), list of invoices or list of rates that is known here",
            todo="Export it as OFX, CAMT.053 or CSV; the README shows the columns of a list.",
        ) from refusal


def _receipt(arrival: Arrival, found: Found, batch: Batch, *, events: int) -> Receipt:
    statements = found.statements if isinstance(found, Reading) else ()
    return Receipt(
        path=str(arrival.path),
        format=found.format if isinstance(found, Reading) else found[0],
        status="known" if batch.known and not batch.new else "read",
        reason=batch.reason,
        new=batch.new,
        known=batch.known,
        pending=sum(line.state == "pending" for statement in statements for line in statement.lines),
        events=events,
        statements=statements,
    )


def _turned_down(path: Path, refusal: Refused) -> Receipt:
    named = refusal.named(path.name)
    return Receipt(path=str(path), format=None, status="refused", reason=named.happened, todo=named.todo)


def _differs(write: Write, stored: str | None) -> bool:
    return stored is not None and type(write.data).model_validate_json(stored) != write.data


def _changed(lines: int) -> str:
    return (
        f"{lines} of its lines differ from what is recorded under the same number and were not taken"
        if lines
        else ""
    )
