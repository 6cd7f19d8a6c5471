"""How a row looks: its column's format, tones and ages, told by more than colour."""

from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from sheets_sync.excel import ExcelWorkbook
from sheets_sync.row import Row
from sheets_sync.schema import DECISION, HASH, KEY, STATUS, Column, Schema

SCHEMA = Schema(
    "Queue",
    (
        KEY,
        HASH,
        Column("risk", "Risk", tones=(("low", "calm"), ('so "so"', "warm"), ("high", "hot"))),
        Column("asked_on", "Asked", kind="date", ages=(3, 7), format="dd.mm.yyyy"),
        Column("rate", "Rate", kind="number", format="0.000"),
        STATUS,
        DECISION,
    ),
)


def row(number, risk):
    cells = {"risk": risk, "asked_on": date(2026, 5, number), "rate": Decimal("1.5")}
    return Row(key=f"p/{number}", hash="h", cells=cells, status="open", open=True)


@pytest.fixture
def sheet(tmp_path):
    workbook = ExcelWorkbook(tmp_path / "queue.xlsx")
    rows = [row(number, risk) for number, risk in enumerate(("low", 'so "so"', "high"), 1)]
    workbook.write(SCHEMA, workbook.read(SCHEMA), rows, {})
    return openpyxl.load_workbook(tmp_path / "queue.xlsx")["Queue"]


def rules(sheet, letter):
    return [
        rule
        for area in sheet.conditional_formatting
        if str(area.sqref) == f"{letter}2:{letter}1048576"
        for rule in area.rules
    ]


def test_each_word_has_its_tone(sheet):
    conditions = [(rule.formula, rule.dxf.fill and rule.dxf.fill.bgColor.rgb) for rule in rules(sheet, "C")]

    assert conditions == [
        (['$C2="low"'], None),
        (['$C2="so ""so"""'], "00FDE3B4"),
        (['$C2="high"'], "00F4A9A0"),
    ]


def test_a_day_that_lies_back_is_marked_by_a_sign_too(sheet):
    hot, warm = rules(sheet, "D")

    assert (hot.formula, hot.dxf.numFmt.formatCode) == (
        ["AND(ISNUMBER($D2),TODAY()-$D2>=7)"],
        'dd.mm.yyyy" !!"',
    )
    assert (warm.formula, warm.dxf.numFmt.formatCode) == (
        ["AND(ISNUMBER($D2),TODAY()-$D2>=3)"],
        'dd.mm.yyyy" !"',
    )


def test_tones_differ_in_grey_too(sheet):
    calm, warm, hot = (rule.dxf for rule in rules(sheet, "C"))

    def lightness(fill):
        red, green, blue = bytes.fromhex(fill.bgColor.rgb[2:])
        return 0.299 * red + 0.587 * green + 0.114 * blue

    assert calm.fill is None
    assert lightness(warm.fill) < 255 - 20
    assert lightness(hot.fill) < lightness(warm.fill) - 20
    assert (warm.font.b, hot.font.b, bool(hot.border.left)) == (False, True, True)


def test_a_column_has_its_own_format(sheet):
    assert [cell.number_format for cell in sheet[2]][3:5] == ["dd.mm.yyyy", "0.000"]
    assert (sheet["D2"].value.date(), sheet["E2"].value) == (date(2026, 5, 1), 1.5)


def test_the_conditional_formats_are_laid_once_and_are_the_operators_then(tmp_path):
    workbook = ExcelWorkbook(tmp_path / "queue.xlsx")
    workbook.write(SCHEMA, workbook.read(SCHEMA), [row(1, "low")], {})
    book = openpyxl.load_workbook(tmp_path / "queue.xlsx")
    book["Queue"].conditional_formatting = type(book["Queue"].conditional_formatting)()
    book.save(tmp_path / "queue.xlsx")

    workbook.write(SCHEMA, workbook.read(SCHEMA), [row(2, "high")], {})

    assert not openpyxl.load_workbook(tmp_path / "queue.xlsx")["Queue"].conditional_formatting


def test_the_page_that_explains_is_printed_on_one_page(sheet):
    guide = sheet.parent["How this works"]

    assert guide.page_setup.fitToHeight == 1
    assert guide.sheet_properties.pageSetUpPr.fitToPage
