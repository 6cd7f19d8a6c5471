"""The demo company, against the answers that were set down before any software had a say."""

import re
import shutil
from collections import Counter

import openpyxl
import pytest
from books_demo import DEMO, demo
from books_operator import OTHER, Operator, agrees, keys_of, settled
from shop import sync_sheet
from typer.testing import CliRunner

from opc_kernel.approvals.decide import Decided
from opc_kernel.approvals.queue import option_id
from sheets_sync.schema import CHOICE, DECISION
from workbench.cli.main import app
from workbench.closing import request_close
from workbench.founding import found
from workbench.ingest import Ingestion
from workbench.sheets.faces import FILE
from workbench.sheets.schema import SCHEMA

SHOWN, TRUTH = demo()
SHARE = 0.75
ROWS_A_MONTH = 15
ROUNDS = 3
"""Syncs until nothing is asked any more: an answer may change what another row asks."""


def papers():
    return sorted(path for path in (DEMO / "inputs").rglob("*") if path.is_file())


def ingest(company, paths):
    taker = Ingestion(company, company.folder, company.settings, actor="mareike")
    return [taker.ingest(path) for path in paths]


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """Return the folder of the demo company after its papers were taken in and what could be done was done."""
    folder = tmp_path_factory.mktemp("demo") / "acme"
    found(folder, demo=True)
    with Operator(SHOWN, TRUTH, folder).company as company:
        ingest(company, papers())
        company.work()
    return folder


@pytest.fixture
def folder(worked, tmp_path):
    return shutil.copytree(worked, tmp_path / "acme")


@pytest.fixture
def operator(folder):
    operator = Operator(SHOWN, TRUTH, folder)
    with operator.company:
        yield operator


@pytest.fixture
def company(operator):
    return operator.company


def assert_all_is_settled_right(company):
    found = settled(company, SHOWN)
    assert [row.summary for row in company.queue() if row.capability != "memory"] == []
    assert set(found) == {each.key for each in SHOWN.transactions}
    assert [key for key, each in found.items() if not agrees(each.explanation, TRUTH.explained[key])] == []
    waits = "SELECT count(*) FROM task WHERE state IN ('requested', 'blocked') AND NOT starts_with(kind, 'memory.')"
    assert company.query(waits).rows == [(0,)]
    assert set(company.log.differences().values()) == {0}
    assert company.log.verify().findings == ()


def test_no_automatic_booking_is_wrong_and_three_of_four_need_no_question(company):
    alone = {key: each for key, each in settled(company, SHOWN).items() if each.decided_by == "automatic"}

    assert [key for key, each in alone.items() if not agrees(each.explanation, TRUTH.explained[key])] == []
    assert len(alone) >= SHARE * len(SHOWN.transactions)


def test_what_is_left_is_one_row_each(company):
    ((still_open,),) = company.query("SELECT count(*) FROM ledger WHERE state = 'open'").rows

    asked = Counter(" ".join(row.summary.split()[:1]) for row in company.queue())
    assert (asked.pop("Statement"), asked.pop("Receipt")) == (1, 1)
    assert (asked.pop("Is"), asked.pop("Renews")) == (1, 1), (
        "one person in two spellings, one contract of two days"
    )
    assert asked.total() == still_open


def test_a_month_of_sixty_transactions_asks_at_most_fifteen_rows(tmp_path):
    found(tmp_path / "acme", demo=True)
    operator = Operator(SHOWN, TRUTH, tmp_path / "acme")
    with operator.company as company:
        for month in ("09", "10"):
            ingest(company, of_month(month, tmp_path / month))
            company.work()
            assert len(operator.waiting()) <= ROWS_A_MONTH, [row.summary for row in operator.waiting()]
            operator.decide_all()
        assert_all_is_settled_right(company)


def of_month(month, folder):
    """Return the papers as they are when each bank is asked at the end of a month: with that month alone."""
    folder.mkdir()
    for path in papers():
        if path.suffix == ".qfx":
            moves = r"<STMTTRN>(?:(?!</STMTTRN>).)*<DTPOSTED>2026(?!MONTH)(?:(?!</STMTTRN>).)*</STMTTRN>"
            text = re.sub(moves.replace("MONTH", month), "", path.read_text("ascii"), flags=re.DOTALL)
            balances = r"<(LEDGERBAL|AVAILBAL)>.*?</\1>"
            text = text if month == "10" else re.sub(balances, "", text, flags=re.DOTALL)
            (folder / path.name).write_text(text, "ascii")
        elif path.name.startswith("Umsaetze"):
            header, *lines = path.read_text("utf-8-sig").splitlines()
            kept = [line for line in lines if f".{month}.2026" in line.split(";")[4]]
            (folder / path.name).write_text("\n".join((header, *kept)) + "\n", "utf-8-sig")
        elif path.suffix != ".xml" or f"-{month}-" in path.name:
            shutil.copy(path, folder)
    return sorted(folder.iterdir())


def test_everything_ingested_twice_adds_nothing(company):
    before = company.log.tail

    receipts = ingest(company, papers())

    assert {receipt.status for receipt in receipts} == {"known"}
    assert company.work().changed == 0
    assert company.log.tail == before


def test_read_models_equal_their_rebuild_and_every_byte_is_as_it_was_written(company):
    assert set(company.log.differences().values()) == {0}
    assert company.log.verify().findings == ()
    before = settled(company, SHOWN)

    company.log.rebuild()

    assert settled(company, SHOWN) == before


def test_every_row_answered_in_the_sheet_settles_all_of_it_right(operator):
    waiting = len(operator.company.queue())
    decided = 0
    for _ in range(ROUNDS):
        sync_sheet(operator.company)
        decided += type_answers(operator, operator.company.folder / FILE)
        assert sync_sheet(operator.company).conflicts == ()

    assert decided <= waiting
    assert_all_is_settled_right(operator.company)


def type_answers(operator, path):
    """Type a decision beside each row that waits, as a person would; return how many."""
    rows = operator.waiting()
    answers = dict(zip((row.key for row in rows), operator.answers_to(rows), strict=True))
    rows = {row.key: row for row in rows}
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
            word, said = answers[row.key]
            if word == "answer" and not is_true(operator, row, said):
                continue  # what is right is not offered yet: another answer has to be counted first
            cells[DECISION.title].value = word
            cells[CHOICE.title].value = label(row, said) if word == "answer" else None
            cells["edited content"].value = said if word == "edit" else None
            typed += 1
    book.save(path)
    return typed


def is_true(operator, row, said):
    _, facts = keys_of(operator.company, SHOWN)
    key = facts.get(row.facts[0])
    return key is None or label(row, said) != OTHER or TRUTH.explained[key].is_other


def label(row, choice):
    return next(option.label for option in row.options if option.id == choice)


def test_every_row_answered_in_the_shell_settles_all_of_it_right(operator, folder):
    company = operator.company
    waiting = len(company.queue())
    runner, decided = CliRunner(), 0
    while (rows := operator.waiting()) and decided < waiting:
        ((word, said),) = operator.answers_to(rows[:1])
        given = {"answer": ["--choice", said], "edit": ["--content", said]}.get(word, [])
        done = runner.invoke(app, ["queue", word, rows[0].short, *given, "--company", str(folder)])
        assert (done.exit_code, "recorded" in done.stdout) == (0, True), done.output
        decided += 1

    assert decided <= waiting
    assert_all_is_settled_right(company)


def test_september_can_be_closed_once_its_rows_are_decided(operator):
    company = operator.company
    operator.decide_all()

    blocked = request_close(company, "2026-09", channel="cli").row
    assert "costs have receipts" in blocked.summary
    decide(company, blocked, "answer", "forgive")
    (proposal,) = operator.waiting()
    assert (
        "EUR: income 23,535.17, cost -7,910.27, result 15,624.90; neutral -2,800.00, own transfers 2,566.40"
        in proposal.content
    )
    decide(company, proposal, "approve", "")

    ((state, lines),) = company.query("SELECT state, lines FROM month").rows
    assert (state, lines) == ("closed", 65)
    assert set(company.log.differences().values()) == {0}


def decide(company, row, word, choice):
    chosen = option_id(row, choice)
    given = {"decision": word, "choice": chosen, "channel": "cli", "account": "mareike"}
    assert company.decide(Decided(key=row.key, hash=row.hash, **given)).accepted
