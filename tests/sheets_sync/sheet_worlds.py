"""A queue, a workbook and the operator's hand on it; the same tests run on the twin and on a real XLSX file."""

from datetime import datetime
from pathlib import Path

import openpyxl
from sheet_examples import SCHEMA

from sheets_sync.excel import ExcelWorkbook
from sheets_sync.excel.cells import take
from sheets_sync.sync import synchronize
from sheets_sync.testing import MemoryBase, MemoryQueue, MemoryWorkbook


class World:
    """The operator sees and edits a list of lines on each tab, each a dict by column title; "" is the schema's own."""

    def __init__(self, *rows):
        self.queue = MemoryQueue(*rows)
        self.base = MemoryBase()

    def sync(self):
        return synchronize(SCHEMA, self.queue, self.workbook, self.base)

    def edit(self, change, tab=""):
        lines = self.lines(tab)
        change(lines)
        self.save(lines, tab)

    def enter(self, key, word, tab="", **more):
        """Fill in the amber columns beside an item."""
        self.edit(
            lambda lines: [line.update(decision=word, **more) for line in lines if line.get("key") == key],
            tab,
        )

    def line(self, key, tab=""):
        return next(line for line in reversed(self.lines(tab)) if line.get("key") == key)

    def keys(self, tab=""):
        return [line.get("key") for line in self.lines(tab)]

    def close(self):
        pass

    def words(self):
        return [(decision.key, decision.word) for decision in self.queue.decisions]


class TwinWorld(World):
    def __init__(self, *rows, folder=None):
        super().__init__(*rows)
        self.workbook = MemoryWorkbook()

    def lines(self, tab=""):
        return [dict(line) for line in self.workbook.tabs[tab]]

    def save(self, lines, tab=""):
        self.workbook.tabs[tab] = lines

    def copy_tab(self, tab, name):
        self.workbook.tabs[name] = self.lines(tab)

    def delete_tab(self, tab):
        del self.workbook.tabs[tab]

    def open_elsewhere(self, *, opened=True):
        self.workbook.held = "it is open elsewhere" if opened else ""


class ExcelWorld(World):
    def __init__(self, *rows, folder: Path):
        super().__init__(*rows)
        self.path = folder / "approvals.xlsx"
        self.workbook = ExcelWorkbook(self.path)

    def lines(self, tab=""):
        sheet = openpyxl.load_workbook(self.path)[tab or SCHEMA.sheet]
        titles, *rows = sheet.iter_rows(values_only=True)
        titles = ["key" if str(title).startswith("key:") else title for title in titles]
        return [{t: _plain(value) for t, value in zip(titles, row, strict=True) if t} for row in rows]

    def content(self, name):
        """What the sync reads in one column, line by line."""
        sheet = openpyxl.load_workbook(self.path, rich_text=True)[SCHEMA.sheet]
        at = next(at for at, column in enumerate(SCHEMA.columns, 1) if column.name == name)
        return [take(sheet.cell(line, at), SCHEMA.get(name)) for line in range(2, sheet.max_row + 1)]

    def save(self, lines, tab=""):
        book = openpyxl.load_workbook(self.path)
        sheet = book[tab or SCHEMA.sheet]
        titles = [cell.value for cell in sheet[1]]
        sheet.delete_rows(2, sheet.max_row)
        for line in lines:
            sheet.append([line.get("key" if str(title).startswith("key:") else title) for title in titles])
        book.save(self.path)

    def copy_tab(self, tab, name):
        book = openpyxl.load_workbook(self.path)
        book.copy_worksheet(book[tab or SCHEMA.sheet]).title = name
        book.save(self.path)

    def delete_tab(self, tab):
        book = openpyxl.load_workbook(self.path)
        del book[tab or SCHEMA.sheet]
        book.save(self.path)

    def open_elsewhere(self, *, opened=True):
        lock = self.path.with_name(f"~${self.path.name}")
        lock.write_bytes(b"\x03Ada") if opened else lock.unlink()


def _plain(value):
    return value.date() if isinstance(value, datetime) else value
