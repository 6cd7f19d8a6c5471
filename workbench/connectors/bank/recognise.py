"""A bank statement of any known format, told by its content: read whole, or refused whole."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from workbench.connectors.bank import camt, csv_file, mt940, ofx, qif, sheet_file, zipped
from workbench.connectors.bank.encoding import head_of
from workbench.connectors.bank.errors import SHORTER, NotAStatement, Refused
from workbench.limits import MAX_FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.connectors.bank.layout import Layout
    from workbench.connectors.bank.reading import Reading


class Format(Protocol):
    """One statement format: a module of two functions."""

    def matches(self, head: str) -> bool:
        """Whether content with this beginning is of the format."""

    def read(self, content: bytes) -> Reading:
        """Read the whole content; Refused when it is broken."""


NONE_KEPT: Mapping[str, Layout] = MappingProxyType({})


class TableFormat(Protocol):
    """One format of tables, which banks fill as they like: a module of two functions."""

    def matches(self, content: bytes) -> bool:
        """Whether the content is of the format."""

    def read(self, content: bytes, *, layouts: Mapping[str, Layout]) -> Reading:
        """Read the whole content; Ambiguous when `layouts` do not say which of several ways is meant."""


FORMATS: tuple[Format, ...] = (ofx, camt, mt940)
TABLES: tuple[TableFormat, ...] = (qif, sheet_file, csv_file)  # CSV last: nothing but words tells it


def read_statement(content: bytes, *, name: str = "", layouts: Mapping[str, Layout] = NONE_KEPT) -> Reading:
    """Read a statement file. `name` serves the words of a refusal; it never decides the format.

    `layouts` are what the operator said of tables by their header. Raises Refused; Ambiguous when the file can be
    read in several ways; NotAStatement when another kind of reader may try.
    """
    try:
        return _read(content, layouts)
    except Refused as error:
        raise error.named(name) from error


def _read(content: bytes, layouts: Mapping[str, Layout]) -> Reading:
    if len(content) > MAX_FILE_BYTES:
        raise Refused(f"it has {len(content):,} bytes, more than {MAX_FILE_BYTES:,}", todo=SHORTER)
    if zipped.matches(content):
        return zipped.read(content, lambda member: _read(member, layouts))
    head = head_of(content)
    for statement_format in FORMATS:
        if statement_format.matches(head):
            return statement_format.read(content)
    for table_format in TABLES:
        if table_format.matches(content):
            return table_format.read(content, layouts=layouts)
    raise NotAStatement(
        "its content is none of OFX, CAMT, MT940, QIF, the table of a bank and a zip of them",
        todo="Export the statement from the bank as CAMT.053, OFX or CSV.",
    )
