"""A bank statement of any known format, told by its content: read whole, or refused whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from workbench.connectors.bank import camt, csv_statement, ofx
from workbench.connectors.bank.encoding import head_of
from workbench.connectors.bank.errors import SHORTER, NotAStatement, Refused
from workbench.limits import MAX_FILE_BYTES

if TYPE_CHECKING:
    from workbench.connectors.bank.reading import Reading


class Format(Protocol):
    """One statement format: a module of two functions."""

    def matches(self, head: str) -> bool:
        """Whether content with this beginning is of the format."""

    def read(self, content: bytes) -> Reading:
        """Read the whole content; Refused when it is broken."""


FORMATS: tuple[Format, ...] = (ofx, camt, csv_statement)  # CSV last: nothing but words tells it


def read_statement(content: bytes, *, name: str = "") -> Reading:
    """Read a statement file. `name` serves the words of a refusal; it never decides the format.

    Raises Refused, and NotAStatement when another kind of reader may try.
    """
    try:
        return _read(content)
    except Refused as error:
        raise error.named(name) from error


def _read(content: bytes) -> Reading:
    if len(content) > MAX_FILE_BYTES:
        raise Refused(f"it has {len(content):,} bytes, more than {MAX_FILE_BYTES:,}", todo=SHORTER)
    head = head_of(content)
    for statement_format in FORMATS:
        if statement_format.matches(head):
            return statement_format.read(content)
    raise NotAStatement(
        "its content is none of OFX, CAMT and the CSV of a bank",
        todo="Export the statement from the bank as CAMT.053, OFX or CSV.",
    )
