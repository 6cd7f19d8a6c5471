"""Does the work while `workbench up` runs: whenever something was appended, and when the time of something has come."""

from __future__ import annotations

import time

from opc_kernel.log.durable import DurableLog
from workbench.company import Company
from workbench.rhythm import Rhythm

LOOK_S = 0.25
"""How often the end of the log is looked at."""
DUE_S = 5.0
"""How often it is looked for tasks whose time has come."""


class WorkLoop(Rhythm):
    """Works in turns; what takes time has threads of its own, and what is cut off goes on after its lease."""

    def __init__(self, company: Company) -> None:
        super().__init__("work", LOOK_S, self._work)
        assert isinstance(company.log, DurableLog), "the process that holds the folder works"
        self._company, self._log = company, company.log
        self._seen, self._due_at = -1, 0.0

    def _work(self) -> None:
        if self._log.closed or (self._log.tail.position == self._seen and time.monotonic() < self._due_at):
            return
        self._seen, self._due_at = self._log.tail.position, time.monotonic() + DUE_S
        self._company.work()
