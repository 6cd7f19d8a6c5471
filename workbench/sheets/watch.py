"""Keeps the faces in sync while `workbench up` runs: what fails is told once, and never stops the server."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from workbench.company import Company
from workbench.rhythm import Rhythm
from workbench.sheets.face import Face, Look
from workbench.sheets.faces import faces_of
from workbench.sheets.sync import sync
from workbench.sheets.turn import SyncRunning

KNOWN = "SELECT 1 FROM sheet WHERE sheet = $sheet"
LOOK_S = 0.25
"""How often it is seen whether the time of a face has come."""
SETTLE_S = 1.0
"""Between two readings of a file that have to agree: a cloud drive may be in the middle of it."""
AGAIN_S = 60.0
"""How long a face that failed is left alone, unless it changes."""


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


class SheetWatch(Rhythm):
    """Looks at each face in its own rhythm."""

    def __init__(self, company: Company) -> None:
        super().__init__("sheets", LOOK_S, self._sync_due)
        self._company = company
        self._watched: list[_Watched] = []

    def _sync_due(self) -> None:
        now = time.monotonic()
        if not self._watched:
            faces = faces_of(self._company, pause=self._settle)
            self._watched = [_Watched(face, due_at=now + face.every_s) for face in faces]
        due = [each for each in self._watched if each.due_at <= now]
        for each in due:
            each.due_at = now + each.face.every_s
        with suppress(
            SyncRunning
        ):  # who has the turn does what was to be done; the next look sees what it leaves
            self._sync_changed(due)

    def _sync_changed(self, watched: Sequence[_Watched]) -> None:
        if not watched:
            return
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

    def _settle(self) -> None:
        if not self.pause(SETTLE_S):
            raise _Ending


class _Ending(Exception):
    """The server ends: a file that could not be seen at rest is not read."""


def _is_in_use(company: Company, face: Face) -> bool:
    """Whether there is a workbook to watch: one that nobody asked for isn't made, with its rows counted as shown."""
    return face.look is None or face.look()[0] != () or bool(company.query(KNOWN, sheet=face.sheet).rows)


def _position(company: Company) -> int:
    return int(company.query("SELECT coalesce(max(position), 0) FROM event").rows[0][0])
