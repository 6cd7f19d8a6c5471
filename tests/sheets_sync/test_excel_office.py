"""A real LibreOffice opens, sorts, fills in and saves the workbook; a sync then reads it."""

import shutil
import subprocess
import uuid
from pathlib import Path

import openpyxl
import pytest
from sheet_examples import SCHEMA, proposal, question
from sheet_worlds import ExcelWorld
from test_excel_workbook import PAYLOADS

HAND = Path(__file__).with_name("office_hand.py")
PYTHON = "/usr/bin/python3"  # the one that LibreOffice's `uno` belongs to
WITHIN_S = 90
ROWS = 1_000


def _missing():
    if not shutil.which("soffice"):
        return "LibreOffice (soffice) is not installed"
    probe = subprocess.run([PYTHON, "-c", "import uno"], capture_output=True, check=False)
    return "python3-uno is not installed" if probe.returncode else ""


pytestmark = [pytest.mark.office, pytest.mark.skipif(bool(_missing()), reason=_missing() or "present")]


def work_in_office(world, *steps):
    pipe = f"sheets{uuid.uuid4().hex}"
    profile = f"-env:UserInstallation=file://{world.path.parent}/profile"
    flags = ["--headless", "--norestore", "--nologo", f"--accept=pipe,name={pipe};urp;"]
    office = subprocess.Popen(["soffice", profile, *flags], stderr=subprocess.DEVNULL)
    try:
        subprocess.run([PYTHON, HAND, pipe, world.path, *steps], check=True, timeout=WITHIN_S)
        office.wait(WITHIN_S)
    finally:
        office.kill()


def test_what_a_person_does_in_libreoffice_reaches_the_queue(tmp_path):
    rows = [proposal(number, cells={"title": text}) for number, text in enumerate(PAYLOADS, 10)]
    world = ExcelWorld(proposal(1), proposal(2), question(3, "Business", "Private"), *rows, folder=tmp_path)
    world.sync()

    work_in_office(
        world,
        "sort|Amount",
        "enter|decision|proposal/1|Approve",
        "enter|decision|proposal/2|aprove",
        "enter|decision|question/3|defer",
    )
    report = world.sync()

    assert sorted(world.words()) == [("proposal/1", "approve"), ("question/3", "defer")]
    assert [conflict.key for conflict in report.conflicts] == ["proposal/2"]
    assert (report.held, report.added) == ("", 0), "LibreOffice kept every row as it was written"
    assert [line["key"] for line in world.lines()][:3] == ["question/3", "proposal/2", "proposal/1"]


def test_after_libreoffice_saved_it_the_workbook_is_still_ours(tmp_path):
    world = ExcelWorld(proposal(1), question(3, "Business", "Private"), folder=tmp_path)
    world.sync()

    work_in_office(world, "sort|Amount")
    world.queue.put(proposal(4))
    world.sync()

    book = openpyxl.load_workbook(world.path)
    sheet = book[SCHEMA.sheet]
    assert [one.sqref for one in sheet.data_validations.dataValidation] == ["H2:H1048576", "I2:I1048576"]
    assert "MATCH" in book.defined_names["list_of_choice"].attr_text
    assert sheet.auto_filter.ref == "A1:J4"
    assert [sheet.column_dimensions[letter].hidden for letter in "AC"] == [True, False]


def test_a_day_of_work_on_a_thousand_rows_reaches_the_queue(tmp_path):
    world = ExcelWorld(*map(proposal, range(1, ROWS + 1)), folder=tmp_path)
    world.sync()

    work_in_office(
        world,
        "enter|decision|proposal/100|approve",
        "fill_down|decision|proposal/100|4",  # to 104
        "delete_row|proposal/200",
        "insert_row|proposal/300|a line of my own",
        "insert_column|Mine|Content|=F2*2",
        "enter|Note|proposal/400|too dear",
        "enter|decision|proposal/400|reject",
        "enter|What|proposal/500|Something else",
        "enter|decision|proposal/500|approve",
        "fill_down|What|proposal/600|2",  # to 602
        "merge|decision|proposal/700|1",
        "sort|Amount",
    )
    report = world.sync()

    assert sorted(world.words()) == [
        *((f"proposal/{number}", "approve") for number in range(100, 105)),
        ("proposal/400", "reject"),
    ]
    assert [conflict.key for conflict in report.conflicts if conflict.key == "proposal/500"]
    assert {"proposal/200", "proposal/500", "proposal/601", "proposal/602"} <= set(world.keys()[-8:])
    assert "merged" in str(report)
    sheet = openpyxl.load_workbook(world.path)[SCHEMA.sheet]
    assert sheet["D1"].value == "Mine"
    assert "a line of my own" in {cell.value for cell in sheet["C"]}

    world.sync()
    work_in_office(world, "sort|What")
    assert str(world.sync()).startswith("Nothing new"), "the workbook opens again and is as it was"
