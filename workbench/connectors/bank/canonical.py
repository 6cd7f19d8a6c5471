"""From a statement to canonical events: what of it is new, under ids that a second import derives again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from opc_kernel.event import EventData
from opc_kernel.ids import derived_id
from opc_kernel.money import Money, format_amount
from workbench.connectors.bank.events import StatementImported, TransactionBooked
from workbench.connectors.bank.reading import Line, Statement
from workbench.connectors.bank.surplus import Known, surplus


def booked_lines(statement: Statement, kind: str) -> list[Line]:
    """Return the booked lines; the bank's ids get the format they are of, for only there they can be compared."""
    scheme = kind.partition(".")[0]
    return [
        replace(line, bank_id=f"{scheme}:{line.bank_id}") if line.bank_id else line
        for line in statement.lines
        if line.state == "booked"
    ]


def in_currency(statement: Statement, currency: str) -> Statement:
    """Return a statement that names no currency in its account's; any other as it is."""
    if statement.currency:
        return statement
    lines = tuple(line if line.currency else replace(line, currency=currency) for line in statement.lines)
    return replace(statement, currency=currency, lines=lines)


def statement_facts(
    statement: Statement,
    lines: Sequence[Line],
    known: Iterable[Known],
    *,
    account: str,
    file: str,
    index: int,
) -> list[tuple[str, EventData]]:
    """Return the statement and its new transactions, each with its stream; `index` is its place in the file."""
    stream = f"bank_statement/{derived_id(file, str(index))}"
    fresh = surplus(lines, known)
    return [
        (stream, _imported(statement, lines, account, file)),
        *(_booked(line, ordinal, account, stream) for line, ordinal in fresh),
    ]


def _imported(statement: Statement, lines: Sequence[Line], account: str, file: str) -> StatementImported:
    days = [line.booked_on for line in lines]
    return StatementImported(
        account=account,
        currency=statement.currency,
        number=statement.number,
        opening=_text(statement.opening),
        closing=_text(statement.closing),
        closing_on=statement.closing_on,
        first_on=min(days, default=None),
        last_on=max(days, default=None),
        transactions=len(lines),
        total=format_amount(sum((line.amount for line in lines), Decimal(0))),
        difference=_text(statement.difference),
        file=file,
    )


def _booked(line: Line, ordinal: int, account: str, statement: str) -> tuple[str, TransactionBooked]:
    slot = (account, line.booked_on.isoformat(), format_amount(line.amount), line.currency, str(ordinal))
    return f"bank_transaction/{derived_id(*slot)}", TransactionBooked(
        account=account,
        booked_on=line.booked_on,
        value_on=line.value_on,
        money=Money.of(line.amount, line.currency),
        counterparty=line.counterparty,
        counterparty_account=line.counterparty_account,
        text=line.text,
        reference=line.reference,
        bank_id=line.bank_id,
        ordinal=ordinal,
        statement=statement,
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format_amount(amount)
