"""Receipts on file: taken in as files, filed with their transaction where that is certain, asked about where not."""

import csv
import os
import shutil
import signal
import subprocess
import sys
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
from receipt_files import mail, pdf
from shop import camt, statement

from workbench.capabilities.books.receipts.file_name import read_name
from workbench.composition import open_log
from workbench.erasure.erasing import erase_payload, preview_erasure
from workbench.erasure.traces import Wanted

GROWN = Path(str(files("workbench"))) / "demo"
WORKBENCH = Path(sys.executable).with_name("workbench")
HOTEL = pdf(
    "Hotel Weserblick", "Rechnung Nr. W-26-3318 vom 17.10.2026", "Summe 96,00 EUR", "Bezahlt mit Karte"
)
STAY = "2026-10-19, -96.00, Hotel Weserblick, 1 Nacht"
TAXI = "Taxi Roland\nQuittung 5521 vom 02.10.2026\nFahrpreis 27,90 EUR\n"
RIDE = "2026-10-02, -27.90, Taxi Roland, Bremen"


def filed(shop):
    """Return each receipt: its file, what it states, what became of it."""
    rows = shop.ask("SELECT name, amount, currency, receipt_on, state, decided_by FROM receipt ORDER BY name")
    return [" ".join(str(cell) for cell in row if cell is not None) for row in rows]


def matches(shop):
    return shop.ask(
        "SELECT r.name, t.booked_on, t.amount::DECIMAL(19, 2)::VARCHAR FROM receipt AS r "
        "JOIN bank_transaction AS t ON t.stream = r.transaction ORDER BY ALL"
    )


def asked(shop):
    return [row for row in shop.queue() if row.summary.endswith("to which transaction does it belong?")]


def test_a_receipt_comes_in_as_a_file_and_states_what_it_does(shop):
    told = shop.take(HOTEL, "W-26-3318.pdf")

    assert (told.status, told.format, told.new) == ("read", "receipt", 1)
    assert told.reason == "96.00 EUR, 17 Oct 2026, W-26-3318"
    assert filed(shop) == ["W-26-3318.pdf 96.0000 EUR 2026-10-17 open"]
    (digest,) = shop.ask("SELECT split_part(stream, '/', 2) FROM receipt")[0]
    assert (shop.folder / "raw" / digest).read_bytes() == HOTEL


def test_the_same_file_adds_nothing_whatever_it_is_called_now(shop):
    shop.take(HOTEL, "W-26-3318.pdf")
    before = shop.count()

    again = shop.take(HOTEL, "copy.pdf")

    assert (again.status, again.new, again.known) == ("known", 0, 1)
    assert shop.count() == before


def test_a_dry_run_says_what_it_states_and_keeps_nothing(shop):
    told = shop.take(HOTEL, "W-26-3318.pdf", dry_run=True)

    assert (told.new, told.reason) == (1, "96.00 EUR, 17 Oct 2026, W-26-3318")
    assert filed(shop) == []


def test_an_e_mail_s_pdf_is_read_with_it(shop):
    shop.take(mail(plain="See attached.", attached=HOTEL), "mail.eml")

    assert filed(shop) == ["mail.eml 96.0000 EUR 2026-10-17 open"]


@pytest.mark.parametrize(
    ("stem", "read"),
    [
        ("2026-09-18 Bahn 45,90", ("45.90", None, date(2026, 9, 18), "Bahn")),
        ("2026-05-03_Hetzner_42,10 EUR", ("42.10", "EUR", date(2026, 5, 3), "Hetzner")),
        ("Beleg 03.05.2026 1.234,50€ Müller GmbH", ("1234.50", "EUR", date(2026, 5, 3), "Müller GmbH")),
        ("20260918_Bahn_-45.90", ("-45.90", None, date(2026, 9, 18), "Bahn")),
        ("Erstattung Bahn 12,00", ("-12.00", None, None, "Bahn")),
        ("2026-09-18 Bahn 45,90 und 2,00", (None, None, date(2026, 9, 18), "Bahn und")),
        ("IMG_2034", (None, None, None, "")),
        ("2026-02-30 v1.2.30", (None, None, None, "v1.2.30")),
    ],
)
def test_of_a_picture_the_name_is_read(stem, read):
    found = read_name(stem)

    amount = None if found.amount is None else str(found.amount)
    vendor = found.payer if amount is not None and amount.startswith("-") else found.payee
    assert (amount, found.currency, found.day, vendor) == read


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("IMG_2034.jpg", b"\xff\xd8\xff\xe0", "this one names no amount"),
        ("scan.pdf", pdf(), "it holds no text (a scan?)"),
        ("minutes.pdf", pdf("Protokoll der Sitzung", "Anwesend: alle"), "it is no receipt"),
        ("damaged.pdf", b"%PDF-1.7 nothing", "it is damaged"),
        ("export.txt", "a;b;c\n1;Summe 5,00 EUR;x\n2;Summe 6,00 EUR;y\n", "it is no bank statement"),
        ("letter.dat", "Liebe Anna, bis morgen!", "it is no bank statement"),
    ],
)
def test_what_is_no_receipt_is_refused_with_a_word_why(shop, name, content, why):
    told = shop.take(content, name)

    assert (told.status, filed(shop)) == ("refused", [])
    assert why in told.reason


def test_an_advertisement_is_a_mail_and_no_receipt(shop):
    told = shop.take((Path(__file__).parent / "advertisement.eml").read_bytes(), "offer.eml")

    assert (told.status, told.format, filed(shop)) == ("read", "mail", [])


def test_one_that_states_no_total_is_kept_as_such(shop):
    shop.take(pdf("Rechnung Nr. 4711", "Beratung 10,00 EUR", "Fahrt 5,00 EUR"), "bill.pdf")
    shop.work()

    assert filed(shop) == ["bill.pdf EUR open"] or filed(shop) == ["bill.pdf open"]
    assert shop.queue() == []


def test_a_scan_without_text_is_known_by_its_name(shop):
    shop.take(pdf(), "2026-09-18 Bahn 45,90 EUR.pdf")

    assert filed(shop) == ["2026-09-18 Bahn 45,90 EUR.pdf 45.9000 EUR 2026-09-18 open"]


def test_a_statement_that_speaks_of_receipts_stays_a_statement(shop):
    told = shop.take(statement("2026-10-05, -42.10, Laden, Quittung Nr. 5521 Summe 42.10 EUR"), "receipt.txt")

    assert (told.format, filed(shop)) == ("csv", [])


def test_a_certain_receipt_is_filed_and_no_booking_changes(shop):
    shop.pay(STAY)
    shop.work()
    shop.decide(shop.row(), "answer", choice="category/other")
    booked = shop.ask("SELECT version, state, category, settled_at FROM settlement")

    shop.take(HOTEL, "W-26-3318.pdf")
    shop.work()

    assert matches(shop) == [("W-26-3318.pdf", date(2026, 10, 19), "-96.00")]
    assert shop.queue() == []
    assert shop.ask("SELECT version, state, category, settled_at FROM settlement") == booked


def test_one_without_a_day_is_filed_by_its_number_alone(shop):
    shop.take("Quittung Nr. 5521\nGesamtbetrag 27,90 EUR", "taxi.txt")
    shop.pay("2026-10-02, -27.90, Kiosk, Zeitung\n2026-10-05, -27.90, Zentrale, Beleg 5521")
    shop.work()

    assert [day for _, day, _ in matches(shop)] == [date(2026, 10, 5)]


def test_twins_are_told_apart_by_a_number(shop):
    shop.take(TAXI, "taxi.txt")
    shop.pay("2026-10-02, -27.90, Taxi Roland, a\n2026-10-02, -27.90, Taxi Roland, b")
    shop.work()
    (row,) = asked(shop)

    assert shop.labels(row)[:2] == [f"02 Oct 2026 · -27.90 EUR · Taxi Roland ({at} of 2)" for at in (1, 2)]
    shop.decide(row, "answer", choice=shop.labels(row)[1])
    assert len(matches(shop)) == 1


def test_a_receipt_waits_for_its_transaction_without_a_row(shop):
    shop.take(HOTEL, "W-26-3318.pdf")
    shop.work()
    assert (shop.queue(), shop.ask("SELECT name, is_asked FROM receipt_unmatched")) == (
        [],
        [("W-26-3318.pdf", False)],
    )

    shop.pay(STAY)
    shop.work()

    assert matches(shop) == [("W-26-3318.pdf", date(2026, 10, 19), "-96.00")]
    assert shop.ask("FROM receipt_unmatched") == []


def test_statements_without_a_transaction_for_it_do_not_stir_it(shop):
    shop.take(HOTEL, "W-26-3318.pdf")
    shop.work()
    shop.pay("2026-10-19, -95.00, Hotel Weserblick, 1 Nacht")
    shop.work()

    assert shop.ask("SELECT version FROM receipt") == [(1,)]


def test_an_open_question_shows_the_receipt_that_was_found(shop):
    shop.pay(STAY)
    shop.take(HOTEL, "W-26-3318.pdf")
    shop.work()

    row = shop.row()
    assert "Its receipt is W-26-3318.pdf (17 Oct 2026, number W-26-3318)." in row.reason
    assert shop.ask("SELECT event_id FROM receipt")[0][0] in row.facts


@pytest.mark.parametrize(
    ("receipt", "line"),
    [
        (TAXI, "2026-10-02, -27.90, Taxi Roland, Bremen"),
        (TAXI, "2026-10-09, -27.90, Taxi Roland, Bremen"),
        (TAXI, "2026-11-01, -27.90, Zentrale, Beleg 5521"),
        ("Storno zu Auftrag 5521 vom 02.10.2026\nErstattung 27,90 EUR", "2026-10-06, 27.90, Zentrale, 5521"),
    ],
)
def test_name_or_number_make_it_certain(shop, receipt, line):
    shop.take(receipt, "taxi.txt")
    shop.pay(line)
    shop.work()

    assert len(matches(shop)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "2026-10-03, -27.90, Kiosk, Zeitung",
        "2026-10-02, -27.90, Taxi Roland, a\n2026-10-02, -27.90, Taxi Roland, b",
        "2026-10-10, -27.90, Taxi Roland, Bremen",
    ],
)
def test_what_is_not_certain_is_asked(shop, line):
    shop.take(TAXI, "taxi.txt")
    shop.pay(line)
    shop.work()

    assert (matches(shop), len(asked(shop))) == ([], 1)


@pytest.mark.parametrize(
    "line",
    [
        "2026-10-02, -27.91, Taxi Roland, Bremen",
        "2026-10-02, 27.90, Taxi Roland, Bremen",
        "2026-10-10, -27.90, Kiosk, Zeitung",
        "2026-12-02, -27.90, Taxi Roland, Bremen",
    ],
)
def test_what_can_not_be_it_is_neither_filed_nor_asked(shop, line):
    shop.take(TAXI, "taxi.txt")
    shop.pay(line)
    shop.work()

    assert (matches(shop), asked(shop)) == ([], [])


def test_the_same_number_in_another_currency_is_not_it(shop):
    shop.take(TAXI.replace("EUR", "USD"), "taxi.txt")
    shop.pay(RIDE)
    shop.work()

    assert (matches(shop), asked(shop)) == ([], [])


def test_two_receipts_for_one_transaction_are_asked_and_the_second_waits_after_the_answer(shop):
    shop.take(TAXI, "one.txt")
    shop.take(TAXI.replace("5521", "5522"), "two.txt")
    shop.pay(RIDE)
    shop.work()
    first, second = asked(shop)
    assert "other receipts state the same amount" in first.reason

    shop.decide(first, "answer", choice="1")

    assert (len(matches(shop)), asked(shop)) == (1, [])
    assert shop.again(second).state == "replaced"


def test_an_e_mail_and_its_pdf_are_two_papers_of_one_transaction(shop):
    shop.take(HOTEL, "W-26-3318.pdf")
    shop.take(
        mail(plain="Ihre Rechnung Nr. W-26-3318", attached=HOTEL, sender="Hotel Weserblick <h@w.example>"),
        "m.eml",
    )
    shop.pay(STAY)
    shop.work()

    assert [name for name, *_ in matches(shop)] == ["W-26-3318.pdf", "m.eml"]


def test_none_of_these_is_remembered_and_it_waits_for_others(shop):
    shop.take(TAXI, "taxi.txt")
    shop.pay("2026-10-03, -27.90, Kiosk, Zeitung")
    shop.work()
    (row,) = asked(shop)

    shop.decide(row, "answer", choice="none")
    assert (asked(shop), filed(shop)) == ([], ["taxi.txt 27.9000 EUR 2026-10-02 open"])

    shop.pay(RIDE, name="later.csv")
    shop.work()
    assert [day for _, day, _ in matches(shop)] == [date(2026, 10, 2)]


def test_one_that_belongs_to_nothing_leaves_the_list(shop):
    shop.take(TAXI, "taxi.txt")
    shop.pay("2026-10-03, -27.90, Kiosk, Zeitung")
    shop.work()

    shop.decide(asked(shop)[0], "answer", choice="aside")

    assert shop.ask("FROM receipt_unmatched") == []
    assert filed(shop) == ["taxi.txt 27.9000 EUR 2026-10-02 set aside"]


def test_a_receipt_whose_transaction_the_bank_takes_back_waits_again(shop):
    shop.take(TAXI, "taxi.txt")
    shop.take(camt(RIDE, opening="100.00", closing="72.10"), "first.xml")
    shop.work()
    assert len(matches(shop)) == 1

    shop.take(camt(RIDE.replace("-27.90", "-29.70"), opening="100.00", closing="70.30"), "second.xml")
    shop.work()
    row = next(row for row in shop.queue() if row.capability == "bank" and "contradicts" in row.summary)
    shop.decide(row, "answer", choice="corrected")

    assert filed(shop) == ["taxi.txt 27.9000 EUR 2026-10-02 open"]


def test_expenses_without_a_receipt_are_listed(shop):
    shop.invoices("B-2026-001,in,Druckerei,2026-10-01,,50.00,EUR")
    shop.take(TAXI, "taxi.txt")
    shop.pay(
        f"{RIDE}\n2026-10-03, -50.00, Druckerei, B-2026-001\n2026-10-04, -38.56, Hetzner, x\n2026-10-05, 9.00, A, b"
    )
    shop.work()

    rows = shop.ask("SELECT counterparty, category, bill FROM expense_without_receipt ORDER BY booked_on")
    assert rows == [("Druckerei", None, "B-2026-001"), ("Hetzner", "software", None)]


def test_the_grown_demo_s_receipts_are_right_or_asked_and_none_is_wrong(found, told):
    shop = found((GROWN / "workbench.toml").read_text(encoding="utf-8"))
    for path in sorted((GROWN / "inputs/receipts").iterdir()):
        shop.ingest(path)
    shop.work()
    for path in sorted(each for each in (GROWN / "inputs").iterdir() if each.is_file()):
        shop.ingest(path)
    shop.work()

    truth = list(csv.DictReader((GROWN / "receipts.csv").open(encoding="utf-8")))
    days = {each["id"]: each for each in csv.DictReader((GROWN / "answers.csv").open(encoding="utf-8"))}
    of = {name: (str(day), amount) for name, day, amount in matches(shop)}
    questions = [row.summary for row in asked(shop)]
    for each in truth:
        right = [
            (days[key]["booked_on"], days[key]["amount"]) for key in each["transaction"].split("|") if key
        ]
        if each["file"] in of:
            assert of[each["file"]] in right, each
        else:
            assert not right or any(each["file"] in summary for summary in questions), each
    told(f"{len(of)} filed, {len(questions)} asked, of {len(truth)}")
    assert len(of) >= 4


def test_two_workers_file_a_receipt_once(shop):
    shop.take(TAXI, "taxi.txt")
    shop.pay(RIDE)
    errors = shop.race()

    assert errors == []
    assert shop.ask("SELECT count(*) FROM event WHERE type = 'books.receipt_matched'") == [(1,)]


@pytest.mark.parametrize("crash", ["after-sync:1", "half-journal:2", "before-sync:3"])
def test_killed_between_any_two_steps_it_goes_on(blank, tmp_path, crash):
    folder = shutil.copytree(blank, tmp_path / "acme")
    (tmp_path / "taxi.txt").write_text(TAXI)
    (tmp_path / "giro.csv").write_text(statement(RIDE))
    with open_log(folder) as log:
        position = log.tail.position
    crash_env = os.environ | {"CRASH_AT": crash}
    commands = (
        ["ingest", str(tmp_path / "taxi.txt")],
        ["ingest", str(tmp_path / "giro.csv")],
        ["work", "--until-idle"],
    )
    died = []
    for command in commands:
        run = [sys.executable, "-c", SCRIPT, str(folder), *command]
        died.append(subprocess.run(run, env=crash_env, check=False, capture_output=True).returncode)
        subprocess.run(run, env=os.environ | {"CRASH_AT": ""}, check=True, capture_output=True)

    assert -signal.SIGKILL in died
    with open_log(folder) as log:
        assert log.tail.position > position
        assert log.query("SELECT count(*) FROM receipt WHERE state = 'matched'").rows == [(1,)]
        assert log.query("SELECT count(*) FROM event WHERE type = 'books.receipt_matched'").rows == [(1,)]
        assert log.verify().findings == ()


SCRIPT = """
import sys
from pathlib import Path
from workbench.company import own_company
from workbench.ingest import Ingestion
folder, command, *paths = sys.argv[1:]
with own_company(Path(folder)) as company:
    if command == "work":
        company.work()
    else:
        Ingestion(company, company.folder, company.settings, actor="mareike").ingest(Path(paths[0]))
"""


def test_an_erased_receipt_leaves_everything_and_does_not_come_back(shop):
    shop.take(TAXI.replace("Taxi Roland", "Taxi Anna Vogelsang"), "taxi.txt")
    shop.pay(RIDE)
    shop.work()
    (stream,) = shop.ask("SELECT stream FROM receipt")[0]
    wanted = Wanted(streams=(stream,))

    erase_payload(shop.company, wanted, confirmed=preview_erasure(shop.company, wanted).hash)

    assert shop.ask("FROM receipt") == []
    assert not (shop.folder / "raw" / stream.partition("/")[2]).exists()
    assert "was erased" in shop.take(TAXI.replace("Taxi Roland", "Taxi Anna Vogelsang"), "taxi.txt").reason
    shop.work()
    assert [row for row in shop.queue() if row.kind == "blocked"] == []
