"""From a statement to canonical facts: what of it is new, under ids that a second import derives again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from opc_kernel.event import NEW_STREAM, EventData
from opc_kernel.ids import derived_id
from opc_kernel.money import Money, format_amount
from workbench.connectors.bank.events import (
    CorrectionFound,
    StatementImported,
    TransactionBooked,
    TransactionDescribed,
    TransactionPending,
)
from workbench.connectors.bank.identity import Comparison, Known, Period, compare
from workbench.connectors.bank.reading import Line, Statement
from workbench.connectors.bank.recorded import Recorded

WORDS = tuple(TransactionDescribed.model_fields)


TRANSACTIONS = (TransactionBooked, TransactionPending)


class Fact(NamedTuple):
    """An event of a statement, its stream, and the version that stream must have."""

    stream: str
    data: EventData
    version: int = NEW_STREAM


def with_schemes(statement: Statement, kind: str) -> Statement:
    """Return the statement with the bank's ids marked by their format, for only within it they can be compared."""
    scheme = kind.partition(".")[0]
    lines = (
        replace(line, bank_id=f"{scheme}:{line.bank_id}") if line.bank_id else line
        for line in statement.lines
    )
    return replace(statement, lines=tuple(lines))


def in_currency(statement: Statement, currency: str) -> Statement:
    """Return a statement that names no currency in its account's; any other as it is."""
    if statement.currency:
        return statement
    lines = tuple(line if line.currency else replace(line, currency=currency) for line in statement.lines)
    return replace(statement, currency=currency, lines=lines)


@dataclass(slots=True)
class Ledger:
    """What is recorded of one account, and what the statements of one file add to it, one after the other."""

    account: str
    recorded: Recorded = field(default_factory=Recorded)
    erased: Counter[str] = field(default_factory=Counter)
    """How often each slot key was erased."""

    def take(self, statement: Statement, *, kind: str, file: str, index: int) -> list[Fact]:
        """Return the facts of a statement that are not recorded yet; `index` is its place in the file."""
        stream = f"bank_statement/{derived_id(file, str(index))}"
        marked = with_schemes(statement, kind)
        imported = _imported(marked, self.account, kind, file)
        found = compare(marked, *self.recorded.around(marked), kind, self._erased)
        described = [*_described(found, stream)]
        facts = self._new(found, stream)
        self._remember(facts)
        self.recorded.cover(
            Period(
                stream=stream,
                format=kind,
                currency=statement.currency,
                first_on=imported.first_on,
                last_on=imported.closing_on or imported.last_on,
                opening=statement.opening,
                closing=statement.closing,
            )
        )
        return [Fact(stream, imported), *facts, *described, *self._corrections(found, stream)]

    def _erased(self, line: Line) -> int:
        slot = (self.account, line.booked_on.isoformat(), format_amount(line.amount), line.currency)
        return self.erased[slot_key(*slot, state=line.state)]

    def _new(self, found: Comparison, statement: str) -> list[Fact]:
        facts = [booked_fact(self.account, line, ordinal, statement) for line, ordinal in found.new]
        for line, ordinal, pending in found.booked:
            fact = booked_fact(self.account, line, ordinal, statement)
            facts.append(fact._replace(stream=pending.stream, version=pending.version))
        facts += [_pending_fact(self.account, line, ordinal, statement) for line, ordinal in found.announced]
        return sorted(facts, key=_day)

    def _corrections(self, found: Comparison, statement: str) -> list[Fact]:
        if not found.gone:
            return []
        gone = tuple(sorted(each.stream for each in found.gone))
        instead = tuple(_booked(self.account, line, 0, statement) for line in found.instead)
        # named after what it says: the same contradiction in another file is the same question
        name = derived_id(self.account, *gone, *(part for each in instead for part in slot_of(each)))
        data = CorrectionFound(account=self.account, statement=statement, gone=gone, instead=instead)
        return [Fact(f"bank_correction/{name}", data)]

    def _remember(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            self.recorded.add(_known(fact, self.recorded.of(fact.stream)))


def booked_fact(account: str, line: Line, ordinal: int, statement: str) -> Fact:
    """Return a booked transaction in the stream that its account, day, amount and ordinal name."""
    data = _booked(account, line, ordinal, statement)
    return Fact(stream_of(data), data)


def stream_of(data: TransactionBooked) -> str:
    """Return the stream of a transaction that was never pending."""
    return f"bank_transaction/{derived_id(*slot_of(data), str(data.ordinal))}"


def slot_of(data: TransactionBooked) -> tuple[str, str, str, str]:
    """Return what makes two transactions look the same."""
    return data.account, data.booked_on.isoformat(), data.money.amount, data.money.currency


def slot_key(account: str, day: str, amount: str, currency: str, *, state: str) -> str:
    """Return what an erased transaction is known by when a file shows it again."""
    return derived_id("erased", state, account, day, amount, currency)


def key_of(data: TransactionBooked | TransactionPending) -> str:
    """Return the slot key of a recorded transaction."""
    pending = isinstance(data, TransactionPending)
    day = data.pending_on if isinstance(data, TransactionPending) else data.booked_on
    slot = (data.account, day.isoformat(), data.money.amount, data.money.currency)
    return slot_key(*slot, state="pending" if pending else "booked")


def _described(found: Comparison, statement: str) -> Iterator[Fact]:
    """Yield what this very file said otherwise when it was read before."""
    for line, each in found.known:
        now = _words(line)
        if each.statement == statement and now != _words(each):
            yield Fact(each.stream, TransactionDescribed(**now), each.version)


def _imported(statement: Statement, account: str, kind: str, file: str) -> StatementImported:
    lines = [line for line in statement.lines if line.state == "booked"]
    days = [line.booked_on for line in lines]
    return StatementImported(
        account=account,
        currency=statement.currency,
        number=statement.number,
        opening=_text(statement.opening),
        closing=_text(statement.closing),
        opening_on=statement.opening_on,
        closing_on=statement.closing_on,
        first_on=min(days, default=None),
        last_on=max(days, default=None),
        transactions=len(lines),
        total=format_amount(sum((line.amount for line in lines), Decimal(0))),
        difference=_text(statement.difference),
        file=file,
        format=kind,
        left_out=statement.left_out,
    )


def _booked(account: str, line: Line, ordinal: int, statement: str) -> TransactionBooked:
    said = _said(line, account, ordinal, statement)
    return TransactionBooked(booked_on=line.booked_on, **said)


def _pending_fact(account: str, line: Line, ordinal: int, statement: str) -> Fact:
    slot = (account, line.booked_on.isoformat(), format_amount(line.amount), line.currency, str(ordinal))
    data = TransactionPending(pending_on=line.booked_on, **_said(line, account, ordinal, statement))
    return Fact(f"bank_transaction/{derived_id(*slot, 'pending')}", data)


def _said(line: Line, account: str, ordinal: int, statement: str) -> dict[str, Any]:
    """Return what a booked and a pending transaction have in common."""
    return {
        **_words(line),
        "account": account,
        "money": Money.of(line.amount, line.currency),
        "bank_id": line.bank_id,
        "ordinal": ordinal,
        "statement": statement,
    }


def _words(said: Line | Known) -> dict[str, Any]:
    return {name: getattr(said, name) for name in WORDS}


def _known(fact: Fact, before: Known | None) -> Known:
    """Return a transaction as it is recorded then; `before` is what was pending in its stream."""
    data = fact.data
    assert isinstance(data, TransactionBooked | TransactionPending)
    known = Known(
        stream=fact.stream,
        version=fact.version + 1,
        state="booked",
        booked_on=_day(fact),
        amount=data.money.decimal,
        currency=data.money.currency,
        bank_id=data.bank_id,
        ordinal=data.ordinal,
        statement=data.statement,
        **{name: getattr(data, name) for name in WORDS},
    )
    if isinstance(data, TransactionPending):
        return replace(known, state="pending", pending_on=known.booked_on, pending_amount=known.amount)
    if before is not None:
        return replace(known, pending_on=before.pending_on, pending_amount=before.pending_amount)
    return known


def _day(fact: Fact) -> date:
    data = fact.data
    assert isinstance(data, TransactionBooked | TransactionPending)
    return data.pending_on if isinstance(data, TransactionPending) else data.booked_on


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format_amount(amount)
