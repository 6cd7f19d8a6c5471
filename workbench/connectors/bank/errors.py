"""How a statement file is turned down: always whole, with what was wrong, where, and what to do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from opc_kernel.errors import KernelError

if TYPE_CHECKING:
    from collections.abc import Iterator

AGAIN = (
    "Download the statement from the bank again and hand in the whole file; nothing of this one was taken."
)

SHORTER = "Export a shorter period."


class Refused(KernelError):
    """A statement file that is broken, hostile or ambiguous. Nothing of it was read.

    `what` is the reason, `where` the line, entry or field, `name` the file as the operator knows it.
    """

    def __init__(self, what: str, *, where: str = "", todo: str = AGAIN, name: str = "") -> None:
        self.what, self.where, self.name = what, where, name
        super().__init__(f"{name or 'The file'} is refused: {where and where + ': '}{what}.", todo)

    def named(self, name: str) -> Self:
        """The same refusal, with the name of the file in its words."""
        return type(self)(self.what, where=self.where, todo=self.todo, name=name)


class NotAStatement(Refused):
    """The content is none of the statement formats: another reader may try it."""


@contextmanager
def at(where: str) -> Iterator[None]:
    """Turn the ValueError of a field into a refusal that says where the field stands."""
    try:
        yield
    except ValueError as error:
        raise Refused(str(error), where=where) from error
