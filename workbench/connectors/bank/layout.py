"""How one bank writes its table, where the file leaves that open: asked once, kept, and used ever after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from workbench.connectors.bank.errors import Refused

if TYPE_CHECKING:
    from workbench.connectors.bank.reading import Reading

ANSWER = "Run 'workbench work' and answer the question in the queue; the file is kept."


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What the operator said of every table with this header. An empty value was never asked."""

    header: str
    """Fingerprint of the column names: a bank's next export has the same."""
    numbers: str = ""
    days: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way to read the file: in words, as the layout to keep, and what the file then says."""

    words: str
    layout: Layout
    reading: Reading


class Ambiguous(Refused):
    """A file that can be read in more than one way: nothing of it is taken until the operator says which."""

    outcome = "is not clear"

    def __init__(
        self, what: str, *, choices: tuple[Choice, ...], where: str = "", todo: str = ANSWER, name: str = ""
    ) -> None:
        super().__init__(what, where=where, todo=todo, name=name)
        self.choices = choices

    def named(self, name: str) -> Self:
        """The same question, with the name of the file in its words."""
        return type(self)(self.what, choices=self.choices, where=self.where, todo=self.todo, name=name)
