"""Text that is hashed or compared is canonical first: NFC, LF, nothing that SQL or JSON cannot carry."""

from __future__ import annotations

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


Text = Annotated[str, AfterValidator(canonical)]
