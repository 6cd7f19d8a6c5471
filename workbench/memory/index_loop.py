"""Reads what is new into recall's indexes while a server runs: small steps, so that nobody waits for them."""

from __future__ import annotations

import time

from opc_kernel.errors import KernelError
from opc_kernel.log.durable import DurableLog
from workbench.memory.recalling import Recalling
from workbench.rhythm import Rhythm

LOOK_S = 0.5
BREATH_S = 0.02
"""Between two steps: a question that waits comes first."""
AGAIN_S = 60.0
"""So long a model that failed is left alone."""


class IndexLoop(Rhythm):
    """Catches up whenever something was remembered, or a model of meaning came; one that fails is tried again later."""

    def __init__(self, recalling: Recalling) -> None:
        super().__init__("memory index", LOOK_S, self._catch_up)
        assert isinstance(recalling.log, DurableLog), "the process that holds the folder writes its indexes"
        self._recalling, self._log = recalling, recalling.log
        self._seen, self._again_at = -1, 0.0

    def _catch_up(self) -> None:
        if self._log.closed or time.monotonic() < self._again_at:
            return
        position = self._log.tail.position
        try:
            if not self._recalling.adopt() and position == self._seen:
                return
            while self._recalling.catch_up().embedded:
                if not self.pause(BREATH_S):
                    return
        except KernelError:
            self._again_at = time.monotonic() + AGAIN_S
            raise
        self._seen = position
