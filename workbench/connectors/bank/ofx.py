"""OFX and QFX, versions 1 and 2: bank accounts, credit cards, and the cash side of investment accounts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workbench.connectors.bank import fields
from workbench.connectors.bank.elements import account_at, id_at, name_at, need, raw_at, text_at, value_at
from workbench.connectors.bank.encoding import decode
from workbench.connectors.bank.errors import SHORTER, Refused, at
from workbench.connectors.bank.limits import MAX_LINES
from workbench.connectors.bank.ofx_markup import tree
from workbench.connectors.bank.reading import Line, Reading, State, Statement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from xml.etree.ElementTree import Element

_BEGINNING = re.compile(r"OFXHEADER\s*[:=]|<OFX>", re.IGNORECASE)
_STATEMENTS = {"STMTRS": "BANKACCTFROM", "CCSTMTRS": "CCACCTFROM", "INVSTMTRS": "INVACCTFROM"}
_LINES: tuple[tuple[str, State], ...] = (
    ("BANKTRANLIST/STMTTRN", "booked"),
    ("INVTRANLIST/INVBANKTRAN/STMTTRN", "booked"),
    ("BANKTRANLISTP/STMTTRNP", "pending"),
)
_DAY = re.compile(
    r"(\d{4})(\d\d)(\d\d)(?:\d{4}|\d{6}(?:\.\d{1,6})?)?\s*(?:\[[^\]]{1,20}\])?",
    re.ASCII,
)


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
        if raw_at(status, "SEVERITY") == "ERROR":
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
        account = need(part, fields.account, f"{_STATEMENTS[part.tag]}/ACCTID")
    with at(f"account {account}"):
        currency = need(part, fields.currency, "CURDEF")
        ledger = part.find("LEDGERBAL")
        closing = None if ledger is None else need(ledger, fields.amount, "BALAMT")
        closing_on = None if ledger is None else need(ledger, _day, "DTASOF")
    _refuse_securities_alone(part, account)
    return Statement(
        account=account,
        currency=currency,
        opening=None,
        closing=closing,
        closing_on=closing_on,
        number="",
        lines=tuple(_lines(part, account, currency)),
    )


def _refuse_securities_alone(part: Element, account: str) -> None:
    if part.tag == "INVSTMTRS" and part.find("INVTRANLIST/INVBANKTRAN") is None:
        raise Refused(
            f"account {account} is an investment account without cash transactions; purchases, transfers "
            "and positions of securities are not read",
            todo="Hand in the statement of its cash account instead.",
        )


def _lines(part: Element, account: str, currency: str) -> Iterator[Line]:
    for path, state in _LINES:
        for number, transaction in enumerate(part.iterfind(path), start=1):
            with at(f"account {account}, {state} transaction {number}"):
                yield _line(transaction, currency, state)


def _line(transaction: Element, currency: str, state: State) -> Line:
    # CURRENCY: the amount is in another currency than the account. ORIGCURRENCY: it was, and is converted.
    other_currency = value_at(transaction, fields.currency, "CURRENCY/CURSYM")
    return Line(
        booked_on=need(transaction, _day, "DTPOSTED", "DTTRAN"),
        value_on=value_at(transaction, _day, "DTAVAIL", "DTUSER"),
        amount=need(transaction, fields.amount, "TRNAMT"),
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
