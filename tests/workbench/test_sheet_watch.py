"""`workbench up` keeps the workbook in sync while it runs: a real server, a real file, saved by somebody else."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest
from sheet_faces import Faces, busy
from shop import SETTINGS, sync_sheet
from test_processes import Server

from sheets_sync.errors import WorkbookBroken
from sheets_sync.schema import DECISION
from workbench.company import open_company
from workbench.sheets import watch as watching
from workbench.sheets.faces import FILE, faces_of
from workbench.sheets.watch import SheetWatch

EVERY_SECOND = f"{SETTINGS}\n[sheets]\nevery_s = 1\n"
PATIENCE_S = 40.0


def comes(true, *, within_s=PATIENCE_S, pause_s=0.05):
    """Wait until something is true of another process; return what made it so."""
    deadline = time.monotonic() + within_s
    while not (found := true()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(pause_s)
    return found


@pytest.fixture
def shop(found, monkeypatch):
    """Return a company that looks every second."""
    shop = busy(found(EVERY_SECOND))
    monkeypatch.setenv("WORKBENCH_LOG", str(shop.folder / "lines.log"))
    return shop


@pytest.fixture
def served(shop):
    """Return the folder of a company with a workbook, served by a `workbench up`."""
    sync_sheet(shop.company)
    shop.company.close()
    server = Server(shop.folder)
    yield shop.folder
    server.kill()


def lines(path):
    """Return the cells of each row by key, empty where there is no workbook yet."""
    if not path.exists():
        return {}
    rows = openpyxl.load_workbook(path)["Approvals"].iter_rows()
    header = next(row for row in rows if DECISION.title in [cell.value for cell in row])
    titles = [cell.value for cell in header]
    return {row[0].value: dict(zip(titles, [cell.value for cell in row], strict=True)) for row in rows}


def decide(path, key, word):
    book = openpyxl.load_workbook(path)
    sheet = book["Approvals"]
    titles = [cell.value for cell in sheet[1]]
    line = next(row for row in sheet.iter_rows() if row[0].value == key)
    line[titles.index(DECISION.title)].value = word
    aside = path.with_name("saved by hand.xlsx")
    book.save(aside)
    aside.replace(path)


def test_a_decision_that_is_saved_is_taken_and_its_work_done_while_the_server_runs(served):
    path = served / FILE
    (key,) = [key for key in lines(path) if key.startswith("proposal/")]

    decide(path, key, "approve")

    status = comes(lambda: next((s for s in [lines(path)[key]["Status"]] if "recorded" in s), ""))
    assert status.startswith("approve recorded (excel, ")
    with open_company(served) as company:  # the work comes after the word
        comes(lambda: company.query("SELECT 1 FROM ledger WHERE invoice = 'RE-2026-001'").rows)


def test_a_decision_elsewhere_shows_in_the_workbook(served):
    path = served / FILE
    (key,) = [key for key in lines(path) if key.startswith("proposal/")]

    workbench = Path(sys.executable).with_name("workbench")
    subprocess.run([workbench, "queue", "reject", key, "--company", served], check=True, capture_output=True)

    comes(lambda: lines(path)[key]["Status"].startswith("reject recorded (cli, "))


def test_a_broken_file_is_told_once_and_the_server_goes_on(served):
    path = served / FILE
    path.write_bytes(b"half a file")

    with open_company(served) as company:
        trouble = "SELECT trouble FROM sheet WHERE trouble <> ''"
        comes(lambda: company.query(trouble).rows)
        company.shown(company.queue(), channel="cli")  # moves the log: the file is looked at again
        os.utime(path)
        path.unlink()
        comes(lambda: not company.query(trouble).rows)
        failed = company.query("SELECT count(*) FROM event WHERE type = 'sheet.failed'").rows[0][0]
    told = [json.loads(line) for line in (served / "lines.log").read_text().splitlines()]
    assert failed == 1
    assert [line["channel"] for line in told if line["event"] == "sheet failed"] == ["excel"]
    assert lines(path)


def test_looking_ends_with_the_server(shop):
    sync_sheet(shop.company)
    shop.company.close()
    server = Server(shop.folder)
    (shop.folder / FILE).unlink()
    comes(lambda: lines(shop.folder / FILE))

    server.kill(signal.SIGTERM)

    assert server.child.returncode == 0
    told = [json.loads(line) for line in (shop.folder / "lines.log").read_text().splitlines()]
    assert [line for line in told if line["level"] in ("warning", "error")] == []


# the rhythm, without a server


def looking(shop, faces):
    """Return a look made by hand, with a watch that was never started: as if the time of every face had come."""
    watch = SheetWatch(shop.company)
    watch._watched = [watching._Watched(face, due_at=0.0) for face in faces]

    def look():
        for each in watch._watched:
            each.due_at = 0.0
        watch.look()

    return look


@pytest.fixture
def watched(shop):
    faces = Faces(shop)
    faces.look = looking(shop, faces.faces.values())
    return faces


def test_a_workbook_that_nobody_asked_for_is_not_made(shop):
    looking(shop, faces_of(shop.company))()

    assert not (shop.folder / FILE).exists()
    assert {row.first_shown_at for row in shop.queue()} == {None}


def test_a_workbook_that_was_moved_away_is_made_anew(shop):
    sync_sheet(shop.company)
    (shop.folder / FILE).unlink()

    looking(shop, faces_of(shop.company))()

    assert lines(shop.folder / FILE)


def test_each_look_brings_all_together(watched):
    watched.look()

    assert {name: len(book.lines) for name, book in watched.books.items()} == {"excel": 3, "google": 3}


def test_a_face_that_fails_does_not_keep_the_others_from_theirs(watched):
    watched.failing["google"] = WorkbookBroken("there", "credentials revoked")
    for _ in range(3):
        watched.look()

    assert len(watched.books["excel"].lines) == 3
    assert watched.shop.types().count("sheet.failed") == 1


def test_what_nobody_foresaw_is_told_once_and_the_next_look_is_made(watched, caplog):
    watched.failing["google"] = RuntimeError("surprise")
    for _ in range(3):
        watched.look()
    told = [line for line in caplog.messages if "sheets failed" in line]
    del watched.failing["google"]
    watched.look()

    assert len(told) == 1
    assert "RuntimeError" in told[0]
    assert len(watched.books["google"].lines) == 3
