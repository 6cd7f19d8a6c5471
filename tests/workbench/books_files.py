"""A generated firm as a folder: statements as its banks give them, invoice list, rates and settings, by month."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

from books_records import Account, Invoice, Rate, Shown, Transaction
from books_world import RULES, month_after

SETTINGS = "workbench.toml"
INVOICE_COLUMNS = (
    "number", "direction", "customer", "issued_on", "due_on", "amount", "currency", "kind", "corrects", "tax_rate",
    "category", "email",
)  # fmt: skip
CARD_COLUMNS = (
    "IBAN Auftragskonto", "Buchungstag", "Valutadatum", "Name Zahlungsbeteiligter", "IBAN Zahlungsbeteiligter",
    "Verwendungszweck", "Betrag", "Waehrung", "Saldo nach Buchung",
)  # fmt: skip


def founded(shown: Shown, folder: Path) -> Path:
    """Make the company's folder with its settings alone; the papers of its months come later."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SETTINGS).write_text(settings(shown), encoding="utf-8")
    return folder


def begins(shown: Shown) -> list[date]:
    """Return the first days of the months."""
    found = [shown.first]
    while (after := month_after(found[-1], 1)) <= shown.last:
        found.append(after)
    return found


def papers(shown: Shown, begin: date, folder: Path) -> list[Path]:
    """Write what one month brings: rates and invoices first, then a statement of each account.

    The first month brings all older rates and invoices, too.
    """
    end = month_after(begin, 1) - timedelta(days=1)
    since = date.min if begin == shown.first else begin
    texts = {
        f"rates-{begin:%Y-%m}.csv": rates([each for each in shown.rates if since <= each.on <= end]),
        f"invoices-{begin:%Y-%m}.csv": invoices(
            each for each in shown.invoices if since <= each.issued_on <= end
        ),
        **{
            name: text
            for account in shown.accounts
            for name, text in [_statement(shown, account, begin, end)]
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = {folder / name: text for name, text in texts.items()}
    for path, text in paths.items():
        path.write_text(text, encoding="utf-8")
    return list(paths)


def settings(shown: Shown) -> str:
    """Return the firm's `workbench.toml`."""
    head = f'name = "{shown.name}"\nzone = "Europe/Berlin"\nbase_currency = "EUR"\n\n[books]\nauto_limit = "3000.00"\n'
    rules = [
        f'\n[[books.rule]]\ncategory = "{category}"\ndirection = "{direction}"\ncontains = {_words(words)}\n'
        for category, direction, words in RULES
    ]
    accounts = [
        f'\n[[account]]\nid = "{each.id}"\nname = "{each.name}"\ncurrency = "{each.currency}"\n'
        for each in shown.accounts
    ]
    return "".join((head, *rules, *accounts))


def invoices(listed: Iterable[Invoice]) -> str:
    """Return an invoice list as CSV."""
    return _csv(
        INVOICE_COLUMNS, ([getattr(each, _field(name)) for name in INVOICE_COLUMNS] for each in listed)
    )


def rates(listed: Sequence[Rate]) -> str:
    """Return weekly rates as CSV."""
    return _csv(("date", "base", "quote", "rate"), ([each.on, "USD", "EUR", each.rate] for each in listed))


def balance(shown: Shown, account: Account, before: date) -> Decimal:
    """Return what lay on an account when a day began."""
    moved = (
        each.amount for each in shown.transactions if each.account == account.id and each.booked_on < before
    )
    return account.opening + sum(moved, Decimal(0))


def _statement(shown: Shown, account: Account, begin: date, end: date) -> tuple[str, str]:
    """The main account's bank gives CAMT.053, the card's a CSV, newest row first, the American one OFX."""
    moves = [
        each for each in shown.transactions if each.account == account.id and begin <= each.booked_on <= end
    ]
    opening = balance(shown, account, begin)
    if account.currency == "USD":
        return f"{account.id}_{begin:%Y-%m}.qfx", _ofx(account, moves, opening, begin, end)
    if account == shown.accounts[0]:
        return f"{end}_C53_{account.id}_EUR.xml", _camt(account, moves, opening, begin, end)
    return f"Umsaetze_{account.id}_{begin:%Y.%m}.csv", _card(account, moves, opening)


def _camt(account: Account, moves: Sequence[Transaction], opening: Decimal, begin: date, end: date) -> str:
    closing = opening + sum((each.amount for each in moves), Decimal(0))
    balances = _balance("OPBD", opening, begin) + _balance("CLBD", closing, end)
    entries = "".join(_entry(number, each) for number, each in enumerate(moves, start=1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">\n'
        f"<BkToCstmrStmt><GrpHdr><MsgId>C53{end:%Y%m%d}</MsgId><CreDtTm>{end}T23:12:41+01:00</CreDtTm></GrpHdr>\n"
        f"<Stmt><Id>{end:%Y.%m}</Id><ElctrncSeqNb>{end.month}</ElctrncSeqNb><Acct><Id><IBAN>{account.id}</IBAN></Id>"
        f"<Ccy>EUR</Ccy></Acct>\n{balances}{entries}</Stmt></BkToCstmrStmt>\n</Document>\n"
    )


def _balance(code: str, amount: Decimal, on: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_signed(amount)}<Dt><Dt>{on}</Dt></Dt></Bal>\n"
    )


def _entry(number: int, move: Transaction) -> str:
    side = "Dbtr" if move.amount > 0 else "Cdtr"
    to = move.counterparty_account
    scheme = f"<IBAN>{to}</IBAN>" if to[:2].isalpha() else f"<Othr><Id>{to}</Id></Othr>"
    party = f"<{side}><Pty><Nm>{escape(move.counterparty)}</Nm></Pty></{side}>" if move.counterparty else ""
    party += f"<{side}Acct><Id>{scheme}</Id></{side}Acct>" if to else ""
    text = f"<RmtInf><Ustrd>{escape(move.text)}</Ustrd></RmtInf>" if move.text else ""
    day = f"<BookgDt><Dt>{move.booked_on}</Dt></BookgDt><ValDt><Dt>{move.booked_on}</Dt></ValDt>"
    refs = f"<Refs><EndToEndId>{escape(move.reference) or 'NOTPROVIDED'}</EndToEndId></Refs>"
    return (
        f"<Ntry><NtryRef>{number}</NtryRef>{_signed(move.amount)}<Sts><Cd>BOOK</Cd></Sts>{day}"
        f"<AcctSvcrRef>{move.booked_on:%Y%m%d}{number:08d}</AcctSvcrRef>"
        f"<NtryDtls><TxDtls>{refs}<RltdPties>{party}</RltdPties>{text}</TxDtls></NtryDtls></Ntry>\n"
    )


def _signed(amount: Decimal) -> str:
    direction = "CRDT" if amount >= 0 else "DBIT"
    return f'<Amt Ccy="EUR">{abs(amount):.2f}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'


def _card(account: Account, moves: Sequence[Transaction], opening: Decimal) -> str:
    rows, left = [], opening
    for each in moves:
        left += each.amount
        day = f"{each.booked_on:%d.%m.%Y}"
        rows.append(
            (account.id, day, day, each.counterparty, each.counterparty_account, each.text, _comma(each.amount), "EUR",
             _comma(left))
        )  # fmt: skip
    return _csv(CARD_COLUMNS, reversed(rows), delimiter=";")


def _ofx(account: Account, moves: Sequence[Transaction], opening: Decimal, begin: date, end: date) -> str:
    closing = opening + sum((each.amount for each in moves), Decimal(0))
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:UTF-8\nCHARSET:NONE\nCOMPRESSION:NONE\n"
        "OLDFILEUID:NONE\nNEWFILEUID:NONE\n\n<OFX>\n<BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD\n"
        f"<BANKACCTFROM><BANKID>990140724<ACCTID>{account.id}<ACCTTYPE>CHECKING</BANKACCTFROM>\n"
        f"<BANKTRANLIST><DTSTART>{begin:%Y%m%d}<DTEND>{end:%Y%m%d}\n{''.join(_ofx_lines(moves))}</BANKTRANLIST>\n"
        f"<LEDGERBAL><BALAMT>{closing:.2f}<DTASOF>{end:%Y%m%d}</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1>\n</OFX>\n"
    )


def _ofx_lines(moves: Sequence[Transaction]) -> Iterator[str]:
    for each in moves:
        name = escape(each.counterparty)
        memo = f"<MEMO>{escape(each.text)}" if each.text else ""
        yield (
            f"<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{each.booked_on:%Y%m%d}<TRNAMT>{each.amount:.2f}<FITID>{each.key}"
            f"<NAME>{name}{memo}</STMTTRN>\n"
        )


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]], *, delimiter: str = ",") -> str:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return written.getvalue()


def _field(column: str) -> str:
    return "party" if column == "customer" else column


def _words(words: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def _comma(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")
