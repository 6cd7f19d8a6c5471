"""Bank statements as workbooks (XLSX, XLS, ODS): each sheet with the header of a statement is read like a CSV."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from workbench import refusal
from workbench.connectors.bank.errors import SHORTER, NotAStatement, Refused
from workbench.connectors.bank.limits import MAX_PREAMBLE_ROWS, MAX_ROWS
from workbench.connectors.bank.table_header import Row, find_header, holds_securities
from workbench.connectors.bank.table_rows import BOOKED_ONLY, Table, table
from workbench.connectors.bank.table_statement import read_tables
from workbench.workbook import kind_of, open_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.connectors.bank.layout import Layout
    from workbench.connectors.bank.reading import Reading
    from workbench.workbook import Sheet


def matches(content: bytes) -> bool:
    """Whether it is a workbook; only its cells tell whether it is a statement."""
    return kind_of(content) is not None


def read(content: bytes, *, layouts: Mapping[str, Layout]) -> Reading:
    """Read every account and currency of every sheet that is a statement, or refuse the file whole."""
    try:
        workbook = open_workbook(content)
        tables = [found for sheet in workbook.sheets if (found := _table(sheet))]
    except Refused:
        raise
    except refusal.Refused as error:
        raise Refused(error.what, where=error.where, todo=error.todo) from error
    if not tables:
        raise NotAStatement(
            "none of its sheets has the header of a statement: a date, and an amount or debit and credit",
            todo="Hand in the bank's own export, or set such a header over the columns.",
        )
    if workbook.error:
        raise Refused(
            f"it holds an error such as #REF! ({workbook.error})",
            todo="Correct that cell and hand it in again.",
        )
    return read_tables(tables, layouts, kind=workbook.kind)


def _table(sheet: Sheet) -> Table | None:
    """The sheet as a table; only where it begins with a header are all of its rows read."""
    numbered = (Row(sheet.first_row + number, cells) for number, cells in enumerate(sheet.rows))
    rows = list(islice(numbered, MAX_PREAMBLE_ROWS))
    header = find_header(rows)
    if header is None:
        if any(holds_securities(row.cells) for row in rows):
            raise NotAStatement("it lists securities, which are not read", todo=BOOKED_ONLY)
        return None
    rows += islice(numbered, MAX_ROWS)
    if len(rows) > MAX_ROWS:
        raise Refused(f"it has more than {MAX_ROWS:,} rows", todo=SHORTER)
    return table(header, rows)
