"""The past as recall searches it: what stood when the log ended at a position, whatever became of it since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.recall import item as reading
from opc_kernel.memory.recall.item import Item
from opc_kernel.memory.recall.shelf import Shelf
from opc_kernel.memory.recall.terms import Terms

MOST_ITEMS = 20_000
"""So many are laid out for one question; that takes a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Items as they stood, laid out for one question, and by their positions."""

    shelf: Shelf
    items: Mapping[int, Item]

    def at(self, positions: Sequence[int]) -> dict[int, Item]:
        """Return the items at these positions."""
        return {position: self.items[position] for position in positions}


def past_of(
    company: Queryable, terms: Terms, *, entity: str | None, kinds: Sequence[str], until: int
) -> Past | None:
    """Return what stood of an entity and of some kinds; nothing where that is too much for one question."""
    items = reading.items_then(company, entity=entity, kinds=kinds, until=until, limit=MOST_ITEMS + 1)
    if len(items) > MOST_ITEMS:
        return None
    shelf = Shelf(terms)
    shelf.put(items)
    return Past(shelf=shelf, items={item.position: item for item in items})
