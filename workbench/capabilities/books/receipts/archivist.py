"""The archivist: finds the transaction each receipt belongs to, and asks where several could be meant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from opc_kernel.approvals.row import Option, Question
from opc_kernel.event import EventData, Write
from opc_kernel.flow.agent import Agent, Context, Reaction
from opc_kernel.flow.outcome import Ask, Cancel, Done, Outcome
from opc_kernel.ids import derived_id
from opc_kernel.sql import load_sql
from workbench.capabilities.books.events import PACKAGE as BOOKS
from workbench.capabilities.books.events import DecidedBy
from workbench.capabilities.books.receipts.events import (
    PACKAGE,
    ReceiptDeclined,
    ReceiptMatched,
    ReceiptRecalled,
    ReceiptReceived,
    ReceiptReleased,
    ReceiptSetAside,
)
from workbench.capabilities.books.receipts.fitting import (
    EARLY_DAYS,
    LATE_DAYS,
    Filed,
    Fit,
    Movement,
    certain,
    fits,
)

NAME = "archivist"
MATCH = "books.match_receipt"
RECALL = "books.recall_receipts"
RELEASE = "books.release_receipt"
MAX_MOVEMENTS, MAX_RIVALS, MAX_RECALLED = 200, 200, 1_000
SHOWN = 8
NONE, ASIDE = "none", "aside"

REACTIONS = (
    Reaction(event=ReceiptReceived.event_type, kind=MATCH, agent=NAME),
    Reaction(event=ReceiptRecalled.event_type, kind=MATCH, agent=NAME),
    Reaction(event=ReceiptReleased.event_type, kind=MATCH, agent=NAME),
    Reaction(event="bank.statement_imported", kind=RECALL, agent=NAME),
    Reaction(event="bank.transaction_withdrawn", kind=RELEASE, agent=NAME),
)


def archivist() -> Agent:
    """Return the agent; it needs no settings."""
    return Agent(
        name=NAME,
        role="files each receipt with the transaction it belongs to",
        capability="books",
        steps={MATCH: match_receipt, RECALL: recall, RELEASE: release},
        may_read=("bank_transaction", "event", "receipt", "task"),
        may_write=(
            ReceiptMatched.event_type,
            ReceiptDeclined.event_type,
            ReceiptSetAside.event_type,
            ReceiptReleased.event_type,
            ReceiptRecalled.event_type,
        ),
    )


def match_receipt(context: Context) -> Outcome:
    """File one receipt, ask which of several transactions is meant, or let it wait for others."""
    filed = _filed(context)
    if filed is None:
        return Cancel(reason="the receipt was erased")
    if filed.state != "open":
        return Done(result=f"it was {filed.state} before")
    if _is_overtaken(context):
        return Done(result="a newer task sees to it")
    if filed.amount is None:
        return Done(result="it states no amount that a transaction could be found by")
    found = fits(filed, _movements(context, filed))
    row = context.row
    if row is not None and row.state in {"answered", "rejected"}:
        shown = tuple(option.id for option in row.options)
        return _decided(filed, found, row.key, shown, row.answer if row.state == "answered" else NONE)
    return judge(filed, found, _rivals(context, filed), asked_back=context.asked_back)


def judge(filed: Filed, found: Sequence[Fit], rivals: Sequence[Filed], *, asked_back: str | None) -> Outcome:
    """File what is certain, ask where it is not; without any transaction the receipt waits. Pure."""
    if not found:
        return Done(result="no transaction fits yet; it waits for the next statement")
    sure = certain(found, rivals) if asked_back is None else None
    if sure is None:
        return Ask(question=question(filed, found, rivals, asked_back))
    return _filed_with(filed, sure, "automatic", _words(sure), row=None)


def question(filed: Filed, found: Sequence[Fit], rivals: Sequence[Filed], asked_back: str | None) -> Question:
    """Ask which transaction a receipt belongs to. No money is at stake: no answer books anything anew."""
    shown = found[:SHOWN]
    return Question(
        summary=f"{_named(filed)}: to which transaction does it belong?",
        reason="\n".join(_why(filed, shown, rivals, asked_back)),
        facts=(filed.event_id, *(fit.movement.event_id for fit in shown)),
        risk="low",
        options=(
            *_options(shown),
            Option(id=NONE, label="none of these: wait for other transactions"),
            Option(id=ASIDE, label="it belongs to no transaction: cash, private, or no receipt"),
        ),
    )


def recall(context: Context) -> Outcome:
    """Have those receipts looked at again that may belong to a transaction that just came."""
    rows = context.company.query(load_sql(PACKAGE, "recalled"), limit=MAX_RECALLED).dicts()
    statement = context.task.subject
    writes = tuple(
        _write(row["stream"], ReceiptRecalled(statement=statement), "recalled", statement) for row in rows
    )
    expected = {row["stream"]: row["version"] for row in rows}
    return Done(result=f"{len(rows)} receipts are looked at again", writes=writes, expected=expected)


def release(context: Context) -> Outcome:
    """Take a receipt from a transaction that the bank took back."""
    gone = context.task.subject
    rows = context.company.query(load_sql(PACKAGE, "belonging"), transaction=gone).dicts()
    writes = tuple(_write(row["stream"], ReceiptReleased(transaction=gone), "released", gone) for row in rows)
    expected = {row["stream"]: row["version"] for row in rows}
    return Done(result=f"{len(rows)} receipts belonged to it", writes=writes, expected=expected)


def _decided(filed: Filed, found: Sequence[Fit], row: str, shown: Sequence[str], choice: str) -> Outcome:
    if choice == ASIDE:
        aside = _write(filed.stream, ReceiptSetAside(row=row), "aside", row)
        return Done(result="you set it aside", writes=(aside,), expected={filed.stream: filed.version})
    chosen = next((fit for fit in found if f"transaction/{fit.movement.stream}" == choice), None)
    if chosen is not None:
        return _filed_with(filed, chosen, "operator", f"you chose it. {_words(chosen)}", row=row)
    if choice != NONE:  # it is gone, or another receipt took it meanwhile
        return judge(filed, found, (), asked_back="")
    left = [fit for fit in found if f"transaction/{fit.movement.stream}" not in shown]
    declined = tuple(each.removeprefix("transaction/") for each in shown if each.startswith("transaction/"))
    no = _write(filed.stream, ReceiptDeclined(transactions=declined, row=row), "declined", row)
    expected = {filed.stream: filed.version}
    if left:
        return Ask(question=question(filed, left, (), None), writes=(no,), expected=expected)
    return Done(result="it waits for other transactions", writes=(no,), expected=expected)


def _filed_with(filed: Filed, fit: Fit, decided_by: DecidedBy, reason: str, *, row: str | None) -> Done:
    """Link receipt and transaction; the transaction's version is a guard, for its own stream is left as it is."""
    movement = fit.movement
    data = ReceiptMatched(transaction=movement.stream, decided_by=decided_by, reason=reason, row=row)
    return Done(
        result=f"filed with the transaction of {movement.booked_on:%d %b %Y}",
        writes=(_write(filed.stream, data, "matched", str(filed.version)),),
        expected={filed.stream: filed.version, movement.stream: movement.version},
    )


def _options(shown: Sequence[Fit]) -> list[Option]:
    """Name each transaction; twins are told apart by their number."""
    labels = [_label(fit.movement) for fit in shown]
    twins = (
        f" ({labels[:at].count(label) + 1} of {labels.count(label)})" if labels.count(label) > 1 else ""
        for at, label in enumerate(labels)
    )
    named = zip(shown, labels, twins, strict=True)
    return [Option(id=f"transaction/{fit.movement.stream}", label=label + twin) for fit, label, twin in named]


def _filed(context: Context) -> Filed | None:
    row = context.company.query(load_sql(PACKAGE, "filed"), stream=context.task.subject).one()
    return None if row is None else Filed(**row)


def _is_overtaken(context: Context) -> bool:
    task = context.task
    newer = context.company.query(
        load_sql(BOOKS, "newer_task"),
        kind=task.kind,
        subjects=[task.subject],
        task=task.stream,
        trigger=task.trigger,
    )
    return bool(newer.rows[0][0])


def _movements(context: Context, filed: Filed) -> list[Movement]:
    day = filed.receipt_on
    rows = context.company.query(
        load_sql(PACKAGE, "movements"),
        amount=filed.amount,
        currency=filed.currency or "",
        number=filed.number or "",
        first=date.min if day is None else day - timedelta(days=EARLY_DAYS),
        last=date.max if day is None else day + timedelta(days=LATE_DAYS),
        declined=list(filed.declined),
        limit=MAX_MOVEMENTS,
    ).dicts()
    return [Movement(**row) for row in rows]


def _rivals(context: Context, filed: Filed) -> list[Filed]:
    rows = context.company.query(
        load_sql(PACKAGE, "rivals"),
        stream=filed.stream,
        amount=filed.amount,
        currency=filed.currency or "",
        number=filed.number or "",
        limit=MAX_RIVALS,
    ).dicts()
    return [Filed(**row) for row in rows]


def _write(stream: str, data: EventData, *parts: str) -> Write:
    return Write(stream=stream, event_id=derived_id(stream, *parts), data=data, actor=NAME)


def _named(filed: Filed) -> str:
    assert filed.amount is not None, "one without an amount is never asked about"
    back = "Refund" if filed.amount < 0 else "Receipt"
    of = f" of {filed.vendor}" if filed.vendor else ""
    on = f" on {filed.receipt_on:%d %b %Y}" if filed.receipt_on else ""
    return f"{back} {filed.name}{of} over {abs(filed.amount):,.2f} {filed.currency or '(no currency stated)'}{on}"


def _why(filed: Filed, shown: Sequence[Fit], rivals: Sequence[Filed], asked_back: str | None) -> list[str]:
    if len(shown) > 1:
        why = f"I ask because {len(shown)} transactions have this amount"
    elif rivals:
        why = "I ask because other receipts state the same amount"
    else:
        why = "I ask because nothing but amount and day speaks for it"
    lines = [f"{why}."]
    lines += [f"It is headed “{' · '.join(filed.heading.splitlines())}”."] if filed.heading else []
    lines += [f"{at}. {_label(fit.movement)}: {_words(fit)}" for at, fit in enumerate(shown, start=1)]
    lines += [f"You asked: “{asked_back}”. No model was used; this is all I know."] if asked_back else []
    return lines


def _words(fit: Fit) -> str:
    parts = ["same amount"]
    parts += ["the receipt's number stands in it"] if fit.names_number else []
    parts += ["the same name"] if fit.names_vendor else []
    parts += [_days(fit.days)] if fit.days is not None else []
    return "; ".join(parts)


def _days(days: int) -> str:
    if days == 0:
        return "booked on the same day"
    return f"booked {abs(days)} {'day' if abs(days) == 1 else 'days'} {'later' if days > 0 else 'before'}"


def _label(movement: Movement) -> str:
    words = movement.counterparty or movement.text
    return f"{movement.booked_on:%d %b %Y} · {movement.amount:+,.2f} {movement.currency} · {words}".rstrip(
        " ·"
    )
