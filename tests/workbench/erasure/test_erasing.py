"""A person's data goes out of a whole company: books, queue, sheet and files stay usable, and it does not come back."""

import json
import shutil
import stat
import subprocess
import sys
from threading import Thread
from types import SimpleNamespace

import pytest
from openpyxl import load_workbook
from sheet_faces import ADDRESS, Faces
from shop import IBAN, Shop, camt, rate, statement, sync_sheet
from typer.testing import CliRunner

from opc_kernel.event import NEW_STREAM
from opc_kernel.log.erase import ErasureChanged, NothingToErase
from opc_kernel.log.errors import StreamErased
from opc_kernel.log.lock import FolderLock
from workbench import maintenance
from workbench.cli.main import app
from workbench.client import ClientLog
from workbench.closing import request_close
from workbench.company import open_company, own_company
from workbench.erasure.erasing import (
    Request,
    StillOpen,
    carry_out,
    erase_again,
    erase_payload,
    preview_erasure,
)
from workbench.erasure.remembered import erased_of
from workbench.erasure.traces import Wanted
from workbench.packaging import package_month
from workbench.sheets.turn import LOCK
from workbench.summary import summary_text
from workbench.view_log import stories, story
from workbench.view_row import row_html
from workbench.view_today import blocked, happened, settled

ANNA = Wanted(containing=("Anna Vogelsang",))
INVOICES = """
RE-2026-001,out,Anna Vogelsang,2026-10-01,2026-10-15,1190.00,EUR
RE-2026-002,out,Bert Kranich,2026-10-02,2026-10-16,1190.00,EUR
"""
PAYMENTS = """
2026-10-10, 1187.50, Anna Vogelsang, RE-2026-001
2026-10-11, 5.00, Kiosk, change
2026-10-12, 1190.00, Bert Kranich, RE-2026-002
"""


@pytest.fixture
def office(shop):
    """A company with one payment of Anna's that waits for a decision, and one of Bert's that is booked."""
    shop.invoices(INVOICES)
    shop.pay(PAYMENTS)
    shop.work()
    sync_sheet(shop.company)
    return shop


def erase(company, wanted=ANNA, **more):
    return erase_payload(company, wanted, confirmed=preview_erasure(company, wanted).hash, **more)


def bytes_of(folder):
    """Every byte of every file of a folder that nobody has open, and of the parts of its workbooks."""
    sheets = [load_workbook(path) for path in folder.rglob("*.xlsx")]
    cells = [str(cell) for book in sheets for row in book.worksheets[0].values for cell in row]
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return (content + "\n".join(cells).encode()).lower()


def test_a_preview_says_what_goes_and_changes_nothing(office):
    before = office.count()
    found = preview_erasure(office.company, ANNA)
    assert {each.type for each in found.events} == {
        "books.invoice_issued",
        "bank.transaction_booked",
        "task.requested",
        "task.started",
        "task.blocked",
        "proposal.made",
        "proposal.shown",
        "memory.entity_found",
        "memory.fact_asserted",
        "memory.item_kept",
    }
    assert sorted(each.path.partition("/")[0] for each in found.files) == ["raw", "raw", "sheets"]
    assert found.words == ("Anna Vogelsang", "RE-2026-001")
    assert IBAN in found.shared
    assert found.yours == ()
    assert office.count() == before
    assert (office.folder / "sheets" / "approvals.xlsx").exists()


def test_afterwards_no_byte_is_left_and_everything_else_works(office):
    erased = erase(office.company, reason="asked on paper")
    assert (erased.events, erased.files, erased.left) == (10, 3, ())
    log = office.company.log
    assert log.verify().findings == ()
    assert not any(log.differences().values())

    office.work()
    assert office.books() == ["5.00 open", "1190.00 RE-2026-002 automatic"]
    assert [row.summary for row in office.queue()] == [
        "5.00 EUR came from Kiosk on 11 Oct 2026: what is it for?"
    ]
    assert sync_sheet(office.company).added == 1
    assert "2 transactions" in summary_text(office.company)
    for page in (settled, happened, blocked):
        page(office.company)
    office.decide(office.row(), "answer", choice="1")
    assert office.queue() == []
    sync_sheet(office.company)
    office.company.close()
    assert b"vogelsang" not in bytes_of(office.folder)
    assert b"re-2026-001" not in bytes_of(office.folder)


def test_a_booked_transaction_goes_with_its_task_and_its_invoice_stays_settled(office):
    ((stream,),) = office.ask("SELECT stream FROM bank_transaction WHERE counterparty = 'Bert Kranich'")
    erased = erase(office.company, Wanted(streams=(stream,)))
    assert erased.left == ()
    office.work()
    assert office.books() == ["1187.50 open", "5.00 open"]
    assert office.ask("SELECT state FROM invoice WHERE number = 'RE-2026-002'") == [("settled",)]
    assert office.ask("SELECT count(*) FROM task WHERE subject = $stream", stream=stream) == [(0,)]


def test_an_erased_invoice_leaves_the_payment_booked_and_what_it_said_of_it_goes(office):
    ((stream,),) = office.ask("SELECT stream FROM invoice WHERE number = 'RE-2026-002'")
    found = preview_erasure(office.company, Wanted(streams=(stream,)))
    assert "books.payment_matched" in {each.type for each in found.events}
    assert "bank.transaction_booked" not in {each.type for each in found.events}
    assert "Bert Kranich" in found.shared, "the bank's own line says so, too"
    ((told,),) = office.ask("SELECT correlation_id FROM event WHERE stream = $stream LIMIT 1", stream=stream)
    erase(office.company, Wanted(streams=(stream,)))
    office.work()
    assert "erased" in story(office.company, told).text
    assert told in stories(office.company, None).values()
    assert all("Kranich" not in row_html(office.company, row).text for row in office.queue())
    assert office.ask("SELECT state, invoice FROM settlement WHERE state = 'matched'") == [("matched", None)]
    assert len(office.queue()) == 2


def test_a_story_goes_and_the_invoice_it_settled_is_not_open_again(office):
    ((story,),) = office.ask(
        "SELECT correlation_id FROM bank_transaction WHERE counterparty = 'Bert Kranich'"
    )
    erase(office.company, Wanted(stories=(story,)))
    office.work()
    assert office.ask("SELECT state, settled_by FROM invoice WHERE number = 'RE-2026-002'") == [
        ("settled", None)
    ]


def test_a_note_on_a_decision_takes_its_row_and_what_was_decided_stands(office):
    office.decide(
        next(row for row in office.queue() if row.kind == "proposal"), "approve", note="told Max Muster"
    )
    erase(office.company, Wanted(containing=("Max Muster",)))
    office.work()
    assert "1187.50 RE-2026-001 operator" in office.books()
    assert [row.kind for row in office.queue()] == ["question"]


def test_a_row_that_goes_alone_is_asked_anew(office):
    ((key,),) = office.ask("SELECT key FROM queue WHERE kind = 'question'")
    erase(office.company, Wanted(streams=(key,)))
    assert [row.kind for row in office.queue()] == ["proposal"]
    office.work()
    assert sorted(row.kind for row in office.queue()) == ["proposal", "question"]
    assert all(row.key != key for row in office.queue())


def test_a_confirmation_is_bound_to_what_was_shown(office):
    shown = preview_erasure(office.company, ANNA)
    office.pay("2026-10-20, 7.00, Anna Vogelsang, again", "later.csv")
    with pytest.raises(ErasureChanged):
        erase_payload(office.company, ANNA, confirmed=shown.hash)
    assert office.ask("SELECT count(*) FROM event WHERE data IS NULL") == [(0,)]
    erase(office.company)
    with pytest.raises(NothingToErase):
        preview_erasure(office.company, ANNA)


def test_a_retry_after_a_lost_answer_is_done_already(office):
    log = office.company.log
    hash_ = preview_erasure(office.company, ANNA).hash
    request = Request(wanted=ANNA, confirmed=hash_, reason="", actor="me")
    assert not carry_out(log, office.folder, request).repeated
    assert carry_out(log, office.folder, request).repeated


@pytest.mark.parametrize("lock", ["~$approvals.xlsx", ".~lock.approvals.xlsx#"])
def test_a_workbook_that_is_open_would_bring_it_back_and_is_waited_for(office, lock):
    (office.folder / "sheets" / lock).touch()
    with pytest.raises(StillOpen, match=r"approvals\.xlsx is open"):
        erase(office.company)
    (office.folder / "sheets" / lock).unlink()
    assert erase(office.company).events == 10


def test_what_is_not_ours_to_change_is_named(office, tmp_path):
    outside = tmp_path / "elsewhere" / "mine.xlsx"
    sync_sheet(office.company, outside)
    settings = office.folder / "workbench.toml"
    settings.write_text(settings.read_text() + "# anna vogelsang pays late\n")
    found = preview_erasure(office.company, ANNA)
    assert found.yours == ("workbench.toml", str(outside))
    assert erase(office.company).left == ("workbench.toml",)
    assert outside.exists()


def test_a_spreadsheet_that_others_hold_is_named(office):
    faces = Faces(office)
    faces.sync("google")

    assert preview_erasure(office.company, ANNA).yours == (ADDRESS,)


def test_a_sync_that_has_begun_is_waited_for(office):
    done = []
    erasing = Thread(target=lambda: done.append(erase(office.company)))
    with FolderLock(office.folder, name=LOCK):
        erasing.start()
        erasing.join(timeout=0.5)
        assert erasing.is_alive()
        assert b"anna vogelsang" in bytes_of(office.folder)
    erasing.join()

    assert [each.events for each in done] == [10]


def test_copies_in_the_folder_go_too(office):
    for name, content in {
        "runs/report.ipynb": "ANNA VOGELSANG",
        "exports/all.parquet": "packed",
        "replica.duckdb": "packed",
        "quarantine/database-1/company.duckdb": "packed",
        "inputs/notes.txt": "call Anna Vogelsang",
        "inputs/other.txt": "call Bert",
    }.items():
        path = office.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    erase(office.company)
    left = {path.name for path in office.folder.rglob("*") if path.is_file()}
    assert left.isdisjoint({"report.ipynb", "all.parquet", "replica.duckdb", "notes.txt"})
    assert "other.txt" in left
    assert not (office.folder / "quarantine" / "database-1" / "company.duckdb").exists()


# it does not come back


def test_the_same_file_is_refused_and_not_kept(office):
    erase(office.company)
    events = office.count()
    receipt = office.pay(PAYMENTS)
    assert (receipt.status, receipt.events) == ("refused", 0)
    assert "was erased on 02 Nov 2026 at your request" in receipt.reason
    assert office.count() == events
    assert list((office.folder / "raw").iterdir()) == []


@pytest.mark.parametrize("kind", ["csv", "camt"])
def test_an_overlapping_statement_brings_only_what_is_new(office, kind):
    erase(office.company)
    lines = PAYMENTS + "2026-10-13, 1187.50, Someone Else, a new one\n2026-10-14, 8.00, Kiosk, cola\n"
    text = statement(lines) if kind == "csv" else camt(lines)
    receipt = office.take(text, f"overlapping.{kind}")
    assert (receipt.new, receipt.contradictions) == (2, 0)
    assert office.booked() == [
        "2026-10-11 5.00 change",
        "2026-10-12 1190.00 RE-2026-002",
        "2026-10-13 1187.50 a new one",
        "2026-10-14 8.00 cola",
    ]


def test_of_equal_transactions_as_many_stay_out_as_were_erased(shop):
    twins = "2026-10-10, 5.00, Kiosk Anna Vogelsang, x\n2026-10-10, 5.00, Kiosk Bert, y\n"
    shop.pay(twins)
    erase(shop.company)
    assert shop.booked() == ["2026-10-10 5.00 y"]
    shop.pay(twins + "2026-10-11, 1.00, Kiosk, z\n", "more.csv")
    assert shop.booked() == ["2026-10-10 5.00 y", "2026-10-11 1.00 z"]
    shop.pay(twins + "2026-10-10, 5.00, Kiosk, w\n2026-10-11, 1.00, Kiosk, z\n", "three.csv")
    assert len([line for line in shop.booked() if " 5.00 " in line]) == 2


def test_an_erased_invoice_stays_out_when_another_list_has_it(office):
    erase(office.company)
    receipt = office.invoices(INVOICES + "RE-2026-003,out,Someone,2026-10-02,,7.00,EUR\n", "newer.csv")
    assert (receipt.new, receipt.known) == (1, 2)
    assert office.ask("SELECT number FROM invoice ORDER BY number") == [("RE-2026-002",), ("RE-2026-003",)]


# older copies


def test_a_restored_older_copy_loses_it_again(office, tmp_path):
    office.company.close()
    older = shutil.copytree(office.folder, tmp_path / "older")
    with own_company(office.folder) as company:
        erase(company)
        identity = company.log.company_id
    with own_company(older, clock=office.clock) as company:
        assert company.query("SELECT count(*) FROM event WHERE data IS NULL").rows == [(0,)]
        assert erase_again(company.log, company.folder).events == 10
        assert erase_again(company.log, company.folder).repeated
        assert company.log.verify().findings == ()
    assert b"vogelsang" not in bytes_of(older)
    shop = Shop(older)
    assert shop.pay(PAYMENTS).status == "refused"
    shop.company.close()
    assert len(erased_of(identity).events) >= 10


def test_a_restored_older_backup_loses_it_again(office, tmp_path):
    maintenance.back_up(office.folder, tmp_path / "backup", quick=True)
    erase(office.company)
    office.company.close()
    maintenance.restore(tmp_path / "backup", tmp_path / "restored")
    assert b"vogelsang" in bytes_of(tmp_path / "backup")
    assert b"vogelsang" not in bytes_of(tmp_path / "restored")
    with own_company(tmp_path / "restored") as company:
        assert company.log.verify().findings == ()


def test_a_backup_loses_it_at_its_next_run(office, tmp_path):
    maintenance.back_up(office.folder, tmp_path / "backup", quick=True)
    erase(office.company)
    maintenance.back_up(office.folder, tmp_path / "backup", quick=True)
    assert b"vogelsang" not in bytes_of(tmp_path / "backup")


def test_whoever_read_it_before_and_writes_after_is_refused(office):
    """A worker that still holds the words can't bring them back: its append rests on what is gone."""
    (stream, version) = office.company.query(
        "SELECT stream, version FROM bank_transaction WHERE counterparty = 'Anna Vogelsang' LIMIT 1"
    ).rows[0]
    erase(office.company)
    late = rate("2026-10-01")
    with pytest.raises(StreamErased):
        office.company.append([late], expected={late.stream: NEW_STREAM, stream: version})


def test_a_copy_from_before_it_came_refuses_it_too(shop, tmp_path):
    shop.pay("2026-10-01, 1.00, Kiosk, a")
    shop.company.close()
    older = shutil.copytree(shop.folder, tmp_path / "older")
    newer = Shop(shop.folder)
    newer.pay(PAYMENTS, "october.csv")
    erase(newer.company)
    newer.company.close()
    restored = Shop(older)
    assert erase_again(restored.company.log, restored.folder).events == 0
    assert restored.pay(PAYMENTS).status == "refused"
    restored.pay(PAYMENTS + "2026-10-20, 2.00, Kiosk, b", "more.csv")
    assert "1187.50" not in " ".join(restored.booked())
    assert len(restored.booked()) == 4
    restored.company.close()


def test_the_list_of_what_was_erased_names_nobody(office, runtime_folder):
    erase(office.company, reason="Vogelsang")
    (path,) = (runtime_folder / "configuration" / "workbench" / "erased").iterdir()
    assert path.name == f"{office.company.log.company_id}.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "ogelsang" not in path.read_text()


# through the command line and a server


@pytest.fixture
def run():
    def running(folder, *words):
        return CliRunner().invoke(app, ["log", "erase", "--company", str(folder), *words])

    return running


def test_the_command_shows_first_and_erases_when_told(office, run):
    folder = office.folder
    shown = run(folder, "--containing", "anna vogelsang")
    assert shown.exit_code == 0
    assert "10 events lose their data" in shown.output
    assert "your own columns too" in shown.output
    assert "Nothing was erased" in shown.output
    assert office.ask("SELECT count(*) FROM event WHERE data IS NULL") == [(0,)]
    done = run(folder, "--containing", "anna vogelsang", "--yes")
    assert (done.exit_code, "No byte of it was found" in done.output) == (0, True)
    again = run(folder, "--containing", "anna vogelsang", "--yes")
    assert (again.exit_code, "There is nothing to erase" in again.output) == (1, True)
    assert run(folder).exit_code == 2


@pytest.mark.parametrize(("typed", "gone"), [("erase", 10), ("yes", 0), ("", 0)])
def test_at_a_terminal_the_word_itself_must_be_typed(office, monkeypatch, typed, gone):
    terminal = SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("workbench.cli.erasing.sys", terminal)
    words = ["log", "erase", "--company", str(office.folder), "--containing", "Anna Vogelsang"]
    done = CliRunner().invoke(app, words, input=f"{typed}\n")
    assert done.exit_code == 0
    assert office.ask("SELECT count(*) FROM event WHERE data IS NULL") == [(gone,)]


def test_while_it_waits_for_the_word_other_programs_go_on(office, monkeypatch):
    office.company.close()
    others = []

    def typing_slowly(*_, **__):
        command = [sys.executable, "-m", "workbench", "sql", "SELECT 1", "--company", str(office.folder)]
        others.append(subprocess.run(command, check=False).returncode)
        return ""

    monkeypatch.setattr(
        "workbench.cli.erasing.sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))
    )
    monkeypatch.setattr("typer.prompt", typing_slowly)
    words = ["log", "erase", "--company", str(office.folder), "--containing", "Anna Vogelsang"]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert others == [0]


def test_the_preview_is_a_line_of_json_for_scripts(office, run):
    found = json.loads(run(office.folder, "--containing", "anna vogelsang", "--json").output)
    assert len(found["events"]) == 10
    assert {"position", "event_id", "type", "stream", "why"} == set(found["events"][0])


def test_it_works_through_a_server_too(office):
    office.company.close()
    with open_company(office.folder) as company:
        assert isinstance(company.log, ClientLog)
        with pytest.raises(NothingToErase):
            preview_erasure(company, Wanted(streams=("nobody/x",)))
        with pytest.raises(ErasureChanged):
            erase_payload(company, ANNA, confirmed="x")
        assert erase(company).events == 10
        assert company.log.verify().findings == ()
        assert company.query("SELECT count(*) FROM invoice").rows == [(1,)]


def test_a_closed_month_stays_as_it_was_closed_but_for_the_person(shop, tmp_path):
    shop.pay("2026-10-05, -38.56, Hetzner, for Anna Vogelsang\n2026-10-31, -1.00, Hetzner, domain")
    shop.work()
    shop.decide(request_close(shop.company, "2026-10", channel="cli").row, "approve")
    lines = "SELECT month, booked_on, category, amount::VARCHAR, is_closed FROM ledger_line ORDER BY ALL"
    before = shop.ask(lines)
    assert [(month, is_closed) for month, *_, is_closed in before] == [("2026-10", True)] * 2

    erase(shop.company, ANNA)

    assert shop.ask(lines) == before
    packed = package_month(shop.company, "2026-10", tmp_path / "package")
    assert packed.state == "closed"
    assert not [path for path in packed.path.iterdir() if path.is_file() and b"Anna" in path.read_bytes()]
