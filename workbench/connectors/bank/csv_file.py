"""Bank statements as plain CSV, whatever the bank calls its columns and parts its cells with."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from workbench.connectors.bank.encoding import decode, head_of
from workbench.connectors.bank.errors import SHORTER, Refused
from workbench.connectors.bank.limits import MAX_CELLS, MAX_PREAMBLE_ROWS, MAX_ROWS
from workbench.connectors.bank.table_guess import guess_header
from workbench.connectors.bank.table_header import Header, Row, find_header, holds_securities
from workbench.connectors.bank.table_rows import BOOKED_ONLY, table
from workbench.connectors.bank.table_statement import read_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from workbench.connectors.bank.layout import Layout
    from workbench.connectors.bank.reading import Reading

DELIMITERS = ",;\t|"
CODECS = ("cp1252", "cp1250")
"""Of a file that is not UTF-8: the one whose letters make words, first the more common."""

_BESIDE_A_LETTER = re.compile(r"(?<=[a-z])[^\x00-\x7f]|[^\x00-\x7f](?=[a-z])")


class _Found(NamedTuple):
    """The header, and how the text around it is written."""

    header: Header
    delimiter: str
    codec: str


def matches(content: bytes) -> bool:
    """Whether one of the first rows is the header of a statement, or of securities."""
    return _found(content) is not None or _holds_securities(content)


def read(content: bytes, *, layouts: Mapping[str, Layout]) -> Reading:
    """Read every account and currency of the file, or refuse it whole."""
    found = _found(content)
    if found is None:
        raise Refused("it lists securities, which are not read", todo=BOOKED_ONLY)
    text = decode(content, fallback=found.codec)
    return read_tables([table(found.header, _bounded_rows(text, found.delimiter))], layouts, kind="csv")


def _found(content: bytes) -> _Found | None:
    """The header that knows most columns, under any delimiter and character set; without one, the guess that does."""
    return _best(content, find_header) or _best(content, guess_header)


def _best(content: bytes, find: Callable[[Iterator[Row]], Header | None]) -> _Found | None:
    found = [
        (_Found(header, delimiter, codec), len(header.columns), -_signs_in_words(head))
        for codec in CODECS
        for head in [head_of(content, fallback=codec)]
        for delimiter in DELIMITERS
        if delimiter in head and (header := find(_whole_rows(head, delimiter)))
    ]
    return max(found, key=lambda one: one[1:], default=(None,))[0]


def _signs_in_words(text: str) -> int:
    """How often something that is no letter stands in a word, as in "Wp³ata": the character set is another."""
    return sum(not sign.isalpha() for sign in _BESIDE_A_LETTER.findall(text))


def _holds_securities(content: bytes) -> bool:
    head = head_of(content)
    return any(
        holds_securities(row.cells)
        for delimiter in DELIMITERS
        for row in islice(_whole_rows(head, delimiter), MAX_PREAMBLE_ROWS)
    )


def _whole_rows(head: str, delimiter: str) -> Iterator[Row]:
    """Its rows up to where quotes break, as they do under a wrong delimiter and at the end of a head."""
    try:
        yield from _rows(head, delimiter)
    except Refused:
        return


def _bounded_rows(text: str, delimiter: str) -> list[Row]:
    if text.count(delimiter) > MAX_CELLS:
        raise Refused(f"it has more than {MAX_CELLS:,} cells", todo=SHORTER)
    rows = list(islice(_rows(text, delimiter), MAX_ROWS + 1))
    if len(rows) > MAX_ROWS:
        raise Refused(f"it has more than {MAX_ROWS:,} rows", todo=SHORTER)
    return rows


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    """Every row of the text, cells without outer blanks. Refused where quotes are broken."""
    # newline="" leaves the ends of lines inside quotes as they are; and U+2028 and such end none.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield Row(reader.line_num, list(map(str.strip, cells)))
    except csv.Error as error:
        raise Refused(f"its cells or quotes are broken ({error})", where=f"line {reader.line_num}") from error
