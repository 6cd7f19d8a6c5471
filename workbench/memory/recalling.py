"""Recall for everybody in this process who shares a log: one set of indexes, opened at the first question."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from opc_kernel.clock import Clock
from opc_kernel.memory.recall.asked import Asked, refuse_unanswerable

if TYPE_CHECKING:
    from opc_kernel.log.protocol import Company
    from opc_kernel.memory.recall.condition import Condition, Progress
    from opc_kernel.memory.recall.embedding import Embedding
    from opc_kernel.memory.recall.recall import Recall
    from opc_kernel.memory.recall.recalled import Recollection

STEP_ITEMS = 32
"""So many items get their vector in one step: an endpoint answers that in a second, and so does the local model."""


class Recaller(Protocol):
    """What answers recall: the indexes here, or the server that holds them."""

    def recall(self, asked: Asked) -> Recollection:
        """Return what fits a question. Raises RecallRefused."""
        ...

    def condition(self) -> Condition:
        """Return how the indexes are."""
        ...


class Recalling:
    """The indexes over a log that this process holds: they have one writer, as the log has. Thread-safe."""

    def __init__(
        self,
        log: Company,
        make: Callable[[Company], Recall],
        clock: Clock,
        *,
        came: Callable[[], Embedding | None] = lambda: None,
    ) -> None:
        """Make ready. `came` returns the model of meaning that was put on this machine since, and costs next to nothing
        as long as there is none.
        """
        self.log = log
        self._make, self._clock, self._came = make, clock, came
        self._opening = threading.Lock()
        self._recall: Recall | None = None

    def recall(self, asked: Asked) -> Recollection:
        """See Recaller."""
        refuse_unanswerable(asked, now=self._clock.now())
        return self._opened().recall(
            asked.query, entity=asked.entity, kinds=asked.kinds, as_of=asked.as_of, k=asked.k
        )

    def condition(self) -> Condition:
        """See Recaller."""
        return self._opened().condition()

    def adopt(self) -> bool:
        """Go on with a model of meaning that came since there was none; return whether one did."""
        recall = self._opened()
        if recall.has_model or (embedding := self._came()) is None:
            return False
        recall.adopt(embedding)
        return True

    def catch_up(self) -> Progress:
        """Take one bounded step towards all that is remembered. Raises EmbeddingFailed."""
        return self._opened().catch_up(STEP_ITEMS)

    def catch_up_for(self, seconds: float) -> None:
        """Take steps for a while: nobody else takes them where no server runs. A model that fails leaves the words."""
        from opc_kernel.memory.recall.embedding import EmbeddingFailed

        end = time.monotonic() + seconds
        with suppress(EmbeddingFailed):
            while self.catch_up().embedded and time.monotonic() < end:
                pass

    def close(self) -> None:
        """Keep what was learned."""
        with self._opening:
            if self._recall is not None:
                self._recall.close()
                self._recall = None

    def _opened(self) -> Recall:
        with self._opening:
            if self._recall is None:
                self._recall = self._make(self.log)
            return self._recall
