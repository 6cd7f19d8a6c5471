"""CSV of any bank: found by its words, decided over whole columns, never guessed."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from workbench.connectors.bank.errors import NotAStatement, Refused
from workbench.connectors.bank.layout import Ambiguous, Layout
from workbench.connectors.bank.reading import Line, Statement
from workbench.connectors.bank.recognise import read_statement

FILES = Path(__file__).parent / "files"
OPEN_DAYS = "Date,Amount\n01/02/2024,-3.50\n03/02/2024,75.00\n"


def statement_of(text: str, *, charset: str = "utf-8") -> Statement:
    (statement,) = read_statement(text.encode(charset)).statements
    return statement


def lines_of(text: str) -> list[Line]:
    return [line for statement in read_statement(text.encode()).statements for line in statement.lines]


def amounts_of(text: str) -> list[str]:
    return [str(line.amount) for line in lines_of(text)]


def refusal_of(text: str) -> str:
    with pytest.raises(Refused) as refusal:
        read_statement(text.encode())
    assert refusal.value.todo
    return refusal.value.happened


def test_reads_a_german_statement_with_its_preamble():
    statement = statement_of((FILES / "csv/sparkasse.csv").read_text("utf-8"), charset="cp1252")

    newest, oldest = statement.lines
    assert (statement.account, statement.currency) == ("DE89370400440532013000", "EUR")
    assert (newest.booked_on, newest.value_on, newest.amount) == (
        date(2024, 1, 31),
        date(2024, 2, 1),
        Decimal("1190.00"),
    )
    assert (newest.counterparty, newest.text, newest.reference) == ("Kunde AG", "Rechnung 7; danke", "R-7")
    assert (oldest.counterparty, oldest.amount) == ("Müller & Söhne", Decimal("-879.00"))
    assert (statement.opening, statement.closing, statement.difference) == (1000, 1311, 0)


@pytest.mark.parametrize(
    "header",
    [
        "Booking date,Payee,Description,Amount,Currency",
        "Buchungstag,Empfänger,Verwendungszweck,Betrag,Währung",
        "Boekdatum,Naam tegenpartij,Omschrijving,Bedrag,Munt",
        "Date comptable,Bénéficiaire,Libellé,Montant,Devise",
        "Fecha contable,Beneficiario,Concepto,Importe,Divisa",
        "Data contabile,Controparte,Descrizione,Importo,Divisa",
        "Data mov.,Destinatário,Descrição,Montante,Moeda",
        "Data księgowania,Kontrahent,Tytuł,Kwota,Waluta",
        "Bogført dato,Modtager,Tekst,Beløb,Valuta",
        "Bokføringsdato,Mottaker,Beskrivelse,Beløp,Valuta",
        "Bokföringsdag,Mottagare,Beskrivning,Belopp,Valuta",
        "Datum zaúčtování,Název protiúčtu,Zpráva,Částka,Měna",
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_words_of_the_header_say_what_is_where(header, delimiter):
    text = f"{header}\n2024-01-31,Ann,Rent,-5.00,EUR\n".replace(",", delimiter)

    (line,) = lines_of(text)

    assert (line.booked_on, line.counterparty, line.text) == (date(2024, 1, 31), "Ann", "Rent")
    assert (line.amount, line.currency) == (Decimal("-5.00"), "EUR")


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_survive_in_whatever_way_they_are_written(charset):
    statement = statement_of(
        "Datum;Währung;Betrag;Empfänger\n31.01.2024;EUR;5,00;Öl & Gas\n", charset=charset
    )

    assert statement.lines[0].counterparty == "Öl & Gas"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1234.5", "1234.5"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("12,50-", "-12.50"),
        ("(12.50)", "-12.50"),
        ("−12,50 €", "-12.50"),
        ("- $12.50", "-12.50"),
        ("+ 12.50 EUR", "12.50"),
        ("7", "7"),
        (".5", "0.5"),
    ],
)
def test_amounts_are_read_as_people_write_them(written, meant):
    assert [Decimal(amount) for amount in amounts_of(f"Date;Amount\n2024-01-31;{written}\n")] == [
        Decimal(meant)
    ]


def test_one_clear_amount_decides_for_the_whole_column():
    assert amounts_of("Date;Amount\n2024-01-30;1.234\n2024-01-31;0,50\n") == ["1234.0", "0.50"]


def question_of(text: str) -> list[tuple[str, Layout, Statement]]:
    with pytest.raises(Ambiguous) as question:
        read_statement(text.encode())
    return [(each.words, each.layout, each.reading.statements[0]) for each in question.value.choices]


def test_amounts_that_may_be_thousands_or_decimals_are_asked_about():
    first, second = question_of("Date;Amount\n2024-01-30;1.234\n")

    assert first[0] == "1.234 is 1234 (decimal comma)", "few currencies have three places"
    assert second[0] == "1.234 is 1.234 (decimal point)"
    assert [statement.lines[0].amount for _, _, statement in (first, second)] == [1234, Decimal("1.234")]


def test_both_decimal_signs_in_one_column_are_refused():
    assert "not all written the same way" in refusal_of("Date;Amount\n2024-01-30;1.23\n2024-01-31;1,23\n")


@pytest.mark.parametrize(
    ("days", "meant"),
    [
        (("2024-01-05", "2024/01/06"), (date(2024, 1, 5), date(2024, 1, 6))),
        (("05.01.24", "06.01.2024"), (date(2024, 1, 5), date(2024, 1, 6))),
        (("05/01/2024", "31/01/2024"), (date(2024, 1, 5), date(2024, 1, 31))),
        (("01/05/2024", "01/31/2024"), (date(2024, 1, 5), date(2024, 1, 31))),
        (("20240105", "20240131"), (date(2024, 1, 5), date(2024, 1, 31))),
        (("2024-01-05T23:59:00", "2024-01-06 10:00:00 +0000"), (date(2024, 1, 5), date(2024, 1, 6))),
        (("05/05/2024", "06/06/2024"), (date(2024, 5, 5), date(2024, 6, 6))),
        (("5 Jan 2024", "31-Jan-24"), (date(2024, 1, 5), date(2024, 1, 31))),
        (("5. März 2024", "6 juil. 2024"), (date(2024, 3, 5), date(2024, 7, 6))),
        (("Jan 5, 2024", "January 31, 2024"), (date(2024, 1, 5), date(2024, 1, 31))),
    ],
)
def test_the_order_of_a_date_is_decided_over_the_whole_column(days, meant):
    text = "Date;Amount\n" + "".join(f"{day};1.00\n" for day in days)

    assert tuple(line.booked_on for line in lines_of(text)) == meant


def test_a_date_that_may_be_read_two_ways_is_asked_about_never_guessed():
    first, second = question_of(OPEN_DAYS)

    assert first[0] == "01/02/2024 is 1 February 2024 (day first)"
    assert second[0] == "01/02/2024 is 2 January 2024 (month first)"
    assert first[2].lines[1].booked_on == date(2024, 2, 3), "the choices say what the whole file then says"


def test_what_the_operator_said_is_kept_for_every_file_with_the_header():
    _, (_, layout, statement) = question_of(OPEN_DAYS)

    assert read_statement(OPEN_DAYS.encode(), layouts={layout.header: layout}).statements == (statement,)


def test_what_does_not_fit_the_layout_that_was_said_is_refused():
    _, (_, layout, _) = question_of(OPEN_DAYS)
    later = OPEN_DAYS.replace("03/02", "31/01")

    with pytest.raises(Refused, match="'31/01/2024' cannot be read as date"):
        read_statement(later.encode(), layouts={layout.header: layout})


def test_days_and_numbers_that_are_both_open_make_four_choices():
    choices = question_of("Date;Amount\n01/02/2024;-1,234\n02/02/2024;2,345\n")

    assert [words for words, _, _ in choices] == [
        "01/02/2024 is 1 February 2024 (day first); -1,234 is -1234 (decimal point)",
        "01/02/2024 is 2 January 2024 (month first); -1,234 is -1234 (decimal point)",
        "01/02/2024 is 1 February 2024 (day first); -1,234 is -1.234 (decimal comma)",
        "01/02/2024 is 2 January 2024 (month first); -1,234 is -1.234 (decimal comma)",
    ]
    assert {(layout.days, layout.numbers) for _, layout, _ in choices} == {
        (days, numbers)
        for days in ("day first", "month first")
        for numbers in ("decimal point", "decimal comma")
    }


def test_balances_that_only_one_way_fits_decide_without_a_question():
    assert amounts_of("Date;Amount;Balance\n2024-01-30;-1.234;4.266\n2024-01-31;2;6.266\n") == [
        "-1.234",
        "2.0",
    ]


def test_balances_that_fit_both_ways_decide_nothing():
    assert len(question_of("Date;Amount;Balance\n2024-01-30;1.000;3.000\n2024-01-31;2.000;5.000\n")) == 2
    assert len(question_of("Date;Amount;Balance\n2024-01-30;1.234;7\n")) == 2, "one entry proves nothing"


def test_debit_and_credit_columns_make_one_signed_amount():
    text = "Date,Details,Debit,Credit\n2024-01-30,Rent,500.00,\n2024-01-31,Fee,0.00,20.00\n"

    assert amounts_of(text) == ["-500.00", "20.00"]


def test_a_debit_column_may_carry_its_minus_already():
    assert amounts_of("Date;Débit;Crédit\n2024-01-30;-500,00;\n2024-01-31;;20,00\n") == ["-500.00", "20.00"]


@pytest.mark.parametrize(
    ("title", "out", "into"),
    [
        ("D/K", "D", "K"),
        ("Segno", "-", "+"),
        ("Af Bij", "Af", "Bij"),
        ("D/C", "D", "C"),
        ("Soll/Haben", "S", "H"),
        ("", "S", "H"),
    ],
)
def test_a_column_may_say_the_direction(title, out, into):
    text = f"Datum;Bedrag;{title};\n2024-01-30;5,00;{out};\n2024-01-31;7,00;{into};\n"

    assert amounts_of(text) == ["-5.00", "7.00"]


def test_a_direction_that_contradicts_the_minus_is_refused():
    assert "line 2: -5.00 stands beside 'C'" in refusal_of("Date;Amount;D/C\n2024-01-30;-5.00;C\n")


def test_a_minus_beside_a_credit_is_taken_back_where_the_balances_prove_it():
    text = "Date;Amount;D/C;Balance\n2024-01-30;5.00;D;95.00\n2024-01-31;-7.00;C;102.00\n"

    assert amounts_of(text) == ["-5.00", "7.00"]


def test_a_fee_that_the_net_amount_has_already_is_no_riddle():
    assert amounts_of("Date;Gross;Fee;Net\n2024-01-30;10.00;-0.59;9.41\n") == ["9.41"]


def test_a_column_called_valuta_may_hold_the_value_date_or_the_currency():
    assert lines_of("Datum;Valuta;Betrag\n30.01.2024;31.01.2024;1,00\n")[0].value_on == date(2024, 1, 31)
    assert lines_of("Dato;Valuta;Beløb\n30.01.2024;DKK;1,00\n")[0].currency == "DKK"


def test_letters_of_eastern_europe_are_told_from_western_ones():
    statement = statement_of("Data operacji;Tytuł;Kwota\n2024-01-30;Wpłata Żak;1,00\n", charset="cp1250")

    assert statement.lines[0].text == "Wpłata Żak"


def test_each_account_and_currency_is_a_statement_of_its_own():
    text = (
        "Date;Account;Currency;Amount\n2024-01-30;A;EUR;1.00\n2024-01-30;B;EUR;2.00\n2024-01-31;A;USD;3.00\n"
    )

    statements = read_statement(text.encode()).statements

    assert [(each.account, each.currency, each.lines[0].amount) for each in statements] == [
        ("A", "EUR", 1),
        ("B", "EUR", 2),
        ("A", "USD", 3),
    ]


def test_a_file_that_names_no_currency_has_none():
    assert statement_of("Date;Amount\n2024-01-30;1.00\n").currency == ""


@pytest.mark.parametrize("order", [1, -1])
def test_balances_beside_the_lines_give_opening_and_closing_in_either_order(order):
    rows = ["2024-01-30;10.00;110.00", "2024-01-30;-20.00;90.00", "2024-01-30;5.00;95.00"][::order]

    statement = statement_of("\n".join(["Date;Amount;Balance", *rows]))

    assert (statement.opening, statement.closing, statement.difference) == (100, 95, 0)


def test_a_row_missing_between_the_balances_shows_as_a_difference():
    statement = statement_of("Date;Amount;Balance\n2024-01-30;1.00;101.00\n2024-01-31;1.00;103.00\n")

    assert statement.difference == Decimal("-1.00")


def test_rows_that_state_a_balance_are_no_transactions():
    text = (
        "Datum;Text;Umsatz;\nx;Anfangssaldo;100,00;S\n31.01.2024;Kauf;30,00;S\n31.01.2024;Endsaldo;130,00;S\nSumme;;30,00;\n"
    ).replace("Text", "Verwendungszweck")

    statement = statement_of(text)

    assert [line.amount for line in statement.lines] == [Decimal("-30.00")]
    assert (statement.opening, statement.closing) == (-100, -130)


def test_a_firm_called_total_is_not_a_sum():
    assert amounts_of("Date;Payee;Amount\n2024-01-31;TOTAL;-60.00\n") == ["-60.00"]


def test_what_is_not_booked_yet_is_pending_and_what_never_happened_is_left_out():
    text = "Date;State;Amount\n2024-01-30;PENDING;1.00\n2024-01-30;REVERTED;2.00\n2024-01-30;COMPLETED;3.00\n"

    assert [(line.state, line.amount) for line in lines_of(text)] == [("pending", 1), ("booked", 3)]
    assert statement_of(text).left_out == "1 declined or reverted"


def test_a_header_alone_is_an_empty_statement():
    assert statement_of("Buchungstag;Betrag (EUR)\n").lines == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "Date;Text;Amount\n2024-01-30;Rent;1.00\n2024-01-31;Re",
            "line 3: it has 2 cells where the header has 3",
        ),
        ("Date;Amount\n2024-01-30;1.00;more\n", "line 2: it has 3 cells where the header has 2"),
        ("Date;Amount\n2024-02-30;1.00\n", "line 2: '2024-02-30' cannot be read as date"),
        ("Date;Amount\n2024-01-30;one\n", "line 2: 'one' cannot be read as amount"),
        ("Date;Amount\n2024-01-30;1.23456\n", "cannot be read as amount"),
        ("Date;Amount\n2024-01-30;\n", "line 2: its amount is empty"),
        ("Date;Amount\n;1.00\n", "line 2: its date is empty"),
        ('Date;Amount\n2024-01-30;"1.00', "line 2: its cells or quotes are broken"),
        ("Date;Amount;Currency\n2024-01-30;1.00;\n", "line 2: '' is not a currency"),
        ("Date;Amount;Amount\n2024-01-30;1.00;2.00\n", "2 of its columns are called 'Amount'"),
        ("Date;Debit;Credit\n2024-01-30;1.00;1.00\n", "line 2: it has a debit and a credit"),
        ("Date;Debit;Credit\n2024-01-30;;\n", "line 2: it has neither a debit nor a credit"),
        ("Date;Debit;Credit\n2024-01-30;1.00;\n2024-01-30;-1.00;\n", "amounts of both signs"),
        ("Date;Amount;Fee\n2024-01-30;1.00;0.20\n", "line 2: a fee of 0.20 stands in a column of its own"),
        ("Date;Symbol;Quantity;Amount\n2024-01-30;ABC;1;1.00\n", "it lists securities"),
        ("Date;Amount;Text\n2024-01-30;1.00;a\0b\n", "line 2: it holds the control character"),
    ],
)
def test_whatever_is_broken_or_unclear_refuses_the_file_and_says_why(text, reason):
    assert reason in refusal_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "Invoice number;Date;Due date;Amount\n7;2024-01-30;2024-02-13;1.00\n",
        "Rechnungsnummer;Datum;Kunde;Betrag\n7;30.01.2024;Ann;1,00\n",
        "Date;Currency;Rate\n2024-01-30;USD;1.08\n",
    ],
)
def test_other_lists_are_left_to_their_own_readers(text):
    with pytest.raises(NotAStatement):
        read_statement(text.encode())


def test_a_list_of_holdings_is_refused_with_what_it_is():
    assert refusal_of("Symbol;Quantity;Market Value\nABC;1;1.00\n").startswith(
        "The file is refused: it lists securities"
    )
