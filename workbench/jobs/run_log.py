"""The log as a run sees it: whatever is appended belongs to the run's story, and in the sandbox nothing is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from opc_kernel.event import Write
from opc_kernel.log.append import Appended
from opc_kernel.log.protocol import Company as Log
from workbench.jobs.errors import Rehearsed


class RunLog:
    """Wraps a log; everything else that the log can do, it does."""

    def __init__(self, log: Log, *, story: str, cause: str | None, rehearses: bool) -> None:
        self._log, self._story, self._cause, self._rehearses = log, story, cause, rehearses

    def append(self, writes: Iterable[Write], *, expected: Mapping[str, int]) -> Appended:
        """See opc_kernel.log.protocol.EventLog; raises Rehearsed in the sandbox."""
        if self._rehearses:
            raise Rehearsed
        return self._log.append(map(self._told, writes), expected=expected)

    def _told(self, write: Write) -> Write:
        """A write that belongs to a story stays in it."""
        if write.correlation_id is not None:
            return write
        cause = write.causation_id or self._cause
        return msgspec.structs.replace(write, correlation_id=self._story, causation_id=cause)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the log has
        return getattr(self._log, name)
