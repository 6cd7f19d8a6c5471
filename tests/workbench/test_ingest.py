"""Ingestion: what came is kept, what is new is booked once, and a file that is not right is refused whole."""

import hashlib
import os
import threading

import pytest
from shop import IBAN, SETTINGS, camt, ofx, statement, unreadable

from workbench.arrival import Reader

OCTOBER = """
2026-10-05, 1190.00, Sandtor GmbH, RE-2026-001
2026-10-06, -38.56, Hetzner Online, server
2026-10-07, -49.90, DB Vertrieb, ticket
2026-10-07, -49.90, DB Vertrieb, ticket
"""
BOOKED = [
    "2026-10-05 1190.00 RE-2026-001",
    "2026-10-06 -38.56 server",
    "2026-10-07 -49.90 ticket",
    "2026-10-07 -49.90 ticket",
]


def outcome(receipt):
    return receipt.status, receipt.new, receipt.known


def test_a_statement_becomes_events_and_two_genuine_twins_stay_two(shop):
    receipt = shop.pay(OCTOBER)

    assert outcome(receipt) == ("read", 4, 0)
    assert shop.booked() == BOOKED
    assert shop.types() == ["file.received", "bank.statement_imported", *["bank.transaction_booked"] * 4]


def test_the_same_file_twice_adds_nothing(shop):
    shop.pay(OCTOBER)
    before = shop.count()

    receipt = shop.pay(OCTOBER, name="again.csv")

    assert outcome(receipt) == ("known", 0, 4)
    assert (receipt.events, shop.count()) == (0, before)


def test_overlapping_files_add_only_what_is_new(shop):
    shop.pay(OCTOBER)

    receipt = shop.pay(OCTOBER.strip().partition("\n")[2] + "\n2026-10-08, 5.00, Kiosk, change")

    assert outcome(receipt) == ("read", 1, 3)
    assert shop.booked() == [*BOOKED, "2026-10-08 5.00 change"]


@pytest.mark.parametrize("kind", ["ofx", "camt"])
def test_the_same_period_in_another_format_adds_only_what_is_new(shop, kind):
    shop.pay(OCTOBER)
    lines = [*OCTOBER.strip().splitlines(), "2026-10-08, 5.00, Kiosk, change"]
    if kind == "ofx":
        other = ofx("\n".join(f"{line}, A-{number}" for number, line in enumerate(lines)))
    else:
        other = camt("\n".join(lines))

    receipt = shop.take(other, name=f"october.{kind}")

    assert outcome(receipt) == ("read", 1, 4)
    assert shop.booked() == [*BOOKED, "2026-10-08 5.00 change"]


def test_twins_with_ids_of_the_bank_stay_two_over_two_files(shop):
    shop.take(ofx("2026-10-07, -49.90, DB, ticket, A-1"), name="one.ofx")

    receipt = shop.take(ofx("2026-10-07, -49.90, DB, ticket, A-2"), name="two.ofx")

    assert outcome(receipt) == ("read", 1, 0)
    assert shop.booked() == ["2026-10-07 -49.90 ticket"] * 2


def test_the_same_id_of_the_bank_in_a_longer_file_is_the_same_transaction(shop):
    shop.take(ofx("2026-10-07, -49.90, DB, ticket, A-2"), name="one.ofx")

    receipt = shop.take(
        ofx("2026-10-07, -49.90, DB, ticket, A-1\n2026-10-07, -49.90, DB, ticket, A-2"), name="two.ofx"
    )

    assert outcome(receipt) == ("read", 1, 1)
    assert shop.booked() == ["2026-10-07 -49.90 ticket"] * 2


def test_three_twins_after_two_add_one(shop):
    twin = "2026-10-07, -49.90, DB, ticket\n"
    shop.pay(twin * 2)

    assert outcome(shop.pay(twin * 3)) == ("read", 1, 2)
    assert outcome(shop.pay(twin)) == ("known", 0, 1)


def test_the_bytes_are_kept_under_their_hash(shop):
    shop.pay(OCTOBER)

    content = statement(OCTOBER).encode()
    raw = shop.folder / "raw" / hashlib.sha256(content).hexdigest()
    assert raw.read_bytes() == content
    assert raw.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("just a letter", "it is no bank statement"),
        ("", "it is no bank statement"),
        (b"\x00\x01\x02\xff" * 50, "refused"),
        (statement("2026-10-05, 1190.00, Sandtor, x\n2026-13-45, 7.00, Kiosk, y"), "line 3"),
        (
            "number,direction,customer,issued_on,due_on,amount,currency\nRE-1,out,S,2026-10-01,,-5,EUR\n",
            "line 2 of the invoices",
        ),
    ],
)
def test_a_refused_file_leaves_nothing_but_the_refusal(shop, text, words):
    receipt = shop.take(text, name="letter.csv")

    assert (receipt.status, receipt.events, receipt.statements) == ("refused", 0, ())
    assert words in receipt.reason
    assert receipt.todo
    assert shop.types() == ["file.refused"]
    assert len(list((shop.folder / "raw").iterdir())) == 1


def test_the_same_refused_bytes_are_recorded_once_whatever_they_are_called(shop):
    shop.take("just a letter", name="letter.csv")

    receipt = shop.take("just a letter", name="other.csv")

    assert (receipt.status, shop.types()) == ("refused", ["file.refused"])
    assert "other.csv" in receipt.reason


@pytest.mark.parametrize("text", [statement(OCTOBER), "just a letter", "Date,Amount\n2026-10-05,1.00\n"])
def test_a_dry_run_leaves_nothing_at_all(shop, text):
    shop.take(text, dry_run=True)

    assert shop.count() == 0
    assert not (shop.folder / "raw").exists()


def test_a_dry_run_says_what_would_be_new(shop):
    shop.pay(OCTOBER)

    receipt = shop.take(statement(OCTOBER + "2026-10-08, 5.00, Kiosk, change"), dry_run=True)

    assert (outcome(receipt), receipt.events) == (("read", 1, 4), 0)


def test_two_threads_with_the_same_file_at_once_book_it_once(shop):
    path = shop.file(statement(OCTOBER))
    gate, receipts = threading.Barrier(2), []

    def take():
        gate.wait()
        receipts.append(shop.ingest(path))

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert shop.booked() == BOOKED
    assert {receipt.status for receipt in receipts} <= {"read", "known"}
    assert sum(receipt.events for receipt in receipts) == shop.count() == 6


def test_two_threads_with_overlapping_files_at_once_book_what_both_say_once(shop):
    lines = OCTOBER.strip().splitlines()
    files = [
        shop.file(statement("\n".join(part)), f"{index}.csv") for index, part in enumerate((lines[:3], lines))
    ]
    gate = threading.Barrier(2)

    def take(path):
        gate.wait()
        shop.ingest(path)

    threads = [threading.Thread(target=take, args=(path,)) for path in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert shop.booked() == BOOKED


@pytest.mark.parametrize(
    "spelling", ["DE89 3704 0044 0532 0130 00", "12345678", "main  ACCOUNT", IBAN.lower()]
)
def test_every_spelling_of_an_account_is_the_account(shop, spelling):
    shop.take(f"Date,Amount,Currency\n2026-10-05,1.00,EUR\n{''}", account=spelling)

    assert shop.ask("SELECT DISTINCT account FROM bank_transaction") == [(IBAN,)]


def test_the_account_in_the_file_goes_before_the_one_that_is_said(shop):
    shop.take(statement(OCTOBER), account="Petty cash")

    assert shop.ask("SELECT DISTINCT account FROM bank_transaction") == [(IBAN,)]


TWO_ACCOUNTS = SETTINGS + '[[account]]\nid = "CASH"\nname = "Petty cash"\ncurrency = "EUR"\n'


def test_a_csv_without_account_needs_to_be_told_whose_it_is(found):
    shop = found(TWO_ACCOUNTS)
    text = "Date,Amount,Currency\n2026-10-05,1.00,EUR\n"

    refused = shop.take(text)
    taken = shop.take(text, account="petty cash")

    assert (refused.status, taken.status) == ("refused", "read")
    assert "which account it is of" in refused.reason
    assert "--account" in refused.todo
    assert shop.ask("SELECT account FROM bank_transaction") == [("CASH",)]


@pytest.mark.parametrize(
    "text", ["Date,Amount,Currency\n2026-10-05,1.00,EUR\n", "Date,Amount\n2026-10-05,1.00\n"]
)
def test_a_company_with_one_account_need_not_be_told(shop, text):
    shop.take(text)

    assert shop.ask("SELECT account, currency FROM bank_transaction") == [(IBAN, "EUR")]


def test_one_account_is_not_taken_for_another_currency(shop):
    receipt = shop.take("Date,Amount,Currency\n2026-10-05,1.00,USD\n")

    assert receipt.status == "refused"


def test_pending_lines_are_recorded_and_not_booked(shop):
    text = f"Account,Date,Amount,Currency,Details,Status\n{IBAN},2026-10-05,1.00,EUR,a,booked\n"
    pending = f"{IBAN},2026-10-06,-9.99,EUR,b,pending\n"

    receipt = shop.take(text + pending)

    assert (outcome(receipt), receipt.pending) == (("read", 1, 0), 1)
    assert [line.state for line in receipt.statements[0].lines] == ["booked", "pending"]
    assert shop.booked() == ["2026-10-05 1.00 a"]


def test_a_statement_that_adds_up_asks_nothing(shop):
    shop.take(camt("2026-10-05, -38.56, Hetzner, b", opening="100.00", closing="61.44"))
    shop.work()

    assert shop.queue() == []


def test_a_list_of_invoices_is_taken_once_and_a_changed_line_is_told(shop):
    line = "RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR"
    shop.invoices(line)

    receipt = shop.invoices(
        line.replace("1190.00", "1200.00") + "\nRE-2026-002,out,Sandtor GmbH,2026-10-01,,5.00,EUR"
    )

    assert outcome(receipt) == ("read", 1, 1)
    assert "1 of its lines differ" in receipt.reason
    assert shop.ask("SELECT amount::VARCHAR FROM invoice WHERE number = 'RE-2026-001'") == [("1190.0000",)]


def test_a_list_that_holds_a_number_twice_is_refused(shop):
    line = "RE-2026-001,out,Sandtor GmbH,2026-10-01,,1190.00,EUR"

    receipt = shop.invoices(f"{line}\n{line}")

    assert "line 3 of the invoices: it repeats line 2" in receipt.reason


def test_a_name_that_is_no_text_is_taken_as_well_as_can_be(shop):
    path = unreadable(shop.inbox)
    path.write_text(statement(OCTOBER))

    assert outcome(shop.ingest(path)) == ("read", 4, 0)
    assert shop.ask("SELECT name FROM file") == [("kontoausz?ge.csv",)]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: None])
def test_what_is_no_file_is_refused_at_once(shop, make):
    path = shop.inbox / "pipe.csv"
    make(path)

    receipt = shop.ingest(path)

    assert (receipt.status, shop.count()) == ("refused", 0)
    assert receipt.todo


def test_a_file_that_is_too_large_is_refused_unread(shop):
    path = shop.inbox / "large.csv"
    with path.open("wb") as file:
        file.truncate(21 * 2**20)

    receipt = shop.ingest(path)

    assert "it has 21 MiB, more than 20" in receipt.reason
    assert (shop.count(), (shop.folder / "raw").exists()) == (0, False)


def test_again_reads_the_kept_files_anew_and_adds_what_was_missed(shop, monkeypatch):
    from workbench.arrival import Reader
    from workbench.refusal import Refused

    real = Reader.read

    def broken(*_, **__):
        raise Refused("its header is too new", todo="Wait.")

    monkeypatch.setattr(Reader, "read", broken)
    assert shop.pay(OCTOBER).status == "refused"
    monkeypatch.setattr(Reader, "read", real)
    taker = shop.taker()

    ((arrival, shown),) = [(each, taker.take(each, dry_run=True)) for each in taker.kept()]
    assert (arrival.name, outcome(shown), shop.booked()) == ("giro.csv", ("read", 4, 0), [])

    assert outcome(taker.take(arrival, dry_run=False)) == ("read", 4, 0)
    assert shop.booked() == BOOKED
    assert outcome(taker.take(arrival, dry_run=True)) == ("known", 0, 4)


def test_again_describes_anew_what_a_better_reader_understands(shop, monkeypatch):
    from dataclasses import replace

    from workbench.connectors.bank import recognise

    real = recognise.read_statement

    def worse(content, **more):
        found = real(content, **more)
        lines = tuple(replace(line, text="?", counterparty="") for line in found.statements[0].lines)
        return replace(found, statements=(replace(found.statements[0], lines=lines),))

    monkeypatch.setattr(recognise, "read_statement", worse)
    shop.pay(OCTOBER)
    monkeypatch.setattr(recognise, "read_statement", real)
    taker = shop.taker()
    ((kept, shown),) = [(each, taker.take(each, dry_run=True)) for each in taker.kept()]

    assert (shown.new, shown.described, shop.booked()[0]) == (0, 4, "2026-10-05 1190.00 ?")
    assert taker.take(kept, dry_run=False).described == 4
    assert shop.booked() == BOOKED
    assert taker.take(kept, dry_run=True).status == "known"
    assert set(shop.company.log.differences().values()) == {0}


def test_another_file_with_other_words_describes_nothing_anew(shop):
    shop.pay(OCTOBER)

    receipt = shop.pay(OCTOBER.replace("server", "SERVER 42"), name="other.csv")

    assert (receipt.status, receipt.described) == ("known", 0)
    assert shop.booked() == BOOKED


def test_what_another_program_takes_while_a_file_is_read_is_known_and_not_new(shop, monkeypatch):
    usual = Reader._fresh

    def taken_meanwhile(reader, *given):
        monkeypatch.setattr(Reader, "_fresh", usual)
        assert shop.pay(OCTOBER).new == 4
        return usual(reader, *given)

    monkeypatch.setattr(Reader, "_fresh", taken_meanwhile)
    receipt = shop.pay(OCTOBER)

    assert (receipt.new, receipt.known, receipt.status) == (0, 4, "known")
    assert shop.booked() == BOOKED
