r"""Any text as text that every spreadsheet program keeps: what XML cannot carry becomes `\x07`, reversibly.

The format's own escape `_x0007_` is not used: openpyxl does not undo it and drops `x005F_` wherever it stands.
"""

from __future__ import annotations

import re

MAX_UNITS = 32_767  # of UTF-16 in one cell: the limit of Excel and LibreOffice

_LONGEST_CODE = 6  # units that one character can become

_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]"  # control characters with CR, halves of characters
    r"|_(?=x[0-9A-Fa-f]{4}_)|x(?=005F_)"  # would be taken for the format's own escape
    r"|\\(?=x[0-9a-f]{2}|u[0-9a-f]{4})"  # would be taken for ours
)
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})")


def escape(text: str) -> str:
    """Return `text` as it may stand in a cell."""
    return _UNSAFE.sub(lambda found: _code(ord(found[0])), text)


def unescape(text: str) -> str:
    """Return what `escape` was given."""
    return _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), text) if "\\" in text else text


def fits(text: str) -> bool:
    """Say whether `text` can stand whole in one cell."""
    return len(text) <= MAX_UNITS // _LONGEST_CODE or len(escape(text).encode("utf-16-le")) // 2 <= MAX_UNITS


def _code(point: int) -> str:
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"
