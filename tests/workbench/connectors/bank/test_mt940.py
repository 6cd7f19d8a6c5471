"""MT940 and MT942: what each bank writes in its own way, and what only a broken file can be."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.connectors.bank import mt940
from workbench.connectors.bank.encoding import head_of
from workbench.connectors.bank.errors import Refused
from workbench.connectors.bank.reading import Line, Reading, Statement

FILES = {path.name: path.read_bytes() for path in (Path(__file__).parent / "files/mt940").glob("*.sta")}
LINE = ":61:2401310131C12,50NTRFNONREF//B-1"


def message(*rows: str, head: str = "", tail: str = ":62F:C240131EUR12,50\n-\n") -> str:
    return (
        f"{head}:20:X\n:25:NL69INGB0123456789\n:28C:1/1\n:60F:C240130EUR0,\n" + "\n".join(rows) + f"\n{tail}"
    )


def read(text: str, charset: str = "utf-8") -> Reading:
    return mt940.read(text.encode(charset))


def statement_of(text: str) -> Statement:
    (statement,) = read(text).statements
    return statement


def line_of(*rows: str) -> Line:
    (line,) = statement_of(message(*rows)).lines
    return line


def refusal_of(text: str) -> str:
    with pytest.raises(Refused) as refusal:
        read(text)
    assert refusal.value.todo
    return refusal.value.happened


def test_the_coded_details_of_a_german_bank_are_put_together_over_their_parts_and_lines():
    invoice, hosting, reversal, fee = mt940.read(FILES["german.sta"]).statements[0].lines

    assert (invoice.counterparty, invoice.counterparty_account) == (
        "Kunde und Söhne Handelsgesellschaft mbH",
        "DE89370400440532013001",
    )
    assert (invoice.text, invoice.reference, invoice.bank_id) == (
        "Rechnung 2024-7 vom 20.12.2023, danke",
        "2024-7",
        "ZV-4711",
    )
    assert (hosting.text, hosting.reference) == ("Hosting Januar", "2024010200001")
    assert (reversal.text, reversal.reference) == ("Gutschrift vom 28.12. zurueckgezogen", "")
    assert fee.text == "ENTGELTABSCHLUSS", "the posting text, where there is no other"


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_statement_with_two_balances_adds_up(name):
    assert {statement.difference for statement in mt940.read(FILES[name]).statements} <= {Decimal(0), None}


@pytest.mark.parametrize(
    ("mark", "amount", "state"),
    [
        ("C", "12.50", "booked"),
        ("D", "-12.50", "booked"),
        ("RC", "-12.50", "booked"),
        ("RD", "12.50", "booked"),
        ("EC", "12.50", "pending"),
        ("ED", "-12.50", "pending"),
        ("DR", "-12.50", "booked"),
        ("RCR", "-12.50", "booked"),
        ("DD", "-12.50", "booked"),
    ],
)
def test_the_mark_says_the_direction_and_a_letter_behind_it_is_of_the_currency(mark, amount, state):
    line = line_of(f":61:2401310131{mark}12,50NTRFNONREF")

    assert (line.amount, line.state) == (Decimal(amount), state)


@pytest.mark.parametrize(
    ("days", "value_on", "booked_on"),
    [
        ("2401310131", date(2024, 1, 31), date(2024, 1, 31)),
        ("240131", date(2024, 1, 31), date(2024, 1, 31)),
        ("240131    ", date(2024, 1, 31), date(2024, 1, 31)),
        ("2312290102", date(2023, 12, 29), date(2024, 1, 2)),
        ("2401021229", date(2024, 1, 2), date(2023, 12, 29)),
        ("2402300301", date(2024, 2, 29), date(2024, 3, 1)),
        ("230229", date(2023, 2, 28), date(2023, 2, 28)),
        ("2312310229", date(2023, 12, 31), date(2024, 2, 29)),
    ],
)
def test_the_entry_day_is_of_the_year_nearest_to_the_value_day(days, value_on, booked_on):
    line = line_of(f":61:{days}C12,50NTRFNONREF")

    assert (line.value_on, line.booked_on) == (value_on, booked_on)


@pytest.mark.parametrize(
    ("rest", "reference", "bank_id"),
    [
        ("NTRFNONREF", "", ""),
        ("NTRFR-7//B-9", "R-7", "B-9"),
        ("FMSC01916//NONREF", "01916", ""),
        ("NMSCNONREF//", "", ""),
        ("NMSC", "", ""),
        ("S103R 8", "R 8", ""),
        ("NOV NONREF", "", ""),
        ("N102EREF            ", "", ""),
        (" NRTIKREF+//20160", "", "20160"),
    ],
)
def test_the_references_of_a_transaction(rest, reference, bank_id):
    line = line_of(f":61:2401310131C12,50{rest}")

    assert (line.reference, line.bank_id) == (reference, bank_id)


@pytest.mark.parametrize("mark", ["?", "~", "<", ">", "@"])
def test_any_mark_may_stand_before_the_parts(mark):
    details = ":86:166?00TRANSFER?20SVWZ+Invoice 7?21of May?30BANKXX?311234?32Ann Lee?60, thanks"

    line = line_of(LINE, details.replace("?", mark))

    assert (line.text, line.counterparty) == ("Invoice 7 of May , thanks", "Ann Lee")
    assert line.counterparty_account == "1234"


def test_words_between_slashes_are_told_apart():
    line = line_of(
        LINE,
        ":86:/TRTP/SEPA OVERBOEKING/IBAN/NL02ABNA0123456789/BIC/ABNANL2A/NA",
        "ME/De Kruik/REMI/Factuur 7/2024/EREF/F-7",
    )

    assert (line.counterparty, line.counterparty_account) == ("De Kruik", "NL02ABNA0123456789")
    assert (line.text, line.reference) == ("Factuur 7/2024", "F-7")


def test_plain_words_flow_over_full_lines_and_keep_apart_over_short_ones():
    line = line_of(LINE, ":86:" + "x" * 60 + "Strah", "l GmbH", "Bonn")

    assert line.text == "x" * 60 + "Strahl GmbH Bonn"


def test_a_line_of_words_that_looks_like_an_unknown_field_is_words():
    line = line_of(LINE, ":86:at 13", ":12:11 today")

    assert line.text == "at 13 :12:11 today"


def test_the_line_below_a_transaction_is_its_text_where_there_is_no_other_and_may_name_the_account():
    assert line_of(LINE, "FROM NL70ABNA0987654321").text == "FROM NL70ABNA0987654321"
    assert line_of(LINE, "NL70ABNA0987654321", ":86:Rent").counterparty_account == "NL70ABNA0987654321"


def test_what_follows_the_closing_balance_is_of_no_transaction():
    tail = ":62F:C240131EUR12,50\n:64:C240131EUR12,50\n:86:Rates change in March\n-\n"

    assert statement_of(message(LINE, ":86:Rent", tail=tail)).lines[0].text == "Rent"


@pytest.mark.parametrize(
    ("written", "account"),
    [
        ("51210600/9223382012EUR", "51210600/9223382012"),
        ("NL69INGB0123456789EUR", "NL69INGB0123456789"),
        ("/PL61109010140000071219812874", "PL61109010140000071219812874"),
        ("BKAUATWW/AT611904300234573201", "AT611904300234573201"),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
    ],
)
def test_the_account_stands_alone(written, account):
    assert statement_of(message(LINE).replace("NL69INGB0123456789", written)).account == account


def test_pages_are_one_statement_where_balance_meets_balance():
    year, later = mt940.read(FILES["swiss_pages.sta"]).statements

    assert (year.number, year.opening, year.closing, len(year.lines)) == ("7/1", 0, Decimal("79.5"), 3)
    assert (later.number, later.opening) == ("8/1", Decimal("79.5"))


def test_pages_stay_apart_where_one_between_them_is_missing():
    first = message(LINE, tail=":62M:C240131EUR12,50\n-\n")
    third = message(LINE, tail=":62F:C240131EUR112,50\n-\n").replace(
        ":60F:C240130EUR0,", ":60M:C240131EUR100,"
    )

    assert [len(statement.lines) for statement in read(first + third).statements] == [1, 1]


def test_an_interim_report_has_no_balances_and_knows_what_is_only_expected():
    reading = mt940.read(FILES["interim.mt942.sta"])

    (statement,) = reading.statements
    assert (reading.format, statement.currency) == ("mt942", "EUR")
    assert (statement.opening, statement.closing, statement.difference) == (None, None, None)
    assert [line.state for line in statement.lines] == ["booked", "booked", "pending", "booked"]


@pytest.mark.parametrize("totals", [":90C:1EUR12,50", ":90D:0EUR0,", ":90D:0EUR0,\n:90C:1EUR12,50"])
def test_stated_totals_that_agree_are_fine(totals):
    assert statement_of(message(LINE, tail=f"{totals}\n-\n")).lines


@pytest.mark.parametrize("totals", [":90C:2EUR12,50", ":90C:1EUR12,51", ":90D:1EUR12,50"])
def test_stated_totals_that_disagree_refuse_the_file(totals):
    assert "it states" in refusal_of(message(LINE, tail=f"{totals}\n-\n"))


@pytest.mark.parametrize(
    "frame",
    [
        "{{1:F01INGBNL2AXXXX00001}}{{2:I940INGBNL2AXXXN}}{{4:\n{0}",
        "\x01{{1:F01INGBNL2AXXXX00001}}{{4:\n{0}-}}\x03",
        "\x01\n{0}",
        ":940:\n{0}",
        "0000 01INGBNL2AXXXX00001\n940 00\n\n{0}",
        "{0}\x1a",
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_what_network_and_bank_put_around_a_statement_is_left_aside(frame, newline):
    text = frame.format(message(LINE, tail=":62F:C240131EUR12,50\n")).replace("\n", newline)

    assert mt940.matches(head_of(text.encode()))
    assert statement_of(text).closing == Decimal("12.50")


@pytest.mark.parametrize("charset", ["cp1252", "utf-8", "utf-8-sig"])
def test_letters_survive_in_whatever_way_they_are_written(charset):
    assert read(message(LINE, ":86:Bäckerei"), charset).statements[0].lines[0].text == "Bäckerei"


@pytest.mark.parametrize(
    "text", ["", "1\n2\n3\n", "Date;Amount\n:20:1;2\n", "Hello\n\n:20: is a field of MT940\n"]
)
def test_other_texts_are_not_taken_for_it(text):
    assert not mt940.matches(text)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (":62F:C240131EUR12,50\n-\n", "", "the statement from line 1: the statement is cut off"),
        (":62F:C240131EUR12,50\n-\n", ":62F:C240131EUR12,", "cut off inside its closing balance"),
        (
            ":62F:C240131EUR12,50",
            ":62F:C240131EUR12.50",
            "line 6, field :62F:: 'C240131EUR12.50' is not a balance",
        ),
        (":62F:C240131EUR", ":62F:C240131USD", "its balances are in EUR and USD"),
        (
            ":62F:",
            LINE + "\n:62F:C240131EUR12,50\n" + LINE + "\n:65:",
            "line 8, field :61:: it cannot follow :62F:",
        ),
        ("-\n", ":62F:C240131EUR12,50\n-\n", "such a field already"),
        (LINE, LINE + "\n:60F:C240131EUR1,\n", "such a field already"),
        (":25:NL69INGB0123456789\n", "", "the field :25: with its account is missing"),
        (":60F:C240130EUR0,", ":60F:X240130EUR0,", "is not a balance"),
        ("C12,50N", "C12.50N", "is not a transaction"),
        ("C12,50N", "N", "is not a transaction"),
        ("C12,50N", "X12,50N", "is not a transaction"),
        ("C12,50N", "C12,50005N", "more than 4 decimal places"),
        ("2401310131", "2401320131", "day is out of range"),
        ("2401310131", "2404310131", "day is out of range"),
        ("2401310131", "2401311301", "the entry date '1301' is no day near 2024-01-31"),
        ("2401310131", "2201310229", "the entry date '0229' is no day near 2022-01-31"),
        (":20:X", ":20:X\nlost words", "line 2: 'lost words' belongs to no field"),
        (":28C:1/1", ":28C:" + "1" * 256, "more than 255"),
        (LINE, LINE + "\n:86:" + "x" * 10_001, "more than 10000"),
    ],
)
def test_a_broken_file_is_refused_whole_and_says_why(old, new, reason):
    text = message(LINE)
    assert old in text

    assert reason in refusal_of(text.replace(old, new, 1))


@given(
    name=st.sampled_from(sorted(FILES)),
    at=st.floats(0, 1),
    gone=st.integers(0, 30),
    put=st.one_of(
        st.text(max_size=8), st.sampled_from([":61:", "\n:20:\n", "\n-\n", "?20", "//", "EREF+", "9" * 40])
    ),
)
@settings(max_examples=300, deadline=None)
def test_a_file_changed_anywhere_is_read_or_refused(name, at, gone, put):
    whole = FILES[name]
    place = int(len(whole) * at)
    with suppress(Refused):
        mt940.read(whole[:place] + put.encode() + whole[place + gone :])


@given(name=st.sampled_from(sorted(FILES)), share=st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_a_file_cut_off_inside_a_statement_is_refused(name, share):
    whole = FILES[name]
    try:
        kept = mt940.read(whole[: int(len(whole) * share)]).statements
    except Refused:
        return
    known = [line for statement in mt940.read(whole).statements for line in statement.lines]
    lines = [line for statement in kept for line in statement.lines]
    assert lines == known[: len(lines)], "whole statements are left"
    assert {statement.difference for statement in kept} <= {0, None}
