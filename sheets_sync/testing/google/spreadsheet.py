"""A spreadsheet: its tabs, what belongs to all of them, and with whom it is shared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from sheets_sync.testing.google import a1, formula
from sheets_sync.testing.google.a1 import Area, Box
from sheets_sync.testing.google.cell import Cell, Shown, as_text, shown
from sheets_sync.testing.google.errors import InvalidArgument, JsonObject
from sheets_sync.testing.google.grid import Dimension, Order, Sheet, moved

Role = Literal["owner", "organizer", "fileOrganizer", "writer", "commenter", "reader"]
WRITERS = ("owner", "organizer", "fileOrganizer", "writer")
MAX_REFERENCES = 20  # a chain of cells that only name another; Google says circular, here it is an error too

_NOT_FOUND: Shown = ("errorValue", "REF", "Reference does not exist")
_CIRCULAR: Shown = ("errorValue", "REF", "Circular dependency detected.")
_BROKEN: Shown = ("errorValue", "ERROR", "Formula parse error.")


@dataclass(slots=True, kw_only=True)
class Spreadsheet:
    """A spreadsheet and the file it is in Drive; times are seconds since 1970."""

    id: str
    properties: JsonObject
    sheets: list[Sheet]
    permissions: list[JsonObject]
    created: float
    modified: float
    named_ranges: list[JsonObject] = field(default_factory=list)
    metadata: list[JsonObject] = field(default_factory=list)
    version: int = 1
    is_trashed: bool = False

    @property
    def title(self) -> str:
        """The spreadsheet's name, in Drive too."""
        return str(self.properties["title"])

    def copy(self) -> Spreadsheet:
        """Return a copy that later changes of this one leave alone."""
        return replace(
            self,
            sheets=[sheet.copy() for sheet in self.sheets],
            permissions=[*self.permissions],
            named_ranges=[*self.named_ranges],
            metadata=[*self.metadata],
        )

    def restore(self, older: Spreadsheet) -> None:
        """Become what an older copy is, but for the file itself: with whom it is shared, when it was made."""
        content = older.copy()
        self.properties, self.sheets = content.properties, content.sheets
        self.named_ranges, self.metadata = content.named_ranges, content.metadata

    def role(self, email: str) -> str | None:
        """Return the strongest role of a user; None if the file is not shared with them."""
        roles = {each["role"] for each in self.permissions if _is_for(each, email)}
        order = (*WRITERS, "commenter", "reader")
        return next((role for role in order if role in roles), None)

    def sheet(self, sheet_id: int, kind: str = "grid") -> Sheet:
        """Find a tab by its id."""
        found = next((sheet for sheet in self.sheets if sheet.id == sheet_id), None)
        if found is None:
            raise InvalidArgument(f"No {kind} with id: {sheet_id}")
        return found

    def tab(self, title: str) -> Sheet | None:
        """Find a tab by its title, in any case, as the real one does."""
        wanted = title.casefold()
        return next((sheet for sheet in self.sheets if sheet.title.casefold() == wanted), None)

    def find(self, text: str) -> tuple[Sheet, Area]:
        """Find what a range in A1 notation means: cells, a tab, or a named range."""
        title, cells = a1.split(text)
        sheet = self.sheets[0] if title is None else self.tab(title)
        if sheet and not cells:
            return sheet, Area()
        area = a1.area(cells)
        if sheet and area:
            return sheet, area
        found = self._named(cells) or ((tab, Area()) if title is None and (tab := self.tab(cells)) else None)
        if found is None:
            raise InvalidArgument(f"Unable to parse range: {text}")
        return found

    def _named(self, name: str) -> tuple[Sheet, Area] | None:
        found = next((each for each in self.named_ranges if each["name"] == name), None)
        if found is None:
            return None
        return self.sheet(found["range"].get("sheetId", 0)), Area.of(found["range"])

    def find_box(self, text: str) -> tuple[Sheet, Box]:
        """Find a range and close it."""
        sheet, area = self.find(text)
        return sheet, inside(sheet, area)

    def reorder(self, sheet: Sheet, dimension: Dimension, order: Order) -> None:
        """Insert, delete and move lines of a tab; formulas of all tabs follow."""
        now = {old: new for new, old in enumerate(order) if old is not None}
        for tab in self.sheets:
            tab.rewrite(
                partial(formula.shifted, own_tab=tab.title, tab=sheet.title, dimension=dimension, lines=now)
            )
        sheet.reorder(dimension, order)
        self.named_ranges = [*self._named_after(sheet, dimension, order)]

    def _named_after(self, sheet: Sheet, dimension: Dimension, order: Order) -> Iterable[JsonObject]:
        now = {old: new for new, old in enumerate(order) if old is not None}
        for named in self.named_ranges:
            is_here = named["range"].get("sheetId", 0) == sheet.id
            place = moved(named["range"], dimension, now) if is_here else named["range"]
            if place is not None:
                yield {**named, "range": place}

    def retitle(self, sheet: Sheet, title: str) -> None:
        """Rename a tab; formulas follow."""
        old = sheet.title
        for tab in self.sheets:
            tab.rewrite(lambda text: formula.retitled(text, old, title))
        sheet.properties = {**sheet.properties, "title": title}

    def remove(self, sheet: Sheet) -> None:
        """Delete a tab; formulas that named it show an error."""
        self.sheets = [each for each in self.sheets if each.id != sheet.id]
        for tab in self.sheets:
            tab.rewrite(lambda text: formula.retitled(text, sheet.title, None))
        self.named_ranges = [
            each for each in self.named_ranges if each["range"].get("sheetId", 0) != sheet.id
        ]

    def shows(self, sheet: Sheet, row: int, column: int, depth: int = 0) -> Shown | None:
        """Return what a cell shows; None if it is empty."""
        cell = sheet.cell(row, column)
        if cell.value is None:
            return None
        if cell.error is not None:
            return "errorValue", cell.error["type"], cell.error.get("message", "")
        text = cell.formula
        return shown(cell.value) if text is None else self._evaluated(sheet, row, text, depth)

    def _evaluated(self, sheet: Sheet, row: int, text: str, depth: int) -> Shown | None:
        if depth > MAX_REFERENCES:
            return _CIRCULAR
        if asked := formula.look_up(text):
            return self._looked_up(sheet, row, asked, depth)
        if link := formula.link(text):
            return "stringValue", link[1], ""
        if place := formula.one_cell(text):
            return self._referred(sheet, place, depth)
        return _plausible(text)

    def _looked_up(self, sheet: Sheet, row: int, asked: formula.LookUp, depth: int) -> Shown | None:
        tab = self.tab(asked.tab)
        if tab is None:
            return _NOT_FOUND
        key = "".join(
            part if isinstance(part, str) else self._text(sheet, row, part, depth) for part in asked.key
        )
        found = _index(tab, asked.left, asked.wanted).get(key.casefold())
        if found is None:
            return "stringValue", asked.otherwise, ""
        return shown(found.value) if found.value and not found.formula else ("stringValue", "", "")

    def _text(self, sheet: Sheet, row: int, column: int, depth: int) -> str:
        what = self.shows(sheet, row, column, depth + 1)
        return "" if what is None else as_text(what)

    def _referred(self, sheet: Sheet, place: tuple[str | None, int, int], depth: int) -> Shown | None:
        title, row, column = place
        tab = sheet if title is None else self.tab(title)
        if tab is None or row >= tab.row_count or column >= tab.column_count:
            return _NOT_FOUND
        return self.shows(tab, row, column, depth + 1) or ("numberValue", 0, "")


def inside(sheet: Sheet, area: Area) -> Box:
    """Close an area at the edges of the grid; one that begins outside is refused."""
    if area.top >= sheet.row_count or area.left >= sheet.column_count:
        limits = f"Max rows: {sheet.row_count}, max columns: {sheet.column_count}"
        raise InvalidArgument(f"Range ({a1.quoted(sheet.title)}!{area.a1()}) exceeds grid limits. {limits}")
    return sheet.box(area)


def _is_for(permission: JsonObject, email: str) -> bool:
    if permission.get("deleted"):
        return False
    match permission["type"]:
        case "anyone":
            return True
        case "domain":
            return email.endswith(f"@{permission.get('domain')}")
        case _:
            return str(permission.get("emailAddress", "")).casefold() == email.casefold()


def _index(tab: Sheet, left: int, wanted: int) -> dict[str, Cell]:
    """Keep the first row of each key, as VLOOKUP finds it; case does not matter to it."""
    found = tab.index.get((left, wanted))
    if found is None:
        found = tab.index[left, wanted] = {}
        for row in tab.rows:
            key = row.cells.get(left)
            if key and key.value and not key.formula:
                found.setdefault(as_text(shown(key.value)).casefold(), row.cells.get(wanted, Cell()))
    return found


def _plausible(text: str) -> Shown:
    """What a formula that is not evaluated might show."""
    if "#REF!" in text:
        return _NOT_FOUND
    if text.startswith("=+"):
        return _BROKEN
    number = formula.arithmetic(text)
    return "numberValue", 0 if number is None else number, ""
