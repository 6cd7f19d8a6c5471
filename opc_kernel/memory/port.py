"""Memory as an agent sees it: what is known of somebody, and what bears on a question; each names its stream."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from opc_kernel.memory.fact import Origin

if TYPE_CHECKING:
    from opc_kernel.memory.entity import Kind
    from opc_kernel.memory.recall.recalled import Recollection


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One fact that stands."""

    stream: str
    said_of: str
    """The name of whom it is said of: the one that was asked about, or somebody who works there."""
    predicate: str
    value: str
    valid_from: date | None
    valid_to: date | None
    origin: Origin
    sources: tuple[str, ...]


class Memory(Protocol):
    """What an agent may ask. It changes nothing: memory is fed by events alone."""

    def about(self, kind: Kind, name: str) -> tuple[Known, ...]:
        """Return what stands of somebody under a name, of whoever is merged with them and of those who work there."""
        ...

    def recall(self, query: str, *, k: int = 5) -> Recollection:
        """Return what bears on a question."""
        ...
