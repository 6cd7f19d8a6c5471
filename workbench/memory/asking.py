"""Memory as the company's agents ask it: what stands of somebody, and what recall finds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.entity import Kind, entity_stream
from opc_kernel.memory.lines import SaidOf, lines_of
from opc_kernel.memory.living import present
from opc_kernel.memory.port import Known
from opc_kernel.sql import load_sql

if TYPE_CHECKING:
    from opc_kernel.memory.recall.recalled import Recollection


class CompanyMemory:
    """See opc_kernel.memory.port.Memory."""

    def __init__(
        self, company: Queryable, recall: Callable[..., Recollection], *, today: Callable[[], date]
    ) -> None:
        self._company, self._recall, self._today = company, recall, today

    def about(self, kind: Kind, name: str) -> tuple[Known, ...]:
        """See Memory."""
        from opc_kernel.memory.normal import name_key  # reading names costs every start what few need

        entity = present(self._company, entity_stream(kind, name_key(kind, name)))
        names = dict(self._company.query(load_sql("workbench.memory", "subjects_of"), entity=entity).rows)
        said = lines_of(self._company, [*names], day=self._today())
        holding = sorted((each for each in said if not each.is_coming), key=lambda each: each.line.stream)
        holding.sort(key=lambda each: each.line.recorded_at, reverse=True)
        return tuple(_known(each, names[each.subject]) for each in holding)

    def recall(self, query: str, *, k: int = 5) -> Recollection:
        """See Memory."""
        return self._recall(query, k=k)


def _known(said: SaidOf, name: str) -> Known:
    line = said.line
    return Known(
        stream=line.stream,
        said_of=name,
        predicate=said.predicate,
        value=line.value,
        valid_from=line.valid_from,
        valid_to=line.valid_to,
        origin=line.origin,
        sources=line.sources,
    )
