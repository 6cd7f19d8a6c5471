"""How a statement file is turned down: whole, and with the same advice for all that is broken."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from workbench import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

AGAIN = (
    "Download the statement from the bank again and hand in the whole file; nothing of this one was taken."
)
SHORTER = "Export a shorter period."


class Refused(refusal.Refused):
    """A statement file that is broken, hostile or ambiguous. Nothing of it was read."""

    def __init__(self, what: str, *, todo: str = AGAIN, where: str = "", name: str = "") -> None:
        super().__init__(what, todo=todo, where=where, name=name)


class NotAStatement(Refused):
    """The content is none of the statement formats: another reader may try it."""


@contextmanager
def at(where: str) -> Iterator[None]:
    """Turn the ValueError of a field into a refusal that says where the field stands."""
    try:
        yield
    except ValueError as error:
        raise Refused(str(error), where=where) from error
