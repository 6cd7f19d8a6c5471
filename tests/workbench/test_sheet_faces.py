"""One queue in several workbooks: the first decision stands, a failure is one face's own, what goes out is recorded."""

import itertools
import json
import re
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import openpyxl
import pytest
from sheet_faces import ADDRESS, WRITER, Faces, busy
from shop import SETTINGS

from opc_kernel.log.lock import FolderLock
from sheets_sync.errors import WorkbookBroken
from sheets_sync.schema import DECISION
from workbench.company import account
from workbench.founding import STARTER
from workbench.settings import Settings
from workbench.sheets.faces import FILE, GoogleNotSetUp, NoSpreadsheet, faces_of
from workbench.sheets.schema import COLUMNS
from workbench.sheets.sync import sync_faces
from workbench.sheets.turn import LOCK, SyncRunning
from workbench.view_today import out_of_sync

WORKBENCH = Path(sys.executable).with_name("workbench")
SAID = {"excel": "approve", "google": "reject", "cli": "reject"}
RACES = 8


@pytest.fixture
def faces(shop):
    faces = Faces(busy(shop))
    faces.sync()
    return faces


@pytest.fixture
def proposal(faces):
    return next(row for row in faces.shop.queue() if row.kind == "proposal")


def events(shop, kind):
    found = shop.ask("SELECT data FROM event WHERE type = $kind ORDER BY position", kind=kind)
    return [json.loads(data) for (data,) in found]


# the same row through several faces


@pytest.mark.parametrize("order", list(itertools.permutations(SAID)), ids=" then ".join)
def test_the_first_decision_stands_and_the_others_are_told_who_decided_and_where(faces, proposal, order):
    who = {"excel": account(), "google": WRITER, "cli": "mareike"}
    told = {}
    for name in order:
        if name == "cli":
            told[name] = faces.shop.decide(proposal, SAID[name], note="by hand").message
        else:
            faces.enter(name, proposal, SAID[name], note=f"in {name}")
            faces.sync(name)
    faces.sync()
    told.update({name: faces.status(name, proposal) for name in faces.books})

    first, *late = order
    row = faces.shop.again(proposal)
    assert (row.decision, row.channel, row.account) == (SAID[first], first, who[first])
    assert len(events(faces.shop, "proposal.decided")) == 1
    recorded = f"{SAID[first]} recorded ({first}, {who[first]})"
    for name in set(late) - {"cli"}:
        assert told[name] == f"Not counted: this item is settled already, {recorded}."
    if "cli" in late:
        assert told["cli"] == f"already decided: {SAID[first]} (in {first})"
    if first != "cli":
        assert told[first] == recorded


def test_the_same_decision_in_two_workbooks_is_one_and_both_say_whose(faces, proposal):
    for name in faces.books:
        faces.enter(name, proposal, "approve")

    reports = faces.sync()

    assert [len(each.report.decisions) for each in reports.values()] == [1, 0]
    assert {faces.status(name, proposal) for name in faces.books} == {
        f"approve recorded (excel, {account()})"
    }


def test_two_syncs_that_race_take_one_of_two_contradicting_decisions(found, tmp_path):
    for number in range(RACES):
        faces = Faces(busy(found(name=f"race{number}")))
        faces.sync()
        row = next(row for row in faces.shop.queue() if row.kind == "proposal")
        faces.enter("excel", row, "approve")
        faces.enter("google", row, "reject")
        gate = threading.Barrier(2)

        def race(name, faces=faces, gate=gate):
            gate.wait()
            faces.sync(name)

        threads = [threading.Thread(target=race, args=(name,)) for name in faces.books]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        faces.sync()

        assert len(events(faces.shop, "proposal.decided")) == 1
        first = faces.shop.again(row).channel
        (late,) = {"excel", "google"} - {first}
        assert faces.status(first, row).startswith(f"{SAID[first]} recorded ({first}")
        assert faces.status(late, row).startswith(f"Not counted: this item is settled already, {SAID[first]}")


def test_a_decision_by_hand_that_races_with_a_sync_is_taken_or_told(found):
    for number in range(RACES):
        faces = Faces(busy(found(name=f"race{number}")))
        faces.sync()
        row = next(row for row in faces.shop.queue() if row.kind == "proposal")
        faces.enter("excel", row, "approve")
        gate = threading.Barrier(2)

        def race(faces=faces, gate=gate):
            gate.wait()
            faces.sync("excel")

        thread = threading.Thread(target=race)
        thread.start()
        gate.wait()
        verdict = faces.shop.decide(row, "reject")
        thread.join()
        faces.sync()

        assert len(events(faces.shop, "proposal.decided")) == 1
        decided = faces.shop.again(row)
        assert verdict.accepted is (decided.channel == "cli")
        told = (
            "approve recorded"
            if decided.channel == "excel"
            else "Not counted: this item is settled already, reject"
        )
        assert faces.status("excel", row).startswith(told)


def test_two_programs_that_sync_two_files_at_once_take_one_of_two_decisions(found, tmp_path):
    shop = busy(found())
    books = {word: tmp_path / f"{word}.xlsx" for word in ("approve", "reject")}
    (row,) = [row for row in shop.queue() if row.kind == "proposal"]
    for word, path in books.items():
        sync_faces(shop.company, excel=path)
        enter(path, row, word)
    shop.company.close()

    racing = [
        subprocess.Popen([WORKBENCH, "sheets", "sync", "--excel", path, "--company", shop.folder])
        for path in books.values()
    ]
    assert [each.wait(timeout=60) for each in racing] == [0, 0]

    shop = found()
    for path in books.values():
        sync_faces(shop.company, excel=path)
    (decided,) = events(shop, "proposal.decided")
    (late,) = set(books) - {decided["decision"]}
    assert status(books[decided["decision"]], row).startswith(f"{decided['decision']} recorded (excel, ")
    assert status(books[late], row).startswith("Not counted: this item is settled already, ")


def enter(path, row, word):
    book = openpyxl.load_workbook(path)
    line, titles = line_of(book, row)
    line[titles.index(DECISION.title)].value = word
    book.save(path)


def status(path, row):
    line, titles = line_of(openpyxl.load_workbook(path), row)
    return line[titles.index("Status")].value


def line_of(book, row):
    lines = list(book["Approvals"].iter_rows())
    header = next(line for line in lines if DECISION.title in [cell.value for cell in line])
    (line,) = [line for line in lines if line[0].value == row.key]
    return line, [cell.value for cell in header]


# one sync


def test_one_bad_row_does_not_stop_the_others(faces, proposal):
    question, other = [row for row in faces.shop.queue() if row.kind == "question"]
    faces.enter("excel", proposal, "approve")
    faces.enter("excel", question, "aprove")
    faces.enter("excel", other, "answer", choice=other.options[0].label)

    report = faces.sync("excel")["excel"].report

    assert {each.key for each in report.decisions} == {proposal.key, other.key}
    assert [each.key for each in report.conflicts] == [question.key]
    assert faces.status("excel", question).startswith("Not counted: “aprove” is not one of")


def test_after_decisions_the_work_is_done_and_every_face_shows_what_came_of_it(faces, proposal):
    faces.enter("google", proposal, "reject", note="not theirs")

    reports = faces.sync()

    assert reports["excel"].report.decisions == ()
    assert reports["excel"].after.updated == 1
    assert faces.status("excel", proposal) == f"reject recorded (google, {WRITER})"
    new = {row.key for row in faces.shop.queue()} - {proposal.key}
    for book in faces.books.values():
        assert {line["key"] for line in book.lines} >= new


def test_work_that_a_crash_cut_off_after_the_decision_is_done_at_the_next_sync(faces, proposal):
    faces.shop.decide(proposal, "ask", note="whose?", work=False)

    faces.sync()

    assert faces.status("excel", proposal) == "asked anew in another row"
    new = {row.key for row in faces.shop.queue()}
    for book in faces.books.values():
        assert {line["key"] for line in book.lines} > new


def test_a_decision_in_a_shared_sheet_bears_the_account_of_who_may_write_there(faces, proposal):
    faces.enter("google", proposal, "approve")
    faces.sync("google")

    row = faces.shop.again(proposal)
    assert (row.channel, row.account) == ("google", WRITER)


def test_rows_of_a_capability_may_stand_on_a_tab_of_its_name(shop):
    faces = Faces(busy(shop), tab_a_capability=True)
    faces.sync()

    assert {name: len(tab) for name, tab in faces.books["excel"].tabs.items()} == {"": 0, "books": 3}


# what fails


def test_a_face_that_fails_is_told_and_the_others_go_on(faces, proposal):
    faces.failing["google"] = WorkbookBroken(ADDRESS, "credentials revoked")
    faces.enter("excel", proposal, "approve")

    reports = faces.sync()

    assert reports["google"].trouble == f"{ADDRESS}: cannot be read, credentials revoked."
    assert reports["google"].report is None
    assert [each.word for each in reports["excel"].report.decisions] == ["approve"]


def test_what_the_machine_refuses_is_told_in_words(faces):
    faces.failing["excel"] = PermissionError(13, "Permission denied", "/acme/a.xlsx")

    assert faces.sync()["excel"].trouble == "/acme/a.xlsx: Permission denied."


def test_trouble_is_recorded_once_and_so_is_its_end(faces):
    faces.failing["google"] = WorkbookBroken(ADDRESS, "credentials revoked")
    for _ in range(3):
        faces.sync()
    del faces.failing["google"]
    for _ in range(3):
        faces.sync()

    assert len(events(faces.shop, "sheet.failed")) == 1
    assert events(faces.shop, "sheet.recovered") == [{"sheet": ADDRESS}]


def test_a_sheet_shared_too_widely_is_trouble_and_nothing_is_taken(faces, proposal):
    faces.books["google"].distrusted = "anybody with the link may write there"
    faces.enter("google", proposal, "approve")

    told = faces.sync()["google"]

    assert told.trouble == "anybody with the link may write there"
    assert faces.shop.again(proposal).state == "open"


def test_trouble_stands_on_today_until_it_is_over(found):
    shop = busy(found())
    path = shop.folder / FILE
    path.parent.mkdir()
    path.write_bytes(b"no workbook")
    sync_faces(shop.company)
    said = out_of_sync(shop.company).text

    path.unlink()
    sync_faces(shop.company)

    assert f"Excel: {path}: cannot be read, " in said
    assert said.endswith(", 10:00</p></section>")
    assert out_of_sync(shop.company).text == ""


# turns


def test_a_sync_waits_its_turn_and_then_names_who_has_it(faces):
    with (
        FolderLock(faces.shop.folder, name=LOCK),
        pytest.raises(SyncRunning, match=r"Another sync of this company is running, in .+"),
    ):
        faces.sync(wait_s=0.1)

    assert faces.sync()["excel"].trouble == ""


# what leaves the machine


def test_what_goes_to_google_is_recorded_with_whom_it_is_shared(faces, proposal):
    keys = tuple(row.key for row in faces.shop.queue())
    faces.shop.decide(proposal, "approve")
    faces.sync()

    first, second = events(faces.shop, "sheet.disclosed")
    assert (first["sheet"], first["shared_with"]) == (ADDRESS, ["you@example.com", "example.org"])
    assert sorted(first["keys"]) == sorted(keys)
    assert "reason" in first["columns"]
    assert (second["keys"], second["statuses"]) == ([], [proposal.key])


def test_nothing_that_stays_here_is_recorded_as_disclosed(shop):
    Faces(busy(shop)).sync("excel")

    assert events(shop, "sheet.disclosed") == []


def test_only_the_columns_that_were_named_go_there(shop):
    faces = Faces(busy(shop), columns=("at_stake", "summary"))
    faces.sync()

    (disclosed,) = events(shop, "sheet.disclosed")
    assert disclosed["columns"] == ["at_stake", "summary"]
    titles = {title for line in faces.books["google"].lines for title in line}
    assert {"At stake", "What"} <= titles
    assert not titles & {"Why", "Content", "Risk"}


@pytest.mark.parametrize(
    ("columns", "word", "counts"),
    [
        (("summary", "content"), "approve", True),
        (("summary",), "approve", False),
        (("content",), "approve", False),
        (("summary",), "reject", True),
    ],
)
def test_a_proposal_is_approved_only_where_it_is_shown_whole(shop, columns, word, counts):
    faces = Faces(busy(shop), columns=columns)
    faces.sync()
    row = next(row for row in shop.queue() if row.kind == "proposal")
    faces.enter("google", row, word)

    report = faces.sync("google")["google"].report

    assert [each.key for each in report.decisions] == ([row.key] if counts else [])
    assert (shop.again(row).state == "open") is not counts


# which faces there are


def test_without_a_word_all_faces_that_are_set_up_are_meant(found):
    google = '[sheets.google]\nspreadsheet = "https://docs.google.com/spreadsheets/d/{}/edit#gid=0"\n'
    settings = (
        f'{SETTINGS}\n{google.format("x" * 44)}shared_with = ["You@example.com"]\ncolumns = ["summary"]\n'
    )
    company = found(settings).company

    excel, sheet = faces_of(company)

    assert (excel.channel, excel.sheet) == ("excel", str(FILE))
    assert (sheet.channel, sheet.sheet) == ("google", f"https://docs.google.com/spreadsheets/d/{'x' * 44}")
    assert sheet.shared_with == ("you@example.com",)
    assert [column.name for column in sheet.schema.content] == ["summary"]
    assert [face.channel for face in faces_of(company, excel=Path("b.xlsx"))] == ["excel"]
    assert [face.sheet for face in faces_of(company, google="x" * 44)] == [sheet.sheet]


def test_what_a_new_company_can_uncomment_are_settings_that_exist():
    text = re.sub(r"^# (?=\[|\w+ = )", "", STARTER, flags=re.MULTILINE).replace("/d/…", f"/d/{'x' * 44}")

    settings = Settings.model_validate(tomllib.loads(text))

    assert settings.sheets.google.shared_with == ("you@example.com",)
    assert all(name in STARTER for name in COLUMNS)


def test_a_spreadsheet_without_a_word_who_may_see_it_is_refused(shop):
    with pytest.raises(GoogleNotSetUp, match="shared_with"):
        faces_of(shop.company, google="x" * 44)
    with pytest.raises(NoSpreadsheet, match="names no Google spreadsheet"):
        faces_of(shop.company, google="my sheet")
