"""Consolidates once a day while `workbench up` runs; that it did stands in the log: a restart does not do it again."""

from __future__ import annotations

from datetime import date

from workbench import composition
from workbench.company import Company
from workbench.memory.consolidation import STREAM
from workbench.rhythm import Rhythm

LOOK_S = 600.0
"""How often it is looked whether a day has begun."""
LAST = "SELECT max(recorded_at) FROM event WHERE stream = $stream"


class DailyConsolidation(Rhythm):
    """Remembers what happened, then consolidates; a day that was missed is not made up for."""

    def __init__(self, company: Company) -> None:
        super().__init__("consolidation", LOOK_S, self._consolidate)
        self._company = company

    def _consolidate(self) -> None:
        company = self._company
        if self._last() != company.today:
            company.remember()
            composition.consolidation(
                company, company.settings, company.folder, clock=company.clock
            ).run_daily()

    def _last(self) -> date | None:
        ((last,),) = self._company.query(LAST, stream=STREAM).rows
        return last.astimezone(self._company.settings.tz).date() if last else None
