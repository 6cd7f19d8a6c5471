"""QIF: accounts, splits and opening balances of Quicken; days and amounts decided over the file, or asked."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.connectors.bank import qif
from workbench.connectors.bank.errors import Refused
from workbench.connectors.bank.layout import Ambiguous
from workbench.connectors.bank.reading import Line, Reading, Statement

FILES = {path.name: path.read_bytes() for path in (Path(__file__).parent / "files/qif").glob("*.qif")}


def record(day: str = "2024-01-31", amount: str = "-12.50", *rows: str) -> str:
    return "\n".join((f"D{day}", f"T{amount}", *rows, "^\n"))


def read(text: str, charset: str = "utf-8") -> Reading:
    return qif.read(text.encode(charset), layouts={})


def lines_of(text: str) -> list[Line]:
    return [line for statement in read(text).statements for line in statement.lines]


def statement_of(text: str) -> Statement:
    (statement,) = read(text).statements
    return statement


def days_of(*days: str) -> list[date]:
    return [line.booked_on for line in lines_of("!Type:Bank\n" + "".join(record(day) for day in days))]


def refusal_of(text: str) -> str:
    with pytest.raises(Refused) as refusal:
        read(text)
    assert refusal.value.todo
    return refusal.value.happened


def test_every_account_is_read_with_its_name_and_lists_are_left_aside():
    giro, visa = qif.read(FILES["several_accounts.qif"], layouts={}).statements

    assert [(s.account, len(s.lines)) for s in (giro, visa)] == [("Giro", 3), ("Visa", 1)]
    assert (giro.opening, giro.opening_on, giro.closing) == (Decimal("1000.00"), date(2024, 1, 1), None)
    hosting, invoice, card = giro.lines
    assert (hosting.amount, hosting.counterparty, hosting.text, hosting.reference) == (
        Decimal("-119.00"),
        "Rechenzentrum AG",
        "Hosting",
        "1007",
    )
    assert (invoice.amount, invoice.text) == (Decimal("2380.00"), "Invoice 7; VAT of invoice 7")
    assert card.counterparty_account == "Visa"


def test_twins_are_two():
    assert [str(line.amount) for line in lines_of("!Type:Bank\n" + record() + record())] == [
        "-12.50",
        "-12.50",
    ]


def test_what_the_file_does_not_say_stays_open():
    statement = statement_of("!Type:Bank\n" + record())

    assert (statement.account, statement.currency, statement.opening, statement.difference) == (
        None,
        "",
        None,
        None,
    )
    assert (statement.lines[0].currency, statement.lines[0].bank_id) == ("", "")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1/31'24", date(2024, 1, 31)),
        ("1/31' 4", date(2004, 1, 31)),
        ("12/31'2023", date(2023, 12, 31)),
        ("01/31/24", date(2024, 1, 31)),
        ("01/31/99", date(1999, 1, 31)),
        ("31.01.2024", date(2024, 1, 31)),
        ("31.1.24", date(2024, 1, 31)),
        ("31-01-2024", date(2024, 1, 31)),
        ("2024-01-31", date(2024, 1, 31)),
        ("20240131", date(2024, 1, 31)),
        ("1/ 1'06", date(2006, 1, 1)),
        ("5/ 5/2006", date(2006, 5, 5)),
    ],
)
def test_a_day_is_read_however_it_is_written(written, meant):
    assert days_of(written) == [meant]


def test_one_day_decides_for_all():
    assert days_of("1/ 5'24", "1/31'24") == [date(2024, 1, 5), date(2024, 1, 31)]
    assert days_of("1/5/24", "31/1/24") == [date(2024, 5, 1), date(2024, 1, 31)]


def test_days_that_stay_open_are_asked_with_both_readings():
    with pytest.raises(Ambiguous) as question:
        read("!Type:Bank\n" + record("5/6/2024") + record("7/8/2024"))

    readings = {
        choice.layout.days: [line.booked_on for line in choice.reading.statements[0].lines]
        for choice in question.value.choices
    }
    assert readings == {
        "day first": [date(2024, 6, 5), date(2024, 8, 7)],
        "month first": [date(2024, 5, 6), date(2024, 7, 8)],
    }
    assert "'5/6/2024' can be read in 2 ways" in question.value.happened


def test_the_answer_is_kept_for_files_alike_and_for_no_others():
    text = "!Type:Bank\n" + record("5/6/2024")
    with pytest.raises(Ambiguous) as question:
        read(text)
    answer = question.value.choices[0].layout

    (line,) = qif.read(text.encode(), layouts={answer.header: answer}).statements[0].lines

    assert line.booked_on == date(2024, 6, 5)
    with pytest.raises(Ambiguous):
        qif.read(text.replace("!Type:Bank", "!Type:CCard").encode(), layouts={answer.header: answer})


def test_an_answer_does_not_overrule_days_that_only_fit_the_other_way():
    with pytest.raises(Ambiguous) as question:
        read("!Type:Bank\n" + record("5/6/2024"))
    answer = question.value.choices[0].layout

    text = "!Type:Bank\n" + record("5/6/2024") + record("1/31/2024")
    first, _ = qif.read(text.encode(), layouts={answer.header: answer}).statements[0].lines

    assert (answer.days, first.booked_on) == ("day first", date(2024, 5, 6))


@pytest.mark.parametrize(
    ("amount", "meant"),
    [
        ("-1,234.56", "-1234.56"),
        ("-1.234,56", "-1234.56"),
        ("12,00", "12.00"),
        ("7", "7"),
        ("(5.00)", "-5.00"),
    ],
)
def test_an_amount_is_read_however_it_is_written(amount, meant):
    (line,) = lines_of("!Type:Bank\n" + record(amount=amount))

    assert line.amount == Decimal(meant)


def test_amounts_that_stay_open_are_asked():
    with pytest.raises(Ambiguous) as question:
        read("!Type:Bank\n" + record(amount="1,234"))

    amounts = {str(choice.reading.statements[0].lines[0].amount) for choice in question.value.choices}
    assert {Decimal(amount) for amount in amounts} == {Decimal("1234"), Decimal("1.234")}


def test_the_opening_balance_names_the_account_and_is_no_transaction():
    statement = statement_of(
        "!Type:Bank\n" + record("2024-01-01", "500.00", "POpening Balance", "L[Giro]") + record()
    )

    assert (statement.account, statement.opening, len(statement.lines)) == ("Giro", Decimal("500.00"), 1)


def test_a_transfer_into_itself_opens_the_account_in_any_language():
    text = "!Account\nNGiro\n^\n!Type:Bank\n" + record("2024-01-01", "500.00", "PAnfangssaldo", "L[Giro]")

    assert (statement_of(text).opening, statement_of(text).lines) == (Decimal("500.00"), ())


def test_an_opening_balance_further_down_is_a_transaction():
    text = "!Type:Bank\n" + record() + record("2024-01-01", "500.00", "POpening Balance", "L[Giro]")

    assert (statement_of(text).opening, len(statement_of(text).lines)) == (None, 2)


def test_of_securities_only_clear_cash_is_read_and_the_rest_counted():
    statement = qif.read(FILES["securities.qif"], layouts={}).statements[0]

    assert [str(line.amount) for line in statement.lines] == ["-20.00", "7.00"]
    assert (statement.opening, statement.left_out) == (Decimal("500.00"), "2 investment transactions")


def test_accounts_without_transactions_are_read_as_such():
    reading = read("!Option:AutoSwitch\n!Account\nNGiro\n^\nNVisa\n^\n!Clear:AutoSwitch\n")

    assert [(statement.account, statement.lines) for statement in reading.statements] == [
        ("Giro", ()),
        ("Visa", ()),
    ]


def test_an_account_block_counts_for_the_next_transactions_only():
    text = "!Account\nNGiro\n^\n!Type:Bank\n" + record() + "!Type:CCard\n" + record()

    assert [statement.account for statement in read(text).statements] == ["Giro", None]


@pytest.mark.parametrize("charset", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_letters_survive_in_whatever_way_they_are_written(charset, newline):
    content = ("# by a bank\n!Type:Bank\n" + record("2024-01-31", "1", "PBäckerei")).replace("\n", newline)

    assert qif.matches(content.encode(charset))
    assert read(content, charset).statements[0].lines[0].counterparty == "Bäckerei"


@pytest.mark.parametrize("text", ["", "hello", "Date,Amount\n!Type:Bank,1\n", "!Important: read this\n"])
def test_other_texts_are_not_taken_for_it(text):
    assert not qif.matches(text.encode())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "!Type:Bank\nD2024-01-31\nT1.00\n",
            "line 2: the record is not ended by a line ^: the file is cut off",
        ),
        ("!Type:Bank\nD2024-01-31\nT1.00\n!Type:Cat\n", "line 2: the record is not ended"),
        (
            "!Type:Bank\nD2024-01-31\nT1.00\n" + record(),
            "line 4: the record has D twice: a line ^ is missing",
        ),
        ("!Type:Bank\nD2024-01-31\nPx\n^\n", "line 2: the amount (T) is missing"),
        ("!Type:Bank\nT1.00\n^\n", "line 2: the date (D) is missing"),
        ("!Type:Bank\n" + record("2024-01-31", "1.00", "U2.00"), "the amounts T and U differ"),
        ("!Type:Bank\n" + record("2024-02-30"), "'2024-02-30' cannot be read as date"),
        (
            "!Type:Bank\n" + record("1/31/24") + record("31/1/24"),
            "its dates are not all written the same way",
        ),
        ("!Type:Bank\n" + record(amount="1.234,5.6"), "cannot be read as amount"),
        ("!Type:Bank\n" + record(amount="NaN"), "cannot be read as amount"),
        (
            "!Type:Bank\n" + record("2024-01-31", "-10.00", "SA", "$-9.00", "SB", "$-0.99"),
            "its parts make -9.99",
        ),
        ("!Type:Bank\n" + record("2024-01-31", "1", "?what"), "line 4: '?what' is no field of QIF"),
        ("!Type:Bank\n" + record("2024-01-31", "1", "P" + "x" * 501), "more than 500"),
        ("!Type:Bank\n" + record("2024-01-31", "1", "M" + "x" * 10_001), "more than 10000"),
        ("!Type:Invoice\n" + record(), "line 1: its section 'Invoice' is not one that is read"),
        ("!Type:Bank\n!Summary\n", "line 2: '!Summary' is no section of QIF"),
        ("# x\nlost\n!Type:Bank\n", "line 2: 'lost' stands in no section"),
        ("!Account\nNA\n^\nNB\n^\n!Type:Bank\n" + record(), "line 6: it names 2 accounts for these records"),
        ("!Account\nTBank\n^\n!Type:Bank\n" + record(), "line 2: the account has no name (N)"),
        ("!Type:Cat\nNOffice\n^\n", "holds no account and no transactions"),
    ],
)
def test_a_broken_file_is_refused_whole_and_says_why(text, reason):
    assert reason in refusal_of(text)


def test_parts_in_percent_need_not_make_the_whole():
    assert len(lines_of("!Type:Bank\n" + record("2024-01-31", "-10.00", "SA", "%50.00", "SB", "$-4.00"))) == 1


@given(
    name=st.sampled_from(sorted(FILES)),
    at=st.floats(0, 1),
    gone=st.integers(0, 30),
    put=st.one_of(
        st.text(max_size=8), st.sampled_from(["^\n", "!Type:Bank\n", "\nD", "\nT", "\n$1\n", "9" * 40])
    ),
)
@settings(max_examples=300, deadline=None)
def test_a_file_changed_anywhere_is_read_or_refused(name, at, gone, put):
    whole = FILES[name]
    place = int(len(whole) * at)
    with suppress(Refused):
        qif.read(whole[:place] + put.encode() + whole[place + gone :], layouts={})


@given(name=st.sampled_from(sorted(FILES)), share=st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_a_file_cut_off_inside_a_record_is_refused(name, share):
    whole = FILES[name]
    try:
        reading = qif.read(whole[: int(len(whole) * share)], layouts={})
    except Refused:
        return
    lines = [line for statement in reading.statements for line in statement.lines]
    known = [line for statement in qif.read(whole, layouts={}).statements for line in statement.lines]
    assert lines == known[: len(lines)], "whole records are left"
