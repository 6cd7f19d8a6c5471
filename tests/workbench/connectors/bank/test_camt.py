"""CAMT.052 to .054, any version: every statement, or a refusal that says which entry."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from workbench.connectors.bank.errors import Refused
from workbench.connectors.bank.recognise import read_statement

GIRO = (Path(__file__).parent / "files" / "camt/giro.camt053.xml").read_bytes()


def entry(
    *, booked: str = "<BookgDt><Dt>2024-01-05</Dt></BookgDt>", amount: str = "5.00", details: str = ""
) -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>{booked}'
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def camt(
    inside: str, *, message: str = "camt.053.001.02", names: tuple[str, str] = ("BkToCstmrStmt", "Stmt")
) -> bytes:
    outer, part = names
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}"><{outer}><{part}><Id>S1</Id>'
        f"<Acct><Id><Othr><Id>12 34</Id></Othr></Id></Acct>{inside}</{part}></{outer}></Document>"
    ).encode()


def balance(code: str, amount: str, *, day: str = "2024-01-05", currency: str = "EUR") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>'
    )


def test_reads_account_number_and_balances():
    reading = read_statement(GIRO)

    (statement,) = reading.statements
    assert (reading.format, statement.account, statement.number) == (
        "camt.053",
        "DE89370400440532013000",
        "31",
    )
    assert (statement.opening, statement.closing) == (Decimal("-100.00"), Decimal("1027.75"))
    assert (statement.closing_on, statement.difference) == (date(2024, 1, 31), 0)


def test_the_other_party_is_the_one_the_money_came_from():
    line = read_statement(GIRO).statements[0].lines[0]

    assert (line.amount, line.counterparty, line.counterparty_account) == (
        Decimal("1190.00"),
        "Müller GmbH",
        "NL91ABNA0417164300",
    )
    assert (line.booked_on, line.value_on) == (date(2024, 1, 30), date(2024, 1, 31))
    assert (line.text, line.reference, line.bank_id) == ("Invoice 2024-12", "", "BANK-1")


def test_an_entry_of_several_transactions_becomes_several_lines():
    first, second = read_statement(GIRO).statements[0].lines[1:3]

    assert [(line.amount, line.counterparty) for line in (first, second)] == [
        (Decimal("-60.00"), "Printer"),
        (Decimal("-2.25"), "Courier"),
    ]
    assert [(line.reference, line.bank_id) for line in (first, second)] == [
        ("RF18539007547034", "BANK-2/1"),
        ("E2E-8", "BANK-2/2"),
    ]
    assert second.text == "Batch of two"
    assert second.booked_on == date(2024, 1, 31), "the day as written, not that of another zone"


def test_transactions_that_do_not_make_the_entry_stay_one_line():
    details = '<TxDtls><Amt Ccy="EUR">3.00</Amt></TxDtls>' * 2

    (line,) = read_statement(camt(entry(amount="5.00", details=details))).statements[0].lines

    assert line.amount == Decimal("-5.00")


def test_pending_is_kept_apart_and_mere_information_left_out():
    pending = read_statement(GIRO).statements[0].lines[3:]

    assert [(line.state, line.amount, line.booked_on) for line in pending] == [
        ("pending", Decimal("-9.99"), date(2024, 2, 2))
    ]


@pytest.mark.parametrize(
    ("message", "names"),
    [
        ("camt.052.001.06", ("BkToCstmrAcctRpt", "Rpt")),
        ("camt.053.001.11", ("BkToCstmrStmt", "Stmt")),
        ("camt.054.001.08", ("BkToCstmrDbtCdtNtfctn", "Ntfctn")),
    ],
)
def test_reports_and_notifications_have_the_same_shape(message, names):
    reading = read_statement(camt(entry(), message=message, names=names))

    assert reading.format == message[:8]
    assert [(each.account, each.currency, len(each.lines)) for each in reading.statements] == [
        ("1234", "EUR", 1)
    ]


def test_a_statement_without_entries_is_read():
    (statement,) = read_statement(camt(balance("PRCD", "7.00") + balance("CLBD", "7.00"))).statements

    assert (statement.opening, statement.closing, statement.lines) == (7, 7, ())


def test_of_several_days_the_first_opening_and_the_last_closing_count():
    days = (
        balance("OPBD", "2", day="2024-01-06")
        + balance("CLBD", "3", day="2024-01-06")
        + balance("OPBD", "1", day="2024-01-05")
        + balance("CLBD", "2", day="2024-01-05")
    )

    (statement,) = read_statement(camt(days)).statements

    assert (statement.opening, statement.closing) == (1, 3)


def test_a_balance_in_another_currency_is_not_that_of_the_account():
    (statement,) = read_statement(
        camt(balance("OPBD", "1") + balance("CLBD", "3", currency="SEK"))
    ).statements

    assert (statement.currency, statement.opening, statement.closing) == ("EUR", 1, None)


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        (entry(booked=""), "statement S1, entry 1: BookgDt and ValDt are missing"),
        (
            entry() + entry(booked="<ValDt><Dt>2024-13-01</Dt></ValDt>"),
            "entry 2: ValDt/Dt: month must be in 1..12",
        ),
        (entry(amount="1e3"), "'1e3' is not an amount"),
        (entry(amount="-5.00"), "Amt: -5.00 has a sign"),
        (entry().replace("DBIT", "BOTH"), "CdtDbtInd: 'BOTH' is neither CRDT nor DBIT"),
        (entry().replace("BOOK", "WHAT"), "Sts: 'WHAT' is neither booked nor pending"),
        (entry().replace("EUR", "Euro"), "'Euro' is not a currency"),
        (balance("OPBD", ""), "'' is not an amount"),
        ("<Ntry>", "broken or cut off"),
    ],
)
def test_a_broken_entry_refuses_the_file_and_says_why(inside, reason):
    with pytest.raises(Refused) as refusal:
        read_statement(camt(inside))
    assert reason in refusal.value.happened


@pytest.mark.parametrize(
    "document_type",
    [
        '<!DOCTYPE d [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d SYSTEM "http://localhost/d.dtd">',
    ],
)
def test_a_document_type_is_refused(document_type):
    with pytest.raises(Refused, match="document type"):
        read_statement(document_type.encode() + camt(entry()))


def test_the_opening_day_stands_beside_the_opening_balance():
    (statement,) = read_statement(camt(balance("OPBD", "1", day="2024-01-04"))).statements

    assert (statement.opening, statement.opening_on) == (1, date(2024, 1, 4))


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_letters_survive_in_whatever_way_they_are_written(charset):
    text = (
        f'<?xml version="1.0" encoding="{charset[:6].upper()}"?>'
        + camt(entry(details="<TxDtls><RmtInf><Ustrd>Süd</Ustrd></RmtInf></TxDtls>")).decode()
    )

    assert read_statement(text.encode(charset)).statements[0].lines[0].text == "Süd"


@pytest.mark.parametrize(
    ("status", "state", "left_out"),
    [
        ("<Sts><Cd>BOOK</Cd></Sts>", "booked", ""),
        ("<Sts><Prtry>PDNG</Prtry></Sts>", "pending", ""),
        ("<Sts>FUTR</Sts>", "pending", ""),
        (
            "<Sts><Prtry>HELD</Prtry></Sts>",
            "pending",
            "1 entry with a status of the bank's own, taken as not booked",
        ),
    ],
)
def test_the_status_of_every_version_is_known(status, state, left_out):
    (statement,) = read_statement(camt(entry().replace("<Sts>BOOK</Sts>", status))).statements

    assert ([line.state for line in statement.lines], statement.left_out) == ([state], left_out)


def test_an_entry_without_any_day_stands_on_that_of_the_file_and_says_so():
    (statement,) = read_statement(
        camt("<CreDtTm>2024-01-06T12:00:00</CreDtTm>" + entry(booked=""))
    ).statements

    assert statement.lines[0].booked_on == date(2024, 1, 6)
    assert statement.left_out == "1 entry has no day and stands on that of the file"


def test_an_entry_without_day_stands_on_that_of_its_transaction():
    details = "<TxDtls><RltdDts><TxDtTm>2024-01-03T09:00:00</TxDtTm></RltdDts></TxDtls>"

    (statement,) = read_statement(camt(entry(booked="", details=details))).statements

    assert (statement.lines[0].booked_on, statement.left_out) == (date(2024, 1, 3), "")


def parties(debtor: str, creditor: str) -> str:
    return (
        f"<TxDtls><RltdPties><Dbtr><Nm>{debtor}</Nm></Dbtr><Cdtr><Nm>{creditor}</Nm></Cdtr>"
        f"<CdtrAcct><Id><Othr><Id>{creditor}</Id></Othr></Id></CdtrAcct></RltdPties></TxDtls>"
    )


def test_a_reversal_keeps_its_sign_and_the_parties_of_the_original():
    taken_back = entry(details=parties("Payer", "Us")).replace("<Sts>", "<RvslInd>true</RvslInd><Sts>")

    (line,) = read_statement(camt(taken_back)).statements[0].lines

    assert (line.amount, line.counterparty) == (Decimal("-5.00"), "Payer")


def test_the_owner_of_the_account_is_not_the_other_party():
    (line,) = read_statement(camt(entry(details=parties("Payer", "1234")))).statements[0].lines

    assert line.counterparty == "Payer"


def test_charges_of_a_batch_are_a_line_of_their_own():
    details = '<TxDtls><Amt Ccy="EUR">2.00</Amt></TxDtls>' * 2
    charges = '<Chrgs><Rcrd><Amt Ccy="EUR">1.00</Amt></Rcrd></Chrgs>'

    (statement,) = read_statement(
        camt(entry(details=details).replace("<NtryDtls>", charges + "<NtryDtls>"))
    ).statements

    assert [line.amount for line in statement.lines] == [Decimal(-2), Decimal(-2), Decimal(-1)]


def test_a_batch_in_another_currency_stays_one_line():
    details = '<TxDtls><Amt Ccy="USD">2.50</Amt></TxDtls>' * 2

    (line,) = read_statement(camt(entry(details=details))).statements[0].lines

    assert (line.amount, line.currency) == (Decimal("-5.00"), "EUR")


def page(number: int, inside: str, *, last: bool) -> str:
    return f"<StmtPgntn><PgNb>{number}</PgNb><LastPgInd>{str(last).lower()}</LastPgInd></StmtPgntn>{inside}"


def test_pages_that_follow_each_other_are_one_statement():
    first = page(1, balance("OPBD", "10") + entry(), last=False)
    second = page(2, entry() + balance("CLBD", "0"), last=True)
    between = "</Stmt><Stmt><Id>S1</Id><Acct><Id><Othr><Id>1234</Id></Othr></Id></Acct>"

    (statement,) = read_statement(camt(first + between + second)).statements

    assert (statement.opening, statement.closing, statement.difference) == (10, 0, 0)
    assert (len(statement.lines), statement.left_out) == (2, "")


def test_pages_that_are_not_in_the_file_are_said():
    (statement,) = read_statement(camt(page(2, entry(), last=False))).statements

    assert statement.left_out == (
        "the pages before page 2, which are not in this file, the pages after page 2, which are not in this file"
    )


def test_two_entries_merged_by_what_is_missing_between_are_refused():
    merged = entry().replace("<NtryDtls></NtryDtls></Ntry>", "") + entry().removeprefix("<Ntry>")

    with pytest.raises(Refused, match="entry 1: Amt stands there more than once"):
        read_statement(camt(merged))


def test_two_statements_merged_by_what_is_missing_between_are_refused():
    with pytest.raises(Refused, match="statement S1: Id stands there more than once"):
        read_statement(camt("<Id>S2</Id>" + entry()))


def test_an_entry_outside_of_any_statement_is_refused():
    nested = entry(details="<TxDtls>" + entry() + "</TxDtls>")

    with pytest.raises(Refused, match="1 of its entries stand outside of any statement"):
        read_statement(camt(nested))
