"""The demo company, against the answers that were set down before any software had a say."""

import csv
import shutil
from collections import Counter
from importlib.resources import files

import openpyxl
import pytest
from shop import sync_sheet
from typer.testing import CliRunner

from opc_kernel.approvals.decide import Decided
from opc_kernel.approvals.queue import option_id
from sheets_sync.schema import CHOICE, DECISION
from workbench.cli.main import app
from workbench.closing import request_close
from workbench.company import own_company
from workbench.founding import found
from workbench.ingest import Ingestion
from workbench.sheets.faces import FILE
from workbench.sheets.schema import SCHEMA

ANSWERS = list(csv.DictReader((files("workbench") / "demo" / "answers.csv").read_text("utf-8").splitlines()))
SHARE = 0.75
ROUNDS = 3
"""Syncs until nothing is asked any more: an answer may change what another row asks."""


def ingest_all(company):
    taker = Ingestion(company, company.folder, company.settings, actor="mareike")
    return [taker.ingest(path) for path in sorted((company.folder / "inputs").iterdir())]


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """Return the folder of the demo company after its papers were taken in and what could be done was done."""
    folder = tmp_path_factory.mktemp("demo") / "acme"
    found(folder, demo=True)
    with own_company(folder) as company:
        ingest_all(company)
        company.work()
    return folder


@pytest.fixture
def folder(worked, tmp_path):
    return shutil.copytree(worked, tmp_path / "acme")


@pytest.fixture
def company(folder):
    with own_company(folder) as company:
        yield company


def right(answer):
    return {"invoice": answer["invoice"], "category": answer["category"], "other": "other"}[answer["answer"]]


def place(account, booked_on, amount):
    return account, str(booked_on), f"{float(amount):.2f}"


RIGHT = Counter((*place(each["account"], each["booked_on"], each["amount"]), right(each)) for each in ANSWERS)


def booked(company, condition="true"):
    sql = (
        "SELECT account, booked_on, amount, coalesce(invoice, category, 'open') FROM ledger "
        f"WHERE {condition} ORDER BY ALL"
    )
    return Counter((*place(*where), what) for *where, what in company.query(sql).rows)


def answer_to(company, row):
    """Return the word and the choice that the answers give to one row of the queue."""
    if row.capability == "bank":
        return "answer", "Take it as it is"
    ((account, day, amount),) = company.query(
        "SELECT account, booked_on, amount FROM bank_transaction WHERE event_id = $id", id=row.facts[0]
    ).rows
    where = place(account, day, amount)
    (wanted,) = {what for (*at, what) in RIGHT if tuple(at) == where}
    if row.kind == "proposal":
        assert f"Settle {wanted} of" in row.summary
        return "approve", ""
    labels = [option.label for option in row.options]
    names = (f"{wanted} ·", f"no invoice: {'something else' if wanted == 'other' else wanted}")
    return "answer", next(label for label in labels if label.startswith(names))


def assert_all_is_settled_right(company):
    assert company.queue() == []
    assert booked(company) == RIGHT
    assert company.query("SELECT count(*) FROM task WHERE state IN ('requested', 'blocked')").rows == [(0,)]
    assert set(company.log.differences().values()) == {0}
    assert company.log.verify().findings == ()


def test_no_automatic_booking_is_wrong_and_three_of_four_need_no_question(company):
    alone = booked(company, "decided_by = 'automatic'")

    assert alone - RIGHT == Counter()
    assert alone.total() >= SHARE * len(ANSWERS)
    assert booked(company).total() == len(ANSWERS)


def test_what_is_left_is_one_row_each(company):
    still_open = booked(company, "state = 'open'")

    rows = Counter(row.capability for row in company.queue())
    assert rows == {"books": still_open.total(), "bank": 1}


def test_everything_ingested_twice_adds_nothing(company):
    before = company.log.tail

    receipts = ingest_all(company)

    assert {receipt.status for receipt in receipts} == {"known"}
    assert company.work().changed == 0
    assert company.log.tail == before


def test_read_models_equal_their_rebuild_and_every_byte_is_as_it_was_written(company):
    assert set(company.log.differences().values()) == {0}
    assert company.log.verify().findings == ()
    before = booked(company)

    company.log.rebuild()

    assert booked(company) == before


def test_every_row_answered_in_the_sheet_settles_all_of_it_right(company):
    waiting = len(company.queue())
    decided = 0
    for _ in range(ROUNDS):
        sync_sheet(company)
        decided += type_answers(company, company.folder / FILE)
        assert sync_sheet(company).conflicts == ()

    assert decided <= waiting
    assert_all_is_settled_right(company)


def type_answers(company, path):
    """Type a decision beside each row that waits, as a person would; return how many."""
    rows = {row.key: row for row in company.queue()}
    book = openpyxl.load_workbook(path)
    sheet = book[SCHEMA.sheet]
    lines = list(sheet.iter_rows())
    header = next(line for line in lines if DECISION.title in [cell.value for cell in line])
    column = {cell.value: index for index, cell in enumerate(header)}
    typed = 0
    for line in lines[header[0].row :]:
        cells = {name: line[index] for name, index in column.items() if name}
        row = rows.get(cells["key"].value)
        if row is not None and row.hash == cells["hash"].value and not cells[DECISION.title].value:
            word, choice = answer_to(company, row)
            cells[DECISION.title].value, cells[CHOICE.title].value = word, choice or None
            typed += 1
    book.save(path)
    return typed


def test_every_row_answered_in_the_shell_settles_all_of_it_right(company, folder):
    waiting = len(company.queue())
    runner, decided = CliRunner(), 0
    while (rows := company.queue()) and decided < waiting:
        word, choice = answer_to(company, rows[0])
        chosen = ["--choice", choice] if choice else []
        done = runner.invoke(app, ["queue", word, rows[0].short, *chosen, "--company", str(folder)])
        assert (done.exit_code, "recorded" in done.stdout) == (0, True), done.output
        decided += 1

    assert decided <= waiting
    assert_all_is_settled_right(company)


def test_september_can_be_closed_once_its_rows_are_decided(company):
    decided = 0
    while (rows := company.queue()) and decided < len(ANSWERS):
        decide(company, rows[0], *answer_to(company, rows[0]))
        decided += 1

    blocked = request_close(company, "2026-09", channel="cli").row
    assert "costs have receipts" in blocked.summary
    decide(company, blocked, "answer", "forgive")
    (proposal,) = company.queue()
    assert "All in EUR: income 21,392.47, cost -6,498.02, result 14,894.45" in proposal.content
    decide(company, proposal, "approve", "")

    ((state, lines),) = company.query("SELECT state, lines FROM month").rows
    assert (state, lines) == ("closed", 33)
    assert set(company.log.differences().values()) == {0}


def decide(company, row, word, choice):
    chosen = option_id(row, choice)
    given = {"decision": word, "choice": chosen, "channel": "cli", "account": "mareike"}
    assert company.decide(Decided(key=row.key, hash=row.hash, **given)).accepted
