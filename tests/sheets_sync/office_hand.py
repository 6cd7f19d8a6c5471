"""The operator's hand in LibreOffice, run by the Python that has `uno`: does one thing after another, then saves.

usage: office_hand.py PIPE FILE STEP…, where a step is one of the functions here and what it takes, by "|".
"""

# ruff: noqa: FBT003 UNO takes everything by position

import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.sheet.FillDirection import TO_BOTTOM

STARTS_WITHIN_S = 60


def connect(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    until = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except NoConnectException:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def named(name, value):
    return PropertyValue(Name=name, Value=value)


def end(sheet):
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    return cursor.RangeAddress.EndRow, cursor.RangeAddress.EndColumn


def column(sheet, title):
    titles = [sheet.getCellByPosition(at, 0).String for at in range(end(sheet)[1] + 1)]
    return titles.index(title)


def line(sheet, key):
    """Return where the first row of that key stands."""
    at = column(sheet, "key")
    keys = sheet.getCellRangeByPosition(at, 0, at, end(sheet)[0]).DataArray
    return next(number for number, (found,) in enumerate(keys) if found == key)


def sort(sheet, title):
    last_row, last_column = end(sheet)
    field = uno.createUnoStruct("com.sun.star.table.TableSortField")
    field.Field, field.IsAscending = column(sheet, title), False
    fields = uno.Any("[]com.sun.star.table.TableSortField", (field,))
    cells = sheet.getCellRangeByPosition(0, 0, last_column, last_row)
    cells.sort((named("SortFields", fields), named("ContainsHeader", True)))


def enter(sheet, title, key, text):
    sheet.getCellByPosition(column(sheet, title), line(sheet, key)).String = text


def fill_down(sheet, title, key, lines):
    """Fill a cell down over so many lines below it."""
    at, first = column(sheet, title), line(sheet, key)
    cells = sheet.getCellRangeByPosition(at, first, at, first + int(lines))
    cells.fillAuto(TO_BOTTOM, 1)


def delete_row(sheet, key):
    sheet.Rows.removeByIndex(line(sheet, key), 1)


def insert_row(sheet, key, text):
    """Insert a row of the operator's own above that item."""
    at = line(sheet, key)
    sheet.Rows.insertByIndex(at, 1)
    sheet.getCellByPosition(column(sheet, "What"), at).String = text


def insert_column(sheet, title, before, formula):
    at = column(sheet, before)
    sheet.Columns.insertByIndex(at, 1)
    sheet.getCellByPosition(at, 0).String = title
    sheet.getCellByPosition(at, 1).Formula = formula


def merge(sheet, title, key, lines):
    at, first = column(sheet, title), line(sheet, key)
    sheet.getCellRangeByPosition(at, first, at, first + int(lines)).merge(True)


def main(pipe, path, *steps):
    desktop = connect(pipe)
    book = desktop.loadComponentFromURL(Path(path).as_uri(), "_blank", 0, (named("Hidden", True),))
    sheet = book.Sheets.getByName("Queue")
    sheet.unprotect("")
    for step in steps:
        name, *words = step.split("|")
        globals()[name](sheet, *words)
    book.storeToURL(Path(path).as_uri(), (named("FilterName", "Calc MS Excel 2007 XML"),))
    book.close(True)
    desktop.terminate()


main(*sys.argv[1:])
