"""Which workbooks the queue is shown in: those the settings name, or those a command names."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from opc_kernel.errors import KernelError
from opc_kernel.log.errors import Displaced
from opc_kernel.log.place import look
from workbench import composition
from workbench.company import Company, account, given_id
from workbench.settings import spreadsheet_id
from workbench.sheets.credentials import google_credentials
from workbench.sheets.face import Face, Opened, look_at
from workbench.sheets.schema import SCHEMA

FILE = Path("sheets") / "approvals.xlsx"


class GoogleNotSetUp(KernelError):
    """A Google spreadsheet is named and it isn't said who may see it."""

    def __init__(self) -> None:
        super().__init__(
            "The settings don't say who may see the Google spreadsheet.",
            'Name them in workbench.toml: [sheets.google] shared_with = ["you@example.com"].',
        )


class NoSpreadsheet(KernelError):
    """What was given names no Google spreadsheet."""

    def __init__(self, given: str) -> None:
        super().__init__(
            f"{given!r} names no Google spreadsheet.",
            "Give its address as the browser shows it, or the id in it.",
        )


def _at_once() -> None:
    """Take a file as it is read first; who watches a file while others save it passes a pause."""


def faces_of(
    company: Company,
    *,
    excel: Path | None = None,
    google: str | None = None,
    pause: Callable[[], None] = _at_once,
) -> tuple[Face, ...]:
    """Return the workbooks that are named; where none is, all that are set up.

    `pause` is called between two readings of a file that have to agree. Raises GoogleNotSetUp, NoSpreadsheet.
    """
    if excel is None and google is None:
        excel, google = company.folder / FILE, company.settings.sheets.google.spreadsheet
    excels = () if excel is None else (_excel(company, excel.resolve(), pause),)
    return (*excels, *((_google(company, google),) if google else ()))


def _excel(company: Company, path: Path, pause: Callable[[], None]) -> Face:
    sheets = company.settings.sheets
    return Face(
        channel="excel",
        sheet=_name(path, company.folder),
        address=str(path),
        open=partial(_open_excel, path, pause),
        every_s=sheets.every_s,
        look=partial(look_at, path),
        tab_a_capability=sheets.tabs == "capability",
    )


def _name(path: Path, folder: Path) -> str:
    """Return what a workbook is known by: within the company it stays the same wherever that is moved."""
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _google(company: Company, given: str) -> Face:
    sheets = company.settings.sheets
    spreadsheet = spreadsheet_id(given)
    if spreadsheet is None:
        raise NoSpreadsheet(given)
    if not sheets.google.shared_with:
        raise GoogleNotSetUp
    address = f"https://docs.google.com/spreadsheets/d/{spreadsheet}"
    return Face(
        channel="google",
        sheet=address,
        address=address,
        open=partial(_open_google, company.folder, spreadsheet, sheets.google.shared_with),
        every_s=sheets.google.every_s,
        schema=SCHEMA.only(sheets.google.columns),
        tab_a_capability=sheets.tabs == "capability",
        shared_with=sheets.google.shared_with,
    )


def _open_excel(path: Path, pause: Callable[[], None]) -> Opened:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Opened(workbook=composition.excel_workbook(path, pause), account=account)


def _open_google(folder: Path, spreadsheet: str, shared_with: tuple[str, ...]) -> Opened:
    """Open what others see: a copy of a company must neither write there nor take what was decided for the first."""
    if reason := look(folder, given_id(folder)):
        raise Displaced(reason)
    workbook = composition.google_workbook(spreadsheet, google_credentials(folder), shared_with)
    return Opened(workbook=workbook, account=lambda: workbook.account)
