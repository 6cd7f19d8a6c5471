"""CAMT.052, .053 and .054 of ISO 20022, any version: the XML statement of European banks."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from workbench.connectors.bank import fields
from workbench.connectors.bank.elements import (
    account_at,
    count_elements,
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
_STATES: dict[str, State | None] = {
    "BOOK": "booked",
    "PDNG": "pending",
    "FUTR": "pending",
    "INFO": None,
}
_FOR_INFORMATION = ("entry that is information only", "entries that are information only")
_OWN_STATUS = ("entry with a status of the bank's own, taken as not booked", "entries with such a status")
_NO_DAY = (
    "entry has no day and stands on that of the file",
    "entries have no day and stand on that of the file",
)
_DETAIL_DAYS = tuple(f"RltdDts/{day}" for day in ("IntrBkSttlmDt", "TxDtTm", "AccptncDtTm"))
_NO_DETAIL = Element("TxDtls")
_SAY_NOTHING = {"NOTPROVIDED", "NOT PROVIDED", "NONREF"}
_YES = {"true", "1"}
_ONCE = frozenset(
    (
        "Id",
        "Acct",
        "Tp",
        "Amt",
        "CdtDbtInd",
        "Dt",
        "Sts",
        "BookgDt",
        "ValDt",
        "AcctSvcrRef",
        "Refs",
        "RltdPties",
    )
)


def matches(head: str) -> bool:
    """Whether the content begins like a CAMT document."""
    return bool(_BEGINNING.search(head))


def read(content: bytes) -> Reading:
    """Read every statement of the file, or refuse it whole."""
    root = _tree(decode(content))
    parts = [part for part in root.iter() if part.tag in _STATEMENTS]
    if not parts:
        raise Refused("it is CAMT, but holds no statement")
    message_day = value_at(root, _day, ".//GrpHdr/CreDtTm")
    message_page = root.find(".//GrpHdr/MsgPgntn")
    pages = [_statement(part, message_page if len(parts) == 1 else None, message_day) for part in parts]
    _refuse_strays(root, parts)
    statements = tuple(_joined(pages))
    count = sum(len(statement.lines) for statement in statements)
    if count > MAX_LINES:
        raise Refused(f"it holds {count} transactions, more than {MAX_LINES:,}", todo=SHORTER)
    return Reading(format=_STATEMENTS[parts[0].tag], statements=statements)


def _refuse_strays(root: Element, parts: list[Element]) -> None:
    in_file, read_of_it = sum(1 for _ in root.iter("Ntry")), sum(len(part.findall("Ntry")) for part in parts)
    if in_file != read_of_it:
        raise Refused(f"{in_file - read_of_it} of its entries stand outside of any statement")


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


@dataclass(frozen=True, slots=True)
class _Page:
    """A statement, or one page of it."""

    id: str
    number: int
    is_last: bool
    statement: Statement


def _statement(part: Element, message_page: Element | None, message_day: date | None) -> _Page:
    number = id_at(part, "ElctrncSeqNb", "LglSeqNb", "Id")
    with at(f"statement {number}".strip()):
        refuse_twice(part, _ONCE)
        currency = value_at(part, fields.currency, "Acct/Ccy") or _first_currency(part)
        openings = _balances(part, "OPBD", currency) or _balances(part, "PRCD", currency)
        closings = _balances(part, "CLBD", currency)
        account = account_at(part, "Acct/Id/IBAN", "Acct/Id/Othr/Id")
        made_on = value_at(part, _day, "CreDtTm") or message_day
        page = part.find("StmtPgntn")
        page = message_page if page is None else page
        page_number = 1 if page is None else value_at(page, int, "PgNb") or 1
    notes: Counter[tuple[str, str]] = Counter()
    statement = Statement(
        account=account or None,
        currency=currency,
        opening=openings[0][1] if openings else None,
        opening_on=openings[0][0] if openings else None,
        closing=closings[-1][1] if closings else None,
        closing_on=closings[-1][0] if closings else None,
        number=number,
        lines=tuple(_lines(part, _Around(number, account, made_on, notes))),
    )
    return _Page(
        id=raw_at(part, "Id"),
        number=page_number,
        is_last=page is None or raw_at(page, "LastPgInd") in _YES,
        statement=replace(
            statement, left_out=", ".join(counted(times, *note) for note, times in notes.items())
        ),
    )


def _joined(pages: list[_Page]) -> Iterator[Statement]:
    """One statement for the pages that follow each other; it says so when some are not in the file."""
    for run in _runs(pages):
        first, last = run[0], run[-1]
        notes = [page.statement.left_out for page in run if page.statement.left_out]
        if first.number > 1:
            notes.append(f"the pages before page {first.number}, which are not in this file")
        if not last.is_last:
            notes.append(f"the pages after page {last.number}, which are not in this file")
        yield replace(
            first.statement,
            closing=last.statement.closing,
            closing_on=last.statement.closing_on,
            lines=tuple(line for page in run for line in page.statement.lines),
            left_out=", ".join(notes),
        )


def _runs(pages: list[_Page]) -> Iterator[list[_Page]]:
    run: list[_Page] = []
    for page in pages:
        if run and not _follows(run[-1], page):
            yield run
            run = []
        run.append(page)
    yield run


def _follows(before: _Page, page: _Page) -> bool:
    same = before.statement.account == page.statement.account and (
        before.id == page.id or before.statement.number == page.statement.number
    )
    return same and not before.is_last and page.number == before.number + 1


def _first_currency(part: Element) -> str:
    """That of the account's own balances, else of what was booked; nothing when the file has no amount at all."""
    own = [balance.find("Amt") for balance in part.iterfind("Bal") if _kind(balance) in _OWN_BALANCES]
    amounts = (*own, part.find("Ntry/Amt"), part.find("Bal/Amt"))
    return next((_currency(amount) for amount in amounts if amount is not None), "")


def _kind(balance: Element) -> str:
    return raw_at(balance, "Tp/CdOrPrtry/Cd")


def _balances(part: Element, code: str, currency: str) -> list[tuple[date, Decimal]]:
    """The balances of one kind by day. One in another currency is not the balance of this account."""
    for balance in part.iterfind("Bal"):
        refuse_twice(balance, _ONCE)
    found = [
        (need(balance, _day, "Dt/Dt", "Dt/DtTm"), _moved(balance))
        for balance in part.iterfind("Bal")
        if _kind(balance) == code and _currency(balance.find("Amt")) == currency
    ]
    return sorted(found, key=lambda dated: dated[0])


@dataclass(frozen=True, slots=True)
class _Around:
    """What an entry must know of its statement; and `notes`, where it says what of it is not read."""

    number: str
    account: str
    made_on: date | None
    notes: Counter[tuple[str, str]]


def _lines(part: Element, around: _Around) -> Iterator[Line]:
    for position, entry in enumerate(part.iterfind("Ntry"), start=1):
        with at(f"statement {around.number}, entry {position}"):
            yield from _entry(entry, around)


def _entry(entry: Element, around: _Around) -> list[Line]:
    refuse_twice(entry, _ONCE)
    state = _state(entry, around)
    if state is None:
        return []
    details = entry.findall("NtryDtls/TxDtls")
    for detail in details:
        refuse_twice(detail, _ONCE)
    day = _booking_day(entry, details, around)
    whole = details[0] if len(details) == 1 else _NO_DETAIL
    line = _line(entry, whole, _moved(entry), state, day, around)
    return [
        replace(
            _line(entry, detail, amount, state, day, around),
            bank_id=line.bank_id and f"{line.bank_id}/{number}",
        )
        for number, (detail, amount) in enumerate(_shares(entry, details), start=1)
    ] or [line]


def _booking_day(entry: Element, details: list[Element], around: _Around) -> date:
    """The day as stated; of an entry without any, that of its transaction, else that of the file."""
    stated = value_at(entry, _day, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    of_detail = value_at(details[0], _day, *_DETAIL_DAYS) if details and stated is None else None
    if day := stated or of_detail:
        return day
    if around.made_on is None:
        raise ValueError("BookgDt and ValDt are missing or empty")
    around.notes[_NO_DAY] += 1
    return around.made_on


def _shares(entry: Element, details: list[Element]) -> list[tuple[Element, Decimal]]:
    """What each transaction of a batch moved; nothing unless all say so and together make the entry.

    Charges that the bank took from the entry, and from none of its transactions, are a share of their own.
    """
    direction = raw_at(entry, "CdtDbtInd")
    stated = [_stated(detail) for detail in details]
    currency = _currency(entry.find("Amt"))
    if len(details) < 2 or any(amount is None or _currency(amount) != currency for amount in stated):
        return []
    shares = [
        (detail, _signed(amount, raw_at(detail, "CdtDbtInd") or direction))
        for detail, amount in zip(details, stated, strict=True)
    ]
    rest = _moved(entry) - sum(share for _, share in shares)
    if rest and -rest == _charged(entry, currency):
        shares.append((_NO_DETAIL, rest))
        rest = Decimal(0)
    return [] if rest else shares


def _charged(entry: Element, currency: str) -> Decimal:
    """The charges of the entry itself, as the records of them say; nothing where one is in another currency."""
    charges = [record.find("Amt") for record in (*entry.iterfind("Chrgs/Rcrd"), *entry.iterfind("Chrgs"))]
    amounts = [amount for amount in charges if amount is not None]
    if any(_currency(amount) != currency for amount in amounts):
        return Decimal(0)
    return sum((_signed(amount, "CRDT") for amount in amounts), Decimal(0))


def _stated(detail: Element) -> Element | None:
    own = detail.find("Amt")
    return detail.find("AmtDtls/TxAmt/Amt") if own is None else own


def _line(entry: Element, detail: Element, amount: Decimal, state: State, day: date, around: _Around) -> Line:
    party = _other_party(entry, detail, around.account)
    return Line(
        booked_on=day,
        value_on=value_at(entry, _day, "ValDt/Dt", "ValDt/DtTm"),
        amount=amount,
        currency=_currency(entry.find("Amt")),
        counterparty=name_at(detail, f"RltdPties/{party}/Nm", f"RltdPties/{party}/Pty/Nm"),
        counterparty_account=_party_account(detail, party),
        text=_remittance(detail) or text_at(detail, "AddtlTxInf") or text_at(entry, "AddtlNtryInf"),
        reference=_told(detail, "RmtInf/Strd/CdtrRefInf/Ref") or _told(detail, "Refs/EndToEndId"),
        bank_id=_told(entry, "AcctSvcrRef") or _told(detail, "Refs/AcctSvcrRef"),
        state=state,
    )


def _other_party(entry: Element, detail: Element, account: str) -> str:
    """Money comes from the debtor. What is reversed or returned keeps the parties of the original."""
    direction = raw_at(detail, "CdtDbtInd") or raw_at(entry, "CdtDbtInd")
    is_reversal = raw_at(entry, "RvslInd") in _YES
    party, other = ("Dbtr", "Cdtr") if (direction == "CRDT") != is_reversal else ("Cdtr", "Dbtr")
    return other if account and _party_account(detail, party) == account else party


def _party_account(detail: Element, party: str) -> str:
    return account_at(detail, f"RltdPties/{party}Acct/Id/IBAN", f"RltdPties/{party}Acct/Id/Othr/Id")


def _remittance(detail: Element) -> str:
    """What the payer wrote; else the numbers of the documents that a structured remittance refers to."""
    free = fields.text(" ".join(part.text or "" for part in detail.iterfind("RmtInf/Ustrd")))
    return free or fields.text(
        " ".join(part.text or "" for part in detail.iterfind("RmtInf/Strd/RfrdDocInf/Nb"))
    )


def _told(element: Element, path: str) -> str:
    """An id, unless the bank wrote that there is none."""
    told = id_at(element, path)
    return "" if told in _SAY_NOTHING else told


def _state(entry: Element, around: _Around) -> State | None:
    """Booked or pending; None for what is only told and never booked on this account."""
    raw = raw_at(entry, "Sts/Cd", "Sts", "Sts/Prtry")
    if raw in _STATES:
        if _STATES[raw] is None:
            around.notes[_FOR_INFORMATION] += 1
        return _STATES[raw]
    if raw_at(entry, "Sts/Prtry"):
        around.notes[_OWN_STATUS] += 1
        return "pending"
    raise ValueError(f"Sts: {fields.shown(raw)} is neither booked nor pending")


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
