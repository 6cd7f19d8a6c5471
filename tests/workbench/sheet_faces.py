"""A company whose queue is shown in two workbooks in memory, one of them held by somebody else."""

from sheets_sync.row import as_text
from sheets_sync.schema import CHOICE, DECISION, KEY
from sheets_sync.testing import MemoryWorkbook
from workbench.company import account
from workbench.sheets.face import Face, Opened
from workbench.sheets.schema import COLUMNS, SCHEMA
from workbench.sheets.sync import sync

SANDTOR = "RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR"
PAYMENTS = """
2026-10-10, 1187.50, Sandtor GmbH, RE-2026-001
2026-10-11, 5.00, Kiosk, change
2026-10-12, -7.00, Kiosk, coffee
"""
WRITER = "you@example.com"
ADDRESS = "https://docs.google.com/spreadsheets/d/one"


class Faces:
    """A shop with a proposal and two questions, and its two workbooks."""

    def __init__(self, shop, *, columns=COLUMNS, tab_a_capability=False):
        self.shop = shop
        self.books = {"excel": MemoryWorkbook(), "google": MemoryWorkbook()}
        self.failing = {}
        common = {"every_s": 5, "tab_a_capability": tab_a_capability}
        self.faces = {
            "excel": Face(
                channel="excel", sheet="a.xlsx", address="/acme/a.xlsx", open=self._opener("excel"), **common
            ),
            "google": Face(
                channel="google",
                sheet=ADDRESS,
                address=ADDRESS,
                open=self._opener("google"),
                schema=SCHEMA.only(columns),
                shared_with=("you@example.com", "example.org"),
                **common,
            ),
        }

    def sync(self, *names, **more):
        """Sync these faces, or all; return each report by its face."""
        told = sync(self.shop.company, [self.faces[name] for name in names or self.faces], **more)
        return {each.face.channel: each for each in told}

    def line(self, name, row):
        """Return a row's line in a workbook."""
        return next(
            line
            for tab in self.books[name].tabs.values()
            for line in tab
            if as_text(line[KEY.title]) == row.key
        )

    def enter(self, name, row, word, *, choice="", note=""):
        """Type a decision, as a person would."""
        self.line(name, row).update({DECISION.title: word, CHOICE.title: choice, "note": note})

    def status(self, name, row):
        return self.line(name, row)["Status"]

    def _opener(self, name):
        def opening():
            if name in self.failing:
                raise self.failing[name]
            who = account() if name == "excel" else WRITER
            return Opened(workbook=self.books[name], account=lambda: who)

        return opening


def busy(shop):
    """Let a proposal and two questions wait."""
    shop.invoices(SANDTOR)
    shop.pay(PAYMENTS)
    shop.work()
    return shop
