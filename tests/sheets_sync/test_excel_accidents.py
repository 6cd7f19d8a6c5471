"""What a person does to the sheet by accident: nothing is decided by it, nothing is lost, and it is said."""

import openpyxl
import pytest
from sheet_examples import SCHEMA, proposal, question
from sheet_worlds import ExcelWorld

from sheets_sync.errors import ColumnsWrong

OPEN = ["proposal/1", "proposal/2", "proposal/3"]


@pytest.fixture
def world(tmp_path):
    world = ExcelWorld(*(proposal(number) for number in (1, 2, 3)), folder=tmp_path)
    world.sync()
    return world


def edit(world, change):
    book = openpyxl.load_workbook(world.path)
    change(book, book[SCHEMA.sheet])
    book.save(world.path)


def merge_cells(world, area, **entries):
    def change(book, sheet):
        for address, value in entries.items():
            sheet[address] = value
        sheet.merge_cells(area)

    edit(world, change)


# merged cells


@pytest.mark.parametrize("area", ["A2:J3", "H2:H3", "H2:I2", "C2:D2", "A2:A3", "G2:G3", "B2:J2"])
def test_merged_cells_decide_nothing_and_are_named(world, area):
    merge_cells(world, area, H2="approve", H4="reject")

    report = world.sync()

    assert world.words() == [("proposal/3", "reject")], "the other rows go on"
    assert f"“Queue” the cells {area} are merged" in str(report)
    assert world.sync().added == 0


def test_what_was_asked_in_merged_rows_is_asked_below(world):
    merge_cells(world, "A2:J3")

    assert world.sync().added == 2
    assert world.keys()[-2:] == ["proposal/1", "proposal/2"]

    edit(world, lambda book, sheet: sheet.__setitem__("H6", "approve"))
    world.sync()
    assert world.words() == [("proposal/2", "approve")]


def test_an_unmerged_row_is_a_copy_again(world):
    merge_cells(world, "H2:H3", H2="approve")
    world.sync()
    edit(world, lambda book, sheet: sheet.unmerge_cells("H2:H3"))

    world.sync()

    assert world.words() == [("proposal/1", "approve")], "now it plainly stands beside this item"


def test_merged_cells_of_the_operators_own_are_no_accident(world):
    def change(book, sheet):
        sheet["C6"], sheet["K2"], sheet["H2"] = "later", "mine", "approve"
        sheet.merge_cells("C6:J8")
        sheet.merge_cells("K2:L4")

    edit(world, change)
    world.queue.put(proposal(4))
    report = world.sync()

    assert world.words() == [("proposal/1", "approve")]
    assert not report.notes
    sheet = openpyxl.load_workbook(world.path)[SCHEMA.sheet]
    assert sorted(str(each) for each in sheet.merged_cells.ranges) == ["C6:J8", "K2:L4"]
    assert sheet["A9"].value == "proposal/4", "below the merged cells"


def test_a_merged_header_is_told_and_nothing_is_written(world):
    merge_cells(world, "C1:D1")
    before = world.path.read_bytes()

    with pytest.raises(ColumnsWrong, match="is missing: Content"):
        world.sync()
    assert world.path.read_bytes() == before


# filling down, editing what is ours


def test_keys_filled_down_decide_nothing(world):
    def fill_down(lines):
        for line in lines[1:]:
            line.update(key=lines[0]["key"], hash=lines[0]["hash"], decision="approve")

    world.edit(fill_down)
    report = world.sync()

    assert not world.words()
    assert [conflict.key for conflict in report.conflicts] == ["proposal/1"]
    assert world.keys()[3:] == ["proposal/2", "proposal/3"], "asked again; the first still stands"


def test_keys_that_count_up_when_filled_down_decide_nothing(world):
    def fill_series(lines):
        for number, line in enumerate(lines, 2):
            line.update(key=f"proposal/{number}", hash=f"h{number}", decision="approve")

    world.edit(fill_series)
    report = world.sync()

    assert not world.words()
    assert len(report.conflicts) == 3
    assert world.keys()[3:] == OPEN


def test_a_decision_filled_down_counts_in_each_row_as_it_is_seen(world):
    world.edit(lambda lines: [line.update(decision="approve") for line in lines])
    world.sync()

    assert world.words() == [(key, "approve") for key in OPEN]


@pytest.mark.parametrize("column", ["key", "hash"])
def test_a_hidden_column_shown_and_edited_decides_nothing(world, column):
    world.edit(lambda lines: lines[1].update({column: "oops", "decision": "approve"}))

    report = world.sync()

    assert not world.words()
    assert len(report.conflicts) == 1
    assert world.keys()[-1] == "proposal/2"


def test_an_emptied_key_and_hash_make_a_row_of_the_operators_own(world):
    world.edit(lambda lines: lines[1].update(key=None, hash=None, decision="approve"))

    world.sync()

    assert not world.words()
    assert world.keys() == ["proposal/1", None, "proposal/3", "proposal/2"]


# what the operator adds and arranges


def test_own_columns_between_ours_stay_and_keep_their_formulas(world):
    def add_columns(book, sheet):
        sheet.insert_cols(4, 2)
        sheet["D1"], sheet["D2"], sheet["E1"], sheet["E3"] = "Mine", "=G2*2", "decision maker", "Ada"
        sheet["J2"] = "approve"

    edit(world, add_columns)
    world.queue.put(proposal(4))
    world.sync()

    assert world.words() == [("proposal/1", "approve")]
    sheet = openpyxl.load_workbook(world.path)[SCHEMA.sheet]
    assert (sheet["D2"].value, sheet["E3"].value, sheet["A5"].value) == ("=G2*2", "Ada", "proposal/4")
    assert sheet["I2"].value == "settled (approve)"


def test_filters_hidden_rows_and_panes_stay(world):
    def arrange(book, sheet):
        sheet.row_dimensions[3].hidden = True
        sheet.auto_filter.add_filter_column(2, ["x"])
        sheet.freeze_panes = "D4"
        sheet["H3"] = "reject"

    edit(world, arrange)
    world.queue.put(proposal(4))
    world.sync()

    assert world.words() == [("proposal/2", "reject")], "hidden, but entered"
    sheet = openpyxl.load_workbook(world.path)[SCHEMA.sheet]
    assert [sheet.row_dimensions[line].hidden for line in (2, 3, 4)] == [False, True, False]
    assert sheet.auto_filter.filterColumn[0].colId == 2
    assert sheet.freeze_panes == "D4"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda book, sheet: sheet.delete_rows(1),
        lambda book, sheet: sheet.__setitem__("A1", "Schlüssel"),
        lambda book, sheet: sheet.__setitem__("C1", "Was"),
        lambda book, sheet: setattr(sheet, "title", "Anders") or sheet.delete_rows(1),
    ],
    ids=["deleted", "key translated", "translated", "renamed and deleted"],
)
def test_a_spoilt_header_is_told_and_nothing_is_written(world, spoil):
    edit(world, spoil)
    before = world.path.read_bytes()

    with pytest.raises(ColumnsWrong, match="is missing"):
        world.sync()
    assert world.path.read_bytes() == before


def test_of_a_spoilt_header_only_what_is_wrong_is_named(world):
    edit(world, lambda book, sheet: sheet.delete_cols(1))

    with pytest.raises(ColumnsWrong, match=r"is missing: key\."):
        world.sync()


def test_something_in_the_very_last_line_is_told_before_a_row_is_lost(world):
    edit(world, lambda book, sheet: sheet.__setitem__("C1048576", "x"))
    world.queue.put(proposal(4))
    before = world.path.read_bytes()

    with pytest.raises(ColumnsWrong, match="no line is left"):
        world.sync()
    assert world.path.read_bytes() == before


def test_the_page_that_explains_may_go(world):
    edit(world, lambda book, sheet: book.__delitem__("How this works"))
    world.queue.put(proposal(4))
    world.sync()

    assert world.keys() == [*OPEN, "proposal/4"]
    assert "How this works" not in openpyxl.load_workbook(world.path).sheetnames


# the lists behind the dropdowns


def test_decisions_do_not_depend_on_the_lists(world):
    edit(world, lambda book, sheet: book.__delitem__("sync lists"))
    world.queue.put(question(4, "Business", "Private"))
    world.enter("proposal/1", "approve")
    world.sync()

    assert world.words() == [("proposal/1", "approve")]
    names = [cell.value for cell in openpyxl.load_workbook(world.path)["sync lists"]["A"]]
    assert names == ["question/4 h4 decision", "question/4 h4 choice"]


def test_an_edited_list_makes_no_other_word_valid(world):
    def change(book, sheet):
        for line in book["sync lists"].iter_rows(min_col=3):
            line[0].value = "please"
        sheet["H2"] = "please"

    edit(world, change)
    report = world.sync()

    assert not world.words()
    assert "“please” is not one of" in report.conflicts[0].message


def test_a_list_with_lines_taken_out_is_not_written_over(world):
    def change(book, sheet):
        book["sync lists"]["A1"].value = None

    edit(world, change)
    world.queue.put(proposal(4))
    world.sync()

    names = [cell.value for cell in openpyxl.load_workbook(world.path)["sync lists"]["A"]]
    assert names == [None, "proposal/2 h2 decision", "proposal/3 h3 decision", "proposal/4 h4 decision"]


def test_a_row_shown_again_finds_its_words_without_a_wildcard(world):
    world.edit(lambda lines: lines[0].update(What="spoilt"))
    world.sync()

    assert world.lines()[-1]["hash"] == "h1~2"
    book = openpyxl.load_workbook(world.path)
    assert book["sync lists"]["A4"].value == "proposal/1 h1#2 decision"
    assert "SUBSTITUTE(" in book.defined_names["list_of_decision"].attr_text
