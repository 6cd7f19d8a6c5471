"""A company made of a few strings, and files in the notation of banks, so that a test shows all it is about."""

import os
import threading
from pathlib import Path

from opc_kernel.approvals.decide import Decided
from opc_kernel.approvals.queue import option_id, rows_of
from opc_kernel.errors import KernelError
from opc_kernel.event import Write
from opc_kernel.testing import FrozenClock
from workbench import composition
from workbench.capabilities.books.events import RateRecorded
from workbench.company import own_company
from workbench.connectors.bank.events import TransactionWithdrawn
from workbench.ingest import Ingestion
from workbench.sheets.faces import FILE
from workbench.sheets.sync import sync_faces

SETTINGS = """
base_currency = "EUR"
zone = "Europe/Berlin"

[books]
auto_limit = "3000.00"

[[books.rule]]
category = "software"
contains = ["hetzner"]
direction = "out"

[[account]]
id = "DE89370400440532013000"
name = "Main account"
currency = "EUR"
aliases = ["DE89 3704 0044 0532 0130 00", "12345678"]
"""
IBAN = "DE89370400440532013000"
INVOICES = "number,direction,customer,issued_on,due_on,amount,currency\n"


class Shop:
    """One company in this process, its clock standing on Monday, 2 November 2026, 10 o'clock in Berlin."""

    def __init__(self, folder: Path, settings: str = SETTINGS):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "workbench.toml").write_text(settings, encoding="utf-8")
        self.inbox = folder.with_name(f"{folder.name}-inbox")
        self.inbox.mkdir(exist_ok=True)
        self.clock = FrozenClock()
        self.company = own_company(folder, clock=self.clock)
        self.folder = self.company.folder

    def file(self, text, name="giro.csv"):
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def ingest(self, path, *, account=None, dry_run=False):
        return self.taker(account=account).ingest(path, dry_run=dry_run)

    def taker(self, *, account=None):
        return Ingestion(self.company, self.folder, self.company.settings, actor="mareike", account=account)

    def take(self, text, name="giro.csv", **more):
        return self.ingest(self.file(text, name), **more)

    def invoices(self, lines, name="invoices.csv"):
        return self.take(INVOICES + lines.strip().replace("  ", "") + "\n", name)

    def pay(self, lines, name="giro.csv"):
        return self.take(statement(lines), name)

    def work(self):
        return self.company.work()

    def race(self, workers=2):
        """Let so many workers begin at the same instant; return what they could not do."""
        gate, errors = threading.Barrier(workers), []

        def run():
            worker = composition.worker(self.company, self.company.settings, self.folder, clock=self.clock)
            gate.wait()
            try:
                worker.run_until_idle()
            except KernelError as error:
                errors.append(error)

        threads = [threading.Thread(target=run) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return errors

    def ask(self, sql, **parameters):
        return self.company.query(sql, **parameters).rows

    def count(self):
        return self.ask("SELECT count(*) FROM event")[0][0]

    def types(self):
        return [kind for (kind,) in self.ask("SELECT type FROM event ORDER BY position")]

    def booked(self):
        rows = self.ask(
            "SELECT booked_on, amount, text FROM bank_transaction WHERE state = 'booked' "
            "ORDER BY booked_on, amount, ordinal"
        )
        return [f"{day} {amount:.2f} {text}".strip() for day, amount, text in rows]

    def books(self):
        """Return each transaction as the books have it: its amount, what it is, and who said so."""
        sql = (
            "SELECT amount, coalesce(invoice, category, 'open'), decided_by FROM ledger "
            "ORDER BY booked_on, amount, stream"
        )
        return [
            " ".join([f"{amount:.2f}", what, *([who] if who else [])]) for amount, what, who in self.ask(sql)
        ]

    def queue(self, of=""):
        """Return what waits, of one capability where it is named: a reason that was given may be asked about too."""
        return [row for row in self.company.queue() if of in {"", row.capability}]

    def row(self, of=""):
        (row,) = self.queue(of)
        return row

    def again(self, row):
        return rows_of(self.company, [row.key])[0]

    def decide(self, row, word, *, work=True, **more):
        choice = option_id(row, more.pop("choice", ""))
        given = {"hash": row.hash, "channel": "cli", "account": "mareike", "choice": choice, **more}
        return self.company.decide(Decided(key=row.key, decision=word, **given), work=work)

    def labels(self, row):
        return [option.label for option in row.options]


def sync_sheet(company, path=None):
    """Sync the queue and one workbook; return what the first of its syncs did."""
    (told,) = sync_faces(company, excel=path or company.folder / FILE)
    if told.error is not None:
        raise told.error
    return told.report


def statement(lines):
    """Return a CSV of lines such as '2026-10-05, 1190.00, Sandtor GmbH, RE-2026-001'."""
    cells = [[cell.strip() for cell in line.split(",")] for line in lines.strip().splitlines()]
    rows = [",".join((IBAN, day, amount, "EUR", *rest)) for day, amount, *rest in cells]
    return "\n".join(("Account,Date,Amount,Currency,Name,Details", *rows)) + "\n"


def ofx(lines, *, account="12345678", currency="EUR"):
    """Return OFX of lines such as '2026-10-05, 1190.00, Sandtor GmbH, RE-2026-001, A-1': the id comes last."""
    cells = [[cell.strip() for cell in line.split(",")] for line in lines.strip().splitlines()]
    transactions = "".join(
        f"<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{day.replace('-', '')}<TRNAMT>{amount}<FITID>{bank_id}"
        f"<NAME>{name}<MEMO>{text}</STMTTRN>\n"
        for day, amount, name, text, bank_id in cells
    )
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:UTF-8\nCHARSET:NONE\n"
        "COMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
        f"<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>{currency}"
        f"<BANKACCTFROM><BANKID>37040044<ACCTID>{account}<ACCTTYPE>CHECKING</BANKACCTFROM>"
        f"<BANKTRANLIST>{transactions}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )


def camt(lines, *, opening=None, closing=None):
    """Return CAMT.053 of lines such as '2026-10-05, 1190.00, Sandtor GmbH, RE-2026-001'; balances if given."""
    cells = [[cell.strip() for cell in line.split(",")] for line in lines.strip().splitlines()]
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_money(amount)}<Dt><Dt>2026-10-31</Dt></Dt></Bal>"
        for code, amount in (("OPBD", opening), ("CLBD", closing))
        if amount is not None
    )
    entries = "".join(
        f"<Ntry>{_money(amount)}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><NtryDtls><TxDtls>"
        f"<RltdPties><{side}><Pty><Nm>{name}</Nm></Pty></{side}></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf>"
        "</TxDtls></NtryDtls></Ntry>"
        for day, amount, name, text in cells
        for side in ["Cdtr" if amount.startswith("-") else "Dbtr"]
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        "<BkToCstmrStmt><GrpHdr><MsgId>M</MsgId><CreDtTm>2026-11-01T06:00:00</CreDtTm></GrpHdr><Stmt><Id>S</Id>"
        f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>{balances}{entries}</Stmt></BkToCstmrStmt></Document>\n"
    )


def _money(amount):
    side = "DBIT" if amount.startswith("-") else "CRDT"
    return f'<Amt Ccy="EUR">{amount.lstrip("-")}</Amt><CdtDbtInd>{side}</CdtDbtInd>'


def withdraw(shop, amount):
    """Let the operator confirm that the bank took a transaction back."""
    ((stream, version),) = shop.ask(
        "SELECT t.stream, s.version FROM bank_transaction AS t JOIN settlement AS s USING (stream) "
        "WHERE t.amount = $amount::DECIMAL(19, 4)",
        amount=amount,
    )
    gone = TransactionWithdrawn(reason="the bank corrected itself", row="question/1")
    shop.company.append([Write(stream=stream, data=gone, actor="test")], expected={stream: version})
    shop.work()


def unreadable(folder):
    """Return a path whose name is no text."""
    return Path(os.fsdecode(os.fsencode(folder) + b"/kontoausz\xfcge.csv"))


def rate(day, value="0.86", event_id=None):
    data = RateRecorded(base="USD", quote="EUR", rate=value, on=day)
    given = {} if event_id is None else {"event_id": event_id}
    return Write(stream=f"rate/USD-EUR-{day}", data=data, actor="test", **given)
