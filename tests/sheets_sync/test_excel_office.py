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


def _missing():
    if not shutil.which("soffice"):
        return "LibreOffice (soffice) is not installed"
    probe = subprocess.run([PYTHON, "-c", "import uno"], capture_output=True, check=False)
    return "python3-uno is not installed" if probe.returncode else ""


pytestmark = [pytest.mark.office, pytest.mark.skipif(bool(_missing()), reason=_missing() or "present")]


def work_in_office(world, column, *entries):
    pipe = f"sheets{uuid.uuid4().hex}"
    profile = f"-env:UserInstallation=file://{world.path.parent}/profile"
    flags = ["--headless", "--norestore", "--nologo", f"--accept=pipe,name={pipe};urp;"]
    office = subprocess.Popen(["soffice", profile, *flags], stderr=subprocess.DEVNULL)
    try:
        subprocess.run([PYTHON, HAND, pipe, world.path, column, *entries], check=True, timeout=WITHIN_S)
        office.wait(WITHIN_S)
    finally:
        office.kill()


def test_what_a_person_does_in_libreoffice_reaches_the_queue(tmp_path):
    rows = [proposal(number, cells={"title": text}) for number, text in enumerate(PAYLOADS, 10)]
    world = ExcelWorld(proposal(1), proposal(2), question(3, "Business", "Private"), *rows, folder=tmp_path)
    world.sync()

    work_in_office(world, "Amount", "proposal/1=Approve", "proposal/2=aprove", "question/3=defer")
    report = world.sync()

    assert sorted(world.words()) == [("proposal/1", "approve"), ("question/3", "defer")]
    assert [conflict.key for conflict in report.conflicts] == ["proposal/2"]
    assert (report.held, report.added) == ("", 0), "LibreOffice kept every row as it was written"
    assert [line["key"] for line in world.lines()][:3] == ["question/3", "proposal/2", "proposal/1"]


def test_after_libreoffice_saved_it_the_workbook_is_still_ours(tmp_path):
    world = ExcelWorld(proposal(1), question(3, "Business", "Private"), folder=tmp_path)
    world.sync()

    work_in_office(world, "Amount")
    world.queue.put(proposal(4))
    world.sync()

    book = openpyxl.load_workbook(world.path)
    sheet = book[SCHEMA.sheet]
    assert [one.sqref for one in sheet.data_validations.dataValidation] == ["H2:H1048576", "I2:I1048576"]
    assert "MATCH" in book.defined_names["list_of_choice"].attr_text
    assert sheet.auto_filter.ref == "A1:J4"
    assert [sheet.column_dimensions[letter].hidden for letter in "AC"] == [True, False]
