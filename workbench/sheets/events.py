"""What is kept of the workbooks: which rows stand where, what was disclosed to whom, and what can't be reached."""

from __future__ import annotations

from opc_kernel.event import EventData
from opc_kernel.ids import derived_id
from opc_kernel.log.read_model import ReadModel
from opc_kernel.text import Text


class SheetRowWritten(EventData, type="sheet.row_written"):
    """A row stands in a workbook as it was written: the base of the next merge."""

    sheet: Text
    key: str
    hash: str
    """The row's mark: the hash of its content, and how often it was shown."""
    content: str
    """Fingerprint of the cells."""
    taken: tuple[str, ...] = ()


class SheetRowForgotten(EventData, type="sheet.row_forgotten"):
    """A row no longer stands in the workbook."""


class SheetSettled(EventData, type="sheet.settled"):
    """Workbook and queue agreed: while both still are these, there is nothing to do."""

    sheet: Text
    revision: str
    queue: str


class SheetFailed(EventData, type="sheet.failed"):
    """A workbook can't be kept in sync; told once for each reason."""

    sheet: Text
    channel: str
    reason: Text


class SheetRecovered(EventData, type="sheet.recovered"):
    """A workbook that could not be kept in sync is again."""

    sheet: Text


class SheetDisclosed(EventData, type="sheet.disclosed"):
    """Rows are written where others hold the workbook; recorded before they go."""

    sheet: Text
    keys: tuple[str, ...]
    """The rows that go there with these columns."""
    columns: tuple[str, ...]
    statuses: tuple[str, ...] = ()
    """The rows of which the status alone goes there."""
    shared_with: tuple[Text, ...]
    """Who may see it: the addresses and domains the settings name."""


EVENTS: tuple[type[EventData], ...] = (
    SheetRowWritten,
    SheetRowForgotten,
    SheetSettled,
    SheetFailed,
    SheetRecovered,
    SheetDisclosed,
)
READ_MODELS = (ReadModel.load("workbench", "sheet_row"), ReadModel.load("workbench", "sheet"))


def sheet_stream(sheet: str) -> str:
    """Return the stream of one workbook, named by its path or address."""
    return f"sheet/{derived_id(sheet)}"


def disclosure_stream(sheet: str) -> str:
    """Return the stream of what was disclosed in one workbook."""
    return f"disclosure/{derived_id(sheet)}"
