"""Something done again and again while `workbench up` runs: what fails is told once, and never stops the server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from opc_kernel.errors import KernelError
from opc_kernel.telemetry import warn

END_S = 1.0
"""How long the server waits for one that is under way; whatever it leaves is done at the next start."""


class Rhythm:
    """Calls `do` every so many seconds, from `start` until the end of the `with` block."""

    def __init__(self, name: str, every_s: float, do: Callable[[], object]) -> None:
        self._name, self._every_s, self._do = name, every_s, do
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name=name)
        self._trouble = ""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        """Whether its thread still runs: it was told to end, and could not within END_S."""
        return self._thread.is_alive()

    def pause(self, seconds: float) -> bool:
        """Wait in the middle of a look; False when it is to end instead."""
        return not self._ending.wait(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(END_S)

    def look(self) -> None:
        """Do it once; what fails is told, unless it failed like that the last time."""
        try:
            self._do()
        except KernelError as error:
            self._tell(error.happened)
        except Exception as error:  # noqa: BLE001 - the edge of a thread: one look fails, the next is tried
            self._tell(type(error).__name__)
        else:
            self._trouble = ""

    def _run(self) -> None:
        while not self._ending.wait(self._every_s):
            self.look()

    def _tell(self, trouble: str) -> None:
        if trouble != self._trouble and not self._ending.is_set():
            warn(f"{self._name} failed", reason=trouble)
        self._trouble = trouble
