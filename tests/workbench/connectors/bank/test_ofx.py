"""OFX of both versions: every account, or a refusal that says where."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from workbench.connectors.bank.errors import Refused
from workbench.connectors.bank.reading import Line
from workbench.connectors.bank.recognise import read_statement

FILES = Path(__file__).parent / "files"
ONE_LINE = "<DTPOSTED>20240105<TRNAMT>-5.00<FITID>1<NAME>Bakery"


def ofx(
    transaction: str = ONE_LINE, *, header: str = "OFXHEADER:100\nCHARSET:1252\n\n", charset="cp1252"
) -> bytes:
    return (
        f"{header}<OFX><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>1</BANKACCTFROM>"
        f"<BANKTRANLIST><STMTTRN>{transaction}</STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS></OFX>\n"
    ).encode(charset)


def line_of(content: bytes) -> Line:
    ((line,),) = [statement.lines for statement in read_statement(content).statements]
    return line


def test_reads_a_version_1_file_whose_values_have_no_end_tags():
    reading = read_statement((FILES / "ofx/giro.ofx").read_bytes())

    (statement,) = reading.statements
    debit, credit, pending = statement.lines
    assert (reading.format, statement.account, statement.currency) == ("ofx", "12345678", "EUR")
    assert (statement.opening, statement.closing, statement.closing_on) == (
        None,
        Decimal("2381.50"),
        date(2024, 1, 31),
    )
    assert (debit.amount, debit.counterparty, debit.text) == (
        Decimal("-119.00"),
        "Kessel & Söhne",
        "Invoice 2024-7",
    )
    assert (credit.amount, credit.text, credit.reference) == (Decimal("1500.5"), "Retainer January", "")
    assert (credit.booked_on, credit.value_on, credit.bank_id) == (
        date(2024, 1, 31),
        date(2024, 1, 30),
        "A-2",
    )
    assert (pending.state, pending.booked_on, pending.amount) == (
        "pending",
        date(2024, 2, 1),
        Decimal("-8.00"),
    )


def test_reads_every_account_of_a_version_2_file():
    account, card = read_statement((FILES / "ofx/two_accounts.ofx").read_bytes()).statements

    (transfer,) = account.lines
    assert (account.account, account.closing, account.closing_on) == ("GB00-1", None, None)
    assert (transfer.counterparty, transfer.counterparty_account) == ("Zoë Lane", "9988")
    assert (transfer.text, transfer.reference) == ("Deposit <first half>", "R-9")
    assert (transfer.booked_on, transfer.value_on) == (date(2024, 2, 29), date(2024, 3, 1))
    assert (card.account, card.closing, card.lines[0].currency) == ("4000123", Decimal("-12.50"), "EUR")


def test_an_account_without_transactions_is_read():
    content = ofx().replace(f"<STMTTRN>{ONE_LINE}</STMTTRN>".encode(), b"")

    assert [statement.lines for statement in read_statement(content).statements] == [()]


@pytest.mark.parametrize("charset", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
def test_letters_survive_in_whatever_way_they_are_written(charset):
    assert line_of(ofx(ONE_LINE + " Süd", charset=charset)).counterparty == "Bakery Süd"


def test_an_empty_value_without_end_tag_does_not_swallow_the_next():
    line = line_of(ofx("<DTPOSTED>20240105<NAME>\n<TRNAMT>-5.00<MEMO>\n<FITID>1"))

    assert (line.counterparty, line.amount, line.bank_id) == ("", Decimal("-5.00"), "1")


@pytest.mark.parametrize(
    ("transaction", "reason"),
    [
        ("<DTPOSTED>20240230<TRNAMT>1<FITID>1", "transaction 1: DTPOSTED: day is out of range"),
        ("<DTPOSTED>31.01.2024<TRNAMT>1<FITID>1", "DTPOSTED: '31.01.2024' is not a date"),
        ("<DTPOSTED>20240105<TRNAMT>1.234,50<FITID>1", "TRNAMT: '1.234,50' is not an amount"),
        ("<DTPOSTED>20240105<TRNAMT>NaN<FITID>1", "TRNAMT: 'NaN' is not an amount"),
        ("<DTPOSTED>20240105<TRNAMT>0.00001<FITID>1", "more than 4 decimal places"),
        ("<DTPOSTED>20240105<FITID>1", "TRNAMT is missing"),
        ("<TRNAMT>1<FITID>1", "DTPOSTED or DTTRAN is missing"),
        (ONE_LINE + "<STMTTRN>" + ONE_LINE, "</BANKTRANLIST> comes where STMTTRN is open"),
        (ONE_LINE + "<MEMO>a<TRNAMT", "'<TRNAMT' is no tag"),
        (ONE_LINE + "<MEMO>" + "x" * 10_001, "more than 10000 characters"),
        (ONE_LINE + "<A>" * 40, "more than 32 tags stand inside each other"),
    ],
)
def test_a_broken_transaction_refuses_the_file_and_says_why(transaction, reason):
    with pytest.raises(Refused) as refusal:
        read_statement(ofx(transaction))
    assert reason in refusal.value.happened


def test_the_end_missing_is_a_file_cut_off():
    with pytest.raises(Refused, match="cut off"):
        read_statement(ofx().replace(b"</OFX>", b""))


def test_an_error_of_the_bank_is_no_empty_statement():
    content = b"<OFX><STMTTRNRS><STATUS><CODE>2000<SEVERITY>ERROR<MESSAGE>Later</STATUS></STMTTRNRS></OFX>"

    with pytest.raises(Refused, match="'2000 Later'"):
        read_statement(content)


def test_a_document_type_is_refused():
    with pytest.raises(Refused, match="is no tag"):
        read_statement(ofx(ONE_LINE + '<MEMO>x<!DOCTYPE x [<!ENTITY a "b">]>'))


def invested(transactions: str) -> bytes:
    return (
        "<OFX><INVSTMTRS><CURDEF>USD<INVACCTFROM><ACCTID>9</INVACCTFROM>"
        f"<INVTRANLIST>{transactions}</INVTRANLIST></INVSTMTRS></OFX>"
    ).encode()


def test_of_an_investment_account_the_cash_is_read():
    cash = f"<INVBANKTRAN><STMTTRN>{ONE_LINE}</STMTTRN><SUBACCTFUND>CASH</INVBANKTRAN>"

    assert line_of(invested(cash)).amount == Decimal("-5.00")


def test_what_is_no_cash_is_left_out_and_said():
    traded = "<BUYSTOCK><UNITS>3</BUYSTOCK><BUYMF><UNITS>1</BUYMF><INCOME><TOTAL>9</INCOME><SPLIT></SPLIT>"

    (statement,) = read_statement(invested(traded)).statements

    assert (statement.lines, statement.closing) == ((), None)
    assert statement.left_out == (
        "2 purchases of securities, 1 income from securities, 1 other investment transaction"
    )


def test_an_empty_closing_balance_is_none():
    content = ofx().replace(b"</STMTRS>", b"<LEDGERBAL><BALAMT> <DTASOF>20240105</LEDGERBAL></STMTRS>")

    assert [each.closing for each in read_statement(content).statements] == [None]


def test_what_is_available_is_no_closing_balance():
    content = ofx().replace(b"</STMTRS>", b"<AVAILBAL><BALAMT>7<DTASOF>20240105</AVAILBAL></STMTRS>")

    assert [each.closing for each in read_statement(content).statements] == [None]


def test_two_closing_balances_are_refused():
    balance = b"<LEDGERBAL><BALAMT>7<DTASOF>20240105</LEDGERBAL>"

    with pytest.raises(Refused, match="LEDGERBAL stands there more than once"):
        read_statement(ofx().replace(b"</STMTRS>", 2 * balance + b"</STMTRS>"))


def test_an_account_without_number_and_currency_leaves_both_to_the_operator():
    (statement,) = read_statement(
        ofx().replace(b"<ACCTID>1", b"<ACCTID>").replace(b"<CURDEF>EUR", b"")
    ).statements

    assert (statement.account, statement.currency, len(statement.lines)) == (None, "", 1)


@pytest.mark.parametrize(
    "day",
    [
        "20240105",
        "2024010512",
        "202401051200",
        "20240105120000.123[-5:EST]",
        "20240105235959 [+13.75:XY]",
        "20240105000000[-:EST]",
        "20240105T120000Z",
        "2024-01-05",
        "2024-01-05 12:00:00",
    ],
)
def test_a_day_is_the_local_one_however_its_time_is_written(day):
    assert line_of(ofx(ONE_LINE.replace("20240105", day))).booked_on == date(2024, 1, 5)


def test_zeros_are_no_day():
    assert line_of(ofx(ONE_LINE + "<DTAVAIL>00000000")).value_on is None


@pytest.mark.parametrize(
    ("charset", "declared", "letters"), [("cp1251", "1251", "Ёж"), ("iso8859-7", "ISO-8859-7", "Ωμέγα")]
)
def test_the_declared_character_set_is_believed(charset, declared, letters):
    header = f"OFXHEADER:100\nCHARSET:{declared}\n\n"

    assert line_of(ofx(ONE_LINE + letters, header=header, charset=charset)).counterparty == "Bakery" + letters


def test_lower_case_tags_and_currencies_are_read():
    content = ofx().lower().replace(b"bakery", b"Bakery")

    assert line_of(content).currency == "EUR"


def test_a_comma_is_a_decimal_point_unless_it_may_part_thousands():
    assert line_of(ofx("<DTPOSTED>20240105<TRNAMT>-5,50<FITID>1")).amount == Decimal("-5.50")
    with pytest.raises(Refused, match=r"'1,234' may be 1.234 or 1234"):
        read_statement(ofx("<DTPOSTED>20240105<TRNAMT>1,234<FITID>1"))


def test_an_amount_that_stands_twice_is_refused():
    with pytest.raises(Refused, match="TRNAMT stands there more than once"):
        read_statement(ofx(ONE_LINE + "<TRNAMT>7"))


def test_a_loan_is_read_as_an_account_whose_transactions_are_left_out():
    content = (
        b"<OFX><LOANSTMTRS><CURDEF>USD<LOANACCTFROM><LOANACCTID>L1</LOANACCTFROM><LOANTRANLIST>"
        b"<LOANSTMTTRN><FITID>1</LOANSTMTTRN></LOANTRANLIST></LOANSTMTRS></OFX>"
    )

    (statement,) = read_statement(content).statements

    assert (statement.account, statement.left_out) == ("L1", "1 loan transaction")
