"""The clerk: sees that statements add up and follow each other, and asks what a file or a correction means."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import TypeVar

from opc_kernel.approvals.row import Option, Question
from opc_kernel.event import NEW_STREAM, EventData, Write
from opc_kernel.flow.agent import Agent, Context, Reaction
from opc_kernel.flow.outcome import Ask, Block, Done, Outcome
from opc_kernel.ids import derived_id
from opc_kernel.money import Money, format_amount
from opc_kernel.sql import load_sql
from workbench.arrival import Arrival, FileReceived, Reader
from workbench.connectors.bank.canonical import stream_of
from workbench.connectors.bank.events import (
    CorrectionFound,
    LayoutAsked,
    LayoutKept,
    StatementImported,
    TransactionBooked,
    TransactionDescribed,
    TransactionPending,
    TransactionWithdrawn,
)
from workbench.connectors.bank.honesty import Fault, Moved, Stated, faults, moved_in
from workbench.connectors.bank.layout import Layout
from workbench.refusal import Refused
from workbench.settings import Settings

NAME = "clerk"
CHECK = "bank.check_statement"
CORRECT = "bank.settle_correction"
CHOOSE = "bank.choose_layout"
MAX_SHOWN = 8

REACTIONS = (
    Reaction(event=StatementImported.event_type, kind=CHECK, agent=NAME),
    Reaction(event=CorrectionFound.event_type, kind=CORRECT, agent=NAME),
    Reaction(event=LayoutAsked.event_type, kind=CHOOSE, agent=NAME),
)
NEIGHBOURS = load_sql("workbench.connectors.bank", "neighbours")
MOVED = (
    "SELECT booked_on, sum(amount) FROM bank_transaction WHERE account = $account AND currency = $currency "
    "AND state = 'booked' AND booked_on BETWEEN $first AND $last GROUP BY booked_on ORDER BY booked_on"
)
CORRECTING = (
    "SELECT count(*) > 0 FROM task AS t JOIN event_now AS e ON e.event_id = t.trigger "
    f"WHERE t.kind = '{CORRECT}' AND t.state IN ('requested', 'in-progress', 'blocked') "
    "AND e.data->>'account' = $account"
)
TRANSACTIONS = (
    "SELECT stream, version, state, booked_on, amount, currency, counterparty, text FROM bank_transaction "
    "WHERE stream IN (SELECT unnest($streams::VARCHAR[])) ORDER BY booked_on, stream"
)

Data = TypeVar("Data", bound=EventData)


def clerk(settings: Settings, folder: Path) -> Agent:
    """Return the agent of the company in this folder: it reads kept files anew once it is said how."""
    return Agent(
        name=NAME,
        role="checks that statements add up and follow each other, and asks what a file or a correction means",
        capability="bank",
        steps={
            CHECK: lambda context: _rejected(context) or check_statement(context, settings),
            CORRECT: lambda context: _rejected(context) or settle_correction(context, settings),
            CHOOSE: lambda context: _rejected(context) or choose_layout(context, settings, folder),
        },
        may_read=("bank_layout", "bank_statement", "bank_transaction", "event", "event_now", "task"),
        may_write=(
            FileReceived.event_type,
            StatementImported.event_type,
            TransactionPending.event_type,
            TransactionBooked.event_type,
            TransactionDescribed.event_type,
            TransactionWithdrawn.event_type,
            CorrectionFound.event_type,
            LayoutKept.event_type,
        ),
    )


def _rejected(context: Context) -> Done | None:
    """End the task when the operator rejects its question: nothing is changed, and it is not asked again."""
    if context.row is None or context.row.state != "rejected":
        return None
    return Done(result="you rejected the question: nothing was changed")


def check_statement(context: Context, settings: Settings) -> Outcome:
    """Ask about whatever does not fit; a statement that comes later may answer it first."""
    if context.row is not None and context.row.state == "answered":
        return Done(result="you took it as it is")
    rows = context.company.query(NEIGHBOURS, stream=context.task.subject).dicts()
    account = rows[0]["account"]
    stated = [Stated(**{name: row[name] for name in row if name != "account"}) for row in rows]
    this = next(each for each in stated if each.stream == context.task.subject)
    others = [each for each in stated if each is not this]
    moved = _moved(context, account, stated)
    found = faults(this, others, moved)
    if found and context.company.query(CORRECTING, account=account).rows[0][0]:
        found = faults(this, others, moved, correcting=True)
    if not found:
        return Done(result="it fits" if this.opening is not None else "it states no balances to check")
    return Ask(question=_faulty(context, this, _named(account, settings), found, settings))


def _moved(context: Context, account: str, stated: Sequence[Stated]) -> Moved:
    """Look up once what was recorded on the days of these statements, all of one currency."""
    days = [day for each in stated for day in (each.begins, each.ends) if day is not None]
    if not days:
        return moved_in([])
    found = context.company.query(
        MOVED, account=account, currency=stated[0].currency, first=min(days), last=max(days)
    )
    return moved_in(found.rows)


def settle_correction(context: Context, settings: Settings) -> Outcome:
    """Ask which is right, what is recorded or what the newer statement says; then make it so."""
    found = _event(context, CorrectionFound)
    recorded = context.company.query(TRANSACTIONS, streams=list(found.gone)).dicts()
    standing = [row for row in recorded if row["state"] == "booked"]
    if not standing:
        return Done(result="what it contradicts was taken back before")
    row = context.row
    if row is None or row.state != "answered":
        return Ask(question=_contradiction(context, found, standing, settings))
    writes: list[Write] = []
    expected: dict[str, int] = {}
    if row.answer == "corrected":
        for each in standing:
            reason = "a newer statement of the bank does not have it"
            withdrawn = TransactionWithdrawn(reason=reason, row=row.key)
            writes.append(_write(each["stream"], withdrawn))
            expected[each["stream"]] = each["version"]
    if row.answer in {"corrected", "both"}:
        for line in found.instead:
            booked = _in_free_stream(context, line, taken=expected)
            writes.append(_write(stream_of(booked), booked))
            expected[stream_of(booked)] = NEW_STREAM
    return Done(result=f"you answered: {row.answer}", writes=tuple(writes), expected=expected)


def choose_layout(context: Context, settings: Settings, folder: Path) -> Outcome:
    """Ask how to read a table that its bank leaves open; keep the answer and read the file."""
    asked = _event(context, LayoutAsked)
    row = context.row
    kept = context.company.query(
        "SELECT numbers, days FROM bank_layout WHERE header = $header", header=asked.header
    ).one()
    if row is not None and row.state == "answered":
        choice = asked.choices[int(row.answer)]
        layout = Layout(header=asked.header, numbers=choice.numbers, days=choice.days)
    elif kept is not None:  # the same bank's table was asked about in another file
        layout = Layout(header=asked.header, **kept)
    else:
        return Ask(question=_layouts(context, asked))
    reader = Reader(context.company, settings, account=asked.account or None)
    raw = folder / "raw" / context.task.subject.partition("/")[2]
    try:
        arrival = Arrival(path=Path(asked.name), content=raw.read_bytes(), actor=NAME)
        batch = reader.batch(arrival, reader.read(arrival, layout=layout))
    except (Refused, OSError) as refusal:
        return Block(reason=f"{asked.name} can't be read so: {refusal}", tried="read the kept file again")
    said = row.key if row is not None else ""
    keep = LayoutKept(header=layout.header, numbers=layout.numbers, days=layout.days, row=said)
    stream = f"bank_layout/{derived_id(layout.header)}"
    writes = batch.writes if kept is not None else (_write(stream, keep), *batch.writes)
    expected = dict(batch.expected) if kept is not None else {stream: NEW_STREAM, **batch.expected}
    return Done(result=f"{batch.new} added, {batch.known} known", writes=writes, expected=expected)


def _faulty(context: Context, this: Stated, account: str, found: list[Fault], settings: Settings) -> Question:
    amount = max((fault.amount for fault in found if fault.amount is not None), default=None)
    number = f" {this.number}" if this.sequence is not None else ""
    span = f" from {this.begins:%d %b} to {this.ends:%d %b %Y}" if this.begins and this.ends else ""
    return Question(
        summary=f"Statement{number} of {account}{span} {found[0].short}: take it as it is?",
        reason="\n".join(fault.words for fault in found)
        + "\nDownload what is missing from the bank and ingest it: nothing is booked twice, and this row goes away by "
        "itself once all fits. Or take it as it is.",
        facts=(context.task.trigger,),
        risk="low" if amount is None else "high",
        money=None if amount is None else Money.of(amount, this.currency),
        at_stake=_stake(amount, this.currency, settings),
        options=(Option(id="accept", label="Take it as it is"),),
    )


def _contradiction(
    context: Context, found: CorrectionFound, standing: list[dict[str, object]], settings: Settings
) -> Question:
    old = [
        f"Recorded: {each['booked_on']:%d %b %Y} {each['amount']:+,.2f} {each['currency']} "
        f"{each['counterparty'] or each['text']}"
        for each in standing
    ]
    new = [
        f"Now it says: {line.booked_on:%d %b %Y} {line.money.decimal:+,.2f} {line.money.currency} "
        f"{line.counterparty or line.text}"
        for line in found.instead
    ]
    moved = sum((line.money.decimal for line in found.instead), Decimal(0))
    moved -= sum((Decimal(str(each["amount"])) for each in standing), Decimal(0))
    currency = str(standing[0]["currency"])
    corrected = "take the new, withdraw the old" if new else "withdraw it"
    both = [Option(id="both", label="Both happened: keep the old, add the new")] if new else []
    return Question(
        summary=f"A newer statement of {_named(found.account, settings)} contradicts {len(standing)} recorded "
        f"{'transaction' if len(standing) == 1 else 'transactions'}: what is right?",
        reason="\n".join((*_some(old), *_some(new))),
        facts=(context.task.trigger,),
        risk="high",
        money=Money.of(abs(moved), currency),
        at_stake=_stake(abs(moved), currency, settings),
        options=(
            Option(id="corrected", label=f"The bank corrected itself: {corrected}"),
            *both,
            Option(id="keep", label="Keep what is recorded"),
        ),
    )


def _layouts(context: Context, asked: LayoutAsked) -> Question:
    return Question(
        summary=f"{asked.name} can be read in {len(asked.choices)} ways: which is right?",
        reason="\n".join(f"{each.words}: {each.preview}" for each in asked.choices)
        + "\nYour answer is kept for every later file of this bank.",
        facts=(context.task.trigger,),
        risk="medium",
        options=tuple(Option(id=str(number), label=each.words) for number, each in enumerate(asked.choices)),
    )


def _in_free_stream(context: Context, line: TransactionBooked, *, taken: dict[str, int]) -> TransactionBooked:
    """Return the transaction under the first ordinal that nothing else of its day and amount has."""
    possible = (line.model_copy(update={"ordinal": ordinal}) for ordinal in count(1))
    return next(
        each for each in possible if (stream := stream_of(each)) not in taken and _is_free(context, stream)
    )


def _is_free(context: Context, stream: str) -> bool:
    return not context.company.query("SELECT 1 FROM event WHERE stream = $stream LIMIT 1", stream=stream).rows


def _event(context: Context, kind: type[Data]) -> Data:
    """Return the event that asked for the task."""
    found = context.company.query(
        "SELECT data::VARCHAR FROM event_now WHERE event_id = $event_id", event_id=context.task.trigger
    )
    return kind.model_validate_json(found.rows[0][0])


def _write(stream: str, data: EventData) -> Write:
    return Write(stream=stream, event_id=derived_id(stream, data.event_type), data=data, actor=NAME)


def _named(account: str, settings: Settings) -> str:
    return next((each.name for each in settings.account if each.id == account), account)


def _stake(amount: Decimal | None, currency: str, settings: Settings) -> str | None:
    return format_amount(amount) if amount is not None and currency == settings.base_currency else None


def _some(lines: list[str]) -> list[str]:
    more = len(lines) - MAX_SHOWN
    return lines if more <= 0 else [*lines[:MAX_SHOWN], f"… and {more} more"]
