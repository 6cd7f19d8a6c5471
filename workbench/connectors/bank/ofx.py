"""OFX and QFX, versions 1 and 2: bank accounts, credit cards, and of investment accounts what is plainly cash."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from workbench.connectors.bank import fields
from workbench.connectors.bank.elements import (
    account_at,
    counted,
    id_at,
    name_at,
    need,
    raw_at,
    refuse_twice,
    text_at,
    value_at,
)
from workbench.connectors.bank.encoding import decode
from workbench.connectors.bank.errors import SHORTER, Refused, at
from workbench.connectors.bank.limits import MAX_LINES
from workbench.connectors.bank.ofx_markup import tree
from workbench.connectors.bank.reading import Line, Reading, State, Statement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from decimal import Decimal
    from xml.etree.ElementTree import Element

_BEGINNING = re.compile(r"OFXHEADER\s*[:=]|<OFX>", re.IGNORECASE)
_STATEMENTS = {
    "STMTRS": "BANKACCTFROM",
    "CCSTMTRS": "CCACCTFROM",
    "INVSTMTRS": "INVACCTFROM",
    "LOANSTMTRS": "LOANACCTFROM",
}
_LINES: tuple[tuple[str, State], ...] = (
    ("BANKTRANLIST/STMTTRN", "booked"),
    ("INVTRANLIST/INVBANKTRAN/STMTTRN", "booked"),
    ("BANKTRANLISTP/STMTTRNP", "pending"),
)
_LEFT_OUT = (
    ("INVTRANLIST", "BUY", "purchase of securities", "purchases of securities"),
    ("INVTRANLIST", "SELL", "sale of securities", "sales of securities"),
    ("INVTRANLIST", "INCOME", "income from securities", "incomes from securities"),
    ("INVTRANLIST", "REINVEST", "reinvestment", "reinvestments"),
    ("INVTRANLIST", "TRANSFER", "transfer of securities", "transfers of securities"),
    ("INVTRANLIST", "", "other investment transaction", "other investment transactions"),
    ("LOANTRANLIST", "", "loan transaction", "loan transactions"),
    ("INVPOSLIST", "", "position", "positions"),
    ("INVOOLIST", "", "open order", "open orders"),
    ("INVBAL", "AVAILCASH", "cash balance", "cash balances"),
    ("INV401KBAL", "TOTAL", "balance of a retirement plan", "balances of a retirement plan"),
)
"""Where in a statement, how its tag begins, and the word for one and for many. The first that fits counts."""
_ONCE = frozenset(("TRNAMT", "DTPOSTED", "FITID", "CURDEF", "LEDGERBAL", "BALAMT", *_STATEMENTS.values()))
_READ = {"INVBANKTRAN", "DTSTART", "DTEND"}
_DAY = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[ T]?(?:\d\d){1,3}(?:[.,]\d{1,9})?|[ T]\d\d(?::\d\d){1,2})?Z?\s*(?:\[[^\]]{0,40}\])?",
    re.ASCII,
)
_NO_DAY = re.compile(r"0{8,14}(?:\.0{1,9})?(?:\[[^\]]{0,40}\])?", re.ASCII)
_COMMA_OR_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)


def matches(head: str) -> bool:
    """Whether the content begins like OFX."""
    return bool(_BEGINNING.search(head))


def read(content: bytes) -> Reading:
    """Read every account of the file, or refuse it whole."""
    root = tree(decode(content))
    _refuse_errors(root)
    statements = tuple(_statement(part) for part in root.iter() if part.tag in _STATEMENTS)
    _refuse_strays(root, sum(len(statement.lines) for statement in statements))
    return Reading(format="ofx", statements=statements)


def _refuse_errors(root: Element) -> None:
    for status in root.iter("STATUS"):
        if raw_at(status, "SEVERITY").upper() == "ERROR":
            said = fields.shown(f"{raw_at(status, 'CODE')} {raw_at(status, 'MESSAGE')}".strip())
            raise Refused(f"the bank sent an error in place of a statement: {said}")


def _refuse_strays(root: Element, lines_read: int) -> None:
    in_file = sum(1 for part in root.iter() if part.tag in {"STMTTRN", "STMTTRNP"})
    if in_file != lines_read:
        raise Refused(f"{in_file - lines_read} of its transactions stand outside of any statement")
    if in_file > MAX_LINES:
        raise Refused(f"it holds {in_file} transactions, more than {MAX_LINES:,}", todo=SHORTER)


def _statement(part: Element) -> Statement:
    with at(part.tag):
        refuse_twice(part, _ONCE)
        owner = part.find(_STATEMENTS[part.tag])
        if owner is None:
            raise ValueError(f"{_STATEMENTS[part.tag]} is missing")
        account = account_at(owner, "ACCTID", "LOANACCTID")
    with at(f"account {account}"):
        currency = value_at(part, _currency, "CURDEF") or ""
        closing, closing_on = _ledger_balance(part)
    return Statement(
        account=account or None,
        currency=currency,
        opening=None,
        closing=closing,
        closing_on=closing_on,
        number="",
        lines=tuple(_lines(part, account, currency)),
        left_out=_left_out(part),
    )


def _ledger_balance(part: Element) -> tuple[Decimal | None, date | None]:
    """The booked balance and its day. What is available, AVAILBAL, is none: it counts what is not booked."""
    ledger = part.find("LEDGERBAL")
    if ledger is None:
        return None, None
    refuse_twice(ledger, _ONCE)
    closing = value_at(ledger, _amount, "BALAMT")
    return closing, None if closing is None else value_at(ledger, _day_if_any, "DTASOF")


def _left_out(part: Element) -> str:
    found: Counter[tuple[str, str]] = Counter()
    for holder in part:
        kinds = [kind for kind in _LEFT_OUT if kind[0] == holder.tag]
        for each in holder:
            if kinds and each.tag not in _READ:
                found.update([(one, many) for _, tag, one, many in kinds if each.tag.startswith(tag)][:1])
    return ", ".join(
        counted(found[one, many], one, many) for _, _, one, many in _LEFT_OUT if found[one, many]
    )


def _lines(part: Element, account: str, currency: str) -> Iterator[Line]:
    for path, state in _LINES:
        for number, transaction in enumerate(part.iterfind(path), start=1):
            with at(f"account {account}, {state} transaction {number}"):
                yield _line(transaction, currency, state)


def _line(transaction: Element, currency: str, state: State) -> Line:
    refuse_twice(transaction, _ONCE)
    # CURRENCY: the amount is in another currency than the account. ORIGCURRENCY: it was, and is converted.
    other_currency = value_at(transaction, _currency, "CURRENCY/CURSYM")
    return Line(
        booked_on=need(transaction, _day, "DTPOSTED", "DTTRAN"),
        value_on=value_at(transaction, _day_if_any, "DTAVAIL", "DTUSER"),
        amount=need(transaction, _amount, "TRNAMT"),
        currency=other_currency or currency,
        counterparty=name_at(transaction, "NAME", "PAYEE/NAME", "PAYEE"),
        counterparty_account=account_at(transaction, "BANKACCTTO/ACCTID", "CCACCTTO/ACCTID"),
        text=text_at(transaction, "MEMO"),
        reference=id_at(transaction, "CHECKNUM", "REFNUM"),
        bank_id=id_at(transaction, "FITID"),
        state=state,
    )


def _day(raw: str) -> date:
    """The local day as written; the offset says where, not which other day."""
    return fields.day_in(raw, _DAY)


def _day_if_any(raw: str) -> date | None:
    """The same; some banks write zeros for no day."""
    return None if _NO_DAY.fullmatch(raw) else _day(raw)


def _amount(raw: str) -> Decimal:
    """An amount, unless its comma may part thousands: the standard forbids that, and banks do it."""
    if _COMMA_OR_THOUSANDS.fullmatch(raw):
        raise ValueError(f"{fields.shown(raw)} may be {raw.replace(',', '.')} or {raw.replace(',', '')}")
    return fields.amount(raw)


def _currency(raw: str) -> str:
    return fields.currency(raw.upper())
