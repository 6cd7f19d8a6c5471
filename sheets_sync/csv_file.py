"""A table as CSV that a spreadsheet program shows as the text it is; whatever it would take for a formula is disarmed.

An apostrophe is put before the formula; the reader here takes it away again, so every text comes back to the letter.
Also within a text, after a sign that another program may take for the end of a cell. The triggers are those of OWASP's
page on CSV injection, with their full-width forms, and DDE.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from io import StringIO
from typing import Literal

Delimiter = Literal[",", ";", "\t"]

_ENCODING = "utf-8-sig"  # without the mark Excel takes UTF-8 for Windows letters
_ERRORS = "surrogatepass"
_MARK = "'"
_PARTS = re.compile(r"([,;\t\r\n]+)")
_UNSEEN = r"[\s\x00-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\"]*"  # what programs skip at the start
_FORMULA = re.compile(rf"{_UNSEEN}(?:[=+\-@%|＝＋－＠％｜]|DDE\s*\()", re.IGNORECASE)
_HARMLESS = re.compile(
    r"\s*(?:[-+]?\s?[.,]?\d[\d.,'’ ]*(?:[eE][-+]?\d+)?(?:\s?(?:%|[A-Z]{3}|[€$£]))?"  # a number, an amount
    r"|\+\d[\d /().-]*"  # a telephone number
    r"|[-+]+)\s*"
)
_ARMED = re.compile(r"[(|!（｜！]|^\W*[=＝]")  # a formula that can do more than count


def write(rows: Iterable[Sequence[str]], *, delimiter: Delimiter = ",") -> bytes:
    """Return the file, in UTF-8 with its mark, lines ended as CSV wants it."""
    file = StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerows([disarmed(text) for text in row] for row in rows)
    return file.getvalue().encode(_ENCODING, _ERRORS)


def read(content: bytes, *, delimiter: Delimiter = ",") -> list[list[str]]:
    """Return what `write` was given."""
    file = StringIO(content.decode(_ENCODING, _ERRORS), newline="")
    return [[armed_again(text) for text in row] for row in csv.reader(file, delimiter=delimiter)]


def disarmed(text: str) -> str:
    """Return `text` with an apostrophe before each formula, also before those that bear one already."""
    return _each_part(text, lambda part: _MARK + part)


def armed_again(text: str) -> str:
    """Return what `disarmed` was given."""
    return _each_part(text, lambda part: part.removeprefix(_MARK))


def _each_part(text: str, change: Callable[[str], str]) -> str:
    parts = _PARTS.split(text)
    first = next((at for at, part in enumerate(parts) if part.strip()), 0)
    return "".join(
        change(part) if _is_formula(part, is_inner=at > first) else part for at, part in enumerate(parts)
    )


def _is_formula(part: str, *, is_inner: bool) -> bool:
    bare = part.lstrip(_MARK)
    if not _FORMULA.match(bare) or _HARMLESS.fullmatch(bare):
        return False
    return not is_inner or bool(_ARMED.search(bare))
