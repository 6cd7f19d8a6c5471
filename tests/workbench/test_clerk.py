"""The clerk: what does not fit is asked, what was asked is done, and what arrives later answers by itself."""

import pytest
from shop import IBAN, camt, statement

from workbench.connectors.bank import events as bank

OCTOBER = "2026-10-05, 1190.00, Sandtor GmbH, RE-2026-001\n2026-10-06, -38.56, Hetzner Online, server"


def questions(shop):
    return [row for row in shop.queue() if row.capability == "bank"]


def question(shop):
    (row,) = questions(shop)
    return row


def month(number, lines, opening, closing, *, seq=None):
    """Return CAMT.053 of a month of 2026, numbered like it unless told otherwise."""
    text = camt(lines, opening=opening, closing=closing).replace("2026-10-31", f"2026-{number:02d}-28")
    return text.replace("<Id>S</Id>", f"<Id>S</Id><ElctrncSeqNb>{seq or number}</ElctrncSeqNb>")


class TestStatements:
    def test_one_that_does_not_add_up_is_a_question_that_says_by_how_much(self, shop):
        shop.take(camt(OCTOBER, opening="100.00", closing="1261.44"), name="october.xml")
        shop.work()

        row = question(shop)
        assert row.summary.startswith("Statement of Main account from 05 Oct to 31 Oct 2026 does not add up")
        assert "give 10.00 EUR less than its closing balance" in row.reason
        assert (str(row.amount), row.risk, shop.labels(row)) == ("10.0000", "high", ["Take it as it is"])

    def test_is_taken_as_it_is_when_the_operator_says_so(self, shop):
        shop.take(camt(OCTOBER, opening="100.00", closing="1261.44"), name="october.xml")
        shop.work()

        assert shop.decide(question(shop), "answer", choice="1").accepted
        assert questions(shop) == []

    def test_a_missing_one_is_asked_for_with_the_amount_and_the_days(self, shop):
        shop.take(month(8, "2026-08-05, 10.00, A, x", "100.00", "110.00"), name="8.xml")
        shop.take(month(10, "2026-10-05, 5.00, A, y", "90.00", "95.00"), name="10.xml")
        shop.work()

        row = question(shop)
        assert row.summary.startswith("Statement 10 of Main account")
        assert "20.00 EUR went out between 28 Aug 2026 (closing 110.00)" in row.reason
        assert "05 Oct 2026 (opening 90.00)" in row.reason
        assert "Statement 9 is missing before it." in row.reason

    def test_the_question_goes_away_when_the_missing_one_comes(self, shop):
        shop.take(month(8, "2026-08-05, 10.00, A, x", "100.00", "110.00"), name="8.xml")
        shop.take(month(10, "2026-10-05, 5.00, A, y", "90.00", "95.00"), name="10.xml")
        shop.work()
        assert len(questions(shop)) == 1

        shop.take(month(9, "2026-09-05, -20.00, Hetzner, z", "110.00", "90.00"), name="9.xml")
        shop.work()

        assert questions(shop) == []

    def test_a_gap_that_another_format_filled_is_none(self, shop):
        shop.take(month(8, "2026-08-05, 10.00, A, x", "100.00", "110.00"), name="8.xml")
        shop.take(month(10, "2026-10-05, 5.00, A, y", "90.00", "95.00", seq=9), name="10.xml")
        shop.pay("2026-09-05, -20.00, Hetzner, z", name="9.csv")
        shop.work()

        assert questions(shop) == []

    def test_one_number_on_two_statements_is_a_question(self, shop):
        shop.take(month(8, "2026-08-05, 10.00, A, x", "100.00", "110.00"), name="8.xml")
        shop.take(month(9, "2026-09-05, -20.00, Hetzner, z", "110.00", "90.00", seq=8), name="9.xml")
        shop.work()

        rows = questions(shop)
        assert rows
        assert any("Its number 8 stands on the statement up to" in row.reason for row in rows)

    def test_the_same_statement_from_two_files_is_no_fault(self, shop):
        text = month(8, "2026-08-05, 10.00, A, x", "100.00", "110.00")
        shop.take(text, name="8.xml")
        shop.take(text + "<!-- downloaded again -->", name="again.xml")
        shop.work()

        assert questions(shop) == []


class TestCorrections:
    FIRST = "2026-10-05, 1190.00, Sandtor GmbH, RE-2026-001\n2026-10-07, -49.90, DB Vertrieb, ticket"
    AGAIN = FIRST.replace("-49.90", "-44.90")

    @pytest.fixture
    def corrected(self, shop):
        shop.take(camt(self.FIRST, opening="0.00", closing="1140.10"), name="first.xml")
        shop.work()
        receipt = shop.take(camt(self.AGAIN, opening="0.00", closing="1145.10"), name="again.xml")
        shop.work()
        assert (receipt.status, receipt.new, receipt.contradictions) == ("asked", 0, 1)
        return shop

    def test_both_readings_are_shown_and_nothing_is_taken(self, corrected):
        row = question(corrected)

        assert "Recorded: 07 Oct 2026 -49.90 EUR DB Vertrieb" in row.reason
        assert "Now it says: 07 Oct 2026 -44.90 EUR DB Vertrieb" in row.reason
        assert corrected.booked() == ["2026-10-05 1190.00 RE-2026-001", "2026-10-07 -49.90 ticket"]

    @pytest.mark.parametrize(
        ("choice", "booked"),
        [
            ("The bank corrected itself: take the new, withdraw the old", ["-44.90"]),
            ("Both happened: keep the old, add the new", ["-49.90", "-44.90"]),
            ("Keep what is recorded", ["-49.90"]),
        ],
    )
    def test_the_answer_is_done(self, corrected, choice, booked):
        row = next(row for row in questions(corrected) if "contradicts" in row.summary)

        assert corrected.decide(row, "answer", choice=choice).accepted

        assert [line.split()[1] for line in corrected.booked() if "ticket" in line] == booked
        assert questions(corrected) == []
        assert [what.split()[0] for what in corrected.books() if "-4" in what] == booked

    def test_a_rejected_question_changes_nothing_and_is_not_asked_again(self, corrected):
        before = corrected.booked()

        assert corrected.decide(question(corrected), "reject", note="I will look at it").accepted

        assert (questions(corrected), corrected.booked()) == ([], before)

    def test_the_same_contradiction_in_another_file_is_not_asked_again(self, corrected):
        count = corrected.count()

        text = camt(self.AGAIN, opening="0.00", closing="1145.10") + "<!-- again -->"
        receipt = corrected.take(text, name="third.xml")

        assert (receipt.new, receipt.contradictions) == (0, 0)
        assert corrected.count() - count == 2  # the file and its statement
        assert corrected.types()[-2:] == ["file.received", "bank.statement_imported"]

    def test_an_invoice_that_a_withdrawn_payment_took_is_open_again(self, shop):
        shop.invoices("RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR")
        early = "2026-10-02, 1.00, Bank, interest\n"
        shop.take(camt(early + self.FIRST, opening="0.00", closing="1141.10"), name="first.xml")
        shop.work()
        assert shop.ask("SELECT state FROM invoice") == [("settled",)]
        without = early + self.FIRST.splitlines()[1]
        shop.take(camt(without, opening="0.00", closing="-48.90"), name="again.xml")
        shop.work()
        row = next(row for row in questions(shop) if "contradicts" in row.summary)

        shop.decide(row, "answer", choice="The bank corrected itself: withdraw it")

        assert shop.ask("SELECT state, settled_by FROM invoice") == [("open", None)]
        assert shop.books() == ["1.00 open", "-49.90 open"]


def test_a_pending_transaction_is_booked_in_its_own_stream_and_the_books_see_it_once(shop):
    header = "Account,Date,Amount,Currency,Details,Status\n"
    shop.take(f"{header}{IBAN},2026-10-05,-9.99,EUR,Hetzner,pending\n", name="one.csv")
    shop.work()
    assert (shop.booked(), shop.books(), shop.queue()) == ([], [], [])

    receipt = shop.take(f"{header}{IBAN},2026-10-07,-9.99,EUR,Hetzner server,booked\n", name="two.csv")
    shop.work()

    assert (receipt.new, receipt.known) == (1, 0)
    assert shop.books() == ["-9.99 software automatic"]
    ((stream,),) = shop.ask("SELECT stream FROM bank_transaction")
    history = shop.ask("SELECT type FROM event WHERE stream = $stream ORDER BY version", stream=stream)
    assert [kind for (kind,) in history][:2] == ["bank.transaction_pending", "bank.transaction_booked"]


def test_two_statements_of_one_account_in_one_file_know_of_each_other(shop):
    text = statement("2026-10-05, -3.00, Cafe, x\n2026-10-05, -3.00, Cafe, x")
    shop.take(text)
    one = camt("2026-10-05, -3.00, Cafe, x", opening="10.00", closing="7.00")
    stmt = one[one.index("<Stmt>") : one.index("</BkToCstmrStmt>")]

    receipt = shop.take(one.replace(stmt, stmt + stmt.replace("10.00", "7.00", 1)), name="two.xml")

    assert (receipt.new, receipt.known) == (0, 2)
    assert bank.TransactionBooked.event_type == shop.types()[3]


class TestLayouts:
    """A table that leaves open how to read it is asked about once; the answer is kept for its bank."""

    OPEN = (
        "Account,Date,Amount,Currency,Details\n"
        f"{IBAN},01/02/2026,-9.00,EUR,Hetzner\n"
        f"{IBAN},03/02/2026,-1.00,EUR,Hetzner\n"
    )

    @pytest.fixture
    def asked(self, shop):
        receipt = shop.take(self.OPEN, name="open.csv")
        assert (receipt.status, receipt.new) == ("asked", 0)
        assert receipt.reason.startswith("open.csv is not clear: ")
        shop.work()
        return shop

    def test_both_readings_are_shown(self, asked):
        row = question(asked)

        assert row.summary == "open.csv can be read in 2 ways: which is right?"
        assert "01 Feb 2026 -9.00 Hetzner" in row.reason
        assert "02 Jan 2026 -9.00 Hetzner" in row.reason
        assert asked.booked() == []

    @pytest.mark.parametrize(("first", "day"), [("day first", "2026-02-01"), ("month first", "2026-01-02")])
    def test_the_answer_reads_the_kept_file(self, asked, first, day):
        row = question(asked)
        label = next(label for label in asked.labels(row) if first in label)

        assert asked.decide(row, "answer", choice=label).accepted

        assert asked.booked()[0] == f"{day} -9.00 Hetzner"
        assert asked.books() == ["-9.00 software automatic", "-1.00 software automatic"]
        assert questions(asked) == []

    def test_the_next_file_of_the_bank_is_read_without_a_question(self, asked):
        row = question(asked)
        asked.decide(row, "answer", choice="1")

        receipt = asked.take(self.OPEN.replace("03/02/2026,-1.00", "05/02/2026,-2.00"), name="next.csv")

        assert (receipt.status, receipt.new, receipt.known) == ("read", 1, 1)

    def test_two_files_of_one_bank_need_one_answer(self, asked):
        asked.take(f"{self.OPEN}{IBAN},04/02/2026,-2.00,EUR,Hetzner\n", name="two.csv")
        asked.work()
        first, _ = questions(asked)

        asked.decide(first, "answer", choice="1")

        assert questions(asked) == []
        assert len(asked.booked()) == 3

    def test_a_qif_file_is_asked_about_too(self, shop):
        records = "".join(
            f"D{day}\nT{amount}\nPHetzner\n^\n" for day, amount in (("01/02/2026", -9), ("03/02/2026", -1))
        )
        receipt = shop.take(f"!Account\nNMain account\nTBank\n^\n!Type:Bank\n{records}", name="open.qif")

        assert (receipt.status, receipt.format) == ("asked", "qif")
        shop.work()
        assert shop.decide(question(shop), "answer", choice="1").accepted
        assert len(shop.booked()) == 2
        assert shop.ask("SELECT days FROM bank_layout") == [("day first",)]


def test_bank_code_and_number_of_a_german_mt940_are_the_account_of_its_iban(shop):
    shop.pay("2026-10-06, -38.56, Hetzner Online, server")
    mt940 = (
        ":20:START\n:25:37040044/532013000\n:28C:1/1\n:60F:C261001EUR100,00\n"
        ":61:2610061006D38,56NMSCNONREF\n:86:Hetzner Online server\n:62F:C261031EUR61,44\n-\n"
    )

    receipt = shop.take(mt940, name="october.sta")

    assert (receipt.format, receipt.new, receipt.known) == ("mt940", 0, 1)
