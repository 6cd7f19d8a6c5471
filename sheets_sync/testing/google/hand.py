"""The operator's hand: what a person does to a spreadsheet in the browser, between any two calls of ours."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sheets_sync.testing.google.a1 import Box
from sheets_sync.testing.google.cell import Cell, as_text
from sheets_sync.testing.google.drive import permission
from sheets_sync.testing.google.edit_cells import sort
from sheets_sync.testing.google.edit_lines import delete_lines, insert_lines, move_lines
from sheets_sync.testing.google.edit_tabs import duplicate
from sheets_sync.testing.google.errors import JsonObject
from sheets_sync.testing.google.grid import Dimension, Sheet
from sheets_sync.testing.google.spreadsheet import Spreadsheet
from sheets_sync.testing.google.values import enter

MAX_UNDO = 100


class NoSuchTab(LookupError):
    """A test names a tab that is not there."""

    def __init__(self, title: str) -> None:
        super().__init__(f"There is no tab {title!r}; see `Hand.tabs`.")


class Hand:
    """A person at work on one spreadsheet; rows and columns count from 0, the header is row 0.

    `undo` brings the whole spreadsheet back to before the person's last step, changes others made since included.
    """

    def __init__(self, book: Spreadsheet, lock: threading.RLock, clock: Callable[[], float]) -> None:
        self.book = book
        self._lock = lock
        self._clock = clock
        self._before: list[Spreadsheet] = []

    @contextmanager
    def _step(self) -> Iterator[Spreadsheet]:
        with self._lock:
            self._before = [*self._before, self.book.copy()][-MAX_UNDO:]
            yield self.book
            self.book.version += 1
            self.book.modified = self._clock()

    @property
    def tabs(self) -> list[str]:
        """The titles of the tabs, from the left."""
        return [sheet.title for sheet in self.book.sheets]

    def _tab(self, title: str) -> Sheet:
        found = self.book.tab(title)
        if found is None:
            raise NoSuchTab(title)
        return found

    def grid(self, tab: str) -> list[list[str]]:
        """Return what the person sees, without the empty rows at the end; formulas as what they show."""
        with self._lock:
            sheet = self._tab(tab)
            return [
                [self.text(tab, row, column) for column in range(sheet.column_count)]
                for row in range(sheet.last_row())
            ]

    def text(self, tab: str, row: int, column: int) -> str:
        """Return what one cell shows."""
        with self._lock:
            sheet = self._tab(tab)
            what = self.book.shows(sheet, row, column)
            number_format = (sheet.cell(row, column).format or {}).get("numberFormat")
            return "" if what is None else as_text(what, number_format)

    def type_in(self, tab: str, row: int, column: int, text: str) -> None:
        """Type into a cell: a number becomes one, `=…` a formula, TRUE a truth value, a date a serial."""
        with self._step() as book:
            sheet = self._tab(tab)
            sheet.grow(row + 1, column + 1)
            sheet.put(row, {column: enter(sheet.cell(row, column), text, str(book.properties["locale"]))})

    def note(self, tab: str, row: int, column: int, text: str) -> None:
        """Write a note on a cell."""
        self._put(tab, row, column, lambda cell: replace(cell, note=text))

    def link(self, tab: str, row: int, column: int, address: str) -> None:
        """Make a cell's text a link."""
        part = {"textFormat": {"link": {"uri": address}}}
        self._put(tab, row, column, lambda cell: replace(cell, format={**(cell.format or {}), **part}))

    def break_formula(self, tab: str, row: int, column: int, kind: str = "REF", message: str = "") -> None:
        """Let a formula show an error, such as REF, N_A or NAME."""
        error: JsonObject = {"type": kind, "message": message}
        self._put(tab, row, column, lambda cell: replace(cell, error=error))

    def _put(self, tab: str, row: int, column: int, changed: Callable[[Cell], Cell]) -> None:
        with self._step():
            sheet = self._tab(tab)
            sheet.put(row, {column: changed(sheet.cell(row, column))})

    def sort(self, tab: str, column: int, *, descending: bool = False, header: int = 1) -> None:
        """Sort all rows below the header by a column."""
        with self._step() as book:
            sheet = self._tab(tab)
            box = Box(top=header, bottom=sheet.row_count, left=0, right=sheet.column_count)
            sort(book, sheet, box, [(column, descending)])

    def insert_row(self, tab: str, at: int, count: int = 1) -> None:
        """Insert empty rows above row `at`."""
        with self._step() as book:
            insert_lines(book, self._tab(tab), "ROWS", at, count)

    def insert_column(self, tab: str, at: int, count: int = 1) -> None:
        """Insert empty columns left of column `at`."""
        with self._step() as book:
            insert_lines(book, self._tab(tab), "COLUMNS", at, count)

    def delete_row(self, tab: str, at: int, count: int = 1) -> None:
        """Delete rows."""
        self._delete(tab, "ROWS", at, count)

    def delete_column(self, tab: str, at: int, count: int = 1) -> None:
        """Delete columns."""
        self._delete(tab, "COLUMNS", at, count)

    def _delete(self, tab: str, dimension: Dimension, at: int, count: int) -> None:
        with self._step() as book:
            delete_lines(book, self._tab(tab), dimension, at, at + count)

    def move_row(self, tab: str, at: int, to: int) -> None:
        """Move a row above the one that is at `to` now."""
        with self._step() as book:
            move_lines(book, self._tab(tab), "ROWS", (at, at + 1), to)

    def move_column(self, tab: str, at: int, to: int) -> None:
        """Move a column left of the one that is at `to` now."""
        with self._step() as book:
            move_lines(book, self._tab(tab), "COLUMNS", (at, at + 1), to)

    def hide_column(self, tab: str, at: int, *, hidden: bool = True) -> None:
        """Hide a column, or show it again."""
        with self._step():
            lines = self._tab(tab).lines["COLUMNS"]
            others = {name: value for name, value in lines[at].properties.items() if name != "hiddenByUser"}
            lines[at] = replace(
                lines[at], properties={**others, **({"hiddenByUser": True} if hidden else {})}
            )

    def copy_row(self, tab: str, at: int, to: int) -> None:
        """Copy a row over another, with all that its cells have, hidden ones too."""
        with self._step():
            sheet = self._tab(tab)
            sheet.grow(to + 1, 0)
            sheet.rows[to] = sheet.rows[at]
            sheet.index.clear()

    def paste(self, tab: str, row: int, column: int, rows: Sequence[Sequence[str]]) -> None:
        """Paste text from elsewhere: each cell as if typed, over whatever is there."""
        with self._step() as book:
            sheet = self._tab(tab)
            sheet.grow(row + len(rows), column + max(map(len, rows), default=0))
            locale = str(book.properties["locale"])
            for at, texts in enumerate(rows, row):
                cells = {to: enter(sheet.cell(at, to), text, locale) for to, text in enumerate(texts, column)}
                sheet.put(at, cells)

    def fill_down(self, tab: str, row: int, column: int, last: int) -> None:
        """Copy a cell into those below it, down to row `last`."""
        with self._step():
            sheet = self._tab(tab)
            for at in range(row + 1, last + 1):
                sheet.put(at, {column: sheet.cell(row, column)})

    def add_tab(self, title: str) -> None:
        """Add an empty tab at the end."""
        with self._step() as book:
            book.sheets.append(Sheet.blank(max(sheet.id for sheet in book.sheets) + 1, title))

    def rename_tab(self, tab: str, title: str) -> None:
        """Rename a tab; formulas follow."""
        with self._step() as book:
            book.retitle(self._tab(tab), title)

    def copy_tab(self, tab: str) -> str:
        """Duplicate a tab, metadata and all, and return the copy's title."""
        with self._step() as book:
            sheet = self._tab(tab)
            title = f"Copy of {sheet.title}"
            return duplicate(book, sheet, title, book.sheets.index(sheet) + 1).title

    def delete_tab(self, tab: str) -> None:
        """Delete a tab; formulas that named it show #REF!."""
        with self._step() as book:
            book.remove(self._tab(tab))

    def rename_title(self, title: str) -> None:
        """Rename the spreadsheet."""
        with self._step() as book:
            book.properties = {**book.properties, "title": title}

    def share(self, whom: str = "anyone", role: str = "writer") -> None:
        """Share with an e-mail address, a domain, or "anyone" who has the link."""
        kind = "user" if "@" in whom else "anyone" if whom == "anyone" else "domain"
        named = {"user": {"emailAddress": whom}, "domain": {"domain": whom}}.get(kind, {})
        with self._step() as book:
            made = permission(kind, role, **named)
            book.permissions = [*(each for each in book.permissions if each["id"] != made["id"]), made]

    def unshare(self, whom: str = "anyone") -> None:
        """Take away what `share` gave, or what anybody had."""
        with self._step() as book:
            book.permissions = [
                each
                for each in book.permissions
                if whom not in (each["type"], each.get("emailAddress"), each.get("domain"))
            ]

    def throw_away(self) -> None:
        """Put the spreadsheet in the bin; the API still reads it there."""
        with self._step() as book:
            book.is_trashed = True

    def copy(self) -> Spreadsheet:
        """Return the spreadsheet as it is now, for `restore` later."""
        with self._lock:
            return self.book.copy()

    def restore(self, older: Spreadsheet) -> None:
        """Put an older version back, as the version history does."""
        with self._step() as book:
            book.restore(older)

    def undo(self) -> None:
        """Take the last step back; nothing happens if there is none."""
        with self._lock:
            if self._before:
                self.book.restore(self._before.pop())
                self.book.version += 1
                self.book.modified = self._clock()
