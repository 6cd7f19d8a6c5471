"""Keeps the schedule while `workbench up` runs: begins what is due, each run in a thread of its own."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from opc_kernel.telemetry import warn
from workbench.company import Company
from workbench.jobs.runner import Runner
from workbench.jobs.schedule import Begun, Schedule
from workbench.rhythm import Rhythm

LOOK_S = 1.0
RULES_EVERY_S = 10.0
"""How often the notebooks are read for changed rules."""
AT_ONCE = 2
"""Runs beside each other; one job never runs twice at once."""
END_S = 2.0
"""How long the server waits until the processes of its runs are gone."""


class JobLoop(Rhythm):
    """Looks, and carries out what begins."""

    def __init__(self, company: Company) -> None:
        super().__init__("jobs", LOOK_S, self._look)
        self._schedule, self._runner = Schedule(company), Runner(company)
        self._threads: list[threading.Thread] = []
        self._rules_at = 0.0

    def _look(self) -> None:
        self._threads = [each for each in self._threads if each.is_alive()]
        for begun in self._schedule.look(places=AT_ONCE - len(self._threads)):
            thread = threading.Thread(
                target=self._carry_out, args=(begun,), daemon=True, name=f"job {begun.job}"
            )
            self._threads.append(thread)
            thread.start()
        if time.monotonic() >= self._rules_at:
            self._schedule.write_down()
            self._rules_at = time.monotonic() + RULES_EVERY_S

    def _carry_out(self, begun: Begun) -> None:
        came = self._runner.carry_out(begun)
        if came.event_type == "job.failed" and not self._runner.stopped:
            warn("job failed", job=begun.job, run=begun.data.run)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._runner.stop()
        deadline = time.monotonic() + END_S
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))
