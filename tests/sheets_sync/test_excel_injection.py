"""Every payload through every text column: no cell is a formula, and each text comes back as it was."""

import csv
import shutil
import subprocess
import zipfile

import openpyxl
import pytest
from injections import ALL, DANGEROUS
from sheet_examples import SCHEMA, proposal
from sheet_worlds import ExcelWorld

from sheets_sync.celltext import escape
from sheets_sync.row import Odd

AS_TEXT = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1"  # the first sheet, in UTF-8


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    items = [
        proposal(number, cells={"title": text, "content": text}, status=text, choices=(text,))
        for number, text in enumerate(ALL)
    ]
    world = ExcelWorld(*items, folder=tmp_path_factory.mktemp("injected"))
    world.sync()
    return world


def test_there_are_enough_of_them():
    assert len(DANGEROUS) >= 300


def test_no_cell_of_any_sheet_is_a_formula(world):
    cells = [cell for sheet in openpyxl.load_workbook(world.path) for line in sheet for cell in line]

    assert len(cells) > 4 * len(ALL)
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    with zipfile.ZipFile(world.path) as archive:
        parts = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any(b"<f>" in part or b"<f " in part or b"<hyperlink" in part for part in parts)


def test_every_text_comes_back_as_it_was(world):
    for name in ("title", "content"):
        assert [text or "" for text in world.content(name)] == ALL
    assert world.sync().added == 0, "every row is known again"


def test_a_cell_edited_by_hand_stays_text(world):
    sheet = openpyxl.load_workbook(world.path)[SCHEMA.sheet]

    starts = tuple("=+-@\t")
    assert all(sheet.cell(line, 3).quotePrefix for line, text in enumerate(ALL, 2) if text.startswith(starts))
    assert {sheet.cell(line, 3).number_format for line in range(2, 20)} == {"@"}


@pytest.mark.office
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice (soffice) is not installed")
def test_libreoffice_shows_every_text_as_text(world, tmp_path):
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", AS_TEXT, "--outdir", tmp_path, world.path]
    subprocess.run(command, check=True, capture_output=True, timeout=90)

    (shown,) = tmp_path.glob("*.csv")
    with shown.open(encoding="utf-8", newline="") as file:
        texts = [line[2] for line in csv.reader(file)][1:]
    assert [text.strip() for text in texts] == [_as_seen(text) for text in ALL]


def _as_seen(text):
    """A line break is shown as one; blanks at either end are not looked at."""
    return escape(text).replace("\r\n", "\n").strip()


@pytest.mark.parametrize(
    ("entry", "odd"),
    [
        ("=1+1", "a formula"),
        ('="approve"', "a formula"),
        ('=HYPERLINK("http://evil.test","approve")', "a formula"),
        ("#N/A", "an error value"),
        ("#REF!", "an error value"),
        (True, "a true/false value"),
        (False, "a true/false value"),
    ],
    ids=str,
)
def test_what_is_no_plain_word_is_no_decision(entry, odd, tmp_path):
    world = ExcelWorld(proposal(1), folder=tmp_path)
    world.sync()
    world.enter("proposal/1", entry)

    assert world.workbook.read(SCHEMA).rows[0].entered["decision"] == Odd(odd)
    report = world.sync()
    assert not world.words()
    assert odd in report.conflicts[0].message
