"""Keeps the faces in sync while `workbench up` runs: what fails is told once, and never stops the server."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

from opc_kernel.errors import KernelError
from opc_kernel.telemetry import warn
from workbench.company import Company
from workbench.sheets.face import Face, Look
from workbench.sheets.faces import faces_of
from workbench.sheets.sync import sync
from workbench.sheets.turn import SyncRunning

KNOWN = "SELECT 1 FROM sheet WHERE sheet = $sheet"
SETTLE_S = 1.0
"""Between two readings of a file that have to agree: a cloud drive may be in the middle of it."""
AGAIN_S = 60.0
"""How long a face that failed is left alone, unless it changes."""
END_S = 1.0
"""How long the server waits for a sync in flight; whatever it leaves half done the next one repairs."""


@dataclass(slots=True)
class _Watched:
    """A face, when it is looked at next, and how it looked before it was synced last (None: sync it anyhow)."""

    face: Face
    due_at: float
    seen: Look | None = None
    retry_at: float = 0.0

    def look(self, position: int) -> Look | None:
        """Return how it looks now; None where only a sync can tell."""
        return None if self.face.look is None else (position, self.face.look())

    def is_due(self, now: float, look: Look | None) -> bool:
        """Whether it is to be synced: it has changed, nobody can tell, or it failed and had its rest."""
        return look is None or look != self.seen or 0.0 < self.retry_at <= now


class SheetWatch:
    """Looks at each face in its own rhythm, from `start` until the end of the `with` block."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="sheets")
        self._trouble = ""

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def __enter__(self) -> SheetWatch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(END_S)

    def _run(self) -> None:
        faces = faces_of(self._company, pause=self._pause)
        soonest = min(face.every_s for face in faces)
        watched = [_Watched(face, due_at=time.monotonic() + soonest) for face in faces]
        while not self._ending.wait(max(0.0, min(each.due_at for each in watched) - time.monotonic())):
            self._look([each for each in watched if each.due_at <= time.monotonic()])

    def _look(self, watched: Sequence[_Watched]) -> None:
        for each in watched:
            each.due_at = time.monotonic() + each.face.every_s
        try:
            self._sync_changed(watched)
        except SyncRunning:
            return  # whoever has the turn does what was to be done; what it leaves is seen at the next look
        except KernelError as error:
            self._tell(error.happened)
        except Exception as error:  # noqa: BLE001 - the edge of a thread: one sync fails, the next is tried
            self._tell(f"{type(error).__name__}: {error}")
        else:
            self._trouble = ""

    def _sync_changed(self, watched: Sequence[_Watched]) -> None:
        position = _position(self._company)
        looks = [(each, each.look(position)) for each in watched if _is_in_use(self._company, each.face)]
        due = [(each, look) for each, look in looks if each.is_due(time.monotonic(), look)]
        if not due:
            return
        reports = sync(self._company, [each.face for each, _ in due], wait_s=0.0)
        for (each, look), report in zip(due, reports, strict=True):
            # as it looked before: what was saved meanwhile, even by ourselves, is looked at once more
            each.seen = look
            each.retry_at = time.monotonic() + AGAIN_S if report.trouble else 0.0

    def _pause(self) -> None:
        if self._ending.wait(SETTLE_S):
            raise _Ending

    def _tell(self, trouble: str) -> None:
        if trouble != self._trouble and not self._ending.is_set():
            warn("sheets not synced", reason=trouble)
        self._trouble = trouble


class _Ending(Exception):
    """The server ends: a file that could not be seen at rest is not read."""


def _is_in_use(company: Company, face: Face) -> bool:
    """Whether there is a workbook to watch: one that nobody asked for isn't made, with its rows counted as shown."""
    return face.look is None or face.look()[0] != () or bool(company.query(KNOWN, sheet=face.sheet).rows)


def _position(company: Company) -> int:
    return int(company.query("SELECT coalesce(max(position), 0) FROM event").rows[0][0])
