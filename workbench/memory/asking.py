"""Memory as the company's agents ask it: what stands of somebody, and what recall finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.entity import Kind, entity_stream
from opc_kernel.memory.living import present
from opc_kernel.memory.port import Known
from opc_kernel.sql import load_sql

if TYPE_CHECKING:
    from opc_kernel.memory.recall.recalled import Recollection


class CompanyMemory:
    """See opc_kernel.memory.port.Memory."""

    def __init__(self, company: Queryable, recall: Callable[..., Recollection]) -> None:
        self._company, self._recall = company, recall

    def about(self, kind: Kind, name: str) -> tuple[Known, ...]:
        """See Memory."""
        from opc_kernel.memory.normal import name_key  # reading names costs every start what few need

        entity = present(self._company, entity_stream(kind, name_key(kind, name)))
        rows = self._company.query(load_sql("workbench.memory", "facts_of"), entity=entity).dicts()
        return tuple(Known(**{**row, "sources": tuple(row["sources"] or ())}) for row in rows)

    def recall(self, query: str, *, k: int = 5) -> Recollection:
        """See Memory."""
        return self._recall(query, k=k)
