"""H4: after fifty syncs what the operator made is as it was, by openpyxl and to the byte of every part not ours."""

import zipfile
from io import BytesIO

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image
from openpyxl.formatting.rule import ColorScaleRule
from openpyxl.styles import PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from PIL import Image as Picture
from sheet_examples import SCHEMA, proposal
from sheet_worlds import ExcelWorld

SYNCS = 50
OURS = ("Queue", "How this works", "sync lists")
REWRITTEN = ("xl/workbook.xml", "xl/styles.xml", "docProps/core.xml", "[Content_Types].xml")


def decorate(book):
    sheet = book[SCHEMA.sheet]
    sheet["K1"], sheet["K2"] = "My column", "=E2*2"
    sheet["C2"].comment = Comment("look here", "Ada")
    sheet["C2"].fill = PatternFill("solid", fgColor="FFCC00")
    sheet.column_dimensions["C"].width = 77
    sheet.auto_filter.add_filter_column(4, ["199.50"])
    own = book.create_sheet("My sheet")
    for line in range(1, 20):
        own.append([line, f"=A{line}*2", f"text {line}"])
    own["C3"].comment = Comment("mine", "Ada")
    own["C4"].hyperlink = "http://example.com"
    own.merge_cells("E1:F3")
    own.conditional_formatting.add("A1:A19", ColorScaleRule("min", None, "FFFFFF", "max", None, "00FF00"))
    words = DataValidation(type="list", formula1='"yes,no"')
    words.add("D1:D9")
    own.add_data_validation(words)
    own.freeze_panes, own.print_area, own.sheet_properties.tabColor = "B2", "A1:D19", "FF0000"
    chart = BarChart()
    chart.add_data(Reference(own, min_col=1, min_row=1, max_row=19))
    own.add_chart(chart, "H2")
    png = BytesIO()
    Picture.new("RGB", (8, 8), "red").save(png, "PNG")
    own.add_image(Image(png), "H20")
    listed = book.create_sheet("Listed")
    for line in (("Name", "Sum"), ("a", 1), ("b", 2)):
        listed.append(line)
    listed.add_table(Table(displayName="Sums", ref="A1:B3"))
    listed.sheet_state = "hidden"


def parts(path):
    """Return the bytes of each part that is not a sheet of ours, by name."""
    sheets = {
        f"sheet{number}.xml"
        for number, name in enumerate(openpyxl.load_workbook(path).sheetnames, 1)
        if name in OURS
    }
    with zipfile.ZipFile(path) as archive:
        return {
            name: archive.read(name)
            for name in archive.namelist()
            if name not in REWRITTEN and name.rpartition("/")[2] not in sheets
        }


def as_openpyxl_sees_it(path):
    book = openpyxl.load_workbook(path)
    own = book["My sheet"]
    return {
        "cells": [[(cell.value, cell.style_id and cell.number_format) for cell in line] for line in own],
        "comments": {cell.coordinate: cell.comment.text for line in own for cell in line if cell.comment},
        "link": own["C4"].hyperlink.target,
        "merged": str(own.merged_cells),
        "rules": [rule.type for area in own.conditional_formatting for rule in area.rules],
        "words": [(str(one.sqref), one.formula1) for one in own.data_validations.dataValidation],
        "frame": (own.freeze_panes, own.print_area, own.sheet_properties.tabColor.rgb),
        "drawn": (len(own._charts), len(own._images)),
        "tables": list(book["Listed"].tables.items()),
        "hidden": book["Listed"].sheet_state,
    }


@pytest.fixture
def world(tmp_path):
    world = ExcelWorld(proposal(1), proposal(2), folder=tmp_path)
    world.sync()
    book = openpyxl.load_workbook(world.path)
    decorate(book)
    book.save(world.path)
    openpyxl.load_workbook(world.path).save(world.path)  # it spells out defaults once
    return world


def test_h4_nothing_of_the_operators_has_changed_after_fifty_syncs(world):
    made, seen = parts(world.path), as_openpyxl_sees_it(world.path)

    for number in range(10, 10 + SYNCS):
        world.queue.put(proposal(number, cells={"title": f"item {number}"}))
        assert world.sync().added == 1

    assert as_openpyxl_sees_it(world.path) == seen
    assert len(made) >= 12, (
        "sheets, their relations, comments, a chart, a drawing, a picture, a table, a theme"
    )
    after = parts(world.path)
    assert {name for name, part in made.items() if after.get(name) != part} == set()


def test_h4_what_the_operator_made_in_our_sheet_stays(world):
    for number in range(10, 10 + SYNCS):
        world.queue.put(proposal(number, cells={"title": f"item {number}"}))
        world.sync()

    sheet = openpyxl.load_workbook(world.path)[SCHEMA.sheet]
    assert (sheet["K1"].value, sheet["K2"].value) == ("My column", "=E2*2")
    assert (sheet["C2"].comment.text, sheet["C2"].comment.author) == ("look here", "Ada")
    assert sheet["C2"].fill.fgColor.rgb == "00FFCC00"
    assert sheet.column_dimensions["C"].width == 77
    assert sheet.auto_filter.ref == f"A1:J{3 + SYNCS}"
    assert sheet.auto_filter.filterColumn[0].filters.filter == ["199.50"]
    assert len(sheet.data_validations.dataValidation) == 2
