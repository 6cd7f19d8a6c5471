"""All faces of the queue in sync: one that can't be reached is told, and the others go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from opc_kernel.errors import KernelError
from opc_kernel.event import ANY_VERSION, EventData, Write
from opc_kernel.telemetry import note, warn
from sheets_sync.row import Name, Row
from sheets_sync.sync import Report, synchronize
from workbench.company import Company, account
from workbench.sheets.base import EventBase
from workbench.sheets.events import (
    SheetDisclosed,
    SheetFailed,
    SheetRecovered,
    disclosure_stream,
    sheet_stream,
)
from workbench.sheets.face import Disclosing, Face
from workbench.sheets.faces import faces_of
from workbench.sheets.queue import CompanyQueue
from workbench.sheets.turn import WAIT_S, turn

CUT_OFF = """
SELECT 1 FROM task JOIN queue ON queue.key = task.waiting_on
WHERE task.state = 'blocked' AND queue.state IN ('answered', 'approved', 'rejected', 'asked') LIMIT 1
"""
TROUBLE = "SELECT coalesce(trouble, '') AS trouble FROM sheet WHERE sheet = $sheet"


class FaceUnreachable(KernelError):
    """The machine refused a file or a connection."""

    def __init__(self, face: Face, error: OSError) -> None:
        super().__init__(
            f"{error.filename or face.address}: {error.strerror or type(error).__name__}.",
            "Check that it exists, is yours to read and write, and that disk and network are well.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceReport:
    """What a sync did with one face: once, and `after` the work that decisions led to; or why it failed."""

    face: Face
    report: Report | None = None
    after: Report | None = None
    error: KernelError | None = None

    @property
    def trouble(self) -> str:
        """Why the face is not in sync, empty where it is."""
        if self.error is not None:
            return self.error.happened
        return next((each.distrusted for each in self.reports if each.distrusted), "")

    @property
    def reports(self) -> tuple[Report, ...]:
        """What each of its syncs did."""
        return tuple(each for each in (self.report, self.after) if each is not None)


def sync_faces(
    company: Company, *, excel: Path | None = None, google: str | None = None, wait_s: float = WAIT_S
) -> tuple[FaceReport, ...]:
    """Bring the queue and the workbooks named together, all that are set up where none is named.

    Raises SyncRunning, GoogleNotSetUp, NoSpreadsheet, and what the log raises.
    """
    return sync(company, faces_of(company, excel=excel, google=google), wait_s=wait_s)


def sync(company: Company, faces: Sequence[Face], *, wait_s: float = WAIT_S) -> tuple[FaceReport, ...]:
    """Bring the queue and these faces together; after decisions the work is done, and they are brought together again.

    Work that a decision led to and a crash cut off is done first. Raises SyncRunning, and what the log raises.
    """
    with turn(company.folder, wait_s=wait_s):
        if company.query(CUT_OFF).rows:
            company.work()
        first = _round(company, faces)
        if not any(report.decisions for each in first for report in each.reports):
            return first
        reached = [each.face for each in first if each.error is None]
        after = {each.face.sheet: each for each in _round(company, reached)}
    return tuple(_both(each, after.get(each.face.sheet)) for each in first)


def _round(company: Company, faces: Sequence[Face]) -> tuple[FaceReport, ...]:
    reports = tuple(_synced(company, face) for face in faces)
    if any(report.decisions for each in reports for report in each.reports):
        company.work()
    return reports


def _both(first: FaceReport, second: FaceReport | None) -> FaceReport:
    return first if second is None else replace(first, after=second.report, error=second.error)


def _synced(company: Company, face: Face) -> FaceReport:
    try:
        told = FaceReport(face=face, report=_sync(company, face))
    except KernelError as error:
        told = FaceReport(face=face, error=error)
    except OSError as error:
        told = FaceReport(face=face, error=FaceUnreachable(face, error))
    _tell_once(company, face, told.trouble)
    return told


def _sync(company: Company, face: Face) -> Report:
    opened = face.open()
    base = EventBase(company, sheet=face.sheet, actor=account())
    disclosing = Disclosing(opened.workbook, partial(_record_disclosure, company, face))
    workbook = disclosing if face.shared_with else opened.workbook
    return synchronize(face.schema, CompanyQueue(company, face, base, opened.account), workbook, base)


def _record_disclosure(
    company: Company, face: Face, append: Sequence[Row], statuses: Mapping[Name, str]
) -> None:
    disclosed = SheetDisclosed(
        sheet=face.sheet,
        keys=tuple(row.key for row in append),
        columns=tuple(column.name for column in face.schema.content),
        statuses=tuple(sorted({key for key, _ in statuses})),
        shared_with=face.shared_with,
    )
    _append(company, disclosure_stream(face.sheet), disclosed)


def _tell_once(company: Company, face: Face, trouble: str) -> None:
    """Record that a face can't be kept in sync, or can be again, when that is news."""
    known = company.query(TROUBLE, sheet=face.sheet).one()
    if trouble == (known["trouble"] if known else ""):
        return
    if trouble:
        warn("sheet failed", channel=face.channel, reason=trouble)
        failed = SheetFailed(sheet=face.sheet, channel=face.channel, reason=trouble)
        _append(company, sheet_stream(face.sheet), failed)
    else:
        note("sheet recovered", channel=face.channel)
        _append(company, sheet_stream(face.sheet), SheetRecovered(sheet=face.sheet))


def _append(company: Company, stream: str, data: EventData) -> None:
    write = Write(stream=stream, data=data, actor=account(), source="sheet")
    company.append([write], expected={stream: ANY_VERSION})
