"""A file as it came: what it says, and what of that is new to the company. Nothing here writes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from opc_kernel.event import NEW_STREAM, EventData, Write
from opc_kernel.ids import derived_id
from opc_kernel.log.protocol import Queryable
from opc_kernel.log.read_model import ReadModel
from opc_kernel.text import Text
from workbench.connectors.bank.canonical import Fact, Ledger, in_currency
from workbench.connectors.bank.errors import NotAStatement
from workbench.connectors.bank.events import (
    CorrectionFound,
    LayoutAsked,
    LayoutChoice,
    TransactionBooked,
    TransactionDescribed,
    TransactionPending,
)
from workbench.connectors.bank.identity import WINDOW, Known, Period
from workbench.connectors.bank.layout import Ambiguous, Choice, Layout
from workbench.connectors.bank.reading import Reading, Statement
from workbench.connectors.bank.recorded import Recorded
from workbench.papers import Papers, may_be_receipt, read_papers, read_rest, with_receipt
from workbench.refusal import Refused
from workbench.settings import Settings

if TYPE_CHECKING:
    from workbench.capabilities.books.invoices import Facts

PREVIEW_LINES = 3
PERIODS = (
    "SELECT stream, format, currency, first_on, coalesce(closing_on, last_on) AS last_on, opening, closing "
    "FROM bank_statement WHERE account = $account ORDER BY position"
)
KNOWN = (
    "SELECT stream, version, state, booked_on, value_on, amount, currency, bank_id, counterparty, text, ordinal, "
    "counterparty_account, reference, statement, pending_on, pending_amount FROM bank_transaction "
    "WHERE account = $account AND booked_on BETWEEN $first AND $last ORDER BY booked_on, ordinal, stream"
)
ERASED_KEYS = (
    "SELECT key, count(*) FROM (SELECT unnest((data->'keys')::VARCHAR[]) AS key FROM event "
    "WHERE type = 'log.payload_erased') GROUP BY key"
)
ERASED_FILE = (
    "SELECT min(recorded_at) AS at FROM event WHERE type = 'log.payload_erased' "
    "AND list_contains((data->'digests')::VARCHAR[], $digest)"
)
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


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One file as it came: its name, bytes and who handed it in."""

    path: Path
    content: bytes
    actor: str

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes: the file's name in raw/."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def name(self) -> str:
        """The file's name, readable whatever bytes it has."""
        return self.path.name.encode("utf-8", "replace").decode()

    def write(self, fact: Fact, *, cause: str | None = None) -> Write:
        """Return the write of a fact that came with this file; each fact starts a story of its own."""
        return Write(
            stream=fact.stream,
            event_id=derived_id(fact.stream, fact.data.event_type, str(fact.version)),
            data=fact.data,
            actor=self.actor,
            source="file",
            source_id=self.digest,
            causation_id=cause,
        )

    def received(self, kind: str) -> Fact:
        """Return the fact that the file was read."""
        data = FileReceived(name=self.name, format=kind, bytes=len(self.content))
        return Fact(f"file/{self.digest}", data)

    def turned_down(self, refusal: Refused, *, account: str | None) -> Fact:
        """Return the fact that it was refused, or that the operator must say how to read it.

        In a stream of its own, for tomorrow it may be read.
        """
        if isinstance(refusal, Ambiguous):
            choices = tuple(_layout_choice(choice) for choice in refusal.choices)
            header = refusal.choices[0].layout.header
            asked = LayoutAsked(name=self.name, account=account or "", header=header, choices=choices)
            return Fact(f"bank_file/{self.digest}", asked)
        refused = FileRefused(name=self.name, bytes=len(self.content), reason=refusal.happened)
        return Fact(f"refused_file/{self.digest}", refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What of a file is new: its writes with the versions they rely on, counts, and a word on what was left out."""

    writes: tuple[Write, ...]
    expected: Mapping[str, int]
    new: int
    known: int
    pending: int = 0
    described: int = 0
    contradictions: int = 0
    reason: str = ""


Found: TypeAlias = "Reading | Papers | tuple[str, Facts]"


class Reader:
    """Reads files for one company. `account` says whose a statement is that does not say so itself."""

    def __init__(self, company: Queryable, settings: Settings, *, account: str | None = None) -> None:
        self._company = company
        self._settings = settings
        self._account = account

    def check_erased(self, arrival: Arrival) -> None:
        """Refuse a file that held what was erased. Raises Refused."""
        at = self._company.query(ERASED_FILE, digest=arrival.digest).rows[0][0]
        if at is not None:
            day = f"{at.astimezone(self._settings.tz):%d %b %Y}"
            raise Refused(
                f"what it holds was erased on {day} at your request",
                todo="Nothing of it is taken; delete the file too.",
            )

    def read(self, arrival: Arrival, *, layout: Layout | None = None, strict: bool = True) -> Found:
        """Read the file, in the layouts the operator chose before; `layout` is chosen just now.

        Where `strict`, it must be clear whose it is before anything is asked. Raises Refused, Ambiguous.
        """
        layouts = self._layouts() if layout is None else {layout.header: layout}
        try:
            found = _recognise(arrival, layouts, self._settings)
        except Ambiguous as question:
            if strict:
                self._require_accounts(question.choices[0].reading)
            raise
        if isinstance(found, Reading) and strict:
            self._require_accounts(found)
        return found

    def batch(self, arrival: Arrival, found: Found) -> Batch:
        """Return what the file adds to what is recorded now."""
        if isinstance(found, Reading):
            facts = self._statement_facts(found, arrival)
            batch, _ = self._fresh(arrival, arrival.received(found.format), facts)
            return self._counted(batch, found, [fact.data for fact in facts])
        if isinstance(found, Papers):
            return self._papers(arrival, found)
        kind, listed = found
        facts = [Fact(*each) for each in listed]
        batch, stored = self._fresh(arrival, arrival.received(kind), facts)
        changed = [fact for fact in facts if _differs(fact.data, stored.get(fact.stream))]
        return replace(batch, reason=_receipt_words(facts) or _changed(len(changed)))

    def _papers(self, arrival: Arrival, papers: Papers) -> Batch:
        facts = [Fact(*each) for each in papers.facts]
        batch, stored = self._fresh(arrival, arrival.received(papers.format), facts)
        known = sum(fact.stream in stored for fact in facts[: papers.counted])
        reason = papers.left_out or _receipt_words(facts)
        return replace(batch, new=papers.counted - known, known=known, reason=reason)

    def _fresh(
        self, arrival: Arrival, received: Fact, facts: Sequence[Fact]
    ) -> tuple[Batch, Mapping[str, str]]:
        """Return what of the facts is not stored yet, and what is stored in the streams of the others."""
        cause = arrival.write(received).event_id
        stored = self._stored([fact.stream for fact in (received, *facts) if fact.version == NEW_STREAM])
        head = [] if received.stream in stored else [received]
        fresh = [fact for fact in facts if fact.stream not in stored]
        batch = Batch(
            writes=(*map(arrival.write, head), *(arrival.write(fact, cause=cause) for fact in fresh)),
            expected={fact.stream: fact.version for fact in (*head, *fresh)},
            new=len(fresh),
            known=len(facts) - len(fresh),
        )
        return batch, stored

    def _counted(self, batch: Batch, reading: Reading, facts: Sequence[EventData]) -> Batch:
        """Count transactions, not events; say what the file leaves open."""
        fresh = [write.data for write in batch.writes]  # another program may have stored some of the facts
        new = sum(isinstance(data, TransactionBooked) for data in fresh)
        asked = [data for data in fresh if isinstance(data, CorrectionFound)]
        corrected = sum(len(data.instead) for data in facts if isinstance(data, CorrectionFound))
        booked = sum(line.state == "booked" for statement in reading.statements for line in statement.lines)
        unnamed = not all(self._account_of(statement) for statement in reading.statements)
        return replace(
            batch,
            new=new,
            known=booked - new - corrected,
            pending=sum(isinstance(data, TransactionPending) for data in fresh),
            described=sum(isinstance(data, TransactionDescribed) for data in fresh),
            contradictions=sum(max(len(data.gone), len(data.instead)) for data in asked),
            reason=NO_ACCOUNT if unnamed else "",
        )

    def _statement_facts(self, reading: Reading, arrival: Arrival) -> list[Fact]:
        """Compare each statement with what is recorded and with those before it in the same file."""
        accounts = [self._account_of(statement) for statement in reading.statements]
        ledgers = {account: self._ledger(account, reading, accounts) for account in set(accounts)}
        facts: list[Fact] = []
        for index, (statement, account) in enumerate(zip(reading.statements, accounts, strict=True)):
            priced = in_currency(statement, self._settings.currency_of(account))
            facts += ledgers[account].take(priced, kind=reading.format, file=arrival.digest, index=index)
        return facts

    def _ledger(self, account: str, reading: Reading, accounts: Sequence[str]) -> Ledger:
        days = [
            line.booked_on
            for statement, owner in zip(reading.statements, accounts, strict=True)
            if owner == account
            for line in statement.lines
        ]
        query = self._company.query
        periods = query(PERIODS, account=account).dicts()
        known = (
            query(KNOWN, account=account, first=min(days) - WINDOW, last=max(days) + WINDOW).dicts()
            if days
            else []
        )
        return Ledger(
            account=account,
            recorded=Recorded((Known(**row) for row in known), (Period(**row) for row in periods)),
            erased=Counter(dict(query(ERASED_KEYS).rows)),
        )

    def _stored(self, streams: Sequence[str]) -> dict[str, str]:
        """Return the first event's data of those of the streams that exist."""
        sql = (
            "SELECT stream, data::VARCHAR FROM event_now "
            "WHERE version = 1 AND stream IN (SELECT unnest($streams::VARCHAR[]))"
        )
        return dict(self._company.query(sql, streams=list(streams)).rows)

    def _layouts(self) -> dict[str, Layout]:
        rows = self._company.query("SELECT header, numbers, days FROM bank_layout").dicts()
        return {row["header"]: Layout(**row) for row in rows}

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


def _recognise(arrival: Arrival, layouts: Mapping[str, Layout], settings: Settings) -> Found:
    """Try first what says itself that it is words, then lists, for their headers are exact, and every statement format.

    What is left may be a receipt, and a text that is none is a note.
    """
    # every command knows of files, few read one
    from workbench.capabilities.books.invoices import read_list
    from workbench.capabilities.books.receipts.filing import may_be_statement, read_filed
    from workbench.connectors.bank.recognise import read_statement

    papers = read_papers(arrival.name, arrival.content, is_own=settings.is_own_address)
    if papers is not None:
        receipt = _receipt_of(arrival, settings) if may_be_receipt(papers) else None
        return with_receipt(papers, receipt) if receipt else papers
    if may_be_statement(arrival.name, arrival.content):
        if (listed := read_list(arrival.content)) is not None:
            return listed
        with suppress(NotAStatement):
            return read_statement(arrival.content, layouts=layouts)
    filed = read_filed(arrival.name, arrival.content, arrival.digest, settings.names) or read_rest(
        arrival.name, arrival.content
    )
    if filed is None:
        raise Refused(
            "it is no bank statement (OFX, MT940, CAMT, QIF, table), list of invoices or rates, receipt, mail, "
            "address book or note that is known here",
            todo="Export it as OFX, CAMT.053 or CSV; the README shows the columns of a list and the head of a note.",
        )
    return filed


def _receipt_of(arrival: Arrival, settings: Settings) -> tuple[str, Facts] | None:
    """Return the receipt that a mail is; None for any other mail."""
    from workbench.capabilities.books.receipts.filing import read_filed

    with suppress(Refused):
        return read_filed(arrival.name, arrival.content, arrival.digest, settings.names)
    return None


def _differs(data: EventData, stored: str | None) -> bool:
    return stored is not None and type(data).model_validate_json(stored) != data


def _receipt_words(facts: Sequence[Fact]) -> str:
    """Say what a receipt states; under another name the same bytes are the same receipt."""
    from workbench.capabilities.books.receipts.events import ReceiptReceived

    return "; ".join(fact.data.words for fact in facts if isinstance(fact.data, ReceiptReceived))


def _layout_choice(choice: Choice) -> LayoutChoice:
    lines = [line for statement in choice.reading.statements for line in statement.lines]
    shown = [
        f"{line.booked_on:%d %b %Y} {line.amount:+,.2f} {line.counterparty or line.text}".strip()
        for line in lines[:PREVIEW_LINES]
    ]
    rest = f"and {len(lines) - len(shown)} more" if len(lines) > len(shown) else ""
    days = sorted(line.booked_on for line in lines)
    span = [f"from {days[0]:%d %b %Y} to {days[-1]:%d %b %Y}"] if days else []
    return LayoutChoice(
        words=choice.words,
        numbers=choice.layout.numbers,
        days=choice.layout.days,
        preview="; ".join(filter(None, [*span, *shown, rest])),
    )


def _changed(lines: int) -> str:
    return (
        f"{lines} of its lines differ from what is recorded under the same number and were not taken"
        if lines
        else ""
    )
