"""A table without a header is read where its content leaves no doubt, and is no statement where it does."""

import pytest

from workbench.connectors.bank.errors import NotAStatement
from workbench.connectors.bank.recognise import read_statement

ROWS = "02.10.2025;Miete Lager;01.10.2025;-480,00;EUR;\n06.10.2025;Hofladen Seitz;06.10.2025;1.240,50;EUR;\n"


def lines(text):
    (statement,) = read_statement(text.encode()).statements
    return [
        (f"{each.booked_on}", f"{each.value_on}", str(each.amount), each.text) for each in statement.lines
    ]


def test_days_amount_currency_and_words_are_told_by_their_content():
    assert lines(ROWS) == [
        ("2025-10-02", "2025-10-01", "-480.00", "Miete Lager"),
        ("2025-10-06", "2025-10-06", "1240.50", "Hofladen Seitz"),
    ]


def test_a_column_of_signs_says_the_direction():
    assert lines("2025-10-02,Rent,480.00,D\n2025-10-06,Sale,20.00,C\n")[0][2] == "-480.00"


def test_a_caption_between_the_rows_is_none():
    first, second = ROWS.splitlines()

    assert len(lines(f"{first}\nOktober;;\n{second}\n")) == 2


@pytest.mark.parametrize(
    "text",
    [
        ROWS.replace("-", ""),  # nothing says what came in and what went out
        ROWS.replace(";EUR", ";100,00"),  # two columns of amounts
        "02.10.2025;-480,00;EUR\n06.10.2025;20,00;EUR\n",  # no words
        "Miete;x;-480,00\nSeitz;y;20,00\n",  # no day
        "02.10.2025;Miete\n06.10.2025;Seitz\n",
        "2025-10-02,Rent,-480\n2025-10-06,Sale,20\n",  # amounts without cents may be anything
    ],
)
def test_in_doubt_it_is_no_statement(text):
    with pytest.raises(NotAStatement):
        read_statement(text.encode())
