"""Rows of several tabs in one workbook: each decision reaches its item, whatever becomes of the tab."""

import openpyxl
import pytest
from sheet_examples import proposal
from sheet_worlds import ExcelWorld, TwinWorld

from sheets_sync.errors import ColumnsWrong


def items():
    return proposal(1), proposal(2, tab="Books"), proposal(3, tab="Books"), proposal(4, tab="Sales")


@pytest.fixture(params=[TwinWorld, ExcelWorld], ids=["twin", "excel"])
def world(request, tmp_path):
    world = request.param(*items(), folder=tmp_path)
    world.sync()
    return world


@pytest.fixture
def excel(tmp_path):
    world = ExcelWorld(*items(), folder=tmp_path)
    world.sync()
    return world


def edit(world, change):
    book = openpyxl.load_workbook(world.path)
    change(book)
    book.save(world.path)


def test_each_item_stands_on_its_tab(world):
    assert [world.keys(tab) for tab in ("", "Books", "Sales")] == [
        ["proposal/1"],
        ["proposal/2", "proposal/3"],
        ["proposal/4"],
    ]
    assert str(world.sync()) == "Nothing new on either side."


def test_a_decision_on_any_tab_is_taken_and_told_there(world):
    world.enter("proposal/3", "approve", "Books")
    world.enter("proposal/4", "reject", "Sales", Note="too dear")

    world.sync()

    assert world.words() == [("proposal/3", "approve"), ("proposal/4", "reject")]
    assert world.line("proposal/3", "Books")["Status"] == "settled (approve)"


def test_a_tab_is_made_when_it_is_first_needed(world):
    world.queue.put(proposal(5, tab="Taxes"))

    assert world.sync().added == 1
    assert world.keys("Taxes") == ["proposal/5"]


def test_a_row_moved_to_another_tab_is_decided_there(world):
    (row,) = world.lines("Sales")
    world.edit(list.clear, "Sales")
    world.edit(lambda lines: lines.append({**row, "decision": "approve"}), "Books")

    report = world.sync()

    assert world.words() == [("proposal/4", "approve")]
    assert report.added == 0


def test_the_rows_of_a_deleted_tab_come_back(world):
    world.delete_tab("Books")

    assert world.sync().added == 2
    assert world.keys("Books") == ["proposal/2", "proposal/3"]


def test_on_a_copied_tab_the_same_entry_counts_once(world):
    world.enter("proposal/2", "approve", "Books")
    world.copy_tab("Books", "Books (2)")

    world.sync()

    assert world.words() == [("proposal/2", "approve")]
    assert world.line("proposal/2", "Books (2)")["Status"] == "settled (approve)"


def test_on_a_copied_tab_another_entry_makes_neither_count(world):
    world.enter("proposal/2", "approve", "Books")
    world.copy_tab("Books", "Books (2)")
    world.enter("proposal/2", "reject", "Books (2)")

    report = world.sync()

    assert not world.words()
    assert "more than once" in report.conflicts[0].message


def test_an_item_that_moves_to_another_tab_is_not_shown_twice(world):
    world.queue.put(proposal(2, tab="Sales"))

    assert world.sync().added == 0
    assert world.keys("Sales") == ["proposal/4"]


# what only a real workbook has


def test_the_tabs_stand_together_in_the_order_they_were_needed(excel):
    book = openpyxl.load_workbook(excel.path)

    assert book.sheetnames == ["Queue", "Books", "Sales", "How this works", "sync lists"]
    assert [sheet.title for sheet in book if sheet.sheet_view.tabSelected] == ["Queue"]
    assert [book[tab]["A1"].value for tab in ("Queue", "Books", "Sales")] == [
        "key",
        "key: Books",
        "key: Sales",
    ]


def test_a_renamed_and_moved_tab_takes_its_new_rows(excel):
    def rename(book):
        book["Books"].title = "Bücher & Belege"
        book.move_sheet("Bücher & Belege", offset=3)

    edit(excel, rename)
    excel.enter("proposal/2", "approve", "Bücher & Belege")
    excel.queue.put(proposal(5, tab="Books"))
    excel.sync()

    assert excel.words() == [("proposal/2", "approve")]
    assert excel.keys("Bücher & Belege") == ["proposal/2", "proposal/3", "proposal/5"]
    assert "Books" not in openpyxl.load_workbook(excel.path).sheetnames


def test_tabs_that_swapped_their_names_keep_their_rows(excel):
    def swap(book):
        book["Books"].title, book["Sales"].title = "x", "Books"
        book["x"].title = "Sales"

    edit(excel, swap)
    excel.queue.put(proposal(5, tab="Books"))
    excel.sync()

    assert excel.keys("Sales") == ["proposal/2", "proposal/3", "proposal/5"]


@pytest.mark.parametrize(
    ("tab", "title"),
    [
        ("Fees: Q1/Q2 [draft]?", "Fees- Q1-Q2 -draft--"),
        ("A capability whose name is far longer than fits", "A capability whose name is far "),
        ("History", "History "),
        ("How this works", "How this works "),
        ("'quoted'", "quoted"),
        ("queue", "queue1"),
    ],
)
def test_a_tab_whose_name_no_sheet_may_have_is_found_again(tab, title, tmp_path):
    world = ExcelWorld(proposal(1), proposal(2, tab=tab), folder=tmp_path)
    world.sync()
    world.queue.put(proposal(3, tab=tab))
    world.sync()

    assert world.keys(title) == ["proposal/2", "proposal/3"]


def test_each_tab_has_its_own_dropdowns(excel):
    book = openpyxl.load_workbook(excel.path)

    named = [one.formula1 for one in book["Books"].data_validations.dataValidation]
    assert named == ["list_of_decision_2", "list_of_choice_2"]
    assert "Books!$A1" in book.defined_names["list_of_decision_2"].attr_text.replace("'", "")


def test_a_tab_without_its_header_is_told_and_nothing_is_written(excel):
    edit(excel, lambda book: book["Sales"].delete_rows(1))
    before = excel.path.read_bytes()

    with pytest.raises(ColumnsWrong, match="Sales"):
        excel.sync()
    assert excel.path.read_bytes() == before
