"""Statements as workbooks: sheets are read like a CSV, and what a cell holds as number or day is never in question."""

import io
from datetime import date, datetime, time
from decimal import Decimal

import pytest
from openpyxl import Workbook

from workbench.connectors.bank.errors import NotAStatement, Refused
from workbench.connectors.bank.layout import Ambiguous
from workbench.connectors.bank.reading import Statement
from workbench.connectors.bank.recognise import read_statement

DAY = date(2024, 1, 31)
MIDNIGHT, EVENING = datetime.combine(DAY, time()), datetime.combine(DAY, time(23, 59))


def workbook(**sheets: list[list[object]]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def statement_of(*rows: list[object]) -> Statement:
    (statement,) = read_statement(workbook(Sheet=list(rows))).statements
    return statement


@pytest.mark.parametrize(
    ("held", "meant"),
    [
        (0.1 + 0.2, "0.3"),
        (-1190, "-1190"),
        (1.125, "1.125"),
        (123456789.01, "123456789.01"),
        ("1,190.00", "1190"),
    ],
)
def test_a_number_is_what_the_sheet_shows(held, meant):
    assert statement_of(["Date", "Amount"], [DAY, held]).lines[0].amount == Decimal(meant)


def test_a_number_with_more_places_than_money_has_is_refused():
    with pytest.raises(Refused, match="line 2: more than 4 decimal places"):
        statement_of(["Date", "Amount"], [DAY, 1.23456])


def test_a_number_that_is_one_leaves_nothing_open_beside_a_text_with_a_comma():
    statement = statement_of(
        ["Datum", "Betrag"], [DAY, 525.125], ["Endsaldo", "1.525,50"], ["Anfangssaldo", "1.000,375"]
    )

    assert (statement.lines[0].amount, statement.difference) == (Decimal("525.125"), 0)


@pytest.mark.parametrize("day", [DAY, MIDNIGHT, EVENING, "31.01.2024"])
def test_a_day_may_be_one_or_be_written(day):
    assert statement_of(["Date", "Amount"], [day, 1]).lines[0].booked_on == DAY


def test_a_number_in_a_text_column_stands_as_it_is_shown():
    statement = statement_of(["Date", "Description", "Reference", "Amount"], [DAY, 4711, 80012345678901, 1])

    assert (statement.lines[0].text, statement.lines[0].reference) == ("4711", "80012345678901")


def test_each_sheet_with_the_header_of_a_statement_is_one():
    header = ["Date", "Amount", "Currency"]
    content = workbook(Notes=[["nothing"]], A=[header, [DAY, 1, "EUR"]], B=[header, [DAY, 2, "USD"]])

    assert [(each.currency, each.lines[0].amount) for each in read_statement(content).statements] == [
        ("EUR", 1),
        ("USD", 2),
    ]


def test_sheets_with_one_header_are_written_in_one_way():
    header = ["Date", "Amount"]
    content = workbook(A=[header, ["01/02/2024", 1]], B=[header, ["31/01/2024", 2]])

    assert read_statement(content).statements[0].lines[0].booked_on == date(2024, 2, 1)


def test_written_days_that_leave_open_what_they_mean_are_asked_about():
    with pytest.raises(Ambiguous) as question:
        statement_of(["Date", "Amount"], ["01/02/2024", 1])

    assert [each.reading.format for each in question.value.choices] == ["xlsx", "xlsx"]


@pytest.mark.parametrize("cells", [[DAY, "#REF!", 5], [DAY, "#DIV/0!", None]])
def test_a_cell_that_holds_an_error_refuses_the_file(cells):
    with pytest.raises(Refused, match=r"holds an error such as #REF! \(B2 in"):
        statement_of(["Date", "Debit", "Credit"], cells)


def test_days_written_and_held_in_one_column_are_refused():
    with pytest.raises(Refused, match="its dates are not all written the same way"):
        statement_of(["Date", "Amount"], [DAY, 1], ["13/01/2024", 2])


def test_a_workbook_without_a_statement_is_left_to_other_readers():
    with pytest.raises(NotAStatement):
        read_statement(workbook(Sheet=[["number", "customer"], [1, "Ann"]]))
