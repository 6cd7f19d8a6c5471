"""How a file is turned down: always whole, with what was wrong, where, and what to do."""

from __future__ import annotations

from typing import ClassVar, Self

from opc_kernel.errors import KernelError


class Refused(KernelError):
    """A file that is broken, hostile or ambiguous. Nothing of it was taken.

    `what` is the reason, `where` the line, entry or field, `name` the file as the operator knows it.
    """

    outcome: ClassVar[str] = "is refused"

    def __init__(self, what: str, *, todo: str, where: str = "", name: str = "") -> None:
        self.what, self.where, self.name = what, where, name
        super().__init__(f"{name or 'The file'} {self.outcome}: {where and where + ': '}{what}.", todo)

    def named(self, name: str) -> Self:
        """The same refusal, with the name of the file in its words."""
        return type(self)(self.what, where=self.where, todo=self.todo, name=name)
