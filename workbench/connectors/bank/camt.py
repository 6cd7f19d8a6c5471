"""CAMT.052, .053 and .054 of ISO 20022, any version: the XML statement of European banks."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from workbench.connectors.bank import fields
from workbench.connectors.bank.elements import (
    account_at,
    count_elements,
    id_at,
    name_at,
    need,
    raw_at,
    text_at,
    value_at,
)
from workbench.connectors.bank.encoding import decode
from workbench.connectors.bank.errors import SHORTER, Refused, at
from workbench.connectors.bank.limits import MAX_ATTRIBUTES, MAX_ELEMENTS, MAX_LINES
from workbench.connectors.bank.reading import Line, Reading, State, Statement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

_BEGINNING = re.compile(r"[:.]camt\.05[234]\.|<(\w+:)?BkToCstmr(Stmt|AcctRpt|DbtCdtNtfctn)\b")
_STATEMENTS = {"Rpt": "camt.052", "Stmt": "camt.053", "Ntfctn": "camt.054"}
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T[\d:.]{5,30})?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_SIGNS = {"CRDT": 1, "DBIT": -1}
_OWN_BALANCES = {"OPBD", "PRCD", "CLBD"}
_STATES: dict[str, State | None] = {"BOOK": "booked", "PDNG": "pending", "FUTR": "pending", "INFO": None}
_NO_DETAIL = Element("TxDtls")
_SAY_NOTHING = {"NOTPROVIDED", "NOT PROVIDED", "NONREF"}


def matches(head: str) -> bool:
    """Whether the content begins like a CAMT document."""
    return bool(_BEGINNING.search(head))


def read(content: bytes) -> Reading:
    """Read every statement of the file, or refuse it whole."""
    root = _tree(decode(content))
    parts = [part for part in root.iter() if part.tag in _STATEMENTS]
    if not parts:
        raise Refused("it is CAMT, but holds no statement")
    statements = tuple(_statement(part) for part in parts)
    count = sum(len(statement.lines) for statement in statements)
    if count > MAX_LINES:
        raise Refused(f"it holds {count} transactions, more than {MAX_LINES:,}", todo=SHORTER)
    return Reading(format=_STATEMENTS[parts[0].tag], statements=statements)


def _tree(text: str) -> Element:
    """The document as a tree without namespaces."""
    if count_elements(text) > MAX_ELEMENTS or text.count("=") > MAX_ATTRIBUTES:
        raise Refused(
            f"it has more than {MAX_ELEMENTS:,} elements or {MAX_ATTRIBUTES:,} attributes", todo=SHORTER
        )
    # Its own target: the parser of defusedxml is written in Python, and so would its elements be.
    parser = XMLParser(target=TreeBuilder(), forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(text)
        root: Element = parser.close()
    except ParseError as error:
        raise Refused("its XML is broken or cut off", where=f"line {error.position[0]}") from error
    except DefusedXmlException as error:
        raise Refused("it has a document type or entities, which no bank writes") from error
    for part in root.iter():
        part.tag = part.tag.rpartition("}")[2]
    return root


def _statement(part: Element) -> Statement:
    number = id_at(part, "ElctrncSeqNb", "LglSeqNb", "Id")
    with at(f"statement {number}".strip()):
        currency = value_at(part, fields.currency, "Acct/Ccy") or _first_currency(part)
        openings = _balances(part, "OPBD", currency) or _balances(part, "PRCD", currency)
        closings = _balances(part, "CLBD", currency)
        account = account_at(part, "Acct/Id/IBAN", "Acct/Id/Othr/Id")
    return Statement(
        account=account or None,
        currency=currency,
        opening=openings[0][1] if openings else None,
        closing=closings[-1][1] if closings else None,
        closing_on=closings[-1][0] if closings else None,
        number=number,
        lines=tuple(_lines(part, number)),
    )


def _first_currency(part: Element) -> str:
    """That of the account's own balances, else of what was booked; nothing when the file has no amount at all."""
    own = [balance.find("Amt") for balance in part.iterfind("Bal") if _kind(balance) in _OWN_BALANCES]
    amounts = (*own, part.find("Ntry/Amt"), part.find("Bal/Amt"))
    return next((_currency(amount) for amount in amounts if amount is not None), "")


def _kind(balance: Element) -> str:
    return raw_at(balance, "Tp/CdOrPrtry/Cd")


def _balances(part: Element, code: str, currency: str) -> list[tuple[date, Decimal]]:
    """The balances of one kind by day. One in another currency is not the balance of this account."""
    found = [
        (need(balance, _day, "Dt/Dt", "Dt/DtTm"), _moved(balance))
        for balance in part.iterfind("Bal")
        if _kind(balance) == code and _currency(balance.find("Amt")) == currency
    ]
    return sorted(found, key=lambda dated: dated[0])


def _lines(part: Element, number: str) -> Iterator[Line]:
    for position, entry in enumerate(part.iterfind("Ntry"), start=1):
        with at(f"statement {number}, entry {position}"):
            yield from _entry(entry)


def _entry(entry: Element) -> list[Line]:
    state = _state(raw_at(entry, "Sts/Cd", "Sts"))
    if state is None:
        return []
    details = entry.findall("NtryDtls/TxDtls")
    if amounts := _shares(entry, details):
        return [
            _line(entry, detail, amount, state, part=f"/{number}")
            for number, (detail, amount) in enumerate(zip(details, amounts, strict=True), start=1)
        ]
    return [_line(entry, details[0] if len(details) == 1 else _NO_DETAIL, _moved(entry), state)]


def _shares(entry: Element, details: list[Element]) -> list[Decimal]:
    """What each transaction of a batch moved; nothing unless all say so and together make the entry."""
    direction = raw_at(entry, "CdtDbtInd")
    stated = [_stated(detail) for detail in details]
    currency = _currency(entry.find("Amt"))
    if len(details) < 2 or any(amount is None or _currency(amount) != currency for amount in stated):
        return []
    shares = [
        _signed(amount, raw_at(detail, "CdtDbtInd") or direction)
        for detail, amount in zip(details, stated, strict=True)
    ]
    return shares if sum(shares) == _moved(entry) else []


def _stated(detail: Element) -> Element | None:
    own = detail.find("Amt")
    return detail.find("AmtDtls/TxAmt/Amt") if own is None else own


def _line(entry: Element, detail: Element, amount: Decimal, state: State, *, part: str = "") -> Line:
    party = "Dbtr" if raw_at(entry, "CdtDbtInd") == "CRDT" else "Cdtr"
    bank_id = _told(entry, "AcctSvcrRef") or _told(detail, "Refs/AcctSvcrRef")
    return Line(
        booked_on=need(entry, _day, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"),
        value_on=value_at(entry, _day, "ValDt/Dt", "ValDt/DtTm"),
        amount=amount,
        currency=_currency(entry.find("Amt")),
        counterparty=name_at(detail, f"RltdPties/{party}/Nm", f"RltdPties/{party}/Pty/Nm"),
        counterparty_account=account_at(
            detail, f"RltdPties/{party}Acct/Id/IBAN", f"RltdPties/{party}Acct/Id/Othr/Id"
        ),
        text=_remittance(detail) or text_at(detail, "AddtlTxInf") or text_at(entry, "AddtlNtryInf"),
        reference=_told(detail, "RmtInf/Strd/CdtrRefInf/Ref") or _told(detail, "Refs/EndToEndId"),
        bank_id=bank_id and bank_id + part,
        state=state,
    )


def _remittance(detail: Element) -> str:
    return fields.text(" ".join(part.text or "" for part in detail.iterfind("RmtInf/Ustrd")))


def _told(element: Element, path: str) -> str:
    """An id, unless the bank wrote that there is none."""
    told = id_at(element, path)
    return "" if told in _SAY_NOTHING else told


def _state(raw: str) -> State | None:
    """Booked or pending; None for what is only told and never booked on this account."""
    if raw not in _STATES:
        raise ValueError(f"Sts: {fields.shown(raw)} is neither booked nor pending")
    return _STATES[raw]


def _moved(part: Element) -> Decimal:
    """The signed amount of an entry or balance. The indicator has the direction already, also of a reversal."""
    return _signed(part.find("Amt"), raw_at(part, "CdtDbtInd"))


def _signed(amount: Element | None, direction: str) -> Decimal:
    if amount is None:
        raise ValueError("Amt is missing")
    if direction not in _SIGNS:
        raise ValueError(f"CdtDbtInd: {fields.shown(direction)} is neither CRDT nor DBIT")
    unsigned = fields.amount(amount.text or "")
    if unsigned < 0:
        raise ValueError(f"Amt: {unsigned} has a sign, which is for CdtDbtInd to say")
    return _SIGNS[direction] * unsigned


def _currency(amount: Element | None) -> str:
    return fields.currency("" if amount is None else amount.get("Ccy", ""))


def _day(raw: str) -> date:
    """The day as written, whatever the offset."""
    return fields.day_in(raw, _DAY)
