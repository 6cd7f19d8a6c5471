"""Does the work while `workbench up` runs: whenever something was appended, and when the time of something has come."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from opc_kernel.errors import KernelError
from opc_kernel.log.durable import DurableLog
from opc_kernel.telemetry import warn
from workbench.company import Company

LOOK_S = 0.25
"""How often the end of the log is looked at."""
DUE_S = 5.0
"""How often it is looked for tasks whose time has come."""
END_S = 1.0
"""How long the server waits for what is under way; whatever is cut off goes on after its lease."""


class WorkLoop:
    """One thread that works from `start` until the end of the `with` block; what takes time has threads of its own."""

    def __init__(self, company: Company) -> None:
        assert isinstance(company.log, DurableLog), "the process that holds the folder works"
        self._company, self._log = company, company.log
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="work")
        self._trouble = ""

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def __enter__(self) -> WorkLoop:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(END_S)

    def _run(self) -> None:
        seen, due_at = -1, 0.0
        while not self._ending.is_set() and not self._log.closed:
            if self._log.tail.position != seen or time.monotonic() >= due_at:
                seen, due_at = self._log.tail.position, time.monotonic() + DUE_S
                self._work()
            self._ending.wait(LOOK_S)

    def _work(self) -> None:
        try:
            self._company.work()
        except KernelError as error:
            self._tell(error.happened)
        except Exception as error:  # noqa: BLE001 - the edge of a thread: this turn fails, the next is tried
            self._tell(f"{type(error).__name__}: {error}")
        else:
            self._trouble = ""

    def _tell(self, trouble: str) -> None:
        """Say once what stops the work; when the server ends meanwhile, the rest is done at its next start."""
        if trouble != self._trouble and not self._ending.is_set():
            warn("work stopped", reason=trouble)
        self._trouble = trouble
