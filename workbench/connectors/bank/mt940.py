"""MT940 and MT942 of SWIFT: the statement and the interim report of banks before CAMT, and of many still."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.connectors.bank import fields
from workbench.connectors.bank.encoding import decode
from workbench.connectors.bank.errors import Refused
from workbench.connectors.bank.mt940_details import details
from workbench.connectors.bank.mt940_fields import (
    IBAN,
    Balance,
    Total,
    account,
    balance,
    entry,
    floor_currency,
    total,
)
from workbench.connectors.bank.mt940_messages import Field, Message, begins, messages, unframed
from workbench.connectors.bank.reading import Line, Reading, Statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CODE = re.compile(r"\d\d", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A message: a whole statement, or a page of one."""

    statement: Statement
    continues: bool
    goes_on: bool


def matches(head: str) -> bool:
    """Whether the content begins like MT940 or MT942."""
    return begins(head)


def read(content: bytes) -> Reading:
    """Read every statement of the file, or refuse it whole."""
    text = decode(unframed(content))
    found = messages(text)
    if not found:
        raise Refused("it is MT940, but holds no statement")
    pages = [_page(message) for message in found]
    _refuse_cut_balance(text, found[-1], pages[-1].statement)
    interim = all(message.first("60", "62") is None for message in found)
    return Reading(format="mt942" if interim else "mt940", statements=tuple(_joined(pages)))


def _refuse_cut_balance(text: str, last: Message, statement: Statement) -> None:
    """The last line may lack its end, but not digits of the balance it holds."""
    if last.fields[-1].kind == "62" and not text.endswith(("\n", "\r")) and statement.difference:
        raise Refused("it is cut off inside its closing balance, to which its transactions do not add up")


def _joined(pages: Sequence[_Page]) -> list[Statement]:
    """The statements, the pages of one put together where balance meets balance."""
    runs: list[list[Statement]] = []
    before: _Page | None = None
    for page in pages:
        if before is not None and _follows(before, page):
            runs[-1].append(page.statement)
        else:
            runs.append([page.statement])
        before = page
    return [_put_together(run) for run in runs]


def _follows(before: _Page, page: _Page) -> bool:
    if not (before.goes_on and page.continues):
        return False
    first, second = before.statement, page.statement
    ends = (first.account, first.number.partition("/")[0], first.currency, first.closing)
    return ends == (second.account, second.number.partition("/")[0], second.currency, second.opening)


def _put_together(run: list[Statement]) -> Statement:
    lines = tuple(line for statement in run for line in statement.lines)
    return replace(run[0], closing=run[-1].closing, closing_on=run[-1].closing_on, lines=lines)


def _page(message: Message) -> _Page:
    opening, closing = message.first("60"), message.first("62")
    opened, closed = _balance(opening), _balance(closing)
    currency = _currency(message)
    for stated in (opened, closed):
        if stated and stated.currency != currency:
            raise Refused(f"its balances are in {currency} and {stated.currency}", where=message.where)
    numbered = message.first("28")
    lines = tuple(_lines(message, currency))
    _check_totals(message, lines)
    return _Page(
        statement=Statement(
            account=_account(message, currency),
            currency=currency,
            opening=opened.amount if opened else None,
            opening_on=opened.on if opened else None,
            closing=closed.amount if closed else None,
            closing_on=closed.on if closed else None,
            number=_number(numbered),
            lines=lines,
        ),
        continues=opening is not None and opening.tag == "60M",
        goes_on=closing is not None and closing.tag == "62M",
    )


def _balance(field: Field | None) -> Balance | None:
    if field is None:
        return None
    with field.here():
        return balance(field.rows[0])


def _currency(message: Message) -> str:
    """That of the balances; an interim report has none, but says from what amount on it reports."""
    for kind in ("60", "62", "34", "90"):
        if field := message.first(kind):
            with field.here():
                if kind == "34":
                    return floor_currency(field.rows[0])
                return (total if kind == "90" else balance)(field.rows[0]).currency
    if message.is_excerpt:
        return ""
    raise Refused("neither :60F: nor :34F: says its currency", where=message.where)


def _account(message: Message, currency: str) -> str | None:
    field = message.first("25")
    if field is None and message.is_excerpt:
        return None
    if field is None:
        raise Refused("the field :25: with its account is missing", where=message.where)
    with field.here():
        number = account(field.rows[0], currency)
        if not number:
            raise ValueError("the account is missing")
        return number


def _number(field: Field | None) -> str:
    if field is None:
        return ""
    with field.here():
        return fields.identifier(field.rows[0])


def _lines(message: Message, currency: str) -> Iterator[Line]:
    for field, told in message.transactions():
        with field.here():
            yield _line(field, told, currency)


def _line(field: Field, told: list[Field], currency: str) -> Line:
    moved = entry(field.rows[0])
    detail = details([row for part in told if part.tag == "86" for row in part.rows])
    supplement = fields.text(" ".join(field.rows[1:]))
    return Line(
        booked_on=moved.booked_on,
        value_on=moved.value_on,
        amount=moved.amount,
        currency=currency,
        counterparty=fields.name(detail.counterparty),
        counterparty_account=fields.account(detail.account or "".join(IBAN.findall(supplement)[:1])),
        text=fields.text(detail.text) or _national(told) or supplement,
        reference=fields.identifier(detail.reference) or moved.reference,
        bank_id=moved.bank_id,
        state="pending" if moved.expected else "booked",
    )


def _national(told: list[Field]) -> str:
    """The words of :NS:, where a bank writes what SWIFT has no field for, each line behind a code of two digits."""
    rows = [row for part in told if part.tag == "NS" for row in part.rows]
    return fields.text(" ".join(_CODE.sub("", row, count=1) for row in rows))


def _check_totals(message: Message, lines: Sequence[Line]) -> None:
    """Compare :90D: and :90C: with what was read. A further page may have the totals of all: they are not compared."""
    numbered = message.first("28")
    if numbered is not None and numbered.rows[0].partition("/")[2].strip().lstrip("0") not in {"", "1"}:
        return
    for field in message.fields:
        if field.tag in {"90D", "90C"}:
            with field.here():
                _compare(total(field.rows[0]), lines, sign=1 if field.tag == "90C" else -1)


def _compare(stated: Total, lines: Sequence[Line], *, sign: int) -> None:
    """The entries of one direction, with or without those only expected. One of 0 is of either direction."""
    moved = [line for line in lines if line.amount * sign > 0]
    zeros = sum(not line.amount for line in lines)
    for some in (moved, [line for line in moved if line.state == "booked"]):
        amount = sum(line.amount for line in some) * sign
        if amount == stated.amount and len(some) <= stated.count <= len(some) + zeros:
            return
    raise ValueError(
        f"it states {stated.count} entries of together {stated.amount}, but there are {len(moved)} "
        f"of {sum(line.amount for line in moved) * sign}"
    )
