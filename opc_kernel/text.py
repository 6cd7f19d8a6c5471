"""Text that is hashed or compared is canonical first: NFC, LF, nothing that SQL or JSON cannot carry."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator


def canonical(text: str) -> str:
    """Return `text` in NFC with LF line ends; NUL becomes U+FFFD (DuckDB's JSON functions stop at it).

    Raises ValueError for a lone surrogate, which no UTF-8 file can hold.
    """
    if text.isascii():
        plain = text
    else:
        plain = unicodedata.normalize("NFC", text)
        if not is_text(plain):
            raise ValueError("text holds half a character (a lone surrogate)")
    if "\r" in plain:
        plain = plain.replace("\r\n", "\n").replace("\r", "\n")
    return plain.replace("\0", "\ufffd") if "\0" in plain else plain


def is_text(text: str) -> bool:
    """Whether UTF-8 can hold it; names of files, and what is typed in a shell, may be any bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)


def visible(text: str) -> str:
    """Return text with every sign that nobody sees, or that turns the others around, spelled out: `⟨U+202E⟩`."""
    return HIDDEN.sub(lambda sign: f"⟨U+{ord(sign[0]):04X}⟩", text)


Text = Annotated[str, AfterValidator(canonical)]
