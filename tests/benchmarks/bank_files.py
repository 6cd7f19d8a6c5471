"""Statements of any length in every format, for the benchmarks: the same transactions, plainly written."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

IBAN = "DE89370400440532013000"
FIRST = date(2024, 1, 1)
DAYS = 360


def transactions(count: int) -> Iterator[tuple[int, date, str]]:
    """Yield number, day and unsigned amount; every third is money in."""
    for number in range(count):
        yield (
            number,
            FIRST + timedelta(days=number * DAYS // count),
            f"{number % 9000 + 10}.{number % 100:02d}",
        )


def ofx(count: int) -> bytes:
    lines = (
        f"<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>{day:%Y%m%d}<TRNAMT>{_sign(number)}{amount}<FITID>F{number}"
        f"<NAME>Customer {number % 97}<MEMO>Invoice {number}</STMTTRN>\n"
        for number, day, amount in transactions(count)
    )
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\nCOMPRESSION:NONE\n"
        "OLDFILEUID:NONE\nNEWFILEUID:NONE\n\n<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS>"
        "<DTSERVER>20240101<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><TRNUID>1"
        "<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>1"
        f"<ACCTID>{IBAN}<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20240101<DTEND>20241231\n"
        f"{''.join(lines)}</BANKTRANLIST><LEDGERBAL><BALAMT>1.00<DTASOF>20241231</LEDGERBAL>"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    ).encode()


def camt(count: int) -> bytes:
    lines = (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{"DBIT" if _sign(number) else "CRDT"}</CdtDbtInd>'
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<AcctSvcrRef>B{number}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>E{number}</EndToEndId></Refs>"
        f"<RltdPties><Dbtr><Pty><Nm>Customer {number % 97}</Nm></Pty></Dbtr></RltdPties>"
        f"<RmtInf><Ustrd>Invoice {number}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
        for number, day, amount in transactions(count)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        "<BkToCstmrStmt><GrpHdr><MsgId>M</MsgId><CreDtTm>2025-01-01T06:00:00</CreDtTm></GrpHdr><Stmt><Id>S</Id>"
        f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>{''.join(lines)}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def mt940(count: int) -> bytes:
    total = sum((-1 if _sign(number) else 1) * _cents(amount) for number, _, amount in transactions(count))
    lines = (
        f":61:{day:%y%m%d%m%d}{'D' if _sign(number) else 'C'}{amount.replace('.', ',')}NTRFNONREF//B{number}\n"
        f":86:166?00Transfer?20SVWZ+Invoice {number}?32Customer {number % 97}\n"
        for number, day, amount in transactions(count)
    )
    closing = f"{'D' if total < 0 else 'C'}241231EUR{abs(total) // 100},{abs(total) % 100:02d}"
    return (f":20:M\n:25:{IBAN}\n:28C:1/1\n:60F:C240101EUR0,00\n{''.join(lines)}:62F:{closing}\n-\n").encode()


def qif(count: int) -> bytes:
    lines = (
        f"D{day:%m/%d/%Y}\nT{_sign(number)}{amount}\nPCustomer {number % 97}\nMInvoice {number}\n^\n"
        for number, day, amount in transactions(count)
    )
    return f"!Type:Bank\n{''.join(lines)}".encode()


def csv(count: int) -> bytes:
    lines = (
        f"{day},{day},Customer {number % 97},Invoice {number},{_sign(number)}{amount},EUR\n"
        for number, day, amount in transactions(count)
    )
    return f"Date,Value date,Payee,Description,Amount,Currency\n{''.join(lines)}".encode()


def xlsx(count: int) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Statement")
    sheet.append(["Date", "Value date", "Payee", "Description", "Amount", "Currency"])
    for number, day, amount in transactions(count):
        value = float(_sign(number) + amount)
        sheet.append([day, day, f"Customer {number % 97}", f"Invoice {number}", value, "EUR"])
    into = io.BytesIO()
    book.save(into)
    return into.getvalue()


FILES: Mapping[str, Callable[[int], bytes]] = {
    "ofx": ofx, "camt": camt, "mt940": mt940, "qif": qif, "csv": csv, "xlsx": xlsx
}  # fmt: skip


def _sign(number: int) -> str:
    return "-" if number % 3 else ""


def _cents(amount: str) -> int:
    return int(amount.replace(".", ""))
