"""A face of the queue: one workbook, how it is opened, who writes there, and what of the queue it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from sheets_sync.row import Name, Row
from sheets_sync.schema import Schema
from sheets_sync.workbook import Sheet, Workbook
from workbench.sheets.schema import SCHEMA

Channel = Literal["excel", "google"]
TITLES: dict[Channel, str] = {"excel": "Excel", "google": "Google Sheets"}

Look = tuple[object, ...]


class SharedWorkbook(Workbook, Protocol):
    """A workbook that others hold: it knows who may write there."""

    @property
    def account(self) -> str:
        """Who may write there, as far as it was read; never assumed to be the operator."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A workbook, and who wrote what was read there last."""

    workbook: Workbook
    account: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One workbook as the settings describe it; `address` says where it is, `sheet` what its base is kept under.

    `open` may raise: a file or an account that can't be reached concerns this face alone. `look` tells cheaply whether
    something has changed since, where that can be told. `shared_with` names who may see it; nobody where it stays here.
    """

    channel: Channel
    sheet: str
    address: str
    open: Callable[[], Opened]
    every_s: float
    look: Callable[[], Look] | None = None
    schema: Schema = SCHEMA
    tab_a_capability: bool = False
    shared_with: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What a person calls it."""
        return TITLES[self.channel]


class Disclosing:
    """A workbook that others hold: what goes there is recorded before it goes."""

    def __init__(
        self, workbook: Workbook, record: Callable[[Sequence[Row], Mapping[Name, str]], None]
    ) -> None:
        self._workbook = workbook
        self._record = record

    def read(self, schema: Schema, *, unless: str = "") -> Sheet | None:
        """See sheets_sync.workbook.Workbook."""
        return self._workbook.read(schema, unless=unless)

    def write(
        self, schema: Schema, sheet: Sheet, append: Sequence[Row], statuses: Mapping[Name, str]
    ) -> Sheet:
        """See sheets_sync.workbook.Workbook."""
        self._record(append, statuses)
        return self._workbook.write(schema, sheet, append, statuses)


def look_at(path: Path) -> Look:
    """Return what changes when the file is saved, put in its place, or opened and closed by a desktop program.

    Such a program puts a lock file beside it, which shows in the folder's own time.
    """
    return _stamp(path), _stamp(path.parent)


def _stamp(path: Path) -> Look:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino
