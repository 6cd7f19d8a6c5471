"""The dropdowns: which words a row takes is looked up by its key and hash, so they stay right when rows are sorted.

The words lie on a hidden sheet, one list a line: name, length, words. They are reached through defined names because
a dropdown that names another sheet becomes an extension when Excel saves it, which openpyxl would drop. No decision
depends on that sheet; without it a word is typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openpyxl import Workbook
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from sheets_sync.excel.cells import put
from sheets_sync.excel.names import DROPDOWN, LAST_LINE, LISTS
from sheets_sync.excel.table import Table
from sheets_sync.row import Row
from sheets_sync.schema import CHOICE, DECISION, HASH, KEY, Column, Schema

_WILD, _TAME = "~", "#"  # MATCH takes "~" for an escape


def lay(book: Workbook, tables: Sequence[Table], schema: Schema, append: Sequence[Row]) -> None:
    """Add the lists of new rows and put every dropdown back in its place."""
    _add_lists(book, schema, append)
    for number, table in enumerate(tables):
        validations = table.sheet.data_validations
        others = [one for one in validations.dataValidation if not str(one.formula1).startswith(DROPDOWN)]
        validations.dataValidation = others
        for column in (column for column in schema.human if column.kind == "choice"):
            name = f"{DROPDOWN}{column.name}" + (f"_{number + 1}" if number else "")
            formula = _formula(_list_name(column, table))
            book.defined_names[name] = DefinedName(name, attr_text=formula, hidden=True)
            validations.dataValidation.append(_dropdown(column, name, table))


def _add_lists(book: Workbook, schema: Schema, append: Sequence[Row]) -> None:
    if LISTS not in book.sheetnames:
        book.create_sheet(LISTS).sheet_state = "hidden"
    sheet = book[LISTS]
    have = {cell.value for cell in sheet["A"]} - {None}
    new = {name: words for name, words in _lists(schema, append) if words and name not in have}
    for line, (name, words) in enumerate(new.items(), sheet.max_row + 1 if have else 1):
        sheet.cell(line, 2, len(words))
        for at, text in ((1, name), *enumerate(words, 3)):
            put(sheet.cell(line, at), text)


def _lists(schema: Schema, append: Sequence[Row]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for column in schema.human:
        yield f"column {column.name}", column.choices
    for row in append:
        name = " ".join(row.name).replace(_WILD, _TAME)
        yield f"{name} {DECISION.name}", row.decisions
        yield f"{name} {CHOICE.name}", row.choices


def _list_name(column: Column, table: Table) -> str:
    """Return the formula for a list's name: of the row it is used in, or of the whole column."""
    if column.name not in (DECISION.name, CHOICE.name):
        return f'"column {column.name}"'
    sheet = quote_sheetname(table.sheet.title)
    key, mark = (f"{sheet}!${get_column_letter(table.columns[name])}1" for name in (KEY.name, HASH.name))
    return f'SUBSTITUTE({key}&" "&{mark},"{_WILD}","{_TAME}")&" {column.name}"'


def _formula(name: str) -> str:
    lists = quote_sheetname(LISTS)
    line = f"MATCH({name},{lists}!$A$1:$A${LAST_LINE},0)"
    return f"OFFSET({lists}!$C$1,{line}-1,0,1,INDEX({lists}!$B$1:$B${LAST_LINE},{line}))"


def _dropdown(column: Column, name: str, table: Table) -> DataValidation:
    """A dropdown warns of another word where words are fixed; the merge has the last say either way."""
    letter = get_column_letter(table.columns[column.name])
    dropdown = DataValidation(type="list", formula1=name, allow_blank=True)
    dropdown.showErrorMessage = column.name != CHOICE.name
    dropdown.errorStyle = "warning"
    dropdown.errorTitle = column.title
    dropdown.error = "This row does not take that word; it would not be counted."
    dropdown.add(f"{letter}{table.header + 1}:{letter}{LAST_LINE}")
    return dropdown
