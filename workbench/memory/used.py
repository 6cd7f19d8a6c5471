"""The memories that a row of the queue used, as its faces list them: what they say, and where that comes from."""

from __future__ import annotations

from dataclasses import dataclass

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql
from opc_kernel.text import visible

SHORT_TEXT = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """One fact or item; `positions` are those of the events it comes from."""

    stream: str
    kind: str
    text: str
    positions: tuple[int, ...]

    @property
    def line(self) -> str:
        """Return it in a line."""
        words = visible(" ".join(self.text.split()))
        shown = words if len(words) <= SHORT_TEXT else f"{words[:SHORT_TEXT]} …"
        return f"{self.kind}: {shown}  [{', '.join(map(str, self.positions))}]"


def used_in(company: Queryable, row: QueueRow) -> list[Used]:
    """Return what a row used; what was erased since is left out."""
    if not row.memories:
        return []
    rows = company.query(load_sql("workbench.memory", "used_in"), streams=list(row.memories)).dicts()
    return [Used(**{**each, "positions": tuple(each["positions"] or ())}) for each in rows]
