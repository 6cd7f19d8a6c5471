"""The operator's hand in LibreOffice, run by the Python that has `uno`: sort by a column, type words, save.

usage: office_hand.py PIPE FILE COLUMN KEY=WORD…
"""

# ruff: noqa: FBT003 UNO takes everything by position

import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

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


def rows(sheet):
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    return cursor.RangeAddress.EndRow, cursor.RangeAddress.EndColumn


def sort(sheet, column):
    last_row, last_column = rows(sheet)
    titles = [sheet.getCellByPosition(at, 0).String for at in range(last_column + 1)]
    field = uno.createUnoStruct("com.sun.star.table.TableSortField")
    field.Field, field.IsAscending = titles.index(column), False
    fields = uno.Any("[]com.sun.star.table.TableSortField", (field,))
    cells = sheet.getCellRangeByPosition(0, 0, last_column, last_row)
    cells.sort((named("SortFields", fields), named("ContainsHeader", True)))
    return titles


def enter(sheet, titles, key, word):
    for line in range(1, rows(sheet)[0] + 1):
        if sheet.getCellByPosition(titles.index("key"), line).String == key:
            sheet.getCellByPosition(titles.index("decision"), line).String = word


def main(pipe, path, column, *entries):
    desktop = connect(pipe)
    book = desktop.loadComponentFromURL(Path(path).as_uri(), "_blank", 0, (named("Hidden", True),))
    sheet = book.Sheets.getByName("Queue")
    sheet.unprotect("")
    titles = sort(sheet, column)
    for entry in entries:
        enter(sheet, titles, *entry.split("="))
    book.storeToURL(Path(path).as_uri(), (named("FilterName", "Calc MS Excel 2007 XML"),))
    book.close(True)
    desktop.terminate()


main(*sys.argv[1:])
