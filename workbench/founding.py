"""Founding a company: a folder, its settings, and for the demo its papers."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from opc_kernel.errors import KernelError
from opc_kernel.log.files import write_whole
from opc_kernel.log.place import refuse_no_text
from workbench.company import own_company
from workbench.settings import FILE

STARTER = """\
# The settings of this company: a plain file, yours to edit. Secrets do not belong here.

name = "My company"

# How else you and your company are called at banks and on receipts: money between your own accounts is known by it.
# own_names = ["Erika Beispiel"]

# The one time zone in which this company says "today".
zone = "UTC"

# The currency in which thresholds are measured.
base_currency = "EUR"


# [backup]
# So old may the last backup elsewhere become before 'workbench doctor' warns.
# warn_after_days = 7

[books]
# Up to this amount a transaction that is certain is booked without asking; 0 asks always.
auto_limit = "0"

# Categories that are neither income nor cost: what you take out or put in, loans.
# neutral = ["private-draw", "private-deposit"]

# A cost above this wants a bill or a receipt before its month is closed; these categories never do.
# receipt_limit = "250"
# no_receipt = ["rent"]

# Transactions that need no invoice: any of the words in the counterparty or the text.
# [[books.rule]]
# category = "software"
# contains = ["hetzner", "github"]
# direction = "out"

# Reminders of overdue invoices, each approved word for word before it goes out. after_days counts from the due date,
# then from the reminder before; language is "en" or "de"; late_fee is a sentence from the second letter on.
# [books.reminders]
# on = true
# after_days = [7, 14, 14]
# language = "en"
# late_fee = ""

# The queue as spreadsheets. tabs = "capability" gives each capability a tab of its own; every_s is how often
# 'workbench up' looks whether the file has changed.
# [sheets]
# tabs = "one"
# every_s = 5

# The queue as a Google spreadsheet, too: a disclosure. shared_with names who may see it (addresses or domains),
# columns what goes there, of at_stake, kind, summary, reason, content, confidence, risk, asked_on and undo.
# Where summary or content stays here, nothing can be approved there. First: workbench sheets connect FILE
# [sheets.google]
# spreadsheet = "https://docs.google.com/spreadsheets/d/…"
# shared_with = ["you@example.com"]
# columns = ["at_stake", "kind", "summary", "content", "risk"]
# every_s = 60

# The company's own accounts, with other spellings of them found in files.
# [[account]]
# id = "DE89370400440532013000"
# name = "Main account"
# currency = "EUR"
# aliases = []
"""


class FolderTaken(KernelError):
    """The folder for a new company holds something already."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is not empty.", "Name a new folder; nothing was changed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """A new company; `inputs` counts the papers that came with it."""

    name: str
    inputs: int


def found(folder: Path, *, demo: bool) -> Founded:
    """Make a company in a new or empty folder.

    Raises FolderTaken, FolderNotText.
    """
    refuse_no_text(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderTaken(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    inputs = _demo_papers(folder) if demo else 0
    if not demo:
        write_whole(folder / FILE, STARTER.encode())
    with own_company(folder) as company:
        return Founded(name=company.settings.name, inputs=inputs)


def _demo_papers(folder: Path) -> int:
    with as_file(files("workbench") / "demo") as demo:
        write_whole(folder / FILE, (demo / FILE).read_bytes())
        for papers in ("inputs", "drafts"):
            shutil.copytree(demo / papers, folder / papers)
    return sum(path.is_file() for path in (folder / "inputs").rglob("*"))
