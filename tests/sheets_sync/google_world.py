"""The same world on a Google spreadsheet, by way of a stand-in on loopback."""

import json
import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
from gspread.urls import SPREADSHEET_URL
from sheet_examples import SCHEMA
from sheet_worlds import World

from sheets_sync.google import credentials
from sheets_sync.google.answers import READ, Spreadsheet
from sheets_sync.google.cells import FIRST_DAY, put, take
from sheets_sync.google.transport import Transport
from sheets_sync.google.workbook import GoogleWorkbook
from sheets_sync.schema import STATUS, tab_in
from sheets_sync.testing.google import OWNER, GoogleStandIn
from sheets_sync.testing.google.cell import EMPTY, Cell
from sheets_sync.testing.google.grid import Row as GridRow

BOT = "workbench@company.iam.gserviceaccount.com"


class GoogleWorld(World):
    """The spreadsheet belongs to the operator, who shares it with the account that syncs it."""

    def __init__(self, *rows, folder=None, **stand_in):
        super().__init__(*rows)
        self.stand_in = GoogleStandIn(**stand_in)
        self.stand_in.__enter__()
        self.file = self.stand_in.create("Acme")
        self.share(BOT, "writer")
        self.hand = self.stand_in.hand(self.file.id)
        self.workbook = self.opened()

    def opened(self, shared_with=(OWNER,)):
        granted = {"type": "authorized_user", "client_id": "app", "client_secret": "s3cret"}
        granted["refresh_token"] = self.stand_in.tokens.refresh_token(BOT)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "account.json"
            path.write_text(json.dumps(granted))
            identity = credentials.load(path, token_uri=self.stand_in.token_uri)
        transport = Transport(
            identity.credentials, where="Google spreadsheet", account=BOT, origin=self.stand_in.url
        )
        return GoogleWorkbook(
            transport, self.file.id, where="Google spreadsheet", itself=BOT, shared_with=shared_with
        )

    def close(self):
        self.stand_in.__exit__(None, None, None)

    def share(self, email, role, kind="user"):
        whom = {"emailAddress": email} if kind == "user" else {}
        others = [each for each in self.file.permissions if each.get("emailAddress") != email]
        self.file.permissions = [*others, {"id": email, "type": kind, "role": role, **whom}]

    def unshare(self, email):
        self.file.permissions = [each for each in self.file.permissions if each.get("emailAddress") != email]

    def calls(self, *kinds):
        return [call for call in self.stand_in.calls if call.kind in kinds]

    def lines(self, tab=""):
        sheet = self._sheet(tab)
        titles = self._titles(sheet)
        return [
            {title: self._value(sheet, row, column, title) for column, title in titles.items()}
            for row in range(1, sheet.last_row())
        ]

    def content(self, name):
        """What the sync reads in one column, line by line."""
        place = next(at for at, column in enumerate(SCHEMA.columns) if column.name == name)
        answer = self.workbook._transport.request(
            "get", SPREADSHEET_URL % self.file.id, params={"includeGridData": "true", "fields": READ}
        )
        read = msgspec.json.decode(answer.content, type=Spreadsheet)
        tab = next(tab for tab in read.sheets if tab.properties.title == SCHEMA.sheet)
        return [take(cells[place], SCHEMA.get(name)) for line, cells in tab.lines() if line]

    def save(self, lines, tab=""):
        """Put these lines in the place of all below the header, as copying and pasting whole rows does."""
        sheet = self._sheet(tab)
        titles = self._titles(sheet)
        formula = self._formula(sheet)
        with self.hand._step():
            rows = [GridRow(self._cells(line, titles, formula)) for line in lines]
            rest = max(sheet.row_count - 1 - len(rows), 0)
            sheet.grow(len(rows) + 1, 0)
            sheet.rows[1:] = [*rows, *[GridRow({})] * rest]
            sheet.index.clear()

    def copy_tab(self, tab, name):
        copy = self.hand.copy_tab(self._sheet(tab).title)
        self.hand.rename_tab(copy, name)

    def delete_tab(self, tab):
        self.hand.delete_tab(self._sheet(tab).title)

    def _sheet(self, tab):
        return self.file.tab(tab or SCHEMA.sheet)

    def _titles(self, sheet):
        texts = {column: cell.value["stringValue"] for column, cell in sheet.rows[0].cells.items()}
        return {column: "key" if tab_in(text) is not None else text for column, text in texts.items()}

    def _formula(self, sheet):
        place = next(column for column, title in self._titles(sheet).items() if title == STATUS.title)
        cells = (row.cells.get(place, EMPTY) for row in sheet.rows[1:])
        return next((cell for cell in cells if cell.formula), EMPTY)

    def _value(self, sheet, row, column, title):
        if title == STATUS.title:
            what = self.file.shows(sheet, row, column)
            return str(what[1]) if what else None
        value = sheet.cell(row, column).value or {}
        if "numberValue" in value:
            number = Decimal(str(value["numberValue"]))
            return FIRST_DAY + timedelta(int(number)) if title == "Until" else number
        return next(iter(value.values()), None)

    def _cells(self, line, titles, formula):
        cells = {}
        for column, title in titles.items():
            if title == STATUS.title and line.get("key"):
                cells[column] = formula
            elif line.get(title) not in (None, ""):
                cells[column] = Cell(value=_entered(line[title]))
        return cells


def _entered(value):
    match value:
        case bool():
            return {"boolValue": value}
        case str() if value.startswith("="):
            return {"formulaValue": value}
        case str() | Decimal() | date():
            return put(value)["userEnteredValue"]
        case number:
            return {"numberValue": number}
